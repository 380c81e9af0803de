"""Freed time is marked by motif; citizens' calendars are stored."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward: whoever waits is looked at once."""
    _mark_by("motif")
    op.execute(
        "INSERT INTO freed (motif_id) SELECT DISTINCT motif_id FROM waiting_list_entry"
        " WHERE confirmed_at IS NOT NULL AND ended_at IS NULL"
    )
    op.create_table(
        "citizen_event",
        sa.Column("participation_id", KEY, nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participation.id"],
            name=op.f("fk_citizen_event_participation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("participation_id", name=op.f("pk_citizen_event")),
    )
    with op.batch_alter_table("citizen_feed") as table:
        table.add_column(sa.Column("language", sa.Text(), nullable=False, server_default="fr"))
        table.add_column(sa.Column("written_at", INSTANT, nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("citizen_feed") as table:
        table.drop_column("written_at")
        table.drop_column("language")
    op.drop_table("citizen_event")
    _mark_by("agenda")


def _mark_by(named: str) -> None:
    op.drop_table("freed")
    op.create_table(
        "freed",
        sa.Column("id", KEY, nullable=False),
        sa.Column(f"{named}_id", KEY, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint([f"{named}_id"], [f"{named}.id"], name=op.f(f"fk_freed_{named}_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed")),
    )
    for column in (f"{named}_id", "due_at"):
        op.create_index(op.f(f"ix_freed_{column}"), "freed", [column])
