"""The journal knows the organisation of what it traces, so that the organisation's administrators may read it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

_JOINED_FIRST = """(
    SELECT membership.organisation_id FROM membership
    WHERE membership.agent_id = {agent} AND membership.territory_id = audit_entry.territory_id
    ORDER BY membership.id LIMIT 1
)"""
_THROUGH_AGENDA = "(SELECT agenda.agent_id FROM agenda JOIN {0} ON {0}.agenda_id = agenda.id WHERE {0}.id = subject_id)"
_OWN = "(SELECT {0}.agent_id FROM {0} WHERE {0}.id = subject_id)"
_OF = "(SELECT {0}.organisation_id FROM {0} WHERE {0}.id = subject_id)"
OWNERS = {
    "organisation": "subject_id",
    "appointment": _OF.format("appointment"),
    "opening_range": _OF.format("opening_range"),
    "absence": _JOINED_FIRST.format(agent=_THROUGH_AGENDA.format("absence")),
    "agenda": _JOINED_FIRST.format(agent=_OWN.format("agenda")),
    "app_password": _JOINED_FIRST.format(agent=_OWN.format("app_password")),
    "feed_address": _JOINED_FIRST.format(agent=_OWN.format("feed_address")),
    "citizen": """(
        SELECT citizen_organisation.organisation_id FROM citizen_organisation
        WHERE citizen_organisation.citizen_id = subject_id
        ORDER BY citizen_organisation.created_at, citizen_organisation.organisation_id LIMIT 1
    )""",
}
"""By subject: what finds its organisation; rows that are gone leave it empty."""


def upgrade() -> None:
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_audit_entry_organisation_id"), "organisation", ["organisation_id"], ["id"]
        )
        batch_op.drop_index("ix_audit_entry_territory_id")
        batch_op.create_index("ix_audit_entry_territory_id_at", ["territory_id", "at"], unique=False)
        batch_op.create_index("ix_audit_entry_organisation_id_at", ["organisation_id", "at"], unique=False)
    for subject, owner in OWNERS.items():
        op.execute(
            sa.text(f"UPDATE audit_entry SET organisation_id = {owner} WHERE subject = :subject").bindparams(  # noqa: S608 - all ours
                subject=subject
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_organisation_id_at")
        batch_op.drop_index("ix_audit_entry_territory_id_at")
        batch_op.create_index("ix_audit_entry_territory_id", ["territory_id"], unique=False)
        batch_op.drop_constraint(batch_op.f("fk_audit_entry_organisation_id"), type_="foreignkey")
        batch_op.drop_column("organisation_id")
