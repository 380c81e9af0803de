"""Each level may do to each thing what the table of the rules says, and nothing more: every (level, action, relation) is asked.

The table stands here in its own words; `MEANING` says what each cell reaches. A change of either side is seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from make import Maker
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.audit.entry import ActorKind, AuditEntry
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound
from rdvdav.policy import right, sight

LEVELS = ("basic", "secretariat", "organisation admin", "territory admin")

TABLE = """
| may | basic | secretariat | organisation admin | territory admin |
| see and book in agendas | own + colleagues sharing a service and organisation | all of own organisations | all of own organisations | all of the territory |
| change, cancel, set the outcome of appointments there | own + colleagues sharing a service and organisation | all of own organisations | all of own organisations | all of the territory |
| opening ranges, absences | own + same colleagues | all of the organisation | all | all |
| search slots | own services | organisation | organisation | territory |
| search slots, widened | every service of own organisations | organisation | organisation | territory |
| search slots, widened: motifs open to referrers | in the territory's other organisations | widened as basic | widened as basic | territory |
| citizens: see, create, edit, delete, merge | of the organisation | organisation, same | organisation | same in every organisation |
| the menu « Usagers » opens on people with an appointment in | own services | own services | own services | own services |
| masked hits of the territory | the rest of the territory | the rest of the territory | the rest of the territory | no |
| citizens: history of changes | no | no | organisation | same in every organisation |
| unblock the address of a citizen | no | no | organisation | same in every organisation |
| remove an appointment for good | no | no | yes | yes |
| motifs | no | no | yes | yes |
| places | no | no | yes | yes |
| invite agents with level and service | no | no | yes | yes |
| remove an agent from an organisation | no | no | yes | yes |
| public holidays, settings of an organisation | no | no | yes | yes |
| organisations, services switched on, later change of rights, teams, webhooks | no | no | no | yes |
| appointment list and its export | own services in own organisations + those one is assigned to | organisation | organisation | territory |
| statistics: see | what one may see | same | organisation | territory |
| statistics: export | no | no | organisation / yes | territory / yes |
| journal | no | no | organisation | territory |
"""  # noqa: E501 - as the rules have it

OWN, COLLEAGUE, SAME_ORGANISATION = "own", "colleague sharing service and organisation", "same organisation"
FOREIGN_ORGANISATION, SERVICE_ELSEWHERE = (
    "foreign organisation of the territory",
    "own service in a foreign organisation",
)
FOREIGN_TERRITORY = "foreign territory"
RELATIONS = (OWN, COLLEAGUE, SAME_ORGANISATION, FOREIGN_ORGANISATION, SERVICE_ELSEWHERE, FOREIGN_TERRITORY)

NEAR = frozenset({OWN, COLLEAGUE})
ORGANISATION = NEAR | {SAME_ORGANISATION}
REST = frozenset({FOREIGN_ORGANISATION, SERVICE_ELSEWHERE})
TERRITORY = ORGANISATION | REST
REACH = {"organisation admin": ORGANISATION, "territory admin": TERRITORY}
"""What « all » and « yes » mean to an administrator."""

MEANING: dict[str, frozenset[str] | dict[str, frozenset[str]]] = {
    "no": frozenset(),
    "yes": REACH,
    "all": REACH,
    "own + colleagues sharing a service and organisation": NEAR,
    "own + same colleagues": NEAR,
    "own services": NEAR,
    "own services in own organisations + those one is assigned to": NEAR,
    "what one may see": NEAR,
    "same": ORGANISATION,
    "organisation": ORGANISATION,
    "organisation / yes": ORGANISATION,
    "organisation, same": ORGANISATION,
    "of the organisation": ORGANISATION,
    "all of the organisation": ORGANISATION,
    "all of own organisations": ORGANISATION,
    "every service of own organisations": ORGANISATION,
    "in the territory's other organisations": TERRITORY,
    "widened as basic": TERRITORY,
    "the rest of the territory": REST,
    "territory": TERRITORY,
    "territory / yes": TERRITORY,
    "all of the territory": TERRITORY,
    "same in every organisation": TERRITORY,
}

Condition = Callable[[int], ColumnElement[bool]]


@dataclass(frozen=True)
class Asked:
    """How an action is asked about: the rows a condition holds for, or a function that finds one row or raises."""

    table: Any
    condition: Condition | None = None
    one: Callable[[Session, int, int], Any] | None = None
    kind: str = ""

    def of(self, things: dict[Any, dict[str, int]]) -> dict[str, int]:
        """The ids it is asked about, by relation."""
        return things[(self.table, self.kind) if self.kind else self.table]

    def allowed(self, session: Session, agent_id: int, ids: dict[str, int]) -> set[str]:
        """The relations whose row *agent_id* may do it to."""
        if self.condition is not None:
            found = set(session.scalars(select(self.table.id).where(self.condition(agent_id))))
            return {relation for relation, row_id in ids.items() if row_id in found}
        return {relation for relation, row_id in ids.items() if self._is_found(session, agent_id, row_id)}

    def _is_found(self, session: Session, agent_id: int, row_id: int) -> bool:
        assert self.one is not None
        try:
            return bool(self.one(session, agent_id, row_id).id == row_id)
        except NotFound:
            return False


def administered(table: Any) -> Asked:
    """Rows of *table* as their administrators reach them."""
    return Asked(table, lambda agent_id: right.administered(agent_id, table))


ACTIONS: dict[str, list[Asked]] = {
    "see and book in agendas": [Asked(Agenda, sight.visible), Asked(Agenda, one=sight.agenda_in_sight)],
    "change, cancel, set the outcome of appointments there": [Asked(Appointment, right.attended)],
    "opening ranges, absences": [Asked(Agenda, one=right.agenda_to_open)],
    "search slots": [Asked(Motif, right.searchable)],
    "search slots, widened": [Asked(Motif, lambda agent_id: right.searchable(agent_id, widened=True))],
    "search slots, widened: motifs open to referrers": [
        Asked(Motif, lambda agent_id: right.searchable(agent_id, widened=True), kind="open")
    ],
    "citizens: see, create, edit, delete, merge": [Asked(Citizen, right.known_to)],
    "the menu « Usagers » opens on people with an appointment in": [Asked(Citizen, right.met_in_services)],
    "masked hits of the territory": [Asked(Citizen, right.masked_for)],
    "citizens: history of changes": [Asked(Citizen, right.people_administered)],
    "unblock the address of a citizen": [Asked(Citizen, right.people_administered)],
    "remove an appointment for good": [administered(Appointment)],
    "motifs": [administered(Motif)],
    "places": [administered(Place)],
    "invite agents with level and service": [Asked(Organisation, one=right.organisation_to_administer)],
    "remove an agent from an organisation": [administered(Membership)],
    "public holidays, settings of an organisation": [Asked(Organisation, one=right.organisation_to_administer)],
    "organisations, services switched on, later change of rights, teams, webhooks": [
        Asked(Territory, one=right.territory_to_administer)
    ],
    "appointment list and its export": [Asked(Appointment, right.listed)],
    "statistics: see": [Asked(Appointment, right.listed)],
    "statistics: export": [administered(Appointment)],
    "journal": [administered(AuditEntry)],
}


def cells() -> dict[str, dict[str, frozenset[str]]]:
    """By action and level: the relations the table lets it reach."""
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.strip().splitlines())
    assert tuple(head[1:]) == LEVELS
    read: dict[str, dict[str, frozenset[str]]] = {}
    for action, *said in rows:
        read[action] = {}
        for level, cell in zip(LEVELS, said, strict=True):
            meaning = MEANING[cell]
            read[action][level] = meaning[level] if isinstance(meaning, dict) else meaning
    return read


class World:
    """One territory with two organisations and a second territory, and in each relation to a level a row of each table."""

    def __init__(self, make: Maker) -> None:
        """Build it; the one who asks has the own service in the own organisation, whatever the level."""
        self.make = make
        self.here, self.abroad = make.territory(), make.territory()
        self.home, self.elsewhere = make.organisation(), make.organisation()
        self.far = make.organisation(territory_id=self.abroad.id)
        self.own, self.other = make.service(), make.service()
        self.foreign = make.service(territory_id=self.abroad.id)
        self.secretariat = make.service(is_secretariat=True)
        self.of = {
            COLLEAGUE: (self.home, self.own),
            SAME_ORGANISATION: (self.home, self.other),
            FOREIGN_ORGANISATION: (self.elsewhere, self.other),
            SERVICE_ELSEWHERE: (self.elsewhere, self.own),
            FOREIGN_TERRITORY: (self.far, self.foreign),
        }
        self.rows = {relation: self._rows(relation) for relation in self.of}

    def agent(self, level: str) -> Agent:
        """Who asks."""
        return self.make.agent(
            organisation=self.home,
            services=[self.own, self.secretariat] if level == "secretariat" else [self.own],
            role="admin" if level == "organisation admin" else "basic",
            administers=self.here if level == "territory admin" else None,
        )

    def things_of(self, agent: Agent) -> dict[Any, dict[str, int]]:
        """Ids by table, then by relation to *agent*."""
        own = self.rows[COLLEAGUE] | self._around(agent, self.home, self.own)
        rows = self.rows | {OWN: own}
        tables = rows[OWN].keys()
        return {table: {relation: row[table] for relation, row in rows.items()} for table in tables}

    def _rows(self, relation: str) -> dict[Any, int]:
        organisation, service = self.of[relation]
        agent = self.make.agent(organisation=organisation, services=[service])
        of_it = {"territory_id": organisation.territory_id, "organisation_id": organisation.id}
        agents_only = {"bookable_by": BookableBy.AGENTS, "service_id": service.id} | of_it
        return self._around(agent, organisation, service) | {
            Territory: organisation.territory_id,
            Organisation: organisation.id,
            Motif: self.make.motif(**agents_only).id,
            (Motif, "open"): self.make.motif(**agents_only | {"bookable_by": BookableBy.REFERRERS}).id,
            Place: self.make.place(**of_it).id,
        }

    def _around(self, agent: Agent, organisation: Organisation, service: Any) -> dict[Any, int]:
        """What belongs to one agent: the agenda, an appointment in it, who comes, the membership, a trace."""
        make, session = self.make, self.make.session
        of_it = {"territory_id": organisation.territory_id, "organisation_id": organisation.id}
        agenda = make.agenda_of(agent)
        citizen = make.citizen(territory_id=organisation.territory_id)
        known = CitizenOrganisation(citizen_id=citizen.id, organisation_id=organisation.id, created_at=make.clock.now())
        motif = make.motif(service_id=service.id, **of_it)
        session.add(known)
        appointment = make.appointment(
            agenda, make.clock.now(), motif=motif, citizen=citizen, place=make.place(**of_it)
        )
        entry = AuditEntry(
            at=make.clock.now(),
            actor=ActorKind.SYSTEM,
            kind="appointment.kept",
            subject="appointment",
            subject_id=appointment.id,
            **of_it,
        )
        session.add(entry)
        session.flush()
        membership = session.query(Membership).filter_by(agent_id=agent.id).one()
        return {
            Agenda: agenda.id,
            Appointment: appointment.id,
            Citizen: citizen.id,
            Membership: membership.id,
            AuditEntry: entry.id,
        }


def test_every_action_of_the_table_is_asked() -> None:
    assert list(ACTIONS) == list(cells())


def test_each_level_reaches_what_the_table_says_and_no_more(session: Session, make: Maker) -> None:
    world, table = World(make), cells()
    for level in LEVELS:
        agent = world.agent(level)
        things = world.things_of(agent)
        assert reached(session, agent, things) == {action: table[action][level] for action in ACTIONS}, level

        session.query(Membership).filter_by(agent_id=agent.id).delete()
        if level != "territory admin":
            assert set().union(*reached(session, agent, things).values()) == {OWN}, f"{level} who left"


def reached(session: Session, agent: Agent, things: dict[Any, dict[str, int]]) -> dict[str, frozenset[str]]:
    """By action: the relations of what *agent* may do it to; all questions about it must give the same answer."""
    found = {}
    for action, questions in ACTIONS.items():
        answers = {frozenset(question.allowed(session, agent.id, question.of(things))) for question in questions}
        assert len(answers) == 1, action
        found[action] = answers.pop()
    return found
