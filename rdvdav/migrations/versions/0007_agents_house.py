"""An appointment at an address of its own; how an agent likes the agenda."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: appointments stay at their places, agendas look as they did."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("appointment") as table:
        table.add_column(sa.Column("address", sa.Text(), nullable=True))
    with op.batch_alter_table("agent") as table:
        table.add_column(sa.Column("first_hour", key, server_default="8", nullable=False))
        table.add_column(sa.Column("last_hour", key, server_default="18", nullable=False))
        table.add_column(sa.Column("weekends", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "favourite",
        sa.Column("agent_id", key, nullable=False),
        sa.Column("colleague_id", key, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_favourite_agent_id")),
        sa.ForeignKeyConstraint(["colleague_id"], ["agent.id"], name=op.f("fk_favourite_colleague_id")),
        sa.PrimaryKeyConstraint("agent_id", "colleague_id", name=op.f("pk_favourite")),
    )
    op.create_index(op.f("ix_favourite_colleague_id"), "favourite", ["colleague_id"])


def downgrade() -> None:
    """Go back: addresses of single appointments and preferences are forgotten."""
    op.drop_table("favourite")
    with op.batch_alter_table("agent") as table:
        for column in ("weekends", "last_hour", "first_hour"):
            table.drop_column(column)
    with op.batch_alter_table("appointment") as table:
        table.drop_column("address")
