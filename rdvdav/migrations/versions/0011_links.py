"""What personal links open: each kind for itself."""

from alembic import op

revision = "0011"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: the links there are were all sent to people whose time was taken away."""
    op.execute("UPDATE link SET purpose = 'replan'")


def downgrade() -> None:
    """Go back."""
    op.execute("UPDATE link SET purpose = 'appointment'")
