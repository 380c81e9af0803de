"""What staff can choose from when they search a slot or book: motifs, agendas and places, by the roles table."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.directory.membership import Membership
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.policy.right import searchable
from rdvdav.policy.sight import agendas_of_sight

Row = tuple[Motif, Service, Organisation]


def motifs_for(session: Session, agent_id: int, *, widened: bool = False, also: int | None = None) -> list[Row]:
    """The motifs *agent_id* may search and book, by organisation, service and name; one statement.

    Args:
        widened: As `policy.right.searchable`.
        also: Id of one that is there even without widening, if it would be with it.
    """
    wanted = searchable(agent_id, widened=widened)
    if also is not None:
        wanted = or_(wanted, (Motif.id == also) & searchable(agent_id, widened=True))
    query = (
        select(Motif, Service, Organisation)
        .join(Service, Service.id == Motif.service_id)
        .join(Organisation, Organisation.id == Motif.organisation_id)
        .where(wanted)
        .options(joinedload(Motif.service))
        .order_by(Organisation.name, Service.name, Motif.name, Motif.id)
    )
    return [(motif, service, organisation) for motif, service, organisation in session.execute(query)]


def agendas_for(session: Session, agent_id: int, motif: Motif | None, also: Collection[int] = ()) -> Sequence[Agenda]:
    """The agendas one may see whose agent works where *motif* belongs, the own one first.

    Args:
        also: Ids of agendas out of sight that a slot was found in.
    """
    seen = agendas_of_sight(agent_id)
    if motif is None:
        return session.scalars(seen).all()
    works = exists().where(Membership.agent_id == Agenda.agent_id, Membership.organisation_id == motif.organisation_id)
    agendas = list(session.scalars(seen.where(works)))
    others = set(also) - {agenda.id for agenda in agendas}
    if others:
        carries = exists().where(
            OpeningRange.agenda_id == Agenda.id,
            OpeningRangeMotif.opening_range_id == OpeningRange.id,
            OpeningRangeMotif.motif_id == motif.id,
        )
        agendas += session.scalars(select(Agenda).where(Agenda.id.in_(others), carries).order_by(Agenda.name))
    return agendas


def places_for(session: Session, motif: Motif | None) -> Sequence[Place]:
    """The places where people can come for *motif*, by name; none when it needs no place."""
    if motif is None or motif.modality is not Modality.ON_SITE:
        return []
    query = select(Place).where(Place.organisation_id == motif.organisation_id, Place.enabled)
    return session.scalars(query.order_by(Place.name, Place.id)).all()
