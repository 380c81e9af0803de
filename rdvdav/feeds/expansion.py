"""Series as their single occurrences in a stretch of time: what `expand` asks for (RFC 4791 §9.6.5, K-26)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from rdvdav.feeds.object import Occurrence
from rdvdav.feeds.read import Calendar, Shown
from rdvdav.ical.expand import Span, expanded, is_series

_OCCURRENCES = (
    select(Occurrence.href, Occurrence.original_at, Occurrence.starts_at, Occurrence.ends_at)
    .where(
        Occurrence.collection_id == bindparam("collection"),
        Occurrence.ends_at > bindparam("start"),
        Occurrence.starts_at < bindparam("end"),
    )
    .order_by(Occurrence.starts_at)
)


def expansion(
    session: Session, calendar: Calendar, shown: Iterable[Shown], span: tuple[datetime, datetime]
) -> Iterator[Shown]:
    """*shown*, with each series as its occurrences that overlap *span*; one statement more. A single event is its own expansion."""
    found = list(shown)
    spans = defaultdict(list)
    parameters = {"collection": calendar.id, "start": span[0], "end": span[1]}
    for href, *instants in session.execute(_OCCURRENCES, parameters):
        spans[href].append(Span(*instants))
    for each in found:
        if each.text and is_series(each.text):
            yield each._replace(text=expanded(each.text, spans[each.href], calendar.zone))
        else:
            yield each
