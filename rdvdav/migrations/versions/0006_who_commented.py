"""Who wrote an appointment's comment: it is for the author's service alone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: comments written before are those of the first agent who receives."""
    with op.batch_alter_table("appointment") as table:
        table.add_column(
            sa.Column("comment_author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        table.create_foreign_key(op.f("fk_appointment_comment_author_id"), "agent", ["comment_author_id"], ["id"])
    op.execute(
        "UPDATE appointment SET comment_author_id = (SELECT min(agenda.agent_id) FROM claim"
        " JOIN agenda ON agenda.id = claim.agenda_id WHERE claim.appointment_id = appointment.id)"
        " WHERE comment IS NOT NULL"
    )


def downgrade() -> None:
    """Go back: authors are forgotten."""
    with op.batch_alter_table("appointment") as table:
        table.drop_constraint(op.f("fk_appointment_comment_author_id"), type_="foreignkey")
        table.drop_column("comment_author_id")
