"""Organisations set up on screen: teams, links to choose a password, sign-ins, the worker's sign of life."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "team",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_team_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("territory_id", "name", name=op.f("uq_team_territory_id_name")),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", KEY, nullable=False),
        sa.Column("agent_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_team_member_agent_id")),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_agent_id"), "team_member", ["agent_id"])
    op.create_table(
        "password_link",
        sa.Column("id", KEY, nullable=False),
        sa.Column("agent_id", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "purpose", sa.Enum("invited", "forgotten", name="purpose", native_enum=False, length=40), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_password_link_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_password_link_digest")),
    )
    op.create_index(op.f("ix_password_link_agent_id"), "password_link", ["agent_id"])
    with op.batch_alter_table("agent") as table:
        table.add_column(sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("single_key_shortcuts", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("set_up_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("web_session") as table:
        table.add_column(sa.Column("program", sa.Text(), nullable=True))
    with op.batch_alter_table("installation") as table:
        table.add_column(sa.Column("worker_seen_at", sa.DateTime(timezone=True), nullable=True))
    # Whoever works already needs no « Mise en route », and was seen when a session was opened.
    op.execute("UPDATE organisation SET set_up_at = created_at")
    op.execute(
        "UPDATE agent SET last_sign_in_at = "
        "(SELECT max(web_session.created_at) FROM web_session WHERE web_session.agent_id = agent.id)"
    )


def downgrade() -> None:
    """Go back."""
    for table_name, column in (
        ("installation", "worker_seen_at"),
        ("web_session", "program"),
        ("organisation", "set_up_at"),
        ("agent", "single_key_shortcuts"),
        ("agent", "last_sign_in_at"),
    ):
        with op.batch_alter_table(table_name) as table:
            table.drop_column(column)
    for table_name in ("password_link", "team_member", "team"):
        op.drop_table(table_name)
