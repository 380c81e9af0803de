"""Phone numbers of people: read as they are typed in France and its territories, kept as E.164."""

import phonenumbers

REGION_OF_ZONE = {
    "America/Guadeloupe": "GP",
    "America/St_Barthelemy": "BL",
    "America/Marigot": "MF",
    "America/Cayenne": "GF",
    "America/Martinique": "MQ",
    "America/Miquelon": "PM",
    "Indian/Mayotte": "YT",
    "Indian/Reunion": "RE",
    "Pacific/Noumea": "NC",
    "Pacific/Tahiti": "PF",
    "Pacific/Marquesas": "PF",
    "Pacific/Gambier": "PF",
    "Pacific/Wallis": "WF",
}
REGIONS = ("FR", "GP", "GF", "MQ", "RE", "YT", "PM")
"""Those whose numbers all begin with 0 and never mean two subscribers; Pacific ones are short and need their zone."""


class NotAPhone(ValueError):
    """The text is no phone number that can be called."""


def read_phone(text: str, zone: str) -> str:
    """The E.164 form of a number typed with or without country code.

    Args:
        zone: IANA zone of the organisation; its own numbering plan is tried first.

    Raises:
        NotAPhone: No such number.
    """
    for region in dict.fromkeys((REGION_OF_ZONE.get(zone, "FR"), *REGIONS)):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    raise NotAPhone(text)


def is_mobile(e164: str) -> bool:
    """Whether an SMS may reach the number; where plans do not tell mobiles apart, it may."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def phone_words(e164: str) -> str:
    """« 06 12 34 56 78 »; with the country code when it is not a number of France and its territories."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164  # imported from elsewhere: shown as it is
    ours = phonenumbers.region_code_for_number(number) in {*REGIONS, *REGION_OF_ZONE.values()}
    form = phonenumbers.PhoneNumberFormat.NATIONAL if ours else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))
