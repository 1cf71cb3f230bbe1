"""GeoJSON, GeoPackage and dataset folders from the disk into the tables."""

import json
from pathlib import Path

import geopandas
import pytest
import shapely

from layers.errors import ParameterError, SourceError, TwinError


def square(x: float, y: float = 31.2, side: float = 0.01) -> dict:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def point(x: float, y: float) -> dict:
    return {"type": "Point", "coordinates": [x, y]}


def ring(*places: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [[list(place) for place in places]]}


def feature(geometry: dict | None, **properties: object) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def write(path: Path, *features: dict, **members: object) -> Path:
    document = {"type": "FeatureCollection", **members, "features": list(features)}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_file_founds_a_layer_with_columns_of_its_own(loader, tmp_path):
    path = write(
        tmp_path / "clinics.geojson",
        feature(
            square(121.5), id=1, 名称="张江小学", pupils=300, open=True, ratio=1.5, since="2020-09-01T08:00:00+08:00"
        ),
        feature(square(121.6), id=2, 名称=None, pupils=None, open=False, ratio=2, since=None),
    )
    summary = loader(path)
    assert [(layer.layer, layer.new) for layer in summary.layers] == [("clinics", 2)]
    first, second = loader.rows("SELECT * FROM onemap.clinics ORDER BY source_key")
    assert (first.source_key, first.name, first.pupils, first.open, first.ratio) == ("1", "张江小学", 300, True, 1.5)
    assert first.since.isoformat() == "2020-09-01T00:00:00+00:00"
    assert (second.name, second.pupils, second.ratio) == (None, None, 2.0)
    definition = loader.one("SELECT definition FROM onemap.layer WHERE id = 'clinics'")[0]
    assert definition["geometry"] == "MultiPolygon"
    assert [column["type"] for column in definition["columns"]] == ["text", "integer", "boolean", "real", "timestamp"]


def test_a_founded_layer_gets_the_columns_that_a_later_file_has(loader, tmp_path):
    loader(write(tmp_path / "lamps.geojson", feature(point(121.5, 31.2), id=1, watt=70)))
    summary = loader(
        write(tmp_path / "more.geojson", feature(point(121.5, 31.2), id=1, watt=70, pole="钢")), layer="lamps"
    )
    assert summary.layers[0].new == 1, "another dataset"
    assert loader.one("SELECT watt, pole FROM onemap.lamps WHERE dataset = 'more'") == (70, "钢")


def test_a_built_in_layer_takes_its_columns_and_tells_of_others(loader, tmp_path):
    path = write(
        tmp_path / "poi.geojson",
        feature(point(121.5, 31.2), source_key="a", name="老码头", stars=3, quality=0.3, grade=2),
    )
    summary = loader(path)
    assert summary.notes == ("layer poi has no columns for these properties, which were left out: stars",)
    row = loader.one("SELECT name, quality, grade, source_key, source_crs FROM onemap.poi")
    assert (row.name, round(row.quality, 3), row.grade, row.source_key) == ("老码头", 0.3, 2, "a")


def test_a_founded_layer_loads_again_without_change(loader, tmp_path):
    path = write(tmp_path / "clinics.geojson", feature(square(121.5), id=1, n=1), feature(square(121.6), id=2, n=2.5))
    loader(path)
    again = loader(path).layers[0]
    assert (again.new, again.changed, again.unchanged, again.closed) == (0, 0, 2, 0)


def test_features_without_a_geometry_are_quarantined(loader, tmp_path):
    summary = loader(write(tmp_path / "a.geojson", feature(None, id=1), feature(point(121.5, 31.2), id=2)))
    assert (summary.read, summary.quarantined, summary.notes) == (2, 1, ())


def test_coordinates_are_brought_to_the_map_and_their_crs_is_kept(loader, tmp_path):
    frame = geopandas.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(121.5013, 31.2356)], crs="EPSG:4326")
    frame.to_crs("EPSG:4549").to_file(tmp_path / "survey.gpkg", layer="survey")
    loader(tmp_path / "survey.gpkg")
    row = loader.one("SELECT source_crs, ST_X(geom), ST_Y(geom), ST_SRID(geom) FROM onemap.survey")
    assert row[0] == "EPSG:4549"
    assert row[1:] == (pytest.approx(121.5013, abs=1e-8), pytest.approx(31.2356, abs=1e-8), 4490)


