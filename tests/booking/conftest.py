"""One agent with one range on working mornings, one motif of half an hour, one citizen."""

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.booking.hold import keep
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place


@pytest.fixture
def motif(make: Maker) -> Motif:
    return make.motif()


@pytest.fixture
def place(make: Maker) -> Place:
    return make.place()


@pytest.fixture
def agenda(make: Maker, motif: Motif, place: Place) -> Agenda:
    agenda = make.agenda()
    make.opening_range(agenda, [motif], place_id=place.id)
    return agenda


@pytest.fixture
def citizen(make: Maker) -> Citizen:
    return make.citizen()


@pytest.fixture
def hold_token(session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, place: Place) -> str:
    """The slot at NINE, held."""
    return keep(
        session, clock, motif_id=motif.id, place_id=place.id, starts_at=NINE, visit="a visit", address="192.0.2.1"
    )
