"""Which organisation a traced row belongs to, read from the row itself as the line is written: no use case need know."""

from sqlalchemy import ScalarSelect, Table, literal, select

from rdvdav.database import Base


def organisation_of(subject: str, subject_id: int, territory_id: int) -> int | ScalarSelect[int] | None:
    """The organisation of row *subject_id* of the table *subject*, as a value or as the query for it; None where there is none.

    What is an agent's – agendas, absences, keys, the account – is of the organisation of the territory the agent joined first;
    a citizen is of the one that knew the person first.
    """
    row = _table(subject)
    if subject == "organisation":
        return subject_id
    if "organisation_id" in row.c:
        return select(row.c.organisation_id).where(row.c.id == subject_id).scalar_subquery()
    if subject == "citizen":
        known = _table("citizen_organisation")
        first = select(known.c.organisation_id).where(known.c.citizen_id == subject_id)
        return first.order_by(known.c.created_at, known.c.organisation_id).limit(1).scalar_subquery()
    agent = _agent_of(row, subject_id)
    if agent is None:
        return None
    joined = _table("membership")
    first = select(joined.c.organisation_id).where(joined.c.agent_id == agent, joined.c.territory_id == territory_id)
    return first.order_by(joined.c.id).limit(1).scalar_subquery()


def _agent_of(row: Table, subject_id: int) -> ScalarSelect[int] | None:
    """The agent a row is of: itself, by its own column, or through its agenda."""
    if row.name == "agent":
        return select(literal(subject_id)).scalar_subquery()
    if "agent_id" in row.c:
        return select(row.c.agent_id).where(row.c.id == subject_id).scalar_subquery()
    if "agenda_id" in row.c:
        agenda = _table("agenda")
        through = select(agenda.c.agent_id).join(row, row.c.agenda_id == agenda.c.id)
        return through.where(row.c.id == subject_id).scalar_subquery()
    return None


def _table(name: str) -> Table:
    return Base.metadata.tables[name]
