"""« Inviter à prendre RDV »: to what, states, sent again, revoked (B13)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from make import Maker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import InvitationState
from rdvdav.audit.entry import AuditEntry
from rdvdav.booking.book import book
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.held import NoSuchHold
from rdvdav.booking.hold import keep
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.invited import InvitationUsed, book_invited, invitation_under, motifs_offered, note_opened
from rdvdav.booking.linked import NoSuchLink
from rdvdav.booking.people import NoSuchCitizen
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy
from rdvdav.directory.organisation import Organisation
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import settle
from rdvdav.records.invitations import (
    NoSuchInvitation,
    NothingToBook,
    NotOpenAnyMore,
    SentJustNow,
    invitations_of,
    invite_to_book,
    purposes_for,
    revoke,
    send_again,
)
from rdvdav.records.invite import NoAddress
from rdvdav.settings import Settings

NEXT_WEEK = date(2026, 11, 30)


@pytest.fixture
def agent(session: Session, make: Maker, settings: Settings) -> Agent:
    settle(session, settings)
    return make.agent()


@pytest.fixture
def citizen(session: Session, make: Maker, agent: Agent, clock: StoppedClock) -> Citizen:
    found = make.citizen()
    here = make._the(Organisation).id
    session.add(CitizenOrganisation(citizen_id=found.id, organisation_id=here, created_at=clock.now()))
    session.flush()
    return found


Invite = Callable[..., str]


@pytest.fixture
def invite(session: Session, clock: StoppedClock, agent: Agent, citizen: Citizen) -> Invite:
    """Invite the citizen: the token of the link in the mail."""

    def send(key: str, until: date = NEXT_WEEK) -> str:
        invite_to_book(session, clock, agent.id, citizen.id, key, "Pour votre dossier", until)
        return session.scalars(select(Message.secrets).where(~Message.to_compose).order_by(Message.id.desc())).first()[
            0
        ]  # type: ignore[index]

    return send


def here(make: Maker) -> int:
    return make._the(Organisation).id


def test_one_invites_to_what_one_may_book_and_to_what_is_on_line(session: Session, make: Maker, agent: Agent) -> None:
    other = make.service()
    mine = make.motif(bookable_by=BookableBy.AGENTS)
    online = make.motif(service_id=other.id, category="Titres")
    make.motif(service_id=other.id, bookable_by=BookableBy.AGENTS)
    make.motif(collective=True)
    make.motif(archived_at=make.clock.now())
    far = make.organisation()
    make.motif(organisation_id=far.id)

    keys = {each.key for each in purposes_for(session, agent.id)}

    wide = f"service-{here(make)}-{other.id}"
    assert keys == {f"motif-{mine.id}", f"motif-{online.id}", wide, f"{wide}-Titres"}


def test_a_motif_of_agents_is_opened_to_this_person_once(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, citizen: Citizen, invite: Invite
) -> None:
    motif = make.motif(bookable_by=BookableBy.AGENTS)
    make.opening_range(make.agenda_of(agent), [motif])
    token = invite(f"motif-{motif.id}")
    invitation = invitation_under(session, clock, token, here(make))
    slot = {"motif_id": motif.id, "place_id": None, "visit": "v", "address": "a"}
    nine, ten = clock.now() + timedelta(days=1, hours=1), clock.now() + timedelta(days=1, hours=2)
    with pytest.raises(NotBookable):
        keep(session, clock, starts_at=nine, **slot)
    first = keep(session, clock, starts_at=nine, invitation_id=invitation.id, **slot)
    second = keep(session, clock, starts_at=ten, invitation_id=invitation.id, **slot)
    with pytest.raises(NoSuchHold):
        book(session, clock, first, make.citizen().id)

    appointment, link = book_invited(session, clock, token, first)

    assert appointment.seat_of(citizen.id) is not None
    assert link
    assert book_invited(session, clock, token, first)[0] is appointment
    with pytest.raises(InvitationUsed):
        book_invited(session, clock, token, second)
    assert invitation.state(clock.now()) is InvitationState.BOOKED
    assert (invitation.appointment_id, invitation.booked_at) == (appointment.id, clock.now())


def test_citizens_limits_hold_under_an_invitation(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, invite: Invite
) -> None:
    motif = make.motif(bookable_by=BookableBy.AGENTS, min_notice="48 hours")
    make.opening_range(make.agenda_of(agent), [motif])
    invitation = invitation_under(session, clock, invite(f"motif-{motif.id}"), here(make))

    with pytest.raises(SlotTaken):
        keep(
            session, clock, motif_id=motif.id, place_id=None, starts_at=clock.now() + timedelta(days=1, hours=1),
            visit="v", address="a", invitation_id=invitation.id,
        )  # fmt: skip


def test_a_hold_is_booked_under_its_own_invitation_alone(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, invite: Invite
) -> None:
    motif = make.motif()
    make.opening_range(make.agenda_of(agent), [motif])
    mine, other = invite(f"motif-{motif.id}"), invite(f"motif-{motif.id}")
    start = clock.now() + timedelta(days=1, hours=1)
    slot = {"motif_id": motif.id, "place_id": None, "starts_at": start, "address": "a"}
    held = keep(session, clock, visit="v", invitation_id=invitation_under(session, clock, mine, here(make)).id, **slot)
    free = keep(session, clock, visit="w", **slot | {"starts_at": start + timedelta(hours=1)})

    for token, hold in ((other, held), (mine, free)):
        with pytest.raises(NoSuchHold):
            book_invited(session, clock, token, hold)


def test_its_states_follow_what_happens(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, citizen: Citizen, invite: Invite
) -> None:
    motif = make.motif()
    token = invite(f"motif-{motif.id}")
    [invitation] = invitations_of(session, agent.id, citizen.id)
    assert invitation.state(clock.now()) is InvitationState.SENT
    note_opened(session, clock, token)
    assert invitation.state(clock.now()) is InvitationState.OPENED

    with pytest.raises(SentJustNow):
        send_again(session, clock, agent.id, citizen.id, invitation.id)
    clock.advance(timedelta(minutes=5))
    send_again(session, clock, agent.id, citizen.id, invitation.id)
    assert session.scalar(select(func.count()).select_from(Message).where(~Message.to_compose)) == 2
    assert invitation_under(session, clock, token, here(make)) is invitation  # the first link stays good

    clock.advance(timedelta(days=7, hours=14) + timedelta(minutes=54))  # Monday 30, 22:59 in Paris
    assert invitation.state(clock.now()) is InvitationState.OPENED
    clock.advance(timedelta(hours=2))
    assert invitation.state(clock.now()) is InvitationState.EXPIRED
    with pytest.raises(NoSuchLink):
        invitation_under(session, clock, token, here(make))
    with pytest.raises(NotOpenAnyMore):
        send_again(session, clock, agent.id, citizen.id, invitation.id)
    kinds = session.scalars(select(AuditEntry.kind).where(AuditEntry.subject == "citizen")).all()
    assert list(kinds)[-2:] == ["citizen.invited_to_book", "citizen.invitation_sent_again"]


def test_revoked_foreign_and_unknown_links_open_nothing(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, citizen: Citizen, invite: Invite
) -> None:
    token = invite(f"motif-{make.motif().id}")
    [invitation] = invitations_of(session, agent.id, citizen.id)
    for wrong, where in (("nothing", here(make)), (token, make.organisation().id)):
        with pytest.raises(NoSuchLink):
            invitation_under(session, clock, wrong, where)

    revoke(session, clock, agent.id, citizen.id, invitation.id)
    revoke(session, clock, agent.id, citizen.id, invitation.id)

    assert invitation.state(clock.now()) is InvitationState.REVOKED
    with pytest.raises(NoSuchLink):
        invitation_under(session, clock, token, here(make))
    assert session.scalars(select(AuditEntry.kind)).all().count("citizen.invitation_revoked") == 1


def test_a_service_offers_what_is_on_line_when_the_link_is_opened(
    session: Session, make: Maker, clock: StoppedClock, invite: Invite
) -> None:
    first, titled = make.motif(), make.motif(category="Titres")
    whole = f"service-{here(make)}-{first.service_id}"
    of_service = invitation_under(session, clock, invite(whole), here(make))
    of_category = invitation_under(session, clock, invite(f"{whole}-Titres"), here(make))
    late = make.motif()
    first.bookable_by = BookableBy.AGENTS
    session.flush()

    assert {each.id for each in motifs_offered(session, of_service)} == {titled.id, late.id}
    assert [each.id for each in motifs_offered(session, of_category)] == [titled.id]


def test_one_invites_only_people_in_sight_who_have_an_address(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, citizen: Citizen, invite: Invite
) -> None:
    key = f"motif-{make.motif().id}"
    invite(key)
    [invitation] = invitations_of(session, agent.id, citizen.id)
    stranger = make.agent(organisation=make.organisation())
    with pytest.raises(NoSuchCitizen):
        invite_to_book(session, clock, stranger.id, citizen.id, key, "", NEXT_WEEK)
    with pytest.raises(NothingToBook):
        invite_to_book(session, clock, agent.id, citizen.id, "motif-0", "", NEXT_WEEK)
    for who, whom, what in ((stranger.id, citizen.id, invitation.id), (agent.id, citizen.id, 0)):
        with pytest.raises((NoSuchCitizen, NoSuchInvitation)):
            revoke(session, clock, who, whom, what)
    citizen.email = None
    session.flush()
    with pytest.raises(NoAddress):
        invite_to_book(session, clock, agent.id, citizen.id, key, "", NEXT_WEEK)


def test_two_tabs_of_one_invitation_make_one_appointment(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    with database.transaction() as session:
        settle(session, settings)
        make = Maker(session, clock)
        agents = [make.agent(), make.agent()]
        motif, citizen = make.motif(), make.citizen()
        where = here(make)
        session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=where, created_at=clock.now()))
        for each in agents:
            make.opening_range(make.agenda_of(each), [motif])
        session.flush()
        invited = invite_to_book(session, clock, agents[0].id, citizen.id, f"motif-{motif.id}", "", NEXT_WEEK)
        token = session.scalars(select(Message.secrets).where(~Message.to_compose)).one()[0]
        start = clock.now() + timedelta(days=1, hours=1)
        slot = {"motif_id": motif.id, "place_id": None, "address": "a", "invitation_id": invited.id}
        holds = [
            keep(session, clock, starts_at=start + timedelta(hours=hour), visit=f"v{hour}", **slot) for hour in range(2)
        ]

    def press(hold: str) -> str:
        try:
            with database.transaction() as session:
                book_invited(session, clock, token, hold)
        except InvitationUsed:
            return "used"
        return "booked"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(press, holds))

    assert outcomes == ["booked", "used"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 1
