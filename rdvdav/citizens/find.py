"""Finding people by name, phone, e-mail or birth date, accents and capitals aside; and those who may be there already.

Whom one may see is not decided here: *among* selects the ids of the organisations whose people are looked through; `policy` gives it.
Everything asked is the beginning of a word in `CitizenWord`: one range of a b-tree each, on both databases.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, Select, exists, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from rdvdav.citizens.citizen import Citizen, CitizenWord
from rdvdav.citizens.words import BORN, EMAIL, EVERYBODY, PHONE, typed_phone, words_of

MOST = 20
"""Results of one search: who looks for more types more, or turns the page."""
DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d")
NUMBER = re.compile(r"\+?[\d .()-]{4,}")
FEW = 3000
ALL = 10**9
SPARE = 4
"""How many times as many rows as people are asked for at first: few are found by more of their words at once."""
LAST = "\U0010ffff"
"""Sorts after every sign a word can go on with."""


@dataclass(frozen=True)
class Found:
    """People by surname.

    Attributes:
        more: There are others, left out.
    """

    citizens: Sequence[Citizen]
    more: bool = False


def find(session: Session, among: Select[int], text: str, *, after: Citizen | None = None, most: int = MOST) -> Found:
    """The people *among* whom all that is typed fits: beginnings of names, a phone number or a part of it, an e-mail, a birth date.

    Three statements at most.

    Args:
        after: The last one of the page before.
    """
    signs = read_signs(text)
    if not signs:
        return Found([])
    there = CitizenWord.organisation_id.in_(among)
    first, *others = _rarest_first(session, there, signs) if len(signs) > 1 else signs
    return _page(session, there & _begins(CitizenWord, first), others, after=after, most=most)


def everybody(session: Session, among: Select[int], organisation_id: int, *, after: Citizen | None = None) -> Found:
    """All people of one organisation, if it is *among* those to look in; two statements."""
    there = (CitizenWord.organisation_id == organisation_id) & (CitizenWord.word == EVERYBODY)
    return _page(session, there & literal(organisation_id).in_(among), (), after=after, most=MOST)


def likely_doubles(
    session: Session,
    among: Select[int],
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
    same = []
    if words_of(first_name) and words_of(last_name):
        same.append(named(among, [*words_of(first_name), *words_of(last_name)]))
    if email:
        same.append(named(among, [EMAIL + email.lower()]))
    if phone:
        same.append(named(among, [PHONE + "".join(filter(str.isdigit, phone))]))
    if not same:
        return []
    ids = union_all(*same).subquery()
    query = select(Citizen).where(Citizen.id.in_(select(ids.c.citizen_id)))
    return session.scalars(query.order_by(Citizen.id).limit(MOST)).all()


def named(among: Select[int], signs: Iterable[str]) -> Select[int]:
    """Ids of those *among* whom each of *signs* is found whole."""
    first, *others = signs
    query = select(CitizenWord.citizen_id).where(CitizenWord.organisation_id.in_(among), CitizenWord.word == first)
    for sign in others:
        other = aliased(CitizenWord)
        query = query.where(exists().where(other.citizen_id == CitizenWord.citizen_id, other.word == sign))
    return query


def read_signs(text: str) -> list[str]:
    """What each part of *text* asks for, the most telling first; all must fit."""
    signs, names = [], []
    # A date may look like a phone number, and a number may be typed in pairs: what is a date or an address goes first.
    for part in text.split():
        if (day := _day(part)) is not None:
            signs.append(BORN + day.isoformat())
        elif "@" in part:
            signs.append(EMAIL + part.lower())
        else:
            names.append(part)
    rest = " ".join(names)
    signs += [sign for number in NUMBER.findall(rest) if (sign := typed_phone(number))]
    return signs + sorted(words_of(NUMBER.sub(" ", rest)), key=len, reverse=True)


def _rarest_first(session: Session, there: ColumnElement[bool], signs: Sequence[str]) -> list[str]:
    """*signs*, the one that fewest are found by first; many are only counted up to FEW."""
    counts = [
        select(func.count())
        .select_from(select(CitizenWord.citizen_id).where(there, _begins(CitizenWord, sign)).limit(FEW).subquery())
        .scalar_subquery()
        for sign in signs
    ]
    found = session.execute(select(*counts)).one()
    return [sign for _count, sign in sorted(zip(found, signs, strict=True), key=itemgetter(0))]


def _page(
    session: Session, there: ColumnElement[bool], others: Sequence[str], *, after: Citizen | None, most: int
) -> Found:
    """Those *there* whom *others* fit too, by surname. Two statements: where they stand, and their records."""
    place = CitizenWord.sorted_as, CitizenWord.citizen_id
    query = select(*place).where(there).order_by(*place)
    if after is not None:
        query = query.where(tuple_(*place) > (after.sorted_as, after.id))
    if others:
        # Sorted first, then looked up one by one until the page is full: a limit keeps databases from doing it the other way round.
        rows = query.limit(ALL).subquery()
        query = select(rows.c.sorted_as, rows.c.citizen_id)
        for sign in others:
            other = aliased(CitizenWord)
            query = query.where(exists().where(other.citizen_id == rows.c.citizen_id, _begins(other, sign)))
    ids = _first_different(session, query, most + 1)
    citizens = session.scalars(select(Citizen).where(Citizen.id.in_(ids)).order_by(Citizen.sorted_as, Citizen.id)).all()
    return Found(citizens[:most], more=len(citizens) > most)


def _first_different(session: Session, query: Select[str, int], most: int) -> list[int]:
    """The first ids *query* gives, each once: a person may be found by two names, in two organisations.

    Letting the database see to that would have it sort all the thousands that fit, to give away all but twenty.
    """
    limit = most * SPARE
    while True:
        rows = session.execute(query.limit(limit)).all()
        ids = list(dict.fromkeys(citizen_id for _sorted_as, citizen_id in rows))
        if len(ids) >= most or len(rows) < limit:
            return ids[:most]
        limit *= SPARE


def _begins(table: type[CitizenWord], sign: str) -> ColumnElement[bool]:
    return (table.word >= sign) & (table.word < sign + LAST)


def _day(text: str) -> date | None:
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a birth date is in no zone
        except ValueError:
            continue
    return None
