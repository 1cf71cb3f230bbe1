"""Places within a distance are looked up in an index, and are those that a comparison of distances finds."""

from sqlalchemy import Connection, text

from layers.access import LOCAL_OPERATOR
from twin.sensing.entities.model import BY_TYPE
from twin.sensing.entities.reading import read_page
from twin.sensing.entities.view import View
from twin.sensing.query import parse_options

SPREAD = text("""
INSERT INTO onemap.location (name, encoding_type, document, geom)
SELECT n::text, 'application/geo+json', '{}', ST_SetSRID(CASE n % 2
    WHEN 0 THEN ST_MakePoint(121 + (n % 71) / 71.0, 31 + (n % 73) / 73.0)
    ELSE ST_MakeLine(ST_MakePoint(121 + (n % 71) / 71.0, 31 + (n % 73) / 73.0), ST_MakePoint(123, 31 + (n % 79) / 79.0))
END, 4490) FROM generate_series(1, 5000) AS n
""")
ASKED = "geography'POINT (121.5 31.2)'"


def ids(tx: Connection, condition: str) -> set[int]:
    options = parse_options([("$filter", condition), ("$top", "1000")])
    page = read_page(tx, View.of(LOCAL_OPERATOR), BY_TYPE["Location"], options)
    return {node.row["_id"] for node in page.nodes}


def test_what_is_near_is_what_is_less_far_than_that(tx: Connection) -> None:
    tx.execute(SPREAD)
    for metres in (0, 500, 1234.5, 9000):
        # A sum is no number that is written there, and is compared as it stands.
        plain = ids(tx, f"geo.distance(location, {ASKED}) lt {metres} add 0")
        assert ids(tx, f"geo.distance(location, {ASKED}) lt {metres}") == plain
        assert ids(tx, f"{metres} gt geo.distance({ASKED}, location)") == plain
    assert plain


def test_what_is_near_is_looked_up_in_an_index(tx: Connection) -> None:
    tx.execute(SPREAD)
    tx.execute(text("ANALYZE onemap.location"))
    near = "ST_DWithin(geom::geography, 'SRID=4490;POINT (121.5 31.2)'::geography, 500)"
    plan = "\n".join(tx.execute(text(f"EXPLAIN SELECT id FROM onemap.location WHERE {near}")).scalars())
    assert "location_geog" in plan
