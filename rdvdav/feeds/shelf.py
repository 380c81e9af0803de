"""What stands in an agent's CalDAV home beside the own calendars: those of colleagues that were switched on (K-21, C11)."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.directory.agent import Agent
from rdvdav.feeds.follow import Following
from rdvdav.feeds.object import Collection
from rdvdav.feeds.read import CALENDAR, Calendar
from rdvdav.policy.sight import OWN, visible

_FOLLOWED = (
    select(*CALENDAR)
    .select_from(Following)
    .join(Agenda, Agenda.id == Following.agenda_id)
    .outerjoin(Agent, OWN)
    .join(Collection, (Collection.agenda_id == Agenda.id) & (Collection.level == Agenda.detail_level))
    .where(
        Following.agent_id == bindparam("agent"),
        visible(bindparam("agent")),
        Agenda.agent_id.is_distinct_from(bindparam("agent")),
        Agent.left_at.is_(None),
    )
    .order_by(Agenda.name, Agenda.id, Collection.id)
)


def calendars_followed(session: Session, agent_id: int) -> list[Calendar]:
    """The calendars of colleagues that the agent switched on and may see now, by name; one statement.

    Right and presence are asked anew each time, so what policy takes away is gone from the next request on.
    """
    return [Calendar._make(row) for row in session.execute(_FOLLOWED, {"agent": agent_id})]
