"""Measuring in the viewer: a length, an area, a height over a foot, and the address that keeps them."""

import re
from typing import Any

import pytest
from pyproj import Geod

pytestmark = pytest.mark.browser
ELLIPSOID = Geod(ellps="GRS80")
BLOCK = (121.5229, 31.2285)
FLAT = "#view=31.2285,121.5229,17,0,0"
TILTED = "#view=31.2285,121.5229,18.6,0,60&mode=3d"
SPOTS = [(121.5220, 31.2280), (121.5240, 31.2280), (121.5240, 31.2292)]
PLACES = "viewer.store.get().measure.spots"


def said(viewer: Any) -> str:
    return str(viewer.page.inner_text("#measure-said"))


def answered(viewer: Any) -> float:
    """Return the first number of the answer, once there is one."""
    viewer.page.wait_for_function("() => /\\d/.test(document.querySelector('#measure-said').innerText)")
    found = re.match(r"[\d.,]+", said(viewer))
    assert found is not None
    return float(found.group().replace(",", ""))


def test_a_line_ends_with_a_double_click_and_is_measured_on_the_ellipsoid(viewer: Any) -> None:
    viewer.open(FLAT)
    viewer.page.keyboard.press("m")
    viewer.click(*SPOTS[0])
    viewer.page.mouse.dblclick(*viewer.pixel(*SPOTS[1]))
    viewer.page.wait_for_function(f"() => {PLACES}.length === 2 && !viewer.store.get().asking")
    (one, other) = viewer.page.evaluate(PLACES)
    assert answered(viewer) == pytest.approx(ELLIPSOID.inv(*one, *other)[2], abs=0.01)
    assert "方位角" in said(viewer)
    assert viewer.page.evaluate("viewer.store.get().selected") is None
    viewer.picture("measure_length")
    zoom = viewer.page.evaluate("viewer.map.getZoom()")
    assert zoom == pytest.approx(17)


def test_an_area_stands_in_the_address_and_comes_back(viewer: Any) -> None:
    viewer.open(FLAT)
    viewer.page.click("#measure-open")
    viewer.page.click("#measure-area")
    for spot in SPOTS[:2]:
        viewer.click(*spot)
    viewer.page.mouse.dblclick(*viewer.pixel(*SPOTS[2]))
    viewer.page.wait_for_function(f"() => {PLACES}.length === 3 && !viewer.store.get().asking")
    lons, lats = zip(*viewer.page.evaluate(PLACES), strict=True)
    area = abs(ELLIPSOID.polygon_area_perimeter(lons, lats)[0])
    assert answered(viewer) == pytest.approx(area, abs=0.1)
    address = viewer.page.url.split("#")[1]
    viewer.open(f"#{address}")
    assert answered(viewer) == pytest.approx(area, rel=1e-4)
    viewer.page.click("#measure-close")
    assert "measure=" not in viewer.page.url


def test_a_height_is_read_off_over_a_foot(viewer: Any) -> None:
    viewer.open(TILTED)
    viewer.page.click("#measure-open")
    viewer.page.click("#measure-height")
    viewer.click(*BLOCK)
    top = viewer.page.evaluate(
        "([lon, lat]) => viewer.overlay._deck.getViewports()[0].project([lon, lat, 24])", list(BLOCK)
    )
    viewer.page.mouse.click(top[0], top[1])
    assert answered(viewer) == pytest.approx(24, abs=0.2)
    viewer.picture("measure_height")


def test_escape_gives_up_and_the_next_click_opens_a_card(viewer: Any) -> None:
    viewer.open(FLAT)
    viewer.page.keyboard.press("m")
    viewer.click(*SPOTS[0])
    viewer.page.keyboard.press("Escape")
    viewer.page.wait_for_function("() => !viewer.store.get().asking")
    viewer.click(*BLOCK)
    viewer.page.wait_for_function("() => viewer.store.get().selected")


def test_an_outline_that_crosses_itself_is_said_to(viewer: Any) -> None:
    crossing = "121.522,31.228;121.524,31.2292;121.524,31.228;121.522,31.2292"
    viewer.open(f"#view=31.21,121.55,13,0,0&measure=area:{crossing}")
    viewer.page.wait_for_selector("#measure-said .error")
    assert "crosses itself" in said(viewer)
    viewer.complaints.clear()  # the browser's own word on the refusal
