"""Rows that are not accepted: kept with reasons and originals, harmless to the others, and accounted for."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import SourceError
from layers.store.engine import Database

BOX = [[[121.5, 31.2], [121.501, 31.2], [121.501, 31.201], [121.5, 31.201], [121.5, 31.2]]]
BOW = [[[121.5, 31.2], [121.501, 31.201], [121.501, 31.2], [121.5, 31.201], [121.5, 31.2]]]
OPEN = [[[121.51, 31.2], [121.511, 31.2], [121.511, 31.201], [121.51, 31.2005]]]


def polygon(rings: Any) -> dict:
    return {"type": "Polygon", "coordinates": rings}


def write(path: Path, *features: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def feature(rings: Any, **properties: Any) -> dict:
    return {"type": "Feature", "geometry": None if rings is None else polygon(rings), "properties": properties}


@pytest.fixture
def held(loader) -> Any:
    def look() -> list[Any]:
        return loader.rows("SELECT *, ST_AsText(ST_PointOnSurface(geom)) AS spot FROM onemap.quarantine ORDER BY id")

    return look


def test_each_kind_of_defect_is_kept_with_reasons_original_and_place(loader, held, tmp_path):
    path = write(
        tmp_path / "buildings.geojson",
        *(feature(BOX, id=f"ok{number}", floors=3) for number in range(7)),
        feature(BOW, id="bow", floors="许多", 备注="a\0b"),
        feature(OPEN, id="open"),
        feature(None, id="bare"),
        feature(BOX, floors=2),
        {"type": "Thing"},
        feature(BOX, id="line", grade=9)
        | {"geometry": {"type": "LineString", "coordinates": [[121.5, 31.2], [121.6, 31]]}},
        feature([[[3e6, 1], [3e6, 2], [4e6, 2], [3e6, 1]]], id="far"),
    )
    summary = loader(path, key="id")
    (layer,) = summary.layers
    assert (layer.read, layer.new, layer.quarantined) == (14, 7, 7)
    rows = held()
    told = {row.place: [reason["rule"] for reason in row.reasons] for row in rows}
    assert told == {
        "feature 8": ["geometry.invalid", "value.type"],
        "feature 9": ["geometry.unreadable"],
        "feature 10": ["geometry.missing"],
        "feature 11": ["key.missing"],
        "feature 12": ["row.unreadable"],
        "feature 13": ["geometry.type", "value.type"],
        "feature 14": ["geometry.place"],
    }
    bow = rows[0]
    assert bow.properties == {"id": "bow", "floors": "许多", "备注": "a\0b"}
    assert shapely.from_wkb(bow.wkb).equals_exact(shapely.Polygon(BOW[0]))
    assert bow.reasons[0]["message"] == {"zh": "几何自相交", "en": "Self-intersection[121.5005 31.2005]"}
    assert bow.reasons[0]["at"] == [121.5005, 31.2005]
    assert (bow.source_key, bow.crs, bow.state, bow.grade) == ("bow", "OGC:CRS84", "pending", 2)
    assert json.loads(rows[1].text) == polygon(OPEN)
    assert rows[1].spot == "POINT(121.51 31.2)", "the first position of what is no geometry"
    assert rows[4].text == '{"type": "Thing"}'


def test_an_object_whose_row_is_quarantined_does_not_vanish(loader, tmp_path):
    loader(
        write(tmp_path / "a.geojson", *(feature(BOX, id=n) for n in "abc")), layer="buildings", dataset="d", date=None
    )
    path = write(tmp_path / "b.geojson", feature(BOX, id="a"), feature(BOW, id="b"))
    (layer,) = loader(path, layer="buildings", dataset="d").layers
    assert (layer.unchanged, layer.quarantined, layer.closed) == (1, 1, 1)
    query = "SELECT source_key FROM onemap.buildings WHERE upper_inf(valid) ORDER BY 1"
    assert [key for (key,) in loader.rows(query)] == ["a", "b"]


def test_a_row_without_a_key_may_be_any_object_so_none_is_gone(loader, tmp_path):
    loader(write(tmp_path / "a.geojson", *(feature(BOX, id=n) for n in "abc")), layer="buildings", dataset="d")
    path = write(tmp_path / "b.geojson", *(feature(BOX, id=n) for n in "ab"), feature(BOX, name="x"))
    summary = loader(path, layer="buildings", dataset="d", key="id")
    assert (summary.quarantined, summary.layers[0].closed) == (1, 0)
    assert any("none was taken as gone" in note for note in summary.notes)


def test_of_equal_rows_one_stays_and_of_different_ones_none(loader, held, tmp_path):
    path = write(
        tmp_path / "buildings.geojson",
        *(feature(BOX, id=f"ok{number}") for number in range(4)),
        feature(BOX, id="same", name="甲"),
        feature(BOX, id="same", name="甲"),
        feature(BOX, id="other", name="乙"),
        feature(BOX, id="other", name="丙"),
    )
    summary = loader(path)
    assert (summary.layers[0].new, summary.quarantined) == (5, 3)
    assert [(row.place, row.source_key, row.properties.get("name")) for row in held()] == [
        ("feature 6", "same", "甲"),
        ("feature 7", "other", "乙"),
        ("feature 8", "other", "丙"),
    ]
    assert {reason["rule"] for row in held() for reason in row.reasons} == {"key.unique"}
    assert shapely.from_wkb(held()[0].wkb).equals_exact(shapely.Polygon(BOX[0]))


def test_a_later_load_of_the_object_takes_the_place_of_what_waits(loader, held, tmp_path):
    dirty = write(tmp_path / "a.geojson", feature(BOX, id="a"), feature(BOW, id="b"))
    for _ in range(2):
        loader(dirty, layer="buildings", dataset="d")
    assert [row.state for row in held()] == ["discarded", "pending"]
    loader(write(tmp_path / "b.geojson", feature(BOX, id="a"), feature(BOX, id="b")), layer="buildings", dataset="d")
    states = [(row.state, row.decided_by) for row in held()]
    assert states == [("discarded", "local"), ("discarded", "local")]
    assert held()[1].decision.endswith("of the same dataset has it again")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("options", "broken", "message"),
    [
        ({"strict": True}, 1, "1 of its 10 rows cannot be accepted, and with --strict none"),
        ({"most_quarantined": 0.1}, 2, r"2 of its 10 rows cannot be accepted, which is more than 10% \(--most-quar"),
        ({}, 6, r"6 of its 10 rows cannot be accepted, which is more than 50%.*Self-intersection.* \(and 3 more\)"),
        ({"most_quarantined": 1}, 10, "none of its 10 rows can be accepted"),
    ],
)
def test_a_file_with_too_much_that_is_wrong_is_refused_whole(loader, tmp_path, options, broken, message):
    rows = [feature(BOW if number < broken else BOX, id=number) for number in range(10)]
    with pytest.raises(SourceError, match=message):
        loader(write(tmp_path / "buildings.geojson", *rows), **options)


# A row: is its geometry good, its number, its key.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["good", "bow", "none", "far"]),
        st.one_of(st.none(), st.integers(-5, 5), st.sampled_from(["x", "\ud800\0", "1e99", "3"])),
        st.sampled_from(["a", "b", "c", "d", "e", "f", None]),
    ),
    min_size=1,
    max_size=12,
)
SHAPES = {
    "good": shapely.Polygon(BOX[0]),
    "bow": shapely.Polygon(BOW[0]),
    "none": None,
    "far": shapely.box(3e6, 1, 4e6, 2),
}


def as_geojson(folder: Path, rows: list[Any]) -> Path:
    shapes = {name: None if s is None else shapely.geometry.mapping(s) for name, s in SHAPES.items()}
    features = [
        {"type": "Feature", "geometry": shapes[kind], "properties": {"id": key, "floors": floors}}
        for kind, floors, key in rows
    ]
    return write(folder / "buildings.geojson", *features)


def as_csv(folder: Path, rows: list[Any]) -> Path:
    lines = []
    for kind, floors, key in rows:
        number = "" if floors is None else str(floors).encode(errors="replace").decode().strip("\0")
        lines.append(f'{key or ""},n,"{number}","{SHAPES[kind] or ""}"')
    path = folder / "buildings.csv"
    path.write_text("\n".join(["id,n,floors,wkt", *lines, "a,n,1,POINT (1 2),too,many"]), encoding="utf-8")
    return path


def as_geopackage(folder: Path, rows: list[Any]) -> Path:
    numbers = [str(floors).encode(errors="replace").decode().replace("\0", "") for _, floors, _ in rows]
    columns = {"id": [key for *_, key in rows], "floors": numbers}
    path = folder / "buildings.gpkg"
    frame = geopandas.GeoDataFrame(columns, geometry=[SHAPES[kind] for kind, *_ in rows], crs="EPSG:4490")
    frame.to_file(path, engine="pyogrio")
    return path


@pytest.fixture(scope="module")
def shared(server: Any, template: str) -> Iterator[Database]:
    with server.copy_of(template) as database:
        yield database


@pytest.mark.filterwarnings("ignore:.*geometry type.*")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
@pytest.mark.parametrize("form", [as_geojson, as_csv, as_geopackage])
def test_accepted_and_quarantined_are_what_was_read_whatever_the_file_holds(loader, shared, form, rows):
    loader.database = shared
    with tempfile.TemporaryDirectory() as folder:
        path = form(Path(folder), rows)
        offered = len(rows) + (form is as_csv)
        before = dict(loader.rows("SELECT 'q', count(*) FROM onemap.quarantine"))["q"]
        summary = told = None
        try:
            summary = loader(path, most_quarantined=1, crs="EPSG:4490", date=None)
        except SourceError as error:
            told = str(error)
    kept = loader.one("SELECT count(*) FROM onemap.quarantine")[0] - before
    if summary is None:
        assert "can be accepted" in told or "geometry" in told
        assert kept == 0
        return
    (layer,) = summary.layers
    assert layer.read == offered
    assert layer.accepted + layer.quarantined == offered
    assert kept == layer.quarantined
