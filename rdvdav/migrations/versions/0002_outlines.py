"""An outline of the time that appointments take, per agenda and four weeks."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from struct import pack

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EPOCH, MINUTE, BLOCK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=1), 28 * 1440
CLAIM = sa.table(
    "claim",
    sa.column("agenda_id", INTEGER),
    sa.column("starts_at", sa.DateTime(timezone=True)),
    sa.column("ends_at", sa.DateTime(timezone=True)),
    sa.column("holds_time", sa.Boolean()),
)


def upgrade() -> None:
    """Go forward."""
    outline = op.create_table(
        "outline",
        sa.Column("agenda_id", INTEGER, nullable=False),
        sa.Column("block", INTEGER, nullable=False),
        sa.Column("spans", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agenda_id"], ["agenda.id"], name=op.f("fk_outline_agenda_id")),
        sa.PrimaryKeyConstraint("agenda_id", "block", name=op.f("pk_outline")),
    )
    query = (
        sa.select(CLAIM.c.agenda_id, CLAIM.c.starts_at, CLAIM.c.ends_at)
        .where(CLAIM.c.holds_time)
        .order_by(CLAIM.c.agenda_id, CLAIM.c.starts_at)
    )
    for agenda_id, claims in groupby(op.get_bind().execute(query).all(), key=lambda row: row.agenda_id):
        blocks: dict[int, list[int]] = defaultdict(list)
        for start, end in _merged((_down(row.starts_at), -_down(row.ends_at, -1)) for row in claims):
            for block in range(start // BLOCK, (end - 1) // BLOCK + 1):
                first = block * BLOCK
                blocks[block] += [max(start - first, 0), min(end - first, BLOCK)]
        rows = [
            {"agenda_id": agenda_id, "block": block, "spans": pack(f"<{len(marks)}H", *marks)}
            for block, marks in blocks.items()
        ]
        op.bulk_insert(outline, rows)


def downgrade() -> None:
    """Go back."""
    op.drop_table("outline")


def _down(instant: datetime, way: int = 1) -> int:
    """Epoch minutes, rounded down; less those with *way* -1, so that the instant is rounded up."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return way * (aware - EPOCH) // MINUTE


def _merged(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The union of *spans*, which come by start."""
    first, last = next(spans)
    for start, end in spans:
        if start > last:
            yield first, last
            first, last = start, end
        last = max(last, end)
    yield first, last
