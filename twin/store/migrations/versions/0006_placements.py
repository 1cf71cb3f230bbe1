"""Where things are and were, by location; locations by their shape."""

import sqlalchemy as sa
from alembic import op

revision = "twin0006"
down_revision = "twin0005"

_S = "onemap"
_FILL = """
INSERT INTO onemap.placement (location, thing, historical, present)
SELECT DISTINCT l.id, h.thing, h.id, NOT EXISTS (
    SELECT FROM onemap.historical_location AS later
    WHERE later.thing = h.thing AND (later.time, later.id) > (h.time, h.id)
)
FROM onemap.historical_location AS h, unnest(h.locations) AS l(id)
"""


def upgrade() -> None:
    """Make the table and fill it; from then on triggers keep it."""
    op.create_table(
        "placement",
        sa.Column("location", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("thing", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "historical", sa.BigInteger, primary_key=True, autoincrement=False, comment="id of historical_location"
        ),
        sa.Column("present", sa.Boolean, nullable=False, comment="whether that is the newest of its thing"),
        schema=_S,
        comment="historical_location by its locations, kept by triggers",
    )
    op.execute(_FILL)
    op.create_index("placement_thing", "placement", ["thing", "historical"], schema=_S)
    op.drop_index("historical_location_locations", "historical_location", schema=_S)
    op.create_index("location_geom", "location", ["geom"], schema=_S, postgresql_using="gist")


def downgrade() -> None:
    """Drop the table; historical_location has all that was in it."""
    op.drop_index("location_geom", "location", schema=_S)
    op.create_index(
        "historical_location_locations", "historical_location", ["locations"], schema=_S, postgresql_using="gin"
    )
    op.execute("DROP TRIGGER IF EXISTS place ON onemap.historical_location")
    op.drop_table("placement", schema=_S)
