"""Rasters over HTTP: tiles, values and lines, as far as somebody may see them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from city import City, open_city
from made_raster import NORTH, STEP, WEST, ground, write_raster
from PIL import Image

from api.work import raster_files
from layers.catalog import built_in
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.raster.ramps import ramp
from layers.settings import Settings
from layers.store.engine import Database

DATE = datetime(2025, 1, 1, tzinfo=UTC)
# A tile in the middle of the rasters, and one of the same zoom beside them.
INSIDE, OUTSIDE = "16/54889/26776", "16/54799/26776"


def load(database: Database, home: Path, path: Path, **said: object) -> None:
    files = raster_files(Settings(_env_file=None, home=home))
    date = said.pop("date", DATE)
    options = LoadOptions(date=date, raster=tuple((name, str(value)) for name, value in said.items()))
    load_path(database, built_in(), path, options, Silent(), files)


@pytest.fixture(scope="module")
def mapped(server: object, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with heights, land cover, a photograph, and heights that are not open."""
    home = tmp_path_factory.mktemp("rasters")
    heights = ground()
    heights[5, 5] = -9999
    cover = np.full((40, 60), 2, dtype=np.uint8)
    cover[:20] = 1
    cover[0, 0] = 0
    photo = np.zeros((3, 40, 60), dtype=np.uint8)
    photo[0] = 200
    with server.copy_of(template) as database:  # type: ignore[attr-defined]
        dem = write_raster(home / "dem.tif", heights, nodata=-9999)
        load(database, home, dem, unit="m", elevation="yes", rescale="3,7", title_zh="高程", title_en="Heights")
        palette = {1: (255, 0, 0, 255), 2: (0, 128, 0, 255)}
        load(database, home, write_raster(home / "cover.tif", cover, nodata=0, palette=palette))
        load(database, home, write_raster(home / "photo.tif", photo, photometric="RGB"))
        load(database, home, write_raster(home / "inner.tif", ground()), grade="internal")
        with open_city(database, home) as city:
            yield city


def picture(city: City, path: str, **query: str) -> np.ndarray:
    answer = city.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(BytesIO(answer.content)).convert("RGBA"))


def place_of(pixel: tuple[int, int], address: str) -> tuple[float, float]:
    """Return the degrees of a pixel's middle, row first, on a tile of 256 pixels."""
    z, x, y = map(int, address.split("/"))
    across, down = (x + (pixel[1] + 0.5) / 256) / 2**z, (y + (pixel[0] + 0.5) / 256) / 2**z
    return across * 360 - 180, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * down)))))


def test_the_list_tells_what_there_is_and_hides_what_is_not_open(mapped: City) -> None:
    listed = {one["id"]: one for one in mapped.client.get("/rasters").json()["rasters"]}
    assert set(listed) == {"cover", "dem", "photo"}
    dem = listed["dem"]
    assert dem["title"] == {"zh": "高程", "en": "Heights"}
    assert dem["bands"][0]["unit"] == "m"
    assert dem["bands"][0]["min"] == 3.0
    assert dem["legend"]["kind"] == "gradient"
    assert [one["color"] for one in listed["cover"]["legend"]["entries"]] == ["#ff0000", "#008000"]
    names = {one["id"] for one in mapped.client.get("/rasters", headers=mapped.signed_in).json()["rasters"]}
    assert names == {"cover", "dem", "photo", "inner"}


@pytest.mark.parametrize(
    "route",
    [
        "",
        f"/tiles/{INSIDE}.png",
        "/tiles.json",
        "/value?lon=121.51&lat=31.24",
        "/file",
        "/profile?coords=LINESTRING(1 1,2 2)",
    ],
)
def test_what_is_not_open_is_unknown_to_strangers_at_every_route(mapped: City, route: str) -> None:
    assert mapped.client.get(f"/rasters/inner{route}").status_code == 404
    assert mapped.client.get(f"/rasters/inner{route}", headers=mapped.signed_in).status_code == 200
    assert mapped.client.get(f"/rasters/none{route}").status_code == 404


