"""Agents hear of their agendas: levels, languages, threads of mails, templates of a territory or an organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEVEL = sa.Enum("all", "others", "near", "none", name="level", native_enum=False, length=40)
READER = sa.Enum("citizen", "agent", name="reader", native_enum=False, length=40)


def upgrade() -> None:
    """Go forward: agents who are there already hear as new ones do; what was booked is written of in French."""
    with op.batch_alter_table("agent") as table:
        table.add_column(sa.Column("appointments_told", LEVEL, nullable=False, server_default="others"))
        for name in ("openings_told", "absences_told", "calendar_by_mail"):
            table.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("language", sa.Text(), nullable=False, server_default="fr"))
    with op.batch_alter_table("participation") as table:
        table.add_column(sa.Column("language", sa.Text(), nullable=False, server_default="fr"))
    with op.batch_alter_table("outbox_message") as table:
        table.add_column(sa.Column("agent_id", KEY, nullable=True))
        table.add_column(sa.Column("thread", sa.Text(), nullable=True))
        table.add_column(sa.Column("follows", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
        table.add_column(sa.Column("unsubscribe_url", sa.Text(), nullable=True))
        table.create_foreign_key(op.f("fk_outbox_message_agent_id"), "agent", ["agent_id"], ["id"])
    for name in ("agent_id", "thread"):
        op.create_index(op.f(f"ix_outbox_message_{name}"), "outbox_message", [name])
    op.create_table(
        "mail_template",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reader", READER, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_mail_template_territory_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_mail_template_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_template")),
        sa.UniqueConstraint(
            "organisation_id", "event", "reader", name=op.f("uq_mail_template_organisation_id_event_reader")
        ),
    )
    op.create_index(
        "uq_mail_template_of_territory",
        "mail_template",
        ["territory_id", "event", "reader"],
        unique=True,
        postgresql_where=sa.text("organisation_id IS NULL"),
        sqlite_where=sa.text("organisation_id IS NULL"),
    )


def downgrade() -> None:
    """Go back: everybody hears as before, and templates are forgotten."""
    op.drop_table("mail_template")
    for name in ("thread", "agent_id"):
        op.drop_index(op.f(f"ix_outbox_message_{name}"), "outbox_message")
    with op.batch_alter_table("outbox_message") as table:
        table.drop_constraint(op.f("fk_outbox_message_agent_id"), type_="foreignkey")
        for name in ("unsubscribe_url", "follows", "thread", "agent_id"):
            table.drop_column(name)
    with op.batch_alter_table("participation") as table:
        table.drop_column("language")
    with op.batch_alter_table("agent") as table:
        for name in ("language", "calendar_by_mail", "absences_told", "openings_told", "appointments_told"):
            table.drop_column(name)
