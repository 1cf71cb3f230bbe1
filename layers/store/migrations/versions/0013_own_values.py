"""What the sources of merged objects say is kept beside what merges fill, and merges have an order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0027"

_S = "onemap"
_ORDER = """
UPDATE onemap.match AS m SET accepted_order = o.place
FROM (
    SELECT id, row_number() OVER (PARTITION BY layer ORDER BY decided, id) AS place
    FROM onemap.match WHERE state = 'accepted' AND relation = 'same'
) AS o WHERE o.id = m.id
"""
# Until now each merge noted the value before it, and filled the slices from ``since`` on: the first of them that filled
# a column noted what the source said. Where a slice holds none of the values that were filled, the source has said
# something else since, and the row itself holds it.
_OWN = """
DO $$
DECLARE
    merged record;
BEGIN
    FOR merged IN SELECT DISTINCT layer FROM onemap.match WHERE filled <> '{}' AND state = 'accepted' LOOP
        CONTINUE WHEN to_regclass(format('onemap.%I', merged.layer)) IS NULL;
        EXECUTE format($q$
            WITH taken AS (
                SELECT t.fid, lower(t.valid) AS began, f.key,
                    (array_agg(f.value -> 'was' ORDER BY m.accepted_order))[1] AS own,
                    bool_or(to_jsonb(t) -> f.key = f.value -> 'value') AS held
                FROM onemap.match AS m
                JOIN onemap.%1$I AS t ON t.fid = m.survivor AND lower(t.valid) >= m.since,
                jsonb_each(m.filled) AS f
                WHERE m.layer = $1 AND m.state = 'accepted' AND m.relation = 'same'
                GROUP BY t.fid, lower(t.valid), f.key
            )
            INSERT INTO onemap.own_value (layer, fid, began, own)
            SELECT $1, fid, began, jsonb_object_agg(key, own) FROM taken WHERE held GROUP BY fid, began
        $q$, merged.layer) USING merged.layer;
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Make the table and the column, and derive both from what merges noted until now."""
    op.create_table(
        "own_value",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("fid", sa.BigInteger, primary_key=True),
        sa.Column("began", sa.DateTime(timezone=True), primary_key=True, comment="when the slice begins to be valid"),
        sa.Column("own", JSONB, nullable=False, comment="by column, null for none"),
        schema=_S,
        comment="what the source of an object says, in columns that hold what merges filled",
    )
    order = sa.Column("accepted_order", sa.BigInteger, comment="of accepted merges of a layer: which came before which")
    op.add_column("match", order, schema=_S)
    op.execute(_ORDER)
    op.execute(_OWN)


def downgrade() -> None:
    """Drop both; each merge still notes the value before it."""
    op.drop_column("match", "accepted_order", schema=_S)
    op.drop_table("own_value", schema=_S)