def test_a_tile_has_the_ramps_colour_of_the_height_at_each_pixel(mapped: City) -> None:
    shown = picture(mapped, f"/rasters/dem/tiles/{INSIDE}.png", resampling="nearest")
    for pixel in ((30, 40), (128, 128), (250, 3)):
        lon, lat = place_of(pixel, INSIDE)
        column, row = int((lon - WEST) / STEP), int((NORTH - lat) / STEP)
        share = (ground()[row, column] - 3) / 4
        expected = ramp("viridis")[round(float(share) * 255)]
        assert shown[pixel][3] == 255
        assert np.abs(shown[pixel][:3].astype(int) - expected).max() <= 3


def test_no_value_and_what_lies_outside_is_transparent(mapped: City) -> None:
    assert picture(mapped, f"/rasters/dem/tiles/{OUTSIDE}.png")[..., 3].max() == 0
    whole = picture(mapped, "/rasters/dem/tiles/13/6861/3347.png", resampling="nearest")[..., 3]
    assert 0 < (whole == 0).mean() < 1
    lon, lat = WEST + 5.5 * STEP, NORTH - 5.5 * STEP
    x, y = (lon + 180) / 360 * 2**18, (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**18
    hole = picture(mapped, f"/rasters/dem/tiles/18/{int(x)}/{int(y)}.png", resampling="nearest")
    assert hole[int(y % 1 * 256), int(x % 1 * 256), 3] == 0
    assert hole[..., 3].max() == 255


def test_classes_keep_their_colours_and_a_photograph_its_own(mapped: City) -> None:
    cover = picture(mapped, f"/rasters/cover/tiles/{INSIDE}.webp")
    colors = {tuple(color) for color in cover.reshape(-1, 4).tolist()}
    assert colors == {(255, 0, 0, 255), (0, 128, 0, 255)}
    assert picture(mapped, f"/rasters/photo/tiles/{INSIDE}.png")[128, 128].tolist() == [200, 0, 0, 255]


def test_terrain_encodes_the_height_to_a_decimetre(mapped: City) -> None:
    shown = picture(mapped, f"/rasters/dem/terrain/{INSIDE}.png", resampling="nearest").astype(int)
    heights = -10_000 + (shown[..., 0] * 65536 + shown[..., 1] * 256 + shown[..., 2]) / 10
    lon, lat = place_of((100, 60), INSIDE)
    expected = ground()[int((NORTH - lat) / STEP), int((lon - WEST) / STEP)]
    assert heights[100, 60] == pytest.approx(float(expected), abs=0.051)
    stated = mapped.client.get("/rasters/dem/terrain.json").json()
    assert stated["encoding"] == "mapbox"
    assert "/rasters/dem/terrain/{z}/{x}/{y}.png" in stated["tiles"][0]
    assert mapped.client.get("/rasters/cover/terrain.json").status_code == 404
    assert mapped.client.get(f"/rasters/cover/terrain/{INSIDE}.png").status_code == 400


def test_ogcs_path_gives_the_same_tile(mapped: City) -> None:
    z, x, y = INSIDE.split("/")
    one = mapped.client.get(f"/rasters/dem/tiles/{INSIDE}.png").content
    other = mapped.client.get(f"/rasters/dem/tiles/WebMercatorQuad/{z}/{y}/{x}").content
    assert one == other


def test_a_tile_that_still_holds_is_not_sent_again(mapped: City) -> None:
    path = f"/rasters/dem/tiles/{INSIDE}.png"
    etag = mapped.client.get(path).headers["etag"]
    again = mapped.client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = mapped.client.get(path, params={"colormap": "magma"}, headers={"If-None-Match": etag})
    assert other.status_code == 200
    assert other.headers["etag"] != etag


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("colormap=jet", "viridis"),
        ("rescale=1", "two numbers"),
        ("rescale=9,1", "lower and a higher"),
        ("resampling=mode", "nearest"),
        ("band=9", "bands 1 to 1"),
        ("size=100000", "256"),
        ("colour=red", "colormap"),
    ],
)
def test_a_wish_that_cannot_be_heeded_is_a_problem_that_nobody_caches(mapped: City, query: str, sentence: str) -> None:
    answer = mapped.client.get(f"/rasters/dem/tiles/{INSIDE}.png?{query}")
    assert answer.status_code == 400
    assert sentence in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_value_comes_with_unit_pixel_and_says_plainly_where_there_is_none(mapped: City) -> None:
    lon, lat = WEST + 12.3 * STEP, NORTH - 7.9 * STEP
    found = mapped.client.get("/rasters/dem/value", params={"lon": lon, "lat": lat}).json()
    assert found["state"] == "value"
    assert found["bands"][0]["value"] == pytest.approx(3 + 0.7 + 0.12, abs=1e-5)
    assert found["bands"][0]["unit"] == "m"
    assert found["pixel"] == {"column": 12, "row": 7, "centre": pytest.approx([WEST + 12.5 * STEP, NORTH - 7.5 * STEP])}
    none = mapped.client.get("/rasters/dem/value", params={"lon": WEST + 5.5 * STEP, "lat": NORTH - 5.5 * STEP}).json()
    assert (none["state"], none["bands"][0]["value"]) == ("no data", None)
    beside = mapped.client.get("/rasters/dem/value?lon=100&lat=10").json()
    assert (beside["state"], beside["pixel"]["centre"]) == ("outside", None)
    cover = mapped.client.get("/rasters/cover/value", params={"lon": lon, "lat": lat}).json()
    assert cover["bands"][0]["class"]["zh"] == "类别 1"


