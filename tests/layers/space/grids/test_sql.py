"""The database's functions give the same answers as Python, to the last digit."""

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from layers.errors import ParameterError
from layers.space.grids.beidou import BEIDOU
from layers.space.grids.geosot import GEOSOT

GRIDS = {"beidou": BEIDOU, "geosot": GEOSOT}
WRONG = {
    "beidou": [
        *("", "N", "N51", "n51H", "N00H", "N61H", "N51W", "N51H3", "N51HC0", "N51H38", "N51H366", "N51H360F0", "N000"),
        *("N51H3600A", "N51H36000F0", "N51H36000004", "N51H3600000008", "N51H362040016233114", "N51H\n"),
        "N51H36204001623311441",
    ],
    "geosot": [
        *("", "G", "G4", "0", "G0011332230", "G001133223-", "G111", "G02", "G001133223-3333", "G\n"),
        *("G001133223-000000-3333", "G001133223-0133300", "G001133223-013330-000011."),
        "G001133223-013330-000011.000000000000",
    ],
}
EACH_LEVEL = [(name, level) for name, grid in GRIDS.items() for level in grid.levels]


def asked(tx: Connection, function: str, codes: "np.ndarray") -> list:
    query = text(
        f"SELECT {function}(code) FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS c(code, n) ORDER BY n"
    )
    return list(tx.execute(query, {"codes": codes.tolist()}).scalars())


@pytest.mark.parametrize(("name", "level"), EACH_LEVEL)
def test_points_get_the_same_code(tx: Connection, places, name, level):
    # All points at the finest level, whose codes hold the others; a thousand of each kind at the rest.
    rows = slice(None) if level == GRIDS[name].levels[-1] else slice(19_000, 21_000)
    lon, lat = (values[rows] for values in places)
    query = text(
        f"SELECT onemap.{name}_encode(p.lon, p.lat, :level) "
        "FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[])) WITH ORDINALITY AS p(lon, lat, n) ORDER BY n"
    )
    found = tx.execute(query, {"level": level, "lon": lon.tolist(), "lat": lat.tolist()}).scalars()
    assert list(found) == GRIDS[name].encode(lon, lat, level).tolist()


@pytest.mark.parametrize("name", GRIDS)
def test_codes_of_all_levels_have_the_same_cells_parents_and_neighbours(tx: Connection, places, name):
    grid = GRIDS[name]
    lon, lat = (values[19_950:20_050] for values in places)
    for level in grid.levels:
        codes = grid.encode(lon, lat, level)
        query = text(f"SELECT ST_AsEWKB(onemap.{name}_decode(c)) FROM unnest(CAST(:codes AS text[])) AS c")
        shapes = shapely.from_wkb([bytes(wkb) for wkb in tx.execute(query, {"codes": codes.tolist()}).scalars()])
        assert set(shapely.get_srid(shapes)) == {4490}
        assert (shapely.bounds(shapes) == shapely.bounds(grid.outline(codes))).all()
        assert asked(tx, f"onemap.{name}_neighbours", codes) == [
            grid.neighbours(code).tolist() for code in codes.tolist()
        ]
        if level > 1:
            assert asked(tx, f"onemap.{name}_parent", codes) == grid.parent(codes).tolist()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("beidou", "N51H36204"),
        ("beidou", "S01V"),
        ("beidou", "N60V"),
        ("beidou", "S30A00"),
        ("geosot", "G0"),
        ("geosot", "G3"),
        ("geosot", "G001"),
        ("geosot", "G001133223-13"),
        ("geosot", "G202022002-22"),
    ],
)
def test_cells_at_the_ends_have_the_same_neighbours(tx: Connection, name, code):
    assert asked(tx, f"onemap.{name}_neighbours", np.array([code])) == [GRIDS[name].neighbours(code).tolist()]


@pytest.mark.parametrize(
    ("name", "lon", "lat", "level"),
    [
        ("beidou", 121.5, 88.0, 5),
        ("beidou", 121.5, -88.0, 5),
        ("beidou", 121.5, 87.9999999999, 5),
        ("beidou", 180.1, 31.2, 5),
        ("beidou", float("nan"), 31.2, 5),
        ("beidou", 121.5, float("nan"), 5),
        ("beidou", 121.5, 31.2, 0),
        ("beidou", 121.5, 31.2, 11),
        ("geosot", 121.5, 90.1, 5),
        ("geosot", 121.5, 31.2, 33),
    ],
)
def test_what_python_refuses_the_database_refuses(tx: Connection, name, lon, lat, level):
    with pytest.raises(ParameterError) as refused:
        GRIDS[name].encode(lon, lat, level)
    query = text(f"SELECT onemap.{name}_encode(:lon, :lat, :level)")
    with pytest.raises(DBAPIError, match=f"{refused.value.parameter}: "):
        tx.execute(query, {"lon": lon, "lat": lat, "level": level})


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in WRONG.items() for code in codes])
def test_wrong_codes_are_wrong_in_both(tx: Connection, name, code):
    assert GRIDS[name].check(code)
    with pytest.raises(ParameterError, match="code: "):
        GRIDS[name].decode([code])
    with pytest.raises(DBAPIError, match="code: "):
        tx.execute(text(f"SELECT onemap.{name}_decode(:code)"), {"code": code})


def test_nothing_gives_nothing_and_answers_can_be_indexed(tx: Connection):
    assert tx.execute(text("SELECT onemap.beidou_encode(NULL, 31.2, 5), onemap.geosot_decode(NULL)")).one() == (
        None,
        None,
    )
    tx.execute(text("CREATE TEMP TABLE place (lon float8, lat float8, "
                    "cell text GENERATED ALWAYS AS (onemap.beidou_encode(lon, lat, 5)) STORED)"))  # fmt: skip
    tx.execute(text("INSERT INTO place VALUES (121.5010, 31.2335)"))
    assert tx.execute(text("SELECT cell FROM place")).scalar() == "N51H3620400"


def test_the_functions_say_that_they_may_be_planned_freely(tx: Connection):
    query = text(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'onemap'::regnamespace "
        "AND proname ~ '^(beidou|geosot|lattice)_' "
        "AND NOT (provolatile = 'i' AND proparallel = 's' AND has_function_privilege('twin_reader', oid, 'EXECUTE'))"
    )
    assert list(tx.execute(query).scalars()) == []