def test_a_geopackage_of_several_tables_asks_for_one(loader, tmp_path):
    frame = geopandas.GeoDataFrame({"名称": ["甲"]}, geometry=[shapely.Point(121.5, 31.2)], crs="EPSG:4326")
    for table in ("east", "west"):
        frame.to_file(tmp_path / "two.gpkg", layer=table)
    with pytest.raises(SourceError, match="this has the tables east, west; name one of them with --table"):
        loader(tmp_path / "two.gpkg")
    summary = loader(tmp_path / "two.gpkg", table="west")
    assert (summary.layers[0].layer, summary.layers[0].new) == ("west", 1)
    assert loader.one("SELECT name FROM onemap.west") == ("甲",)


@pytest.mark.usefixtures("untouched")
def test_a_layer_without_crs_is_refused_with_the_way_out(loader, tmp_path):
    frame = geopandas.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(1000, 2000)])
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(tmp_path / "bare.gpkg", layer="bare")
    with pytest.raises(
        SourceError, match=r"bare\.gpkg: this declares no coordinate reference system; .*--crs EPSG:4549"
    ):
        loader(tmp_path / "bare.gpkg")


@pytest.mark.usefixtures("untouched")
def test_broken_rings_are_counted_and_the_first_are_named(loader, tmp_path):
    path = write(
        tmp_path / "plots.geojson",
        feature(square(121.5)),
        feature(ring((0, 0), (1, 1), (0, 0))),
        feature(ring((0, 0), (1, 0), (1, 1), (0, 0.5))),
        feature(ring((0, 0), (1, 1), (1, 0), (0, 1), (0, 0))),
        feature({"type": "Polygon", "coordinates": [[[0, 0], [1, "x"], [1, 1], [0, 0]]]}),
    )
    with pytest.raises(SourceError) as caught:
        loader(path, strict=True)
    told = str(caught.value)
    assert "plots.geojson: 4 of its 5 rows cannot be accepted, and with --strict none may be left out, so" in told
    assert "feature 2: ring 1 has 3 positions; a ring has at least 4" in told
    assert "feature 3: ring 1 is not closed: it begins at (0, 0) and ends at (0, 0.5)" in told
    assert "feature 4: Self-intersection" in told
    assert "(and 1 more)" in told