def test_a_profile_follows_the_line(mapped: City) -> None:
    row = NORTH - 10.5 * STEP
    coords = f"LINESTRING({WEST + 0.5 * STEP} {row}, {WEST + 59.5 * STEP} {row})"
    found = mapped.client.get("/rasters/dem/profile", params={"coords": coords, "samples": 60}).json()
    values = [point["value"] for point in found["points"]]
    assert values == pytest.approx(ground()[10].tolist(), abs=1e-5)
    assert found["length_m"] == pytest.approx(59 * STEP * 95_200, rel=0.01)
    assert mapped.client.get("/rasters/dem/profile?coords=POINT(1 1)").status_code == 400


def test_the_pixels_can_be_read_by_ranges(mapped: City) -> None:
    whole = mapped.client.get("/rasters/dem/file")
    assert whole.headers["content-type"].startswith("image/tiff")
    part = mapped.client.get("/rasters/dem/file", headers={"Range": "bytes=0-15"})
    assert (part.status_code, part.content) == (206, whole.content[:16])


SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [
            [WEST + 10 * STEP, NORTH - 10 * STEP],
            [WEST + 20 * STEP, NORTH - 10 * STEP],
            [WEST + 20 * STEP, NORTH - 20 * STEP],
            [WEST + 10 * STEP, NORTH - 20 * STEP],
            [WEST + 10 * STEP, NORTH - 10 * STEP],
        ]
    ],
}


