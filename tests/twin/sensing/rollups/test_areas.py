"""Cells of an area are what is counted of the observations by hand, in each unit, and of what is seen alone."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from sensing import add_stream, add_thing, at, rows
from sqlalchemy import Connection, text

from layers.access import ANONYMOUS, LOCAL_OPERATOR, decide
from layers.errors import ParameterError
from layers.query import parse_bbox
from layers.space import BEIDOU, H3
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading
from twin.sensing.rollups import AreaQuery, cells

UNNAMED = "UPDATE onemap.datastreams SET property_name = '风速', unit_symbol = :u WHERE property_name IS NULL"
LONGITUDES = [121.5 + 0.003 * n for n in range(6)]


def name(tx: Connection, unit: str = "m/s") -> None:
    tx.execute(
        text(UNNAMED),
        {"u": unit},
    )


@pytest.fixture
def streams(tx: Connection) -> list[int]:
    """Six datastreams from west to east, with an observation each half minute of an hour."""
    made = [add_stream(tx, add_thing(tx, lon=lon)) for lon in LONGITUDES]
    name(tx)
    rng = np.random.default_rng(3)
    ingest(tx, [Reading(one, at(n / 2), float(rng.integers(-50, 50))) for one in made for n in range(120)])
    return made


def asked(tx, first=-1.0, last=61.0, *, who=LOCAL_OPERATOR, grid=H3, level=8, box=None, unit=None):
    bbox = None if box is None else parse_bbox(box)
    query = AreaQuery("风速", at(first), at(last), grid, level, bbox, unit)
    return cells(tx, decide(who, "read", DATASTREAMS), query)


@pytest.mark.parametrize("span", [(-1, 61), (10, 20), (3.2, 51.9), (12.1, 12.9), (12.1, 16)])
@pytest.mark.parametrize(("grid", "level"), [(H3, 8), (BEIDOU, 4), (BEIDOU, 6)])
def test_cells_are_what_is_counted_by_hand(tx, streams, span, grid, level):
    counted = defaultdict(list)
    codes = dict(zip(streams, map(str, grid.encode(LONGITUDES, [31.2] * 6, level)), strict=True))
    found = "SELECT datastream, result FROM onemap.observation WHERE time BETWEEN :a AND :b"
    for stream, result in rows(tx, found, a=at(span[0]), b=at(span[1])):
        counted[codes[stream]].append(result)
    ours = asked(tx, *span, grid=grid, level=level)
    told = {one.code: (one.unit, one.count, one.mean, one.min, one.max) for one in ours}
    assert told == {
        code: ("m/s", len(values), pytest.approx(np.mean(values)), min(values), max(values))
        for code, values in counted.items()
    }
    assert sum(one.datastreams for one in ours) == 6


def test_units_are_not_mixed(tx, streams):
    knots = add_stream(tx, add_thing(tx, lon=LONGITUDES[0]))
    name(tx, "kn")
    ingest(tx, [Reading(knots, at(5), 1000.0)])
    first = asked(tx, box="121.499,31.1,121.501,31.3")
    assert [(one.unit, one.count) for one in first] == [("kn", 1), ("m/s", 120)]
    assert [one.unit for one in asked(tx, unit="kn")] == ["kn"]


def test_what_is_hidden_is_in_no_cell(tx, streams):
    before = asked(tx, who=ANONYMOUS)
    secret = add_stream(tx, add_thing(tx, lon=LONGITUDES[0], grade=2))
    name(tx)
    ingest(tx, [Reading(secret, at(5), 1000.0)])
    assert asked(tx, who=ANONYMOUS) == before
    assert max(one.max for one in asked(tx)) == 1000


def test_what_a_thing_observed_is_where_it_stood_then_and_as_secret_as_it_is_now(tx, streams):
    thing = rows(tx, "SELECT thing FROM onemap.datastreams WHERE fid = :f", f=streams[0])[0][0]
    moved = at(31.3)
    tx.execute(text("SELECT onemap.move_thing(:t, 'SRID=4490;POINT(121.9 31.2)', :at)"), {"t": thing, "at": moved})
    west, east = (asked(tx, box=box) for box in ("121.499,31.1,121.501,31.3", "121.8,31.1,122,31.3"))
    assert ([one.count for one in west], [one.count for one in east]) == ([63], [57])
    assert sum(one.count for one in asked(tx)) == 720
    tx.execute(text("UPDATE onemap.things SET grade = 2 WHERE fid = :t AND valid @> now()"), {"t": thing})
    assert sum(one.count for one in asked(tx, who=ANONYMOUS)) == 600


def test_what_is_too_long_or_unknown_is_refused(tx):
    with pytest.raises(ParameterError, match="31 days"):
        asked(tx, 0, timedelta(days=32) / timedelta(minutes=1))
    with pytest.raises(ParameterError, match="h3 has levels 0 to 15"):
        asked(tx, level=16)
    assert asked(tx) == []
