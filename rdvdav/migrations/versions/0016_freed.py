"""Freed time is marked by motif."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
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


def downgrade() -> None:
    """Go back."""
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
