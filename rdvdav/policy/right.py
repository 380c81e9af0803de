"""What an agent may do in an agenda: second row of the roles table. Rows to come are functions beside this one."""

from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.policy.sight import agenda_in_sight


def agenda_to_open(session: Session, agent_id: int, agenda_id: int) -> Agenda:
    """The agenda whose opening ranges and absences *agent_id* may change: own and the same colleagues one sees.

    Raises:
        NoSuchAgenda: It does not exist, or not for this agent.
    """
    return agenda_in_sight(session, agent_id, agenda_id)
