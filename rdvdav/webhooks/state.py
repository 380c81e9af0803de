"""Objects as webhooks tell them: plain values read from the tables, the same before a change and after it (C15).

Instants are RFC 3339 in UTC, days and hours on the wall ISO 8601 with their zone beside. The internal comment of an appointment is in none.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.claim import Claim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.webhooks.webhook import Kind

State = dict[str, Any]
"""What can be written as JSON."""


def states_of(session: Session, kind: Kind, ids: Collection[int]) -> dict[int, State]:
    """The objects of *ids* that exist, by id; as many statements for however many."""
    return _READERS[kind](session, ids) if ids else {}


def organisations_in(kind: Kind, state: State) -> set[int]:
    """Whose business an object is: its organisation, or those its agent belongs to."""
    if kind is Kind.ABSENCE:
        return set(state["agenda"]["organisations"])
    return {state["organisation"]["id"]}


def _appointments(session: Session, ids: Collection[int]) -> dict[int, State]:
    query = (
        select(Appointment.__table__, *_named(Organisation), Organisation.zone, *_named(Service), *_named(Motif))
        .add_columns(Motif.modality.label("motif_modality"), *_place())
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .join(Service, Service.id == Motif.service_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .where(Appointment.id.in_(ids))
    )
    agendas = _grouped(session, _agendas().add_columns(Claim.appointment_id).join(Claim).where(_of(Claim, ids)))
    people = _grouped(
        session,
        select(
            Participation.appointment_id,
            Participation.id,
            Participation.status,
            Participation.arrived_at,
            Citizen.id.label("citizen_id"),
            *(getattr(Citizen, name) for name in ("first_name", "last_name", "email", "phone", "birth_date")),
        )
        .join(Citizen, Citizen.id == Participation.citizen_id)
        .where(_of(Participation, ids))
        .order_by(Participation.id),
    )
    return {
        row.id: {
            "id": row.id,
            "reference": row.reference,
            "uid": row.uid,
            "status": row.status,
            "starts_at": _plain(row.starts_at),
            "ends_at": _plain(row.ends_at),
            "zone": row.zone,
            "title": row.title,
            "seats": row.seats,
            "channel": row.channel,
            "organisation": _name(row, "organisation"),
            "service": _name(row, "service"),
            "motif": _name(row, "motif") | {"modality": row.motif_modality},
            "place": _place_of(row),
            "address": row.address,
            "agendas": [_agenda(each) for each in agendas.get(row.id, ())],
            "participations": [_seat(each) for each in people.get(row.id, ())],
            "created_at": _plain(row.created_at),
            "cancelled_at": _plain(row.cancelled_at),
        }
        for row in session.execute(query)
    }


def _opening_ranges(session: Session, ids: Collection[int]) -> dict[int, State]:
    query = (
        select(OpeningRange.__table__, *_named(Organisation), *_place())
        .join(Organisation, Organisation.id == OpeningRange.organisation_id)
        .outerjoin(Place, Place.id == OpeningRange.place_id)
        .where(OpeningRange.id.in_(ids))
    )
    rows = session.execute(query).all()
    agendas = _by_id(session, {row.agenda_id for row in rows})
    motifs = _grouped(
        session,
        select(OpeningRangeMotif.opening_range_id, Motif.id, Motif.name)
        .join(Motif, Motif.id == OpeningRangeMotif.motif_id)
        .where(OpeningRangeMotif.opening_range_id.in_(ids))
        .order_by(Motif.id),
        "opening_range_id",
    )
    return {
        row.id: _repeated(row)
        | {
            "name": row.name,
            "from": _plain(row.opens),
            "to": _plain(row.closes),
            "seats": row.seats,
            "organisation": _name(row, "organisation"),
            "place": _place_of(row),
            "motifs": [{"id": each.id, "name": each.name} for each in motifs.get(row.id, ())],
            "agenda": _agenda(agendas[row.agenda_id]),
        }
        for row in rows
    }


def _absences(session: Session, ids: Collection[int]) -> dict[int, State]:
    rows = session.execute(select(Absence.__table__).where(Absence.id.in_(ids))).all()
    agendas = _by_id(session, {row.agenda_id for row in rows})
    members = select(Membership.agent_id, Membership.organisation_id).order_by(Membership.organisation_id)
    agents = {agenda.agent_id for agenda in agendas.values()}
    belongs = _grouped(session, members.where(Membership.agent_id.in_(agents)), "agent_id")
    return {
        row.id: _repeated(row)
        | {
            "title": row.title,
            "reason": row.kind,
            "last_day": _plain(row.end_day),
            "from": _plain(row.starts),
            "to": _plain(row.ends),
            "agenda": _agenda(agendas[row.agenda_id])
            | {"organisations": [each.organisation_id for each in belongs.get(agendas[row.agenda_id].agent_id, ())]},
        }
        for row in rows
    }


_READERS: Mapping[Kind, Callable[[Session, Collection[int]], dict[int, State]]] = {
    Kind.APPOINTMENT: _appointments,
    Kind.OPENING_RANGE: _opening_ranges,
    Kind.ABSENCE: _absences,
}


def _repeated(row: Row[Any]) -> State:
    """What opening ranges and absences share; a changed date of a series is an object that names its series."""
    return {
        "id": row.id,
        "uid": row.uid,
        "zone": row.zone,
        "first_day": _plain(row.first_day),
        "recurrence": row.recurrence,
        "excluded_days": row.excluded_days,
        "series_id": row.series_id,
        "original_day": _plain(row.original_day),
        "created_at": _plain(row.created_at),
    }


def _seat(row: Row[Any]) -> State:
    person = {name: getattr(row, name) for name in ("first_name", "last_name", "email", "phone")}
    return {
        "id": row.id,
        "status": row.status,
        "arrived_at": _plain(row.arrived_at),
        "citizen": {"id": row.citizen_id} | person | {"birth_date": _plain(row.birth_date)},
    }


def _agenda(row: Row[Any]) -> State:
    agent = None
    if row.agent_id is not None:
        agent = {"id": row.agent_id, "first_name": row.first_name, "last_name": row.last_name, "email": row.email}
    return {"id": row.id, "name": row.name, "agent": agent}


def _agendas() -> Any:
    return (
        select(Agenda.id, Agenda.name, Agenda.agent_id, Agent.first_name, Agent.last_name, Agent.email)
        .outerjoin(Agent, Agent.id == Agenda.agent_id)
        .order_by(Agenda.id)
    )


def _by_id(session: Session, ids: Collection[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in session.execute(_agendas().where(Agenda.id.in_(ids)))}


def _of(table: Any, ids: Collection[int]) -> Any:
    return table.appointment_id.in_(ids)


def _grouped(session: Session, query: Any, by: str = "appointment_id") -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in session.execute(query):
        found.setdefault(getattr(row, by), []).append(row)
    return found


def _named(table: Any) -> Iterable[Any]:
    name = table.__tablename__
    return table.id.label(f"{name}_key"), table.name.label(f"{name}_name")


def _name(row: Row[Any], table: str) -> State:
    return {"id": getattr(row, f"{table}_key"), "name": getattr(row, f"{table}_name")}


def _place() -> Iterable[Any]:
    return (*_named(Place), Place.street, Place.postcode, Place.city)


def _place_of(row: Row[Any]) -> State | None:
    if row.place_key is None:
        return None
    return _name(row, "place") | {"street": row.street, "postcode": row.postcode, "city": row.city}


def _plain(value: datetime | date | time | None) -> str | None:
    """A time as JSON writes it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if value is None else value.isoformat()
