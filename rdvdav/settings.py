"""All choices of an installation: defaults here, then `config/rdvdav.toml`, then one environment variable per field.

Nothing else reads the environment. `RDVDAV_CONFIG` names the file; without one the defaults hold.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, get_origin
from urllib.parse import urlsplit

PREFIX = "RDVDAV_"


class SettingsUnreadable(Exception):
    """A setting is unknown or has a value that can't be used; the text says which and what to write."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One installation's choices. Each field's metadata says what it is for."""

    database_url: str = field(
        default="sqlite:///var/rdvdav.sqlite",
        metadata={"doc": "SQLAlchemy address of the database, sqlite or postgresql"},
    )
    database_read_url: str = field(
        default="",
        metadata={"doc": "Address of a read replica for CalDAV and feeds; empty: they read the database itself"},
    )
    public_url: str = field(
        default="http://127.0.0.1:8000",
        metadata={"doc": "Address people and calendars use, without a slash at the end"},
    )
    smtp_url: str = field(
        default="",
        metadata={
            "doc": "smtp://, smtps:// or smtp+starttls://user:password@host:port; empty: mails land in mail_folder"
        },
    )
    mail_from: str = field(
        default="rdv@localhost.localdomain", metadata={"doc": "Sending address, also the calendar mails' organizer"}
    )
    mail_from_name: str = field(default="Rendez-vous", metadata={"doc": "Name beside the sending address"})
    mail_folder: str = field(default="var/mails", metadata={"doc": "Where mails land while smtp_url is empty"})
    inbox_url: str = field(
        default="",
        metadata={
            "doc": "Mailbox of mail_from that a worker reads, imaps://user:password@host/folder; empty: none (docs/mail.md)"
        },
    )
    sms_provider: str = field(
        default="log",
        metadata={
            "doc": "Who carries SMS: log (laid in mail_folder), none, http, ovh, brevo, or one that a package adds"
        },
    )
    sms_sender: str = field(
        default="",
        metadata={"doc": "Sender's name of SMS, eleven letters and digits at most; empty: the provider's number"},
    )
    sms_options: str = field(default="", metadata={"doc": "What the provider of SMS asks for, as TOML of its own"})
    sms_receipts_secret: str = field(
        default="",
        metadata={"doc": "Makes public_url/sms/recus/<secret> the address of the provider's receipts; empty: none"},
    )
    demonstration: bool = field(
        default=False, metadata={"doc": "Shows the accounts and mails of the demonstration to everybody"}
    )
    trusted_proxies: int = field(
        default=0, metadata={"doc": "Number of proxies in front whose X-Forwarded headers are believed"}
    )
    searches_per_address: int = field(
        default=600,
        metadata={"doc": "Searches of free slots one network address may make in five minutes; 0: any number"},
    )
    window_days: int = field(default=30, metadata={"doc": "Days back that calendars and feeds show"})
    cancelled_days: int = field(
        default=7, metadata={"doc": "Days a cancelled appointment stays in calendars, as cancelled"}
    )
    opening_range_days: int = field(
        default=365, metadata={"doc": "Days an opening range is kept after its last date, until rdvdav purge"}
    )
    webhook_networks: str = field(
        default="",
        metadata={
            "doc": "Private networks that webhooks may reach, as 10.2.0.0/16, separated by commas; empty: the public one only"
        },
    )
    identity_providers: dict[str, Any] = field(
        default_factory=dict,
        metadata={
            "doc": "Who else may say who a citizen is, FranceConnect or any OpenID Connect provider: a table each"
        },
    )
    metrics_token: str = field(
        default="", metadata={"doc": "Opens /metrics to who sends it as « Authorization: Bearer »; empty: nobody"}
    )
    log_level: str = field(default="WARNING", metadata={"doc": "DEBUG, INFO, WARNING or ERROR"})

    def __post_init__(self) -> None:
        """Check what would otherwise fail far from here.

        Raises:
            SettingsUnreadable: A value can't be used.
        """
        url = urlsplit(self.public_url)
        if url.scheme not in {"http", "https"} or not url.hostname or self.public_url.endswith("/"):
            raise SettingsUnreadable(
                f"public_url is {self.public_url!r}: write an http(s) address without a slash at the end, "
                "for example https://rdv.example.fr"
            )

        if self.searches_per_address < 0:
            raise SettingsUnreadable(
                f"searches_per_address is {self.searches_per_address}: write a number, 0 for no limit"
            )
        if self.opening_range_days < 1:
            raise SettingsUnreadable(
                f"opening_range_days is {self.opening_range_days}: write a number of days, 1 at least"
            )
        try:
            _ = self.webhook_reach
        except ValueError as error:
            raise SettingsUnreadable(
                f"webhook_networks: {error}; write networks as 10.2.0.0/16, separated by commas"
            ) from error
        if self.smtp_url and urlsplit(self.smtp_url).scheme not in {"smtp", "smtps", "smtp+starttls"}:
            raise SettingsUnreadable(
                "smtp_url must begin with smtp://, smtps:// or smtp+starttls://: another scheme would send the password in clear"
            )

        if self.inbox_url and urlsplit(self.inbox_url).scheme not in {"imap", "imaps", "imap+starttls"}:
            raise SettingsUnreadable(
                "inbox_url must begin with imaps:// or imap+starttls://, imap:// on this machine alone"
            )

    @property
    def webhook_reach(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The private networks of *webhook_networks*."""
        return tuple(ip_network(each.strip()) for each in self.webhook_networks.split(",") if each.strip())

    @property
    def host(self) -> str:
        """Host name of the public address: right-hand side of new UIDs (K-12)."""
        return urlsplit(self.public_url).hostname or "localhost"

    @property
    def is_https(self) -> bool:
        """Whether people reach it over TLS: cookies are then Secure."""
        return self.public_url.startswith("https://")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Raises:
        SettingsUnreadable: A key is unknown, or a value is not of its field's type.
    """
    environment = os.environ if environment is None else environment
    known = {f.name: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    if path := environment.get(f"{PREFIX}CONFIG"):
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsUnreadable(f"{PREFIX}CONFIG names {path}, which can't be read: {error}") from error
    for name in values:
        if name not in known:
            raise SettingsUnreadable(f"{path}: unknown setting {name!r}; known ones are {', '.join(sorted(known))}")
    for name in known:
        if (text := environment.get(f"{PREFIX}{name.upper()}")) is not None:
            values[name] = _from_text(name, known[name].type, text)
    for name, value in values.items():
        if type(value) is not _plain(known[name].type):
            raise SettingsUnreadable(f"{name} is {value!r}: a value of type {_type_name(known[name].type)} is wanted")
    return Settings(**values)


def _from_text(name: str, kind: object, text: str) -> str | int | bool | dict[str, Any]:
    try:
        if _plain(kind) is dict:
            return dict(json.loads(text))
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[
                text.lower()
            ]
        return int(text) if kind is int else text
    except (KeyError, ValueError, TypeError) as error:
        raise SettingsUnreadable(
            f"{PREFIX}{name.upper()} is {text!r}: a value of type {_type_name(kind)} is wanted"
        ) from error


def _plain(kind: Any) -> object:
    """The type a value must be of: of `dict[str, Any]`, dict."""
    return get_origin(kind) or kind


def _type_name(kind: object) -> str:
    return getattr(kind, "__name__", str(kind))
