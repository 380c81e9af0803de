"""Citizens' accounts: identities that providers vouch for, visits to them, switches of messages, an own calendar feed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward: whoever is known already goes on hearing by e-mail and SMS."""
    op.create_table(
        "citizen_identity",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("citizen_id", KEY, nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_citizen_identity_territory_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_citizen_identity_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_identity")),
        sa.UniqueConstraint(
            "territory_id", "issuer", "subject", name=op.f("uq_citizen_identity_territory_id_issuer_subject")
        ),
    )
    op.create_index(op.f("ix_citizen_identity_citizen_id"), "citizen_identity", ["citizen_id"])
    op.create_table(
        "sign_on",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nonce_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("visit_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("citizen_id", KEY, nullable=True),
        sa.Column("id_token", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_sign_on_territory_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_sign_on_organisation_id")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_sign_on_citizen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_on")),
        sa.UniqueConstraint("state_digest", name=op.f("uq_sign_on_state_digest")),
    )
    for column in ("territory_id", "citizen_id", "expires_at"):
        op.create_index(op.f(f"ix_sign_on_{column}"), "sign_on", [column])
    op.create_table(
        "citizen_feed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("citizen_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reader", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_citizen_feed_citizen_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_citizen_feed_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen_feed")),
        sa.UniqueConstraint("citizen_id", name=op.f("uq_citizen_feed_citizen_id")),
        sa.UniqueConstraint("digest", name=op.f("uq_citizen_feed_digest")),
    )
    with op.batch_alter_table("citizen") as table:
        table.add_column(sa.Column("mails_wanted", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("sms_wanted", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Go back: who vouched for whom is forgotten."""
    with op.batch_alter_table("citizen") as table:
        table.drop_column("sms_wanted")
        table.drop_column("mails_wanted")
    op.drop_table("citizen_feed")
    op.drop_table("sign_on")
    op.drop_table("citizen_identity")
