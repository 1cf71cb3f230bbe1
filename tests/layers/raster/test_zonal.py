"""Zonal statistics, against sums by hand and against each pixel taken by itself."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from made_raster import NORTH, STEP, WEST, write_raster
from pyproj import Geod, Transformer
from rasterio.transform import from_origin

from layers.errors import ParameterError
from layers.grades import Grade
from layers.raster.cog import make
from layers.raster.files import RasterFiles
from layers.raster.options import parse_raster_options
from layers.raster.plan import bands_of, plan, style_of
from layers.raster.pool import DatasetPool
from layers.raster.raster import Raster
from layers.raster.survey import survey
from layers.raster.zonal_statistics import ZonalQuery, ZoneStatistics, zonal
from layers.space.crs import crs_name
from layers.title import Title

Ask = Callable[..., list[ZoneStatistics]]
GEOD = Geod(ellps="GRS80")


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., tuple[DatasetPool, Raster]]:
    """Return what makes a raster without a database."""

    def made(values: Any, **more: Any) -> tuple[DatasetPool, Raster]:
        said = more.pop("said", {})
        crs = more.pop("frame", None)
        looked = survey(write_raster(tmp_path / "r.tif", values, **more), crs)
        planned = plan(looked, parse_raster_options(said))
        files = RasterFiles(tmp_path / "files")
        with files.work() as folder:
            done = make(planned, folder, lambda *_: None)
            name = files.take(done.path)
        pool = DatasetPool(files)
        raster = Raster(
            id="r",
            title=Title("", ""),
            kind=planned.kind,
            grade=Grade.OPEN,
            bands=bands_of(planned, done.gathered),
            style=style_of(planned, done.gathered),
            file=name,
            sha256="",
            bytes=0,
            width=done.width,
            height=done.height,
            crs=crs_name(done.crs),
            source_crs=crs_name(looked.frame),
            bounds=looked.bounds,
            pixel_m=looked.pixel_m,
            overviews=planned.overviews,
            date=datetime.now(UTC),
            dataset="",
            load_id=1,
        )
        return pool, raster

    return made


def square(left: float, top: float, right: float, low: float) -> Any:
    """Return a rectangle given in columns and rows of the test's rasters."""
    return shapely.box(WEST + left * STEP, NORTH - low * STEP, WEST + right * STEP, NORTH - top * STEP)


def test_four_pixels_by_hand(keep: Any) -> None:
    pool, raster = keep(np.array([[1.0, 2.0], [3.0, -9.0]]), nodata=-9)
    [found] = zonal(pool, raster, np.array([square(0, 0, 1.5, 2)]), ZonalQuery(percentiles=(25, 100)))
    # 1 and 3 in full, half of 2; half a pixel has no value.
    assert (found.pixels, found.count) == (pytest.approx(3.0), pytest.approx(2.5))
    assert (found.minimum, found.maximum, found.total) == (1.0, 3.0, pytest.approx(5.0))
    assert found.mean == pytest.approx(2.0)
    assert found.std == pytest.approx(np.sqrt((1 + 1 + 0) / 2.5))
    assert (found.median, found.percentiles) == (2.0, (1.0, 3.0))
    assert found.valued_m2 / found.area_m2 == pytest.approx(2.5 / 3, rel=1e-5)
    [centre] = zonal(pool, raster, np.array([square(0, 0, 1.4, 2)]), ZonalQuery(rule="centre"))
    assert (centre.pixels, centre.count, centre.total, centre.median) == (2.0, 2.0, 4.0, 1.0)


def test_a_star_over_random_pixels_agrees_with_each_pixel_by_itself(keep: Any) -> None:
    draw = np.random.default_rng(7)
    values = draw.normal(5, 2, (30, 40))
    values[draw.random(values.shape) < 0.1] = np.nan
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = draw.uniform(5, 14, 24)
    star = shapely.polygons(
        np.column_stack([WEST + (20 + radius * np.cos(angles)) * STEP, NORTH - (15 + radius * np.sin(angles)) * STEP])
    )
    pool, raster = keep(values)
    [found] = zonal(pool, raster, np.array([star]), ZonalQuery(percentiles=(10, 90)))

    down, right = np.mgrid[0:30, 0:40]
    pixels = shapely.box(WEST + right * STEP, NORTH - (down + 1) * STEP, WEST + (right + 1) * STEP, NORTH - down * STEP)
    share = shapely.area(shapely.intersection(pixels, star)) / STEP**2
    there = (share > 1e-12) & np.isfinite(values)
    v, w = values[there], share[there]
    assert found.count == pytest.approx(w.sum(), rel=1e-7)
    assert found.pixels == pytest.approx(share.sum(), rel=1e-7)
    assert found.mean == pytest.approx(np.average(v, weights=w), rel=1e-7)
    assert found.std == pytest.approx(np.sqrt(np.average((v - np.average(v, weights=w)) ** 2, weights=w)), rel=1e-7)
    expected = np.quantile(v, [0.5, 0.1, 0.9], weights=w, method="inverted_cdf")
    assert (found.median, *found.percentiles) == pytest.approx(tuple(expected))
    area = np.array([abs(GEOD.geometry_area_perimeter(pixel)[0]) for pixel in pixels[there]])
    assert found.valued_m2 == pytest.approx((area * w).sum(), rel=1e-5)
    assert found.integral == pytest.approx((area * w * v).sum(), rel=1e-5)


