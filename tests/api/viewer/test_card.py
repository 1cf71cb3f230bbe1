"""The card of what is clicked or found."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

JIN_MAO = (121.5014, 31.2373)
NEAR = "#view=31.2373,121.5014,16.5,0,0"


def test_a_click_on_jin_mao_opens_its_card(viewer: Any) -> None:
    viewer.open(NEAR)
    viewer.click(*JIN_MAO)
    card = viewer.card()
    assert "金茂大厦" in card
    assert "Jin Mao Tower" in card
    assert "420.5 m" in card
    assert viewer.page.inner_text('#right dd[data-column="floors"]') == "88"
    viewer.picture("card")


def test_the_card_tells_source_time_and_position(viewer: Any) -> None:
    viewer.open(NEAR)
    viewer.click(*JIN_MAO)
    viewer.card()
    viewer.page.click("#tab-source")
    assert "EPSG:" in viewer.page.inner_text("#tabpanel")
    viewer.page.keyboard.press("ArrowRight")
    assert "CGCS2000" in viewer.page.inner_text("#tabpanel")
    viewer.page.click("#copy-place")
    viewer.page.wait_for_selector("#toast:not([hidden])")
    lon, lat = (float(part) for part in viewer.page.evaluate("navigator.clipboard.readText()").split(","))
    assert (lon, lat) == pytest.approx(JIN_MAO, abs=0.001)


def test_escape_closes_the_card_and_back_opens_it(viewer: Any) -> None:
    viewer.open(NEAR)
    viewer.click(*JIN_MAO)
    viewer.card()
    viewer.page.keyboard.press("Escape")
    assert viewer.page.is_hidden("#right")
    viewer.page.go_back()
    assert "金茂大厦" in viewer.card()


def test_a_shared_address_opens_the_card(viewer: Any) -> None:
    viewer.open(NEAR)
    viewer.click(*JIN_MAO)
    viewer.card()
    address = viewer.page.url.split("#")[1]
    viewer.page.goto("about:blank")
    viewer.open(f"#{address}")
    assert "金茂大厦" in viewer.card()


def test_a_card_is_the_same_for_every_kind_of_thing(viewer: Any) -> None:
    viewer.open("#view=31.2395,121.4995,15,0,0")
    for layer, geometry in (("stations", "Point"), ("roads", "Line"), ("water", "Polygon")):
        fid = viewer.page.evaluate("id => viewer.map.querySourceFeatures(id, {sourceLayer: id})[0].id", layer)
        viewer.page.evaluate("([layer, fid]) => viewer.store.set({selected: {layer, fid}})", [layer, fid])
        viewer.page.wait_for_function("kind => viewer.store.get().shape?.geometry.type.includes(kind)", arg=geometry)
        assert viewer.card()
    viewer.page.click("#right .foot button")
    viewer.settle()


def test_a_thing_that_is_gone_is_told_in_the_card(viewer: Any) -> None:
    viewer.open(f"{NEAR}&select=buildings/999999999")
    viewer.page.wait_for_selector("#right .error")
    assert len(viewer.page.inner_text("#right .error")) > 10
    viewer.complaints[:] = [said for said in viewer.complaints if "404" not in said]


def test_the_pointer_shows_what_lies_under_it(viewer: Any) -> None:
    viewer.open(NEAR)
    viewer.page.mouse.move(*viewer.pixel(*JIN_MAO))
    viewer.page.wait_for_selector("#hint:not([hidden])")
    assert "金茂大厦 · 420.5 m" in viewer.page.inner_text("#hint")
    assert viewer.page.inner_text("#place").startswith("CGCS2000  121.5013") or "121.5014" in viewer.page.inner_text(
        "#place"
    )
