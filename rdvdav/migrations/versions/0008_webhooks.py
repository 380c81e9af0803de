"""Webhooks, and what must reach them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "webhook",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("territory_id", KEY, sa.ForeignKey("territory.id", name="fk_webhook_territory_id"), nullable=False),
        sa.Column("organisation_id", KEY, sa.ForeignKey("organisation.id", name="fk_webhook_organisation_id")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text()),
        sa.Column("old_secret_ends_at", sa.DateTime(timezone=True)),
        sa.Column("failures", KEY, nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_webhook_territory_id", "webhook", ["territory_id"])
    op.create_index("ix_webhook_organisation_id", "webhook", ["organisation_id"])
    webhook = sa.ForeignKey("webhook.id", name="fk_webhook_delivery_webhook_id", ondelete="CASCADE")
    op.create_table(
        "webhook_delivery",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("webhook_id", KEY, webhook, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False, unique=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("tries", KEY, nullable=False),
        sa.Column("fault", sa.String(40)),
        sa.Column("status", KEY),
        sa.Column("answer", sa.Text()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("dropped_at", sa.DateTime(timezone=True)),
    )
    waiting = sa.text("sent_at IS NULL AND dropped_at IS NULL")
    op.create_index(
        "ix_webhook_delivery_waiting",
        "webhook_delivery",
        ["webhook_id", "kind", "object_id", "id"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.create_index("ix_webhook_delivery_webhook_id", "webhook_delivery", ["webhook_id", "id"])
    op.create_index("ix_webhook_delivery_due_at", "webhook_delivery", ["due_at"])


def downgrade() -> None:
    """Go back: nobody is told any more."""
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
