"""The time line drives the map, the card and the search; two instants are seen side by side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from city import City, open_server
from PIL import Image
from prepared import Prepared

pytestmark = pytest.mark.browser

# On a lawn: it was built, grew, and was torn down; beside it a hut stood until the tower grew.
TOWER, HUT = (121.4968, 31.2395), (121.4988, 31.2395)
VIEW = "#view=31.2395,121.4978,17,0,0"
BUILT, GREW, GONE = "2021-05-01T00:00:00Z", "2023-05-01T00:00:00Z", "2025-05-01T00:00:00Z"
STATES = f"""
INSERT INTO onemap.buildings (fid, name, height_m, dataset, geom, valid) OVERRIDING SYSTEM VALUE
SELECT fid, name, height_m, 'survey', ST_Multi(ST_MakeEnvelope(lon - w, lat - w, lon + w, lat + w, 4490)),
       tstzrange(f::timestamptz, t::timestamptz)
FROM (VALUES
    (990001, '试验塔', 30, {TOWER[0]}, {TOWER[1]}, 0.0002, '{BUILT}', '{GREW}'),
    (990001, '试验塔', 90, {TOWER[0]}, {TOWER[1]}, 0.0004, '{GREW}', '{GONE}'),
    (990002, '工棚', 4, {HUT[0]}, {HUT[1]}, 0.0003, '{BUILT}', '{GREW}')
) AS s(fid, name, height_m, lon, lat, w, f, t)
"""


@pytest.fixture(scope="module")
def changing(prepared: Prepared, session_folder: Path) -> Iterator[City]:
    """Yield the sample with two buildings that had a life before it."""
    with (
        prepared.server.copy_of(prepared.sample()) as database,
        open_server(database, session_folder / "changing") as city,
    ):
        city.sql(STATES)
        yield city


@pytest.fixture(scope="module")
def viewer_url(changing: City) -> str:
    return str(changing.client.base_url)


def colour(viewer: Any, picture: Image.Image, lon: float, lat: float) -> tuple[int, int, int]:
    x, y = (int(part) for part in viewer.pixel(lon, lat))
    found: tuple[int, int, int] = picture.getpixel((x, y))
    return found


def state(viewer: Any) -> dict:
    found: dict = viewer.page.evaluate("() => viewer.store.get().time")
    return found


def height(viewer: Any, which: str) -> float | None:
    """Return how high the tower is that one of the two maps draws."""
    drawn = f"{which}.queryRenderedFeatures({{layers: ['buildings-fill']}}).map(one => one.properties)"
    found: float | None = viewer.page.evaluate(f"() => {drawn}.find(one => one.name === '试验塔')?.height_m")
    return found


def press(viewer: Any, key: str, at: str | None) -> None:
    """Press a key in the time line, and wait until the map shows that instant."""
    viewer.page.focus("#clock-at")
    viewer.page.keyboard.press(key)
    viewer.page.wait_for_function("at => viewer.store.get().time.at === at", arg=at)
    viewer.settle()


def test_the_time_line_drives_tiles_card_and_search(viewer: Any) -> None:
    asked: list[str] = []
    viewer.page.on("request", lambda request: asked.append(request.url))
    viewer.open(VIEW)
    now = viewer.picture("time-now")
    assert viewer.page.is_hidden("#clock")
    assert viewer.page.is_hidden("#past")
    viewer.page.keyboard.press("t")
    viewer.page.wait_for_selector("#clock .bars i")
    assert viewer.page.evaluate("document.activeElement.id") == "clock-at"

    press(viewer, "Home", BUILT)
    built = viewer.picture("time-built")
    lawn = colour(viewer, now, *TOWER)
    edge = (TOWER[0] + 0.0003, TOWER[1])  # inside the tower as it was later, not as it was first
    assert colour(viewer, built, *TOWER) != lawn
    assert colour(viewer, built, *HUT) != lawn
    assert "2021-05-01 08:00" in viewer.page.inner_text("#past")
    tiles = [urlsplit(url) for url in asked if "/tiles/buildings/" in url and "datetime" in url]
    assert {parse_qs(one.query)["datetime"][0] for one in tiles} == {BUILT}

    press(viewer, "ArrowRight", GREW)
    grown = viewer.picture("time-grown")
    assert colour(viewer, grown, *edge) != colour(viewer, built, *edge)
    assert colour(viewer, grown, *HUT) != colour(viewer, built, *HUT), "the hut is gone"
    assert "移除 1" in viewer.page.inner_text("#clock-said")
    assert "改变 1" in viewer.page.inner_text("#clock-said")

    viewer.click(*TOWER)
    assert "90 m" in viewer.card()
    press(viewer, "ArrowLeft", BUILT)
    viewer.page.wait_for_function("() => document.querySelector('#right').innerText.includes('30 m')")
    press(viewer, "End", None)
    viewer.page.wait_for_selector("#right .error")
    viewer.page.click("#card-close")
    assert viewer.page.is_hidden("#past")
    viewer.complaints[:] = [said for said in viewer.complaints if "404" not in said]  # it does not stand now

    viewer.page.fill("#clock-field", "2022-01-01T08:00:00")
    viewer.page.press("#clock-field", "Enter")
    viewer.page.wait_for_function("() => viewer.store.get().time.at === '2022-01-01T00:00:00Z'")
    viewer.search("试验塔")
    assert "试验塔" in viewer.page.inner_text("#answers")
    assert "at=2022-01-01T00%3A00%3A00Z" in viewer.page.url or "at=2022-01-01T00:00:00Z" in viewer.page.url
    viewer.page.click("#past-back")
    assert state(viewer)["at"] is None


def test_an_address_restores_the_time_and_what_was_known(viewer: Any, changing: City) -> None:
    known = changing.client.get("/collections/buildings/instants?axis=known").json()["last"]
    viewer.open(f"{VIEW}&time=open&at={GREW}&known=2020-01-01T00:00:00Z&lang=en")
    assert "Known at" in viewer.page.inner_text("#clock") or "known at" in viewer.page.inner_text("#clock")
    assert viewer.page.evaluate("viewer.map.queryRenderedFeatures({layers: ['buildings-fill']}).length") == 0
    viewer.page.wait_for_selector("#clock-beliefs .bars i")
    viewer.page.focus("#clock-known")
    for _ in range(3):  # a load may last over the end of a minute
        if str(state(viewer)["known"]) < known:
            viewer.page.keyboard.press("ArrowRight")
    assert state(viewer)["known"] >= known
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.queryRenderedFeatures({layers: ['buildings-fill']}).length") > 0
    viewer.picture("time-known")


def test_two_instants_are_seen_side_by_side(viewer: Any, barriers: Any) -> None:
    viewer.open(f"{VIEW}&time=open&at={GREW}&compare=2022-01-01T00:00:00Z&layers=-boundaries,-roads")
    viewer.page.wait_for_function("() => viewer.before()?.loaded()")
    viewer.page.wait_for_selector(".compare-thing")
    viewer.settle()
    things = {
        node.inner_text().split("\n")[1]: node.get_attribute("data-kind")
        for node in viewer.page.query_selector_all(".compare-thing")
    }
    assert things == {"试验塔": "changed", "工棚": "removed"}
    assert "30 m → 90 m" in viewer.page.inner_text("#compare-list")
    assert (height(viewer, "viewer.before()"), height(viewer, "viewer.map")) == (30, 90)
    both = viewer.picture("time-compare")
    red, green, blue = colour(viewer, both, HUT[0] - 0.0002, HUT[1])
    assert red > green + 40, "what was removed is red"
    assert red > blue + 40

    viewer.click(*TOWER)
    assert "30 m" in viewer.card(), "left of the divider things are told as they were then"
    viewer.page.keyboard.press("Escape")
    viewer.page.focus("#divider")
    for _ in range(5):
        viewer.page.keyboard.press("ArrowRight")
    assert state(viewer)["split"] == 60
    viewer.page.wait_for_function("() => location.hash.includes('split=60')")
    viewer.page.evaluate("viewer.map.jumpTo({center: [121.5, 31.24]})")
    centre = viewer.page.evaluate("() => viewer.before().getCenter().lng")
    assert centre == pytest.approx(121.5)
    viewer.page.click('.compare-kind[data-kind="removed"]')
    assert "工棚" not in viewer.page.inner_text("#compare-list")
    viewer.page.click("#language")
    assert "Two instants compared" in viewer.page.inner_text("#compare")
    assert barriers() == []
    viewer.page.click("#compare-close")
    assert viewer.page.is_hidden("#divider")
    assert viewer.page.evaluate("viewer.before()") is None