def test_zones_are_polygons_rows_of_a_layer_or_cells_of_a_grid(mapped: City) -> None:
    feature = {"type": "Feature", "id": "a", "properties": {"who": "me"}, "geometry": SQUARE}
    sent = mapped.client.post("/rasters/dem/zonal", json=feature, params={"percentiles": "10,90"}).json()
    [found] = [one["properties"] for one in sent["features"]]
    part = ground()[10:20, 10:20].astype(float)
    assert (found["who"], sent["unit"], sent["rule"]) == ("me", "m", "fraction")
    assert (found["count"], found["mean"]) == (pytest.approx(100), pytest.approx(part.mean()))
    assert (found["min"], found["max"]) == (part.min(), part.max())
    assert found["p90"] == pytest.approx(np.quantile(part, 0.9, method="inverted_cdf"))

    rows = mapped.client.post("/rasters/dem/zonal?collection=buildings").json()["features"]
    assert {one["properties"]["name"] for one in rows} >= {"上海中心大厦", "金茂大厦"}
    assert "内部楼" not in {one["properties"]["name"] for one in rows}
    assert all(one["properties"]["mean"] > 3 for one in rows)

    bbox = f"{WEST},{NORTH - 40 * STEP},{WEST + 60 * STEP},{NORTH}"
    cells = mapped.client.post(f"/rasters/cover/zonal?grid=beidou&level=5&bbox={bbox}").json()["features"]
    shares = [share for one in cells for share in one["properties"]["classes"]]
    assert {share["title"]["zh"] for share in shares} == {"类别 1", "类别 2"}
    whole = sum(share["area_m2"] for share in shares)
    assert whole == pytest.approx(2399 * STEP**2 * 111_320 * 110_900 * np.cos(np.radians(31.24)), rel=0.01)


@pytest.mark.parametrize(
    ("query", "body", "sentence"),
    [
        ("", {}, "one of"),
        ("collection=buildings", SQUARE, "one of"),
        ("collection=roads", {}, "no areas"),
        ("collection=nothing", {}, "no layer"),
        ("grid=beidou", {}, "level"),
        ("grid=beidou&level=9", {}, "level"),
        ("rule=half", SQUARE, "fraction"),
        ("band=3", SQUARE, "bands 1 to 1"),
        ("percentiles=101", SQUARE, "from 0 to 100"),
        ("", {"type": "Point", "coordinates": [121, 31]}, "zones must be polygons"),
        ("", {"type": "Polygon", "coordinates": "no"}, "no GeoJSON geometry"),
        ("", {"type": "FeatureCollection", "features": 7}, "list of features"),
        ("", [SQUARE], "a JSON object"),
    ],
)
def test_zones_that_cannot_be_used_are_refused(mapped: City, query: str, body: object, sentence: str) -> None:
    answer = mapped.client.post(f"/rasters/dem/zonal?{query}", json=body)
    assert answer.status_code in (400, 404)
    assert sentence in answer.json()["detail"]


def test_a_younger_state_shows_at_once_and_the_older_one_when_it_is_asked_for(db: Database, tmp_path: Path) -> None:
    place = {"lon": WEST + 2.5 * STEP, "lat": NORTH - 2.5 * STEP}
    path = f"/rasters/dem/tiles/{INSIDE}.png"
    load(db, tmp_path, write_raster(tmp_path / "dem.tif", ground()), rescale="0,9")
    with open_city(db, tmp_path) as city:
        first = city.client.get(path)
        younger = write_raster(tmp_path / "dem.tif", ground() + 2)
        load(db, tmp_path, younger, rescale="0,9", date=datetime(2025, 6, 1, tzinfo=UTC))
        second = city.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert second.status_code == 200
        assert second.content != first.content
        then = {"datetime": "2025-03-01T00:00:00Z"}
        assert city.client.get(path, params=then).content == first.content
        now_value, old_value = (
            city.client.get("/rasters/dem/value", params=place | time).json()["bands"][0]["value"]
            for time in ({}, then)
        )
        assert now_value == pytest.approx(old_value + 2)
        assert city.client.get(path, params={"datetime": "2020-01-01T00:00:00Z"}).status_code == 404


def test_a_file_that_is_gone_is_told_and_not_cached(db: Database, tmp_path: Path) -> None:
    load(db, tmp_path, write_raster(tmp_path / "dem.tif", ground()))
    with open_city(db, tmp_path) as city:
        [kept] = (tmp_path / "rasters").iterdir()
        aside = kept.rename(tmp_path / "aside")
        answer = city.client.get(f"/rasters/dem/tiles/{INSIDE}.png")
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert "load the raster again" in answer.json()["detail"]
        aside.rename(kept)
        assert city.client.get(f"/rasters/dem/tiles/{INSIDE}.png").status_code == 200
