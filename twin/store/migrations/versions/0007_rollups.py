"""Observations by datastream and five minutes."""

import sqlalchemy as sa
from alembic import op

revision = "twin0007"
down_revision = "twin0006"

_S = "onemap"
_TIME = sa.DateTime(timezone=True)
_PARTITIONS = """
DO $$
DECLARE
    month record;
BEGIN
    FOR month IN
        SELECT to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AS begins, right(c.relname, 7) AS name
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'onemap.observation'::regclass
    LOOP
        EXECUTE format(
            'CREATE TABLE onemap.%I PARTITION OF onemap.rollup FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 80)',
            'rollup_' || month.name, month.begins || 'Z', month.begins + interval '1 month' || 'Z'
        );
    END LOOP;
END $$
"""
_FILL = """
INSERT INTO onemap.rollup
SELECT o.datastream, date_bin('5 minutes', o.time, '2000-01-01Z'), count(*),
       sum(CASE WHEN abs(o.result) > 1e-280 THEN o.result * 8.673617379884035e-19 ELSE 0 END),
       min(o.result), max(o.result),
       min(o.time), (array_agg(o.sequence ORDER BY o.time, o.sequence))[1],
       (array_agg(o.result ORDER BY o.time, o.sequence))[1],
       max(o.time), (array_agg(o.sequence ORDER BY o.time DESC, o.sequence DESC))[1],
       (array_agg(o.result ORDER BY o.time DESC, o.sequence DESC))[1]
FROM onemap.observation AS o WHERE o.result IS NOT NULL GROUP BY 1, 2
"""


def upgrade() -> None:
    """Make the table with a partition for each month of observations, and fill it; from then on triggers keep it."""
    op.create_table(
        "rollup",
        sa.Column("datastream", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("start", _TIME, primary_key=True, comment="of the five minutes"),
        sa.Column("count", sa.Integer, nullable=False, comment="of observations whose result is a number"),
        sa.Column(
            "total", sa.Double, nullable=False, comment="sum of their results, in units of 2^60, see onemap.scaled"
        ),
        sa.Column("lowest", sa.Double, nullable=False),
        sa.Column("highest", sa.Double, nullable=False),
        sa.Column("first_time", _TIME, nullable=False),
        sa.Column("first_sequence", sa.Integer, nullable=False),
        sa.Column("first", sa.Double, nullable=False, comment="result of the first by (time, sequence)"),
        sa.Column("last_time", _TIME, nullable=False),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("last", sa.Double, nullable=False),
        schema=_S,
        comment="observations by datastream and five minutes, kept by statement triggers; a partition for each month",
        postgresql_partition_by="RANGE (start)",
    )
    op.execute(_PARTITIONS)
    op.execute(_FILL)


def downgrade() -> None:
    """Drop the table and the triggers that keep it; observations have all that was in it."""
    for name in ("new", "changed", "gone"):
        op.execute(f"DROP TRIGGER IF EXISTS rolled_up_{name} ON onemap.observation")
    op.drop_table("rollup", schema=_S)
