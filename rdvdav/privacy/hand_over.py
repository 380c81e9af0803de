"""What is kept about a person, handed to that person (GDPR art. 15): each `Personal` column, of the person and the relatives."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.relative import relatives_of
from rdvdav.clock import Clock
from rdvdav.privacy.personal_data import OF_CITIZENS, appointments_alone, personal_columns, tables_about_people

WITHHELD = {
    "appointment.comment": "of the author's service alone (domain: Roles); asked of the organisation itself",
    "citizen.sorted_as": "the names again, as lists are sorted",
    "citizen_word.word": "the same again, as searches find it",
    "citizen_word.sorted_as": "the same again, as lists are sorted",
    "sign_on.id_token": "a key to the identity provider, not a fact",
}
"""Columns that are not handed over, and why."""


def hand_over(session: Session, clock: Clock, citizen_id: int) -> dict[str, Any]:
    """All that is kept about a citizen and those the citizen answers for, as JSON takes it.

    By table, the rows about each person, with every personal column that has a value; then the appointments.
    """
    citizen = session.get_one(Citizen, citizen_id)
    people = [citizen, *relatives_of(session, citizen_id)]
    return {
        "made_at": clock.now().isoformat(),
        "people": [{"name": person.name, **_about(session, person.id)} for person in people],
    }


def _about(session: Session, citizen_id: int) -> dict[str, Any]:
    merged = select(Citizen.id).where((Citizen.id == citizen_id) | (Citizen.merged_into_id == citizen_id))
    ids = session.scalars(merged).all()
    return {"kept": _rows(session, ids), "appointments": _appointments(session, ids)}


def _rows(session: Session, ids: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    alone = appointments_alone(session, ids)
    found = {}
    for name, table in tables_about_people().items():
        shown = [each for each in personal_columns(table) if f"{name}.{each.name}" not in WITHHELD]
        if name not in OF_CITIZENS or not shown:
            continue
        query = select(*shown).where(OF_CITIZENS[name](ids, alone)).order_by(*table.primary_key)
        rows = [{key: _plain(value) for key, value in row._mapping.items() if value} for row in session.execute(query)]
        found[name] = [row for row in rows if row]
    return {name: rows for name, rows in found.items() if rows}


def _appointments(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    query = (
        select(Appointment)
        .where(Appointment.participations.any(Participation.citizen_id.in_(ids)))
        .options(*(joinedload(each) for each in (Appointment.motif, Appointment.place, Appointment.organisation)))
        .order_by(Appointment.starts_at)
    )
    return [
        {
            "reference": each.reference,
            "starts_at": each.starts_at.isoformat(),
            "ends_at": each.ends_at.isoformat(),
            "status": each.status.value,
            "motif": each.motif.name,
            "place": each.where.name if each.where else None,
            "organisation": each.organisation.name,
        }
        for each in session.scalars(query)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
