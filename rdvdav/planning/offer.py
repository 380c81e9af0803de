"""What the opening ranges of an agenda may carry: the motifs and places of whoever's time it is."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.workplace import motifs_of, organisations_of, places_of


@dataclass(frozen=True)
class Offer:
    """What can be ticked and chosen in the form of an opening range.

    Attributes:
        motifs: By organisation, service and name.
        organisations: Those the agenda's agent works in, the first joined first.
    """

    motifs: list[tuple[Motif, Service, Organisation]]
    places: list[Place]
    organisations: list[Organisation]

    def motifs_among(self, motif_ids: frozenset[int]) -> list[Motif]:
        """The offered motifs with these ids."""
        return [motif for motif, _service, _organisation in self.motifs if motif.id in motif_ids]

    def place(self, place_id: int | None) -> Place | None:
        """The offered place with this id."""
        return next((place for place in self.places if place.id == place_id), None)

    def organisation_of(self, motif_ids: frozenset[int]) -> Organisation:
        """The organisation of the first offered motif with one of these ids; there must be one."""
        return next(organisation for motif, _service, organisation in self.motifs if motif.id in motif_ids)


def offer_for(session: Session, agenda: Agenda, opening: OpeningRange | None = None) -> Offer:
    """What a range of *agenda* may carry; *opening*, when it exists already, keeps what it has."""
    agent_id = agenda.agent_id or 0
    motifs, places = motifs_of(session, agent_id), places_of(session, agent_id)
    if opening is not None:
        motifs += _missing_motifs(session, opening, {motif.id for motif, _service, _organisation in motifs})
        if opening.place_id is not None and opening.place_id not in {place.id for place in places}:
            places.append(session.get_one(Place, opening.place_id))
    return Offer(motifs, places, organisations_of(session, agent_id))


def _missing_motifs(
    session: Session, opening: OpeningRange, known: set[int]
) -> list[tuple[Motif, Service, Organisation]]:
    missing = {motif.id for motif in opening.motifs} - known
    query = (
        select(Motif, Service, Organisation)
        .join(Service, Service.id == Motif.service_id)
        .join(Organisation, Organisation.id == Motif.organisation_id)
        .where(Motif.id.in_(missing))
        .order_by(Motif.id)
    )
    return [(motif, service, organisation) for motif, service, organisation in session.execute(query)]
