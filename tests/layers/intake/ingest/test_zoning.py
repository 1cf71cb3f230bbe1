"""A file that is said to be in the wrong zone is told by the map, where its eastings have no zone number."""

import geopandas
import pytest
import shapely

from layers.intake.ingest.placement_check import Misplaced

# One of the sample's street corners, a house beside it, and a village 60 km off.
PLACES = [(121.497, 31.235), (121.512, 31.241), (121.93, 30.89)]


def points(path, zone, said, places=PLACES):
    """Write points in the numbers of a zone, that say to be in another one."""
    shapes = [shapely.Point(place) for place in places]
    frame = geopandas.GeoDataFrame({"id": range(len(shapes))}, geometry=shapes, crs="EPSG:4490").to_crs(zone)
    frame.set_crs(said, allow_override=True).to_file(path, layer="marks")
    return path


@pytest.mark.parametrize(
    ("zone", "said", "way"),
    [
        ("EPSG:4550", "EPSG:4549", "3° to the east"),
        ("EPSG:4549", "EPSG:4550", "3° to the west"),
        ("EPSG:4510", "EPSG:4511", "6° to the west"),
    ],
)
def test_a_file_of_the_next_zone_is_refused_with_the_zone_that_fits(town, tmp_path, zone, said, way):
    path = points(tmp_path / "marks.gpkg", zone, said)
    before = town.state()
    with pytest.raises(Misplaced) as caught:
        town(path)
    told = str(caught.value)
    assert f"marks.gpkg: its coordinates are in {zone}, not {said}: none of 3 rows lies within 1° of the" in told
    assert f"100% as {zone}, {way}; load it with --crs {zone} (or --crs auto)" in told
    assert f"坐标分带应为 {zone}" in told
    assert town.state() == before
    assert town(path, crs=zone).source_crs == zone
    assert town.one("SELECT max(ST_X(geom)), min(ST_Y(geom)) FROM onemap.marks") == pytest.approx((121.93, 30.89))


def test_auto_takes_the_zone_that_fits(town, tmp_path):
    summary = town(points(tmp_path / "marks.gpkg", "EPSG:4550", "EPSG:4549"), crs="auto")
    assert summary.source_crs == "EPSG:4550"
    assert town.one("SELECT min(ST_X(geom)) FROM onemap.marks")[0] == pytest.approx(121.497)


def test_who_knows_better_is_believed(town, tmp_path):
    town(points(tmp_path / "marks.gpkg", "EPSG:4550", "EPSG:4549"), trust_crs=True)
    assert town.one("SELECT min(ST_X(geom)) FROM onemap.marks")[0] == pytest.approx(118.497)


def test_what_the_command_says_is_doubted_as_what_the_file_says(town, tmp_path):
    path = points(tmp_path / "marks.gpkg", "EPSG:4550", "EPSG:4550")
    with pytest.raises(Misplaced, match="its coordinates are in EPSG:4550, not EPSG:4549"):
        town(path, crs="EPSG:4549")


@pytest.mark.parametrize(
    "places",
    [
        pytest.param([(120.6, 31.3), (119.9, 31.8)], id="neighbouring cities"),
        pytest.param([(116.4, 39.9)], id="far away by either zone"),
        pytest.param([(121.5, 31.2), (118.5, 31.2)], id="partly here"),
    ],
)
def test_a_file_of_another_place_is_believed(town, tmp_path, places):
    assert town(points(tmp_path / "marks.gpkg", "EPSG:4549", "EPSG:4549", places)).source_crs == "EPSG:4549"


def test_on_an_empty_map_nothing_tells(loader, tmp_path):
    assert loader(points(tmp_path / "marks.gpkg", "EPSG:4550", "EPSG:4549")).source_crs == "EPSG:4549"
