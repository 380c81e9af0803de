"""What carries each message of an installation, by its channel."""

import tomllib
from importlib.metadata import entry_points

from rdvdav.notify.mail import sender_of
from rdvdav.notify.providers import Make, OptionsWrong, Provider, brevo, http, ovh
from rdvdav.notify.providers.folder import FolderProvider
from rdvdav.outbox.deliver import Send
from rdvdav.outbox.message import Channel, Message
from rdvdav.settings import Settings

OURS: dict[str, Make] = {"http": http.make, "ovh": ovh.make, "brevo": brevo.make}
RECEIPTS_PATH = "/sms/recus/"


def carrier_of(settings: Settings) -> Send:
    """Mails by SMTP or in a folder, SMS by their provider.

    Raises:
        OptionsWrong: The provider of SMS is unknown, or can't work with its options.
    """
    send_mail, provider = sender_of(settings), provider_of(settings)

    def carry(message: Message) -> str | None:
        return provider.send(message) if message.channel is Channel.SMS else send_mail(message)

    return carry


def provider_of(settings: Settings) -> Provider:
    """Who carries SMS; without a provider, or with « log », they are laid in the folder of the mails.

    Raises:
        OptionsWrong: The provider is unknown, or can't work with its options.
    """
    name = settings.sms_provider
    if name in {"log", "none"}:
        return FolderProvider(settings.mail_folder)
    make = _maker(name)
    try:
        options = tomllib.loads(settings.sms_options)
    except tomllib.TOMLDecodeError as error:
        raise OptionsWrong(f"sms_options can't be read: {error}") from error
    return make(options, settings.sms_sender, receipts_url(settings))


def _maker(name: str) -> Make:
    """Ours, or what a package announces under this name."""
    if name in OURS:
        return OURS[name]
    others = entry_points(group="rdvdav.sms")
    if name not in others.names:
        known = ", ".join(("log", "none", *OURS, *sorted(others.names)))
        raise OptionsWrong(f"sms_provider is {name!r}; known ones are {known}")
    made: Make = others[name].load()
    return made


def receipts_url(settings: Settings) -> str:
    """Where a provider sends its receipts; empty when they are not wanted."""
    secret = settings.sms_receipts_secret
    return f"{settings.public_url}{RECEIPTS_PATH}{secret}" if secret else ""
