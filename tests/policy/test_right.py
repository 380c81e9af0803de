"""Which motifs an agent may search slots of, and whom one may book for: rows of the roles table, each level against each relation."""

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.territory import Territory
from rdvdav.policy.right import known_to, searchable

OWN = frozenset({"own service", "own service, closed to secretariat"})
COLLEAGUES = frozenset({"other service", "other service, closed to secretariat"})
NEIGHBOURS = frozenset({"elsewhere, referrers", "elsewhere, everyone"})
CLOSED = frozenset({"elsewhere, agents", "own service elsewhere"})
MATRIX = {
    "basic": (OWN, OWN | COLLEAGUES | NEIGHBOURS),
    "secretariat": (
        frozenset({"own service", "other service"}),
        frozenset({"own service", "other service"}) | NEIGHBOURS,
    ),
    "organisation admin": (OWN | COLLEAGUES, OWN | COLLEAGUES | NEIGHBOURS),
    "territory admin": (OWN | COLLEAGUES | NEIGHBOURS | CLOSED,) * 2,
    "stranger": (frozenset(), frozenset()),
}
"""By level: what is searched, and what is when widened. « archived » and « abroad » are never in it."""


@pytest.fixture
def motifs(make: Maker) -> dict[str, Motif]:
    """One motif for each relation to somebody of the first service in the first organisation."""
    territory, abroad = make.territory(), make.territory()
    _town, elsewhere = make.organisation(territory_id=territory.id), make.organisation(territory_id=territory.id)
    there = make.organisation(territory_id=abroad.id)
    own, other = make.service(), make.service()
    foreign = make.service(territory_id=abroad.id)
    agents, referrers = {"bookable_by": BookableBy.AGENTS}, {"bookable_by": BookableBy.REFERRERS}
    closed = agents | {"open_to_secretariat": False}
    return {
        "own service": make.motif(service_id=own.id, **agents),
        "own service, closed to secretariat": make.motif(service_id=own.id, **closed),
        "other service": make.motif(service_id=other.id, **agents),
        "other service, closed to secretariat": make.motif(service_id=other.id, **closed),
        "elsewhere, agents": make.motif(organisation_id=elsewhere.id, service_id=other.id, **agents),
        "own service elsewhere": make.motif(organisation_id=elsewhere.id, service_id=own.id, **agents),
        "elsewhere, referrers": make.motif(organisation_id=elsewhere.id, service_id=other.id, **referrers),
        "elsewhere, everyone": make.motif(organisation_id=elsewhere.id, service_id=other.id),
        "archived": make.motif(service_id=own.id, archived_at=make.clock.now()),
        "abroad": make.motif(organisation_id=there.id, service_id=foreign.id, territory_id=abroad.id),
    }


@pytest.mark.parametrize("level", MATRIX)
@pytest.mark.parametrize("widened", [False, True])
def test_who_may_search_which_motifs(
    session: Session, make: Maker, motifs: dict[str, Motif], level: str, *, widened: bool
) -> None:
    agent = an_agent(make, motifs, level)

    found = set(session.scalars(select(Motif.id).where(searchable(agent.id, widened=widened))))
    assert {name for name, motif in motifs.items() if motif.id in found} == MATRIX[level][widened]


def an_agent(make: Maker, motifs: dict[str, Motif], level: str):
    own = motifs["own service"].service
    match level:
        case "basic":
            return make.agent(services=[own])
        case "secretariat":
            return make.agent(services=[make.service(is_secretariat=True)])
        case "organisation admin":
            return make.agent(services=[], role="admin")
        case "territory admin":
            return make.agent(
                services=[], administers=make.session.get_one(Territory, motifs["own service"].territory_id)
            )
        case _:
            territory = make.territory()
            town = make.organisation(territory_id=territory.id)
            return make.agent(organisation=town, services=[make.service(territory_id=territory.id)])


def test_a_secretary_with_the_service_searches_what_is_closed_to_the_secretariat(
    session: Session, make: Maker, motifs: dict[str, Motif]
) -> None:
    closed = motifs["own service, closed to secretariat"]
    secretary = make.agent(services=[make.service(is_secretariat=True), closed.service])

    assert session.scalar(select(Motif.id).where(searchable(secretary.id), Motif.id == closed.id))


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("basic", {"here"}),
        ("admin", {"here"}),
        ("territory admin", {"here", "elsewhere"}),
    ],
)
def test_people_are_seen_where_an_organisation_of_ones_own_knows_them(
    session: Session, make: Maker, level: str, seen: set[str]
) -> None:
    territory, abroad = make.territory(), make.territory()
    places = {"here": make.organisation(), "elsewhere": make.organisation()}
    places["abroad"] = make.organisation(territory_id=abroad.id)
    agent = make.agent(
        services=[],
        role="admin" if level == "admin" else "basic",
        administers=territory if level == "territory admin" else None,
    )
    people = {name: make.citizen(territory_id=place.territory_id) for name, place in places.items()}
    people["closed"] = make.citizen(merged_into_id=people["here"].id)
    for name, citizen in people.items():
        place = places.get(name, places["here"])
        session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=place.id, created_at=make.clock.now()))
    people["of nobody"] = make.citizen()
    session.flush()

    found = set(session.scalars(select(Citizen.id).where(known_to(agent.id))))
    assert {name for name, citizen in people.items() if citizen.id in found} == seen
