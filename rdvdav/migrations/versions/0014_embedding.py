"""The sites that may show an organisation's portal inside their pages."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("embedders", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("organisation") as table:
        table.drop_column("embedders")