BAD_TEXTS = {
    "feature 2: the file ends in the middle of it": lambda text: text[: len(text) * 3 // 4],
    "a comma is missing after it": lambda text: text.replace("}}, {", "}} {"),
    "this is neither a GeoJSON FeatureCollection nor a Feature": lambda text: '{"type": "Topology"}',
    "'{' was expected, but '[' was found": lambda text: "[1, 2]",
    "the file ends in the middle of it": lambda text: "",
    "feature 1: this is not a GeoJSON Feature": lambda text: text.replace('"Feature"', '"Thing"'),
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("message", BAD_TEXTS)
def test_text_that_is_no_geojson_is_refused_with_the_place(loader, tmp_path, message):
    path = write(tmp_path / "bad.geojson", feature(point(121.5, 31.2)), feature(point(121.6, 31.2)))
    whole = path.read_text(encoding="utf-8").replace('"properties": {}}, ', '"properties": {}}, ')
    path.write_text(BAD_TEXTS[message](whole), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        loader(path)
    assert message in str(caught.value)
    assert "bad.geojson" in str(caught.value)


@pytest.mark.usefixtures("untouched")
def test_a_file_that_is_not_utf_8_is_refused(loader, tmp_path):
    path = tmp_path / "gbk.geojson"
    path.write_bytes('{"type": "FeatureCollection", "name": "陆家嘴", "features": []}'.encode("gbk"))
    with pytest.raises(SourceError, match="this is not UTF-8 text"):
        loader(path)


BAD_FILES = {
    "points, lines or areas": [feature(point(121.5, 31.2)), feature(square(121.5))],
    "no geometry at all": [feature(None)],
    "are no degrees of longitude and latitude": [feature(point(351000, 3456000))],
    "the key 1 is used more than once": [feature(point(121.5, 31.2), id=1), feature(point(121.6, 31.2), id=1)],
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("message", BAD_FILES)
def test_features_that_make_no_layer_are_refused(loader, tmp_path, message):
    with pytest.raises(SourceError, match=message):
        loader(write(tmp_path / "things.geojson", *BAD_FILES[message]))


@pytest.mark.usefixtures("untouched")
def test_a_value_of_the_wrong_type_is_refused_with_its_feature(loader, tmp_path):
    path = write(
        tmp_path / "buildings.geojson", feature(square(121.5), floors=3), feature(square(121.6), floors="许多")
    )
    with pytest.raises(SourceError, match=r"feature 2: .*许多"):
        loader(path, strict=True)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crs": "EPSG:12345678"}, "crs: 'EPSG:12345678' names no coordinate reference system"),
        ({"layer": "9号线; DROP TABLE"}, "layer: .* cannot be made into a layer id"),
        ({"dataset": "../etc"}, "dataset: '../etc' is not an id"),
        ({"key": "编号"}, "1 features have no '编号', which is given as their key"),
    ],
)
def test_options_that_cannot_be_are_refused(loader, tmp_path, options, message):
    path = write(tmp_path / "lamps.geojson", feature(point(121.5, 31.2)))
    with pytest.raises((ParameterError, SourceError), match=message):
        loader(path, **options)


def make_folder(folder: Path, **manifest: object) -> Path:
    folder.mkdir()
    write(folder / "poi.geojson", feature(point(121.5, 31.2), source_key="p1", name="外滩", quality=1.0))
    write(folder / "green.geojson", feature(square(121.5), source_key="g1", name="世纪公园"))
    stated = {
        "id": "sample",
        "title_zh": "样例",
        "title_en": "sample",
        "precedence": 0,
        "licence": "CC0-1.0",
        "date": "2026-01-01T00:00:00+08:00",
        "crs": "EPSG:4490",
        "layers": ["green", "poi"],
    }
    (folder / "dataset.json").write_text(json.dumps(stated | manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def test_a_folder_is_one_dataset_of_several_layers(loader, tmp_path):
    summary = loader(make_folder(tmp_path / "sample"))
    assert {layer.layer: layer.new for layer in summary.layers} == {"green": 1, "poi": 1}
    assert loader.one("SELECT id, title_zh, precedence, licence FROM onemap.dataset") == (
        "sample",
        "样例",
        0,
        "CC0-1.0",
    )
    assert loader.one("SELECT lower(valid)::text, source_crs FROM onemap.poi") == (
        "2025-12-31 16:00:00+00",
        "EPSG:4490",
    )
    assert loader.one("SELECT count(*) FROM onemap.load") == (1,)


@pytest.mark.usefixtures("untouched")
def test_a_folder_with_one_broken_file_is_refused_whole(loader, tmp_path):
    folder = make_folder(tmp_path / "sample")
    write(folder / "poi.geojson", feature(point(121.5, 31.2)), feature({"type": "Circle", "coordinates": [1]}))
    with pytest.raises(
        TwinError, match=r"sample: 1 of its 3 rows.*feature 2: 'Circle' is not a geometry that a layer can have"
    ):
        loader(folder, strict=True)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"layers": ["water"]}, "no such file"),
        ({"date": "2026"}, "is not an RFC 3339"),
        ({"crs": "x"}, "names no coord"),
    ],
)
def test_a_folder_whose_manifest_is_wrong_is_refused(loader, tmp_path, manifest, message):
    with pytest.raises(TwinError, match=message):
        loader(make_folder(tmp_path / "sample", **manifest))


def test_files_with_chinese_names_are_datasets_of_their_own(loader, tmp_path):
    first = write(tmp_path / "门店.geojson", feature(point(121.5, 31.2), id=1, name="甲"))
    second = write(tmp_path / "分店.geojson", feature(point(121.6, 31.2), id=1, name="乙"))
    with pytest.raises(ParameterError, match="--layer"):
        loader(first)
    found = [loader(path, layer="shops") for path in (first, second, first)]
    assert found[0].dataset == found[2].dataset != found[1].dataset
    assert [one.layers[0].new for one in found] == [1, 1, 0]
    assert [one.layers[0].closed for one in found] == [0, 0, 0]
    assert loader(first, layer="shops", dataset="mine").dataset == "mine"
