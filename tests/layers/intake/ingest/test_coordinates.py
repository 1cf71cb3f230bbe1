"""Shifted files are recognised by what the map knows already, and are never shifted twice."""

import re
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from bundled import SAMPLE

from layers.errors import SourceError
from layers.intake.ingest.placement_check import Misplaced
from layers.space.gcj02_bd09 import BD09, GCJ02, LonLat, from_gcj02, to_gcj02
from layers.space.local_grid import LocalGrid
from layers.space.plane import LocalPlane

PLANE = LocalPlane(121.52, 31.23)
Move = Callable[[LonLat], LonLat]


def write(path: Path, frame: geopandas.GeoDataFrame, move: Move | None = None) -> Path:
    """Write a frame whose coordinates say that they are WGS 84, whatever was made of them."""
    shapes = frame.geometry.to_numpy()
    if move is not None:
        shapes = shapely.transform(shapes, move)
    path.write_text(geopandas.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes).to_json(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def buildings() -> geopandas.GeoDataFrame:
    frame = geopandas.read_file(SAMPLE / "buildings.geojson", columns=["source_key", "name"], engine="pyogrio")
    return frame.iloc[::5].set_crs(None, allow_override=True)


def off(east: float, north: float) -> Move:
    return lambda lonlat: PLANE.lonlat(PLANE.xy(lonlat) + np.array([east, north]))


@pytest.mark.parametrize("shift", [GCJ02, BD09], ids=lambda shift: shift.name)
def test_a_shifted_copy_is_refused_with_the_way_on_and_lands_where_it_belongs(town, buildings, tmp_path, shift):
    path = write(tmp_path / "copy.geojson", buildings, shift.forward)
    before = town.state()
    with pytest.raises(Misplaced) as caught:
        town(path, layer="buildings")
    told = str(caught.value)
    assert re.search(
        rf"copy\.geojson: its coordinates are {shift.name}, not OGC:CRS84: of \d+ vertices of buildings, "
        rf"(9\d|100)% lie within 5 m \(median 0\.0 m\) of buildings as {shift.name}, \d+% .* as they are; load it",
        told,
    )
    assert f"load it with --crs {shift.name} (or --crs auto), or, if you know better, with --trust-crs" in told
    assert f"坐标实为 {shift.name}" in told
    assert town.state() == before

    summary = town(path, layer="buildings", crs=shift.name)
    assert (summary.source_crs, summary.accuracy_m) == (shift.name, shift.accuracy_m)
    assert f"coordinates are {shift.name} and were converted" in summary.notes[-1]
    worst = town.one(
        "SELECT max(ST_HausdorffDistance(c.geom, s.geom)) FROM onemap.buildings c JOIN onemap.buildings s "
        "USING (source_key) WHERE c.dataset = 'copy' AND s.dataset = 'sample' AND c.source_crs = :crs",
        crs=shift.name,
    )[0]
    assert worst * 111_320 < 0.001
    kept = town.one("SELECT summary FROM onemap.load ORDER BY id DESC LIMIT 1")[0]
    assert (kept["source_crs"], kept["accuracy_m"], kept["placement"]["verdict"]) == (
        shift.name,
        shift.accuracy_m,
        shift.name,
    )


def test_auto_converts_what_is_shifted_and_leaves_what_is_not(town, buildings, tmp_path):
    shifted = town(write(tmp_path / "one.geojson", buildings, to_gcj02), layer="buildings", crs="auto")
    true = town(write(tmp_path / "two.geojson", buildings), layer="buildings", crs="AUTO")
    assert (shifted.source_crs, true.source_crs) == ("GCJ-02", "OGC:CRS84")
    assert "and were converted" in shifted.notes[-1]
    assert town.one("SELECT count(*) FROM onemap.load") == (4,)


def test_an_unshifted_copy_loads_and_its_placement_is_kept(town, buildings, tmp_path):
    summary = town(write(tmp_path / "copy.geojson", buildings), layer="buildings")
    assert summary.placement["verdict"] == "as is"
    assert summary.placement["fits"]["as is"]["share"] == 1.0
    assert not any("GCJ" in note for note in summary.notes)


@pytest.mark.parametrize("way", [(30, 0), (-21, 21), (0, -30)])
def test_thirty_metres_off_is_not_called_gcj_02(town, buildings, tmp_path, way):
    summary = town(write(tmp_path / "copy.geojson", buildings, off(*way)), layer="buildings")
    assert summary.placement is None


@pytest.mark.parametrize("shift", ["GCJ-02", "BD-09"])
def test_what_lies_on_the_map_already_is_not_converted_a_second_time(town, buildings, tmp_path, shift):
    path = write(tmp_path / "copy.geojson", buildings)
    with pytest.raises(Misplaced, match=f"converting them from {shift} would shift them a second time") as caught:
        town(path, layer="buildings", crs=shift)
    assert "--crs EPSG:4490" in str(caught.value)
    assert "不可再按" in str(caught.value)
    assert town(path, layer="buildings", crs=shift, trust_crs=True).source_crs == shift


def test_what_was_shifted_back_once_too_often_is_told(town, buildings, tmp_path):
    path = write(tmp_path / "copy.geojson", buildings, from_gcj02)
    for crs in (None, "auto", "GCJ-02"):
        with pytest.raises(
            Misplaced, match=r"the correction was applied twice .* or the map's layer buildings was loaded"
        ):
            town(path, layer="buildings", crs=crs)


def test_a_map_that_is_shifted_itself_is_told_by_the_first_true_file(loader, buildings, tmp_path):
    loader(write(tmp_path / "wrong.geojson", buildings, to_gcj02), layer="buildings")
    true = write(tmp_path / "true.geojson", buildings)
    with pytest.raises(Misplaced, match="or the map's layer buildings was loaded without conversion"):
        loader(true, layer="buildings")
    loader(true, layer="buildings", trust_crs=True)


def test_one_shift_is_not_taken_for_the_other(town, buildings, tmp_path):
    path = write(tmp_path / "copy.geojson", buildings, BD09.forward)
    with pytest.raises(Misplaced, match="its coordinates are BD-09, not GCJ-02"):
        town(path, layer="buildings", crs="GCJ-02")


def test_metres_made_of_shifted_degrees_are_told(town, buildings, tmp_path):
    shifted = buildings.set_geometry(shapely.transform(buildings.geometry.to_numpy(), to_gcj02), crs="EPSG:4490")
    shifted.to_crs("EPSG:4550").to_file(tmp_path / "copy.gpkg", layer="copy")
    for crs in (None, "auto"):
        with pytest.raises(Misplaced, match="were projected to EPSG:4550 from GCJ-02"):
            town(tmp_path / "copy.gpkg", layer="buildings", crs=crs)


def test_a_new_layer_is_recognised_by_kindred_ones(town, buildings, tmp_path):
    path = write(tmp_path / "houses.geojson", buildings, to_gcj02)
    with pytest.raises(Misplaced, match=r"vertices of houses, .* of buildings as GCJ-02"):
        town(path)
    assert town.rows("SELECT FROM onemap.layer WHERE id = 'houses'") == []


def test_points_are_recognised_by_the_buildings_that_they_lie_in(town, tmp_path):
    shops = geopandas.read_file(SAMPLE / "poi.geojson", columns=["source_key", "name"], engine="pyogrio")
    path = write(tmp_path / "shops.geojson", shops.set_crs(None, allow_override=True), to_gcj02)
    with pytest.raises(Misplaced, match=r"are GCJ-02, not OGC:CRS84: of \d+ points of poi, .* of buildings as GCJ-02"):
        town(path, layer="poi")
    assert town(path, layer="poi", crs="GCJ-02").placement["verdict"] == "GCJ-02"


def test_points_in_the_street_tell_nothing(town, tmp_path):
    lamps = geopandas.read_file(SAMPLE / "city_parts.geojson", columns=["source_key", "name"], engine="pyogrio")
    lamps = lamps.set_crs(None, allow_override=True)
    for number, move in enumerate([None, to_gcj02, BD09.forward]):
        assert town(write(tmp_path / f"lamps_{number}.geojson", lamps, move), layer="city_parts").placement is None


def test_the_next_delivery_of_a_dataset_is_compared_with_the_last_one(loader, buildings, tmp_path):
    loader(write(tmp_path / "houses.geojson", buildings))
    with pytest.raises(Misplaced, match="its coordinates are GCJ-02"):
        loader(write(tmp_path / "houses.geojson", buildings, to_gcj02))
    with pytest.raises(
        Misplaced, match=r"lie on the map \(an earlier load of the same dataset, which may be the wrong"
    ):
        loader(write(tmp_path / "houses.geojson", buildings), crs="GCJ-02")


def test_an_empty_map_tells_nothing(loader, buildings, tmp_path):
    assert loader(write(tmp_path / "copy.geojson", buildings, to_gcj02), layer="buildings").placement is None


def test_a_shift_may_be_trusted(town, buildings, tmp_path):
    path = write(tmp_path / "copy.geojson", buildings, to_gcj02)
    assert town(path, layer="buildings", trust_crs=True).source_crs == "OGC:CRS84"


def boundaries(loader, shared_data: Path) -> tuple[Path, geopandas.GeoDataFrame]:
    districts = shared_data / "admin" / "shanghai_16_districts_wgs84.geojson"
    loader(districts, layer="boundaries")
    return shared_data / "admin" / "pudong_boundary_gcj02.geojson", geopandas.read_file(districts, engine="pyogrio")


RIVERSIDE = ["黄浦区", "徐汇区", "虹口区", "杨浦区", "宝山区"]


def test_the_boundary_of_pudong_is_recognised_and_lands_on_the_districts_across_the_river(loader, shared_data):
    path, districts = boundaries(loader, shared_data)
    with pytest.raises(Misplaced, match=r"its coordinates are GCJ-02, not OGC:CRS84: .*--crs GCJ-02"):
        loader(path, layer="boundaries")
    summary = loader(path, layer="boundaries", crs="auto")
    assert summary.source_crs == "GCJ-02"
    wkb = loader.one("SELECT ST_AsBinary(geom) FROM onemap.boundaries WHERE source_crs = 'GCJ-02'")[0]
    # Along the river: all from the first to the last vertex that is near a district on the other side.
    shores = PLANE.to_plane(districts[districts.district_name.isin(RIVERSIDE)].boundary.to_numpy())
    vertices = shapely.points(PLANE.xy(shapely.get_coordinates(shapely.from_wkb(bytes(wkb)))))
    away = shapely.distance(vertices, shapely.union_all(shores))
    across = np.flatnonzero(away < 100)
    river = away[across[0] : across[-1] + 1]
    print(
        f"{len(river)} of {len(away)} vertices along the river: median {np.median(river):.2f} m, "
        f"{(river <= 5).mean():.1%} within 5 m; all: {summary.placement['fits']['GCJ-02']}"
    )
    assert len(river) > 60
    assert np.median(river) <= 1.0
    assert (river <= 5).mean() >= 0.9


def test_the_boundary_of_pudong_is_not_converted_twice(loader, shared_data, tmp_path):
    path, _ = boundaries(loader, shared_data)
    frame = geopandas.read_file(path, engine="pyogrio")[["adcode", "name", "geometry"]]
    converted = write(tmp_path / "converted.geojson", frame, from_gcj02)
    with pytest.raises(Misplaced, match="converting them from GCJ-02 would shift them a second time"):
        loader(converted, layer="boundaries", crs="GCJ-02")
    assert loader(converted, layer="boundaries").placement["verdict"] == "as is"


def test_a_line_over_the_seam_is_one_whichever_zone_it_came_in(loader, tmp_path):
    line = shapely.LineString(np.linspace((121.48, 31.228), (121.52, 31.242), 41))
    frame = geopandas.GeoDataFrame({"id": [1]}, geometry=[line], crs="EPSG:4490")
    notes = {}
    for zone in ("EPSG:4549", "EPSG:4550"):
        path = tmp_path / f"zone_{zone[-4:]}.gpkg"
        frame.to_crs(zone).to_file(path, layer="line")
        summary = loader(path, layer="seam")
        notes[zone] = next(note for note in summary.notes if "area of use" in note)
        assert (summary.source_crs, summary.accuracy_m) == (zone, 0.0)
    (apart,) = loader.one("SELECT ST_HausdorffDistance(min(geom), max(geom)) FROM onemap.seam")
    assert apart * 111_320 < 0.001
    assert "1 features lie outside the area of use of EPSG:4549, 118.5 to 121.5° east" in notes["EPSG:4549"]
    assert "the zone next to it is EPSG:4550" in notes["EPSG:4549"]
    assert "the zone next to it is EPSG:4549" in notes["EPSG:4550"]


def test_a_local_grid_is_read_by_its_name(loader, tmp_path):
    grid = LocalGrid(
        "shanghai2000", "+proj=pipeline +step +inv +proj=tmerc +lat_0=31.2354 +lon_0=121.4667 +ellps=GRS80", 0.05
    )
    frame = geopandas.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(0, 0)])
    path = tmp_path / "marks.geojson"
    path.write_text(frame.to_json(), encoding="utf-8")
    summary = loader(path, crs="Shanghai2000", grids=(grid,))
    assert (summary.source_crs, summary.accuracy_m) == ("shanghai2000", 0.05)
    row = loader.one("SELECT source_crs, ST_X(geom), ST_Y(geom) FROM onemap.marks")
    assert row == ("shanghai2000", pytest.approx(121.4667, abs=1e-9), pytest.approx(31.2354, abs=1e-9))


def test_an_unknown_accuracy_is_told(loader, tmp_path):
    frame = geopandas.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(121.5, 31.2)], crs="EPSG:4490")
    frame.to_crs("EPSG:2416").to_file(tmp_path / "old.gpkg", layer="old")
    summary = loader(tmp_path / "old.gpkg")
    assert summary.accuracy_m is None
    assert any(
        note.startswith("the accuracy of the transformation from EPSG:2416 is unknown") for note in summary.notes
    )


def test_openstreetmap_is_never_shifted(loader, osm, tmp_path):
    path = osm().square(1, 0, 0, {"building": "yes"}).write(tmp_path / "a.osm")
    with pytest.raises(SourceError, match="OpenStreetMap files are always in WGS 84, so they cannot be in GCJ-02"):
        loader(path, crs="GCJ-02")
