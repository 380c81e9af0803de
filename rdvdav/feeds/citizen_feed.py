"""« S'abonner à mes rendez-vous »: what a citizen's own secret calendar address answers (B17, K-40, K-45), for them and their relatives.

Reading strings stored texts together (`citizen_events`); whose they are is asked anew each time, so that a relative who leaves takes the
appointments along.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.access import use_is_due
from rdvdav.feeds.citizen_events import CitizenEvent, CitizenFeed, shows
from rdvdav.feeds.subscription import Served
from rdvdav.feeds.webcal import head_of
from rdvdav.i18n import gettext as _
from rdvdav.i18n import speaking
from rdvdav.ical.event import etag, vevent_of
from rdvdav.ical.feed import feed_text
from rdvdav.tokens import digest


def feed_of_citizen(session: Session, citizen_id: int) -> CitizenFeed | None:
    """The citizen's address, if there is one."""
    return session.scalar(select(CitizenFeed).where(CitizenFeed.citizen_id == citizen_id))


def citizen_feed_by_secret(session: Session, secret: str) -> CitizenFeed | None:
    """The address with *secret*."""
    return session.scalar(select(CitizenFeed).where(CitizenFeed.digest == digest(secret)))


def citizen_feed(session: Session, feed: CitizenFeed) -> Served:
    """What *feed* answers: two statements, and a third for the texts; nothing is rendered."""
    zone = session.scalars(select(Organisation.zone).where(Organisation.id == feed.organisation_id)).one()
    with speaking(feed.language):
        head, of_head = head_of(_("My appointments"), zone)
    mine = (
        select()
        .select_from(CitizenEvent)
        .join(Participation, Participation.id == CitizenEvent.participation_id)
        .join(Citizen, Citizen.id == Participation.citizen_id)
        .where(shows(feed.citizen_id))
        .order_by(CitizenEvent.participation_id)
    )
    tags = session.scalars(mine.add_columns(CitizenEvent.etag)).all()

    def text() -> str:
        return feed_text(head, map(vevent_of, session.scalars(mine.add_columns(CitizenEvent.text))))

    return Served(etag("".join([of_head, *tags])), None, text)


def note_citizen_feed_read(session: Session, clock: Clock, feed_id: int, reader: str | None) -> None:
    """Remember that *reader*, a name of a fixed list, read the feed; after the answer, in a transaction of its own."""
    row = session.get(CitizenFeed, feed_id)
    if row is not None and use_is_due(clock, row.last_read_at):
        row.last_read_at, row.last_reader = clock.now(), reader
