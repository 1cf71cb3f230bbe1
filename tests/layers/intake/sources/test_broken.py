"""Files that end too early, are empty, or are something else than their name says."""

import struct
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely

from layers.errors import ParameterError, SourceError

GDAL = {"fgb": "FlatGeobuf", "gpkg": "GPKG", "kml": "LIBKML", "kmz": "LIBKML", "gml": "GML", "dxf": "DXF"}
SUFFIXES = [*GDAL, "parquet", "geojsonl"]


def write(path: Path, *shapes: shapely.Geometry) -> Path:
    places = list(shapes) or [shapely.Point(121.5 + number / 1000, 31.2) for number in range(50)]
    frame = geopandas.GeoDataFrame(geometry=places, crs="EPSG:4326")
    suffix = path.suffix[1:]
    frame.insert(0, "Layer" if suffix == "dxf" else "note", [f"第{number}处" for number in range(len(frame))])
    if suffix == "parquet":
        frame.to_parquet(path)
    else:
        pyogrio.write_dataframe(frame, path, driver=GDAL.get(suffix, "GeoJSONSeq"))
    return path


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_ends_too_early_is_refused(read, tmp_path, suffix, share):
    path = write(tmp_path / f"halls.{suffix}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SourceError, match=rf"halls\.{suffix}"):
        read(path, crs="EPSG:4326")


@pytest.mark.parametrize("content", [b"", b"<OGRVRTDataSource> opengis.net/gml <kml SECTION</OGRVRTDataSource>"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_empty_or_leads_elsewhere_is_refused(read, tmp_path, suffix, content):
    path = tmp_path / f"halls.{suffix}"
    path.write_bytes(content)
    with pytest.raises(
        SourceError, match=r"halls\.\w+.*(empty|judging by its first bytes|no features|cannot be read|JSON)"
    ):
        read(path, crs="EPSG:4326")


@pytest.mark.parametrize("suffix", ["fgb", "kml", "gml", "parquet", "geojsonl", "dxf"])
def test_kinds_of_geometry_that_mix_are_refused(read, tmp_path, suffix):
    path = write(tmp_path / f"halls.{suffix}", shapely.Point(121.5, 31.2), shapely.LineString([(121.5, 31), (121, 31)]))
    with pytest.raises(SourceError, match="this has LineString, Point, but a layer has points, lines or areas"):
        read(path, crs="EPSG:4326")


def test_a_line_that_is_no_feature_is_named(read, tmp_path):
    path = tmp_path / "halls.geojsonl"
    place = '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [121.5, 31.2]}, "properties": {"id": 1}}'
    path.write_text(f'{place}\n\n{{"type": "Featu', encoding="utf-8")
    with pytest.raises(SourceError, match=r"halls\.geojsonl, line 3: this is not JSON"):
        read(path)
    path.write_text(f'{place}\n\n{{"type": "Featu\n\x1e{{"type": "Topology"}}\n{place}\n', encoding="utf-8")
    found = read(path, strict=False)
    assert [(one.place, one.geometry) for one in found.refused] == [
        ("line 3", '{"type": "Featu'),
        ("line 4", '{"type": "Topology"}'),
    ]
    assert [one.source_key for one in found.refused] == [None, None], "the key is a property that cannot be read"


def test_a_parquet_file_without_a_geometry_is_refused(read, tmp_path):
    geopandas.pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "halls.parquet")
    with pytest.raises(SourceError, match="does not declare a geometry column"):
        read(tmp_path / "halls.parquet")


@pytest.mark.parametrize(("options", "message"), [({"encoding": "gbk"}, "encoding: a file of the format 'flatgeobuf'")])
def test_wishes_that_a_format_cannot_heed_are_refused(read, tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        read(write(tmp_path / "halls.fgb"), **options)


def test_empty_geometries_are_refused_with_the_reason(read, tmp_path):
    path = write(tmp_path / "halls.gpkg", shapely.Point(121.5, 31.2), shapely.Point())
    found = read(path, strict=False)
    assert len(found.rows) == 1
    assert [one.summary for one in found.refused] == ["feature 2: it has no geometry"]
    assert found.refused[0].properties == {"note": "第1处"}


def test_arcs_are_refused_with_the_feature(read, tmp_path):
    arc = bytes.fromhex("0108000000") + struct.pack("<I6d", 3, 121, 31, 122, 32, 123, 31)
    geometry = np.array([shapely.to_wkb(shapely.LineString([(121, 31), (122, 31)])), arc], dtype=object)
    pyogrio.raw.write(
        tmp_path / "halls.gpkg", geometry, [], fields=[], driver="GPKG", geometry_type="Unknown", crs="EPSG:4326"
    )
    with pytest.raises(SourceError, match=r"feature 2: its geometry cannot be read .*; convert arcs and"):
        read(tmp_path / "halls.gpkg")


def drawing(path: Path) -> Path:
    """Draw a closed line, as buildings are drawn, and an open one, on layers with Chinese names."""
    shapes = [shapely.box(121.5, 31.2, 121.6, 31.3).exterior, shapely.LineString([(121.5, 31), (121.6, 31)])]
    frame = geopandas.GeoDataFrame({"Layer": ["建筑", "道路"]}, geometry=[shapely.LineString(s) for s in shapes])
    pyogrio.write_dataframe(frame, path, driver="DXF")
    return path


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(("kind", "layers"), [("areas", ["建筑"]), ("lines", ["建筑", "道路"])])
def test_closed_lines_of_a_drawing_are_areas_where_those_are_chosen(read, tmp_path, kind, layers):
    found = read(drawing(tmp_path / "plan.dxf"), crs="EPSG:4490", geometry=kind)
    assert found.values("layer") == layers
    assert {shapely.from_wkb(row.geometry).geom_type for row in found.rows} == {
        {"areas": "MultiPolygon", "lines": "MultiLineString"}[kind]
    }
    told = "1 features that are not areas were left out, because of --geometry"
    assert (told in found.notes) == (kind == "areas")


@pytest.mark.parametrize("suffix", ["fgb", "kml", "geojsonl", "parquet"])
def test_one_kind_of_shapes_may_be_chosen(read, tmp_path, suffix):
    path = write(tmp_path / f"halls.{suffix}", shapely.Point(121.5, 31.2), shapely.LineString([(121.5, 31), (121, 31)]))
    found = read(path, geometry="points", names=(("note", "name"),))
    assert found.values("name") == ["第0处"]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(("page", "encoding"), [("ANSI_936", "gbk"), ("ANSI_1252", "gbk"), ("ANSI_1252", "utf-8")])
def test_layers_of_a_drawing_keep_their_chinese_names(read, tmp_path, page, encoding):
    path = drawing(tmp_path / "plan.dxf")
    text = path.read_text(encoding="utf-8").replace("ANSI_1252", page)
    path.write_bytes(text.encode(encoding))
    found = read(path, crs="EPSG:4490")
    assert found.values("layer") == ["建筑", "道路"]
    assert any("but is in" in note for note in found.notes) == (page == "ANSI_1252")


def test_a_geodatabase_with_a_table_that_ends_too_early_is_refused(read, tmp_path):
    places = shapely.points(np.linspace(121.5, 121.6, 50), 31.2)
    frame = geopandas.GeoDataFrame({"note": [f"第{n}处" for n in range(50)]}, geometry=places, crs="EPSG:4326")
    path = tmp_path / "halls.gdb"
    pyogrio.write_dataframe(frame, path, driver="OpenFileGDB")
    assert len(read(path).rows) == 50
    table = path / "a00000009.gdbtable"
    table.write_bytes(table.read_bytes()[: int(table.stat().st_size * 0.7)])
    with pytest.raises(SourceError, match=r"halls\.gdb: the file is truncated: it has \d+ of 50 features"):
        read(path)


def test_a_parquet_file_whose_crs_nobody_knows_asks_for_it(read, tmp_path):
    geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(121.5, 31.2)]).to_parquet(tmp_path / "halls.parquet")
    with pytest.raises(SourceError, match="this declares no coordinate reference system"):
        read(tmp_path / "halls.parquet")
    assert len(read(tmp_path / "halls.parquet", crs="EPSG:4490").rows) == 1