def test_on_a_gauss_krueger_grid_areas_are_those_of_the_ellipsoid(keep: Any) -> None:
    values = np.full((400, 500), 2.0, dtype=np.float32)
    pool, raster = keep(values, crs="EPSG:4550", transform=from_origin(362_000, 3_461_000, 10, 10))
    zone = shapely.box(121.565, 31.235, 121.595, 31.25)
    [found] = zonal(pool, raster, np.array([zone]), ZonalQuery())
    # The rectangle's edges are straight in degrees, those of geodesics are not: many points make the two the same.
    true = abs(GEOD.geometry_area_perimeter(shapely.segmentize(zone, 1e-4))[0])
    assert found.valued_m2 == pytest.approx(true, rel=1e-6)
    assert found.area_m2 == pytest.approx(true, rel=1e-6)
    assert found.integral == pytest.approx(2 * true, rel=1e-6)
    # In the plane of the grid, 1.4 degrees from its middle, an area is some 1/5000 larger.
    assert found.count * 100 / true - 1 == pytest.approx(4.4e-4, abs=4e-4)


def test_classes_share_the_area(keep: Any) -> None:
    cover = np.ones((10, 10), dtype=np.uint8)
    cover[:, 5:] = 7
    pool, raster = keep(cover, said={"kind": "categorical"})
    [found] = zonal(pool, raster, np.array([square(2, 0, 9, 10)]), ZonalQuery())
    assert [(one.value, one.pixels) for one in found.classes] == [(1, pytest.approx(30)), (7, pytest.approx(40))]
    assert [one.share for one in found.classes] == pytest.approx([3 / 7, 4 / 7])
    assert found.mean is None


def test_zones_beside_the_raster_and_bow_ties_are_no_trouble(keep: Any) -> None:
    pool, raster = keep(np.ones((10, 10)))
    bow = shapely.Polygon(
        [(WEST, NORTH), (WEST + 4 * STEP, NORTH - 4 * STEP), (WEST + 4 * STEP, NORTH), (WEST, NORTH - 4 * STEP)]
    )
    beside, across, crossed = zonal(
        pool, raster, np.array([shapely.box(100, 10, 101, 11), square(-5, -5, 5, 5), bow]), ZonalQuery()
    )
    assert (beside.pixels, beside.mean) == (0, None)
    assert across.count == pytest.approx(25)
    assert crossed.count == pytest.approx(8)


def test_too_many_pixels_are_refused_before_they_are_read(keep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, raster = keep(np.ones((10, 10)))
    monkeypatch.setattr("layers.raster.zonal_statistics.MOST_PIXELS_OF_ZONE", 50)
    with pytest.raises(ParameterError, match="smaller or fewer zones"):
        zonal(pool, raster, np.array([square(0, 0, 10, 10)]), ZonalQuery())


def test_pixels_of_gcj02_are_looked_up_where_they_truly_lie(keep: Any) -> None:
    down, right = np.mgrid[0:60, 0:80]
    pool, raster = keep((right + 100.0 * down).astype(np.float32), frame="GCJ-02")
    from layers.raster.value import value_at
    from layers.space.gcj02_bd09 import from_gcj02

    assert raster.crs == "EPSG:4490"
    shifted = np.array([[WEST + 40.5 * STEP, NORTH - 30.5 * STEP]])
    lon, lat = from_gcj02(shifted)[0]
    assert abs(lon - shifted[0, 0]) > 0.003
    found = value_at(pool, raster, lon, lat)
    assert found.values[0] == pytest.approx(40 + 3000, abs=60)
    assert found.centre is not None
    back = Transformer.from_crs("EPSG:4490", "EPSG:4490", always_xy=True).transform(*found.centre)
    assert back == pytest.approx((lon, lat), abs=STEP)
