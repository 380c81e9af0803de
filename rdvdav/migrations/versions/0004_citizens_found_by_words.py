"""Citizens are found by words in a b-tree; they have notes, somebody responsible, and can be merged and erased."""

from datetime import date

import sqlalchemy as sa
from alembic import op

from rdvdav.citizens.words import signs_of, sort_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT_ONCE = 1000
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOLDED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go forward. Columns are added in SQL: what refers to a citizen must not see its table go, even for a moment."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    key, folded = ("INTEGER", "TEXT") if on_sqlite else ("BIGINT", 'TEXT COLLATE "C"')
    instant = "DATETIME" if on_sqlite else "TIMESTAMP WITH TIME ZONE"
    for table, column in (
        ("citizen", f"sorted_as {folded} DEFAULT '' NOT NULL"),
        ("citizen", "notes TEXT"),
        ("citizen", f"erased_at {instant}"),
        ("citizen", f"responsible_id {key} CONSTRAINT fk_citizen_responsible_id REFERENCES citizen (id)"),
        ("outbox_message", f"citizen_id {key} CONSTRAINT fk_outbox_message_citizen_id REFERENCES citizen (id)"),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    op.execute("ALTER TABLE citizen DROP COLUMN words")
    op.create_index("ix_citizen_responsible_id", "citizen", ["responsible_id"])
    op.create_index("ix_citizen_merged_into_id", "citizen", ["merged_into_id"])
    op.create_index("ix_outbox_message_citizen_id", "outbox_message", ["citizen_id"])
    op.create_index("ix_participation_appointment_id", "participation", ["appointment_id"])
    op.create_table(
        "citizen_word",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("word", FOLDED, nullable=False),
        sa.Column("sorted_as", FOLDED, nullable=False),
        sa.Column("citizen_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_citizen_word_organisation_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_citizen_word_citizen_id")),
        sa.PrimaryKeyConstraint("organisation_id", "word", "sorted_as", "citizen_id", name=op.f("pk_citizen_word")),
        sqlite_with_rowid=False,
    )
    _fill()
    op.create_index("ix_citizen_word_citizen_id", "citizen_word", ["citizen_id", "word"])


def _fill() -> None:
    """Write the words of those who are there, and say of each message who got it."""
    bind = op.get_bind()
    citizen = sa.table(
        "citizen",
        *map(sa.column, ("id", "first_name", "last_name", "email", "phone", "birth_date", "merged_into_id")),
        sa.column("sorted_as"),
    )
    word = sa.table("citizen_word", *map(sa.column, ("organisation_id", "word", "sorted_as", "citizen_id")))
    known = sa.table("citizen_organisation", sa.column("citizen_id"), sa.column("organisation_id"))
    last = 0
    while rows := bind.execute(
        sa.select(citizen).where(citizen.c.id > last).order_by(citizen.c.id).limit(AT_ONCE)
    ).all():
        ids = [row.id for row in rows]
        organisations: dict[int, list[int]] = {}
        for citizen_id, organisation_id in bind.execute(sa.select(known).where(known.c.citizen_id.in_(ids))):
            organisations.setdefault(citizen_id, []).append(organisation_id)
        words = []
        for row in rows:
            key = sort_key(row.first_name, row.last_name)
            bind.execute(sa.update(citizen).where(citizen.c.id == row.id).values(sorted_as=key))
            born = date.fromisoformat(row.birth_date) if isinstance(row.birth_date, str) else row.birth_date
            signs = signs_of(row.first_name, row.last_name, row.email, row.phone, born)
            words += [
                {"organisation_id": organisation_id, "word": sign, "sorted_as": key, "citizen_id": row.id}
                for organisation_id in organisations.get(row.id, ())
                for sign in signs
                if row.merged_into_id is None
            ]
        if words:
            bind.execute(sa.insert(word), words)
        last = ids[-1]
    op.execute(
        "UPDATE outbox_message SET citizen_id = (SELECT min(citizen.id) FROM citizen JOIN participation"
        " ON participation.citizen_id = citizen.id WHERE participation.appointment_id = outbox_message.appointment_id"
        " AND citizen.email = outbox_message.recipient) WHERE appointment_id IS NOT NULL"
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("citizen_word")
    op.drop_index("ix_participation_appointment_id", "participation")
    for table, column in (
        ("outbox_message", "citizen_id"),
        ("citizen", "merged_into_id"),
        ("citizen", "responsible_id"),
    ):
        op.drop_index(f"ix_{table}_{column}", table)
    for table, column in (("outbox_message", "citizen_id"), ("citizen", "responsible_id")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(f"fk_{table}_{column}", type_="foreignkey")
            batch_op.drop_column(column)
    with op.batch_alter_table("citizen") as batch_op:
        for column in ("sorted_as", "notes", "erased_at"):
            batch_op.drop_column(column)
        batch_op.add_column(sa.Column("words", sa.Text(), server_default="", nullable=False))
