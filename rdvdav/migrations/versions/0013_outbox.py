"""Reminders due later, SMS, addresses that are blocked, and what the outbox knows of its tries."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward: nobody who has an appointment already agreed to SMS about it (M-2)."""
    op.create_table(
        "blocked_address",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_blocked_address_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_address")),
        sa.UniqueConstraint("territory_id", "address", name=op.f("uq_blocked_address_territory_id_address")),
    )
    with op.batch_alter_table("participation") as table:
        table.add_column(sa.Column("by_sms", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("outbox_message") as table:
        table.add_column(sa.Column("participation_id", KEY, nullable=True))
        table.add_column(sa.Column("to_compose", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("first_tried_at", INSTANT, nullable=True))
        table.add_column(sa.Column("unreached", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("provider_id", sa.Text(), nullable=True))
        table.add_column(
            sa.Column(
                "receipt",
                sa.Enum("arrived", "failed", name="receipt", native_enum=False, length=40),
                nullable=True,
            )
        )
        table.add_column(sa.Column("receipt_at", INSTANT, nullable=True))
        table.create_foreign_key(
            op.f("fk_outbox_message_participation_id"),
            "participation",
            ["participation_id"],
            ["id"],
            ondelete="SET NULL",
        )
        table.create_index(op.f("ix_outbox_message_participation_id"), ["participation_id"])
        table.create_index(op.f("ix_outbox_message_provider_id"), ["provider_id"])
        table.create_index(op.f("ix_outbox_message_recipient_sent_at"), ["recipient", "sent_at"])
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("sms", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE outbox_message SET first_tried_at = created_at WHERE tries > 0")


def downgrade() -> None:
    """Go back: planned reminders and unsent SMS are lost."""
    op.execute("DELETE FROM outbox_message WHERE (channel = 'sms' AND sent_at IS NULL) OR to_compose")
    with op.batch_alter_table("outbox_message") as table:
        for name in ("recipient_sent_at", "provider_id", "participation_id"):
            table.drop_index(op.f(f"ix_outbox_message_{name}"))
        table.drop_constraint(op.f("fk_outbox_message_participation_id"), type_="foreignkey")
        for column in (
            "receipt_at",
            "receipt",
            "provider_id",
            "unreached",
            "first_tried_at",
            "to_compose",
            "participation_id",
        ):
            table.drop_column(column)
    for name, column in (("participation", "by_sms"), ("installation", "sms")):
        with op.batch_alter_table(name) as table:
            table.drop_column(column)
    op.drop_table("blocked_address")
