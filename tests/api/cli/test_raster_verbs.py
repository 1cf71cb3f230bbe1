"""Rasters at the command line and in the client."""

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import shapely
from city import City
from made_raster import NORTH, STEP, WEST, ground, write_raster

from api.client import Client
from layers.errors import NotFound
from layers.store.engine import Database

Run = Callable[..., tuple[int, str, str]]


def test_a_raster_is_looked_at_loaded_listed_asked_and_measured(
    db: Database, at_database: Callable[[Database], Run], tmp_path: Path
) -> None:
    twin = at_database(db)
    source = write_raster(tmp_path / "dem.tif", ground())
    status, told, _ = twin("load", str(source), "--raster", "unit=m", "--raster", "title_zh=高程", "--dry-run")
    assert status == 0
    assert "raster dem, continuous: 60 × 40 pixels" in told
    assert "nothing was written" in told
    assert "no raster" in twin("raster", "show", "dem")[2]

    status, told, _ = twin(
        "load", str(source), "--raster", "unit=m", "--raster", "title_zh=高程", "--date", "2025-01-01"
    )
    assert status == 0
    assert "raster dem: new, continuous, 60 × 40 × 1" in told
    assert "高程" in twin("raster", "list")[1]
    assert json.loads(twin("raster", "show", "dem")[1])["bands"][0]["min"] == 3.0
    place = str(WEST + 10.5 * STEP), str(NORTH - 10.5 * STEP)
    assert "4.1 m" in twin("raster", "value", "dem", *place)[1]
    assert twin("raster", "value", "dem", "100", "10")[0] == 1

    zone = shapely.box(WEST, NORTH - 10 * STEP, WEST + 10 * STEP, NORTH)
    geopandas.GeoDataFrame(geometry=[zone], crs="EPSG:4490").to_file(tmp_path / "zones.geojson")
    [row] = json.loads(twin("raster", "zonal", "dem", str(tmp_path / "zones.geojson"), "--json")[1])
    assert row["mean"] == pytest.approx(ground()[:10, :10].mean(), rel=1e-6)
    assert twin("load", str(source), "--raster", "colour=red")[0] == 2


def test_the_client_returns_frames(sample_city: City) -> None:
    with Client(str(sample_city.client.base_url)) as client:
        assert list(client.rasters().index) == ["sample_dem", "sample_land_cover"]
        found = client.raster_value("sample_dem", 121.5014, 31.2373)
        assert 3 < found["bands"][0]["value"] < 6
        blocks = geopandas.GeoDataFrame(
            {"block": ["a", "b"]},
            geometry=[shapely.box(121.50, 31.235, 121.505, 31.238), shapely.box(121.488, 31.238, 121.490, 31.242)],
            crs="EPSG:4326",
        )
        measured = client.zonal("sample_dem", blocks, percentiles="5")
        assert list(measured["block"]) == ["a", "b"]
        land, river = measured["mean"]
        assert (land > 3, river < 0) == (True, True)
        green = client.zonal("sample_land_cover", "green", bbox=(121.49, 31.23, 121.52, 31.25))
        assert len(green) > 3
        cells = client.zonal("sample_dem", "beidou", bbox=(121.49, 31.23, 121.50, 31.24), level=5)
        assert cells["count"].sum() > 100
        with pytest.raises(NotFound):
            client.raster_value("none", 121, 31)
