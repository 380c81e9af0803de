"""What personal links open, each kind for itself; invitations to book; referrers; the waiting list."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward: the links there are were all sent to people whose time was taken away."""
    op.execute("UPDATE link SET purpose = 'replan'")
    _invitations()
    _referrers()
    _waiting_list()


def _invitations() -> None:
    op.create_table(
        "booking_invitation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("citizen_id", KEY, nullable=False),
        sa.Column("agent_id", KEY, nullable=False),
        sa.Column("service_id", KEY, nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("motif_id", KEY, nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("sendings", KEY, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("booked_at", INSTANT, nullable=True),
        sa.Column("appointment_id", KEY, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        *_foreign("booking_invitation", "territory", "organisation", "citizen", "agent", "service", "motif"),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_booking_invitation_appointment_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_invitation")),
    )
    _index("booking_invitation", "territory_id", "citizen_id", "appointment_id")
    _refer("link", "invitation_id", "booking_invitation")
    _index("link", "invitation_id")
    _refer("hold", "invitation_id", "booking_invitation")


def _referrers() -> None:
    texts = ("first_name", "last_name", "structure", "email")
    op.create_table(
        "referrer",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("agent_id", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        *_foreign("referrer", "territory", "agent"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrer")),
    )
    _index("referrer", "territory_id")
    _refer("participation", "referrer_id", "referrer")
    _index("participation", "referrer_id")


def _waiting_list() -> None:
    op.create_table(
        "waiting_list_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("territory_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("motif_id", KEY, nullable=False),
        sa.Column("place_id", KEY, nullable=True),
        sa.Column("citizen_id", KEY, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("participation_id", KEY, nullable=True),
        sa.Column("booked_for", INSTANT, nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("messages", KEY, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        *_foreign("waiting_list_entry", "territory", "organisation", "motif", "place", "citizen"),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participation.id"],
            name=op.f("fk_waiting_list_entry_participation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_list_entry")),
    )
    _index("waiting_list_entry", "territory_id", "citizen_id", "participation_id")
    live = sa.text("confirmed_at IS NOT NULL AND ended_at IS NULL")
    op.create_index(
        "ix_waiting_list_entry_live",
        "waiting_list_entry",
        ["motif_id", "id"],
        postgresql_where=live,
        sqlite_where=live,
    )
    _refer("link", "waiting_list_entry_id", "waiting_list_entry", ondelete="CASCADE")
    _index("link", "waiting_list_entry_id")
    op.create_table(
        "freed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("agenda_id", KEY, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        *_foreign("freed", "agenda"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freed")),
    )
    _index("freed", "agenda_id", "due_at")


def _foreign(table: str, *others: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=op.f(f"fk_{table}_{other}_id"))
        for other in others
    ]


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _refer(table: str, column: str, other: str, ondelete: str | None = None) -> None:
    """Add a column that leads to *other*, or nowhere."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column(column, KEY, nullable=True))
        batch.create_foreign_key(op.f(f"fk_{table}_{column}"), other, [column], ["id"], ondelete=ondelete)


def downgrade() -> None:
    """Go back: what was invited to is forgotten."""
    op.execute("DELETE FROM link WHERE purpose NOT IN ('replan', 'appointment')")
    op.execute("UPDATE link SET purpose = 'appointment'")
    with op.batch_alter_table("hold") as batch:
        batch.drop_constraint(op.f("fk_hold_invitation_id"), type_="foreignkey")
        batch.drop_column("invitation_id")
    op.drop_table("freed")
    op.drop_index(op.f("ix_link_waiting_list_entry_id"), "link")
    op.drop_index(op.f("ix_link_invitation_id"), "link")
    with op.batch_alter_table("link") as batch:
        batch.drop_constraint(op.f("fk_link_waiting_list_entry_id"), type_="foreignkey")
        batch.drop_column("waiting_list_entry_id")
        batch.drop_constraint(op.f("fk_link_invitation_id"), type_="foreignkey")
        batch.drop_column("invitation_id")
    op.drop_table("waiting_list_entry")
    op.drop_table("booking_invitation")
    op.drop_index(op.f("ix_participation_referrer_id"), "participation")
    with op.batch_alter_table("participation") as batch:
        batch.drop_constraint(op.f("fk_participation_referrer_id"), type_="foreignkey")
        batch.drop_column("referrer_id")
    op.drop_table("referrer")
