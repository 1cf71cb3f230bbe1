"""The sun in the viewer: shadows of an instant, the light with it, a day played, and the address."""

from datetime import UTC, datetime
from typing import Any

import ephem
import pytest

pytestmark = pytest.mark.browser
PLACE = (121.5229, 31.2285)
MORNING = "2027-01-20T01:00:00Z"
SOLID = f"#view={PLACE[1]},{PLACE[0]},16,0,45&mode=3d&sun={MORNING}"
DRAWN = "() => viewer.map.getSource('shadows') && document.querySelector('#sun-said strong')"


def shown(viewer: Any, address: str = SOLID) -> Any:
    viewer.open(address)
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    return viewer.settle().page


def test_shadows_and_light_are_those_of_the_instant(viewer: Any, difference: Any) -> None:
    page = shown(viewer)
    morning = viewer.picture("sun_morning")
    light = page.evaluate("viewer.map.getLight()")
    observer = ephem.Observer()
    observer.lon, observer.lat = (str(value) for value in PLACE)
    observer.date, observer.pressure = datetime(2027, 1, 20, 1, tzinfo=UTC).replace(tzinfo=None), 0
    sun = ephem.Sun(observer)
    azimuth, height = float(sun.az) * 180 / ephem.pi, float(sun.alt) * 180 / ephem.pi
    assert light["anchor"] == "map"
    assert light["position"][1] == pytest.approx(azimuth, abs=0.05)
    assert light["position"][2] == pytest.approx(90 - height, abs=0.05)
    assert f"{azimuth:.1f}°" in page.inner_text("#sun-said")
    page.fill("#sun-minute", str(15 * 60))
    page.wait_for_function("() => location.hash.includes('sun=2027-01-20T07:00:00Z')")
    page.wait_for_function("() => viewer.map.getLight().position[1] > 180")
    viewer.settle()
    assert difference(morning, viewer.picture("sun_afternoon"), (320, 70, 1300, 700)) > 0.05


def test_at_night_there_is_no_shadow_and_it_is_said(viewer: Any) -> None:
    page = shown(viewer, SOLID.replace("T01:", "T15:").replace("45&", "0&"))
    assert "太阳在地平线以下" in page.inner_text("#sun-said")
    assert page.evaluate("viewer.map.querySourceFeatures('shadows').length") == 0


def test_a_day_is_played_and_stopped(viewer: Any) -> None:
    page = shown(viewer)
    page.click("#sun-play")
    page.wait_for_function("() => viewer.store.get().sun.at > '2027-01-20T01:15'", timeout=60_000)
    page.click("#sun-play")
    at = page.evaluate("viewer.store.get().sun.at")
    viewer.settle()
    assert page.evaluate("viewer.store.get().sun.at") == at
    page.click("#sun-close")
    assert "sun=" not in page.url
    page.wait_for_function("() => !viewer.map.getLayer('shadows')")
    assert page.evaluate("viewer.map.getLight().anchor") == "viewport"


def test_from_afar_it_says_to_come_closer(viewer: Any) -> None:
    viewer.open(f"#view=31.21,121.55,12,0,0&sun={MORNING}")
    assert "放大到" in viewer.page.inner_text("#sun-said")
