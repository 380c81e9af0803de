"""Limits per person, several slots in one go, questions of motifs and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SCOPES = ("motif", "category", "service", "organisation")
LIVE = sa.text("status NOT IN ('cancelled_by_citizen', 'cancelled_by_staff')")


def upgrade() -> None:
    """Go forward: three appointments to come per person and motif, one slot at a time, no questions."""
    op.execute("UPDATE motif SET per_citizen_limit = 3 WHERE per_citizen_limit IS NULL OR per_citizen_limit < 1")
    with op.batch_alter_table("motif") as table:
        table.add_column(
            sa.Column(
                "limit_scope",
                sa.Enum(*SCOPES, name="limitscope", native_enum=False, length=40),
                nullable=False,
                server_default="motif",
            )
        )
        table.add_column(sa.Column("slots_at_once", KEY, nullable=False, server_default="1"))
        table.add_column(sa.Column("questions", sa.JSON(), nullable=False, server_default="[]"))
        table.create_check_constraint(op.f("ck_motif_lets_one_book"), "per_citizen_limit > 0")
        table.create_check_constraint(op.f("ck_motif_few_at_once"), "slots_at_once BETWEEN 1 AND 3")
    with op.batch_alter_table("participation") as table:
        table.add_column(sa.Column("sole", sa.Text(), nullable=True))
        table.create_index(
            "uq_participation_sole", ["citizen_id", "sole"], unique=True, postgresql_where=LIVE, sqlite_where=LIVE
        )
    with op.batch_alter_table("hold") as table:
        table.add_column(sa.Column("citizen_id", KEY, nullable=True))
        table.create_foreign_key(op.f("fk_hold_citizen_id"), "citizen", ["citizen_id"], ["id"])
        table.create_index(op.f("ix_hold_citizen_id"), ["citizen_id"])
        table.drop_constraint(op.f("uq_hold_digest"), type_="unique")
        table.create_index(op.f("ix_hold_digest"), ["digest"])
    op.create_table(
        "answer",
        sa.Column("participation_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participation.id"], name=op.f("fk_answer_participation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("participation_id", "position", name=op.f("pk_answer")),
    )


def downgrade() -> None:
    """Go back: of slots taken in one go the first stays; answers are forgotten."""
    op.drop_table("answer")
    op.execute("DELETE FROM hold WHERE id NOT IN (SELECT min(id) FROM hold GROUP BY digest)")
    with op.batch_alter_table("hold") as table:
        table.drop_index(op.f("ix_hold_digest"))
        table.create_unique_constraint(op.f("uq_hold_digest"), ["digest"])
        table.drop_index(op.f("ix_hold_citizen_id"))
        table.drop_constraint(op.f("fk_hold_citizen_id"), type_="foreignkey")
        table.drop_column("citizen_id")
    with op.batch_alter_table("participation") as table:
        table.drop_index("uq_participation_sole")
        table.drop_column("sole")
    with op.batch_alter_table("motif") as table:
        table.drop_constraint(op.f("ck_motif_few_at_once"), type_="check")
        table.drop_constraint(op.f("ck_motif_lets_one_book"), type_="check")
        for name in ("questions", "slots_at_once", "limit_scope"):
            table.drop_column(name)
