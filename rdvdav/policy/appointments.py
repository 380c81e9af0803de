"""Which appointments an agent's lists hold, and which may be removed for good: rows of the roles table, a condition each."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.directory.membership import AgentService, Membership, Role, TerritoryAdmin
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.policy.right import organisations_to_administer
from rdvdav.policy.sight import visible


def listed(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Appointment` of the row « appointment list and its export ».

    basic: own services in own organisations; secretariat, organisation admin: the organisation; territory admin: the territory; each
    one besides what the own agenda is assigned to.
    """
    in_secretariat = (
        select(1)
        .select_from(AgentService)
        .join(Service, Service.id == AgentService.service_id)
        .where(
            AgentService.agent_id == agent_id, Service.is_secretariat, Service.territory_id == Membership.territory_id
        )
        .correlate(Membership)
        .exists()
    )
    mine = select(Membership.organisation_id).where(Membership.agent_id == agent_id)
    services = select(AgentService.service_id).where(AgentService.agent_id == agent_id)
    motifs = select(Motif.id).where(Motif.organisation_id.in_(mine), Motif.service_id.in_(services))
    assigned = (
        select(Claim.appointment_id).join(Agenda, Agenda.id == Claim.agenda_id).where(Agenda.agent_id == agent_id)
    )
    return or_(
        Appointment.motif_id.in_(motifs),
        Appointment.organisation_id.in_(mine.where(or_(Membership.role == Role.ADMIN, in_secretariat))),
        Appointment.territory_id.in_(select(TerritoryAdmin.territory_id).where(TerritoryAdmin.agent_id == agent_id)),
        Appointment.id.in_(assigned),
    )


def appointment_visible(agent_id: int) -> ColumnElement[bool]:
    """The condition on `Appointment` that holds for those in an agenda one may see: there one changes, cancels, sets the outcome."""
    claimed = select(Claim.appointment_id).join(Agenda, Agenda.id == Claim.agenda_id)
    return claimed.where(Claim.appointment_id == Appointment.id, visible(agent_id)).exists()


def may_remove(session: Session, agent_id: int, appointment: Appointment) -> bool:
    """Whether *agent_id* may remove it for good: admins of its organisation and of its territory alone."""
    query = organisations_to_administer(agent_id).where(Organisation.id == appointment.organisation_id)
    return session.scalar(query) is not None
