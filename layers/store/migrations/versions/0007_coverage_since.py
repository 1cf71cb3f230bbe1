"""Coverage of a dataset has a beginning, so that precedence respects valid time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_S = "onemap"
_WHOLE = "where a dataset claims to know all of a layer"
_SINCE = "where, from which instant on, a dataset claims to know all of a layer; later extents hold earlier ones"
_BOUND = "instants to come at which some row of a layer begins or ends to be valid"
# What was kept until now does not tell when it began: it did when the first of the dataset's rows in the layer did,
# else, where it has none, with its newest load. The function that extends coverage wants areas.
_BEGIN = """
DO $$
DECLARE
    known record;
    began timestamptz;
BEGIN
    FOR known IN
        SELECT c.dataset, c.layer, d.date FROM onemap.coverage AS c JOIN onemap.dataset AS d ON d.id = c.dataset
    LOOP
        began := NULL;
        IF to_regclass(format('onemap.%I', known.layer)) IS NOT NULL THEN
            EXECUTE format('SELECT min(lower(valid)) FROM onemap.%I WHERE dataset = $1', known.layer)
            INTO began USING known.dataset;
        END IF;
        UPDATE onemap.coverage SET since = coalesce(began, known.date, '-infinity')
        WHERE dataset = known.dataset AND layer = known.layer;
    END LOOP;
    UPDATE onemap.coverage SET extent = ST_Buffer(extent, 1e-6)
    WHERE GeometryType(extent) NOT IN ('POLYGON', 'MULTIPOLYGON');
END $$
"""


def upgrade() -> None:
    """Add the column, and make it part of the key."""
    comment = "until the next row of the same two"
    op.add_column("coverage", sa.Column("since", sa.DateTime(timezone=True), comment=comment), schema=_S)
    op.execute(_BEGIN)
    op.alter_column("coverage", "since", nullable=False, schema=_S)
    _key("dataset", "layer", "since")
    op.create_table_comment("coverage", _SINCE, existing_comment=_WHOLE, schema=_S)
    op.create_table_comment("bound", f"{_BOUND}, or is hidden", existing_comment=_BOUND, schema=_S)


def downgrade() -> None:
    """Keep the newest extents alone, which are the whole ones."""
    op.execute(
        "DELETE FROM onemap.coverage AS c USING onemap.coverage AS n"
        " WHERE (c.dataset, c.layer) = (n.dataset, n.layer) AND c.since < n.since"
    )
    _key("dataset", "layer")
    op.drop_column("coverage", "since", schema=_S)
    op.create_table_comment("coverage", _WHOLE, existing_comment=_SINCE, schema=_S)
    op.create_table_comment("bound", _BOUND, existing_comment=f"{_BOUND}, or is hidden", schema=_S)


def _key(*columns: str) -> None:
    op.drop_constraint("coverage_pkey", "coverage", schema=_S)
    op.create_primary_key("coverage_pkey", "coverage", list(columns), schema=_S)
