"""Finding people by name, phone, e-mail or birth date, accents and capitals aside; and those who may be there already.

Whom one may see is not decided here: *among* is a condition of `policy` on `Citizen`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.words import folded, words_of

MOST = 20
"""Results of one search: who looks for more types more."""
DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d")
PHONE = re.compile(r"\+?[\d .()-]{4,}")


@dataclass(frozen=True)
class Found:
    """People by surname.

    Attributes:
        more: There are others, left out.
    """

    citizens: Sequence[Citizen]
    more: bool = False


def find(session: Session, among: ColumnElement[bool], text: str) -> Found:
    """The people *among* whom all that is typed fits: beginnings of names, a phone number, an e-mail, a birth date; one statement."""
    conditions = _conditions(text)
    if not conditions:
        return Found([])
    query = (
        select(Citizen)
        .where(among, *conditions)
        .order_by(Citizen.last_name, Citizen.first_name, Citizen.id)
        .limit(MOST + 1)
    )
    citizens = session.scalars(query).all()
    return Found(citizens[:MOST], more=len(citizens) > MOST)


def likely_doubles(
    session: Session,
    among: ColumnElement[bool],
    *,
    first_name: str = "",
    last_name: str = "",
    email: str | None = None,
    phone: str | None = None,
) -> Sequence[Citizen]:
    """Those *among* whom a new person probably is already: the same names either way round, or the same e-mail or phone.

    Args:
        phone: E.164.
    """
    same: list[ColumnElement[bool]] = []
    if words_of(first_name) and words_of(last_name):
        same.append(Citizen.words.in_({folded(first_name, last_name), folded(last_name, first_name)}))
    if email:
        same.append(Citizen.email == email.lower())
    if phone:
        same.append(Citizen.phone == phone)
    return session.scalars(select(Citizen).where(among, or_(false(), *same)).order_by(Citizen.id).limit(MOST)).all()


def _conditions(text: str) -> list[ColumnElement[bool]]:
    """What each part of *text* asks for; all must hold."""
    conditions: list[ColumnElement[bool]] = []
    names: list[str] = []
    # A date may look like a phone number, and a number may be typed in pairs: what is a date or an address goes first.
    for part in text.split():
        if (day := _day(part)) is not None:
            conditions.append(Citizen.birth_date == day)
        elif "@" in part:
            conditions.append(Citizen.email.startswith(part.lower(), autoescape=True))
        else:
            names.append(part)
    rest = " ".join(names)
    numbers = [_national(number) for number in PHONE.findall(rest)]
    conditions += [Citizen.phone.contains(number) for number in numbers if number]
    conditions += [Citizen.words.contains(f" {word}") for word in words_of(PHONE.sub(" ", rest))]
    return conditions


def _national(number: str) -> str:
    """The figures of *number* that are the same however its beginning is typed."""
    figures = "".join(filter(str.isdigit, number))
    return figures if number.strip().startswith("+") else figures.lstrip("0")


def _day(text: str) -> date | None:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a birth date is in no zone
        except ValueError:
            continue
    return None
