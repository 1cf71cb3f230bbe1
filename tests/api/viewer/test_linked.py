"""Two views that move as one: beside each other and under a divider, with an address that brings them back."""

from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

pytestmark = pytest.mark.browser
FLAT = "view=31.2285,121.5229,16,0,0"
READY = "() => globalThis.linked"
LEFT, RIGHT = "linked.views[0]", "linked.views[1]"


def opened(viewer: Any, layout: str, left: str = FLAT, right: str = FLAT) -> Any:
    words = urlencode({"layout": layout, "left": left, "right": right})
    viewer.page.goto(f"{viewer.url}/viewer/linked#{words}")
    viewer.page.wait_for_function(READY, timeout=60_000)
    return viewer.page


def test_who_is_moved_leads_and_the_address_brings_both_back(viewer: Any) -> None:
    page = opened(viewer, "beside")
    page.evaluate(f"{LEFT}.map.jumpTo({{center: [121.51, 31.235], zoom: 15.5, bearing: 20}})")
    page.wait_for_function(f"() => Math.abs({RIGHT}.map.getBearing() - 20) < 1e-6")
    assert page.evaluate(f"{RIGHT}.map.getCenter().lng") == pytest.approx(121.51)
    page.evaluate(f"{RIGHT}.map.jumpTo({{zoom: 14.5}})")
    page.wait_for_function(f"() => Math.abs({LEFT}.map.getZoom() - 14.5) < 1e-6")
    page.wait_for_function("() => location.hash.includes('14.5')")
    words = parse_qs(page.url.split("#")[1])
    assert "view=31.235,121.51,14.5,20,0" in words["left"][0]
    assert "view=31.235,121.51,14.5,20,0" in words["right"][0]


def test_both_views_are_drawn_alike_and_show_nothing_but_the_map(viewer: Any) -> None:
    page = opened(viewer, "beside")
    page.evaluate(f"{RIGHT}.store.set({{mode: '3d'}})")
    page.wait_for_function(f"() => {LEFT}.store.get().mode === '3d'")
    frame = page.frame_locator("#view-left")
    assert not frame.locator("#bar").is_visible()
    assert not frame.locator("#left").is_visible()


def test_the_divider_is_drawn_by_hand_and_by_keys(viewer: Any) -> None:
    page = opened(viewer, "swipe")
    assert page.locator("#divider").is_visible()
    page.mouse.move(683, 400)
    page.mouse.down()
    page.mouse.move(410, 400)
    page.mouse.up()
    assert page.evaluate("linked.state.split") == pytest.approx(30, abs=0.5)
    clip = page.evaluate("getComputedStyle(document.querySelector('#view-right')).clipPath")
    assert "30%" in clip
    page.focus("#divider")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("linked.state.split") == pytest.approx(32, abs=0.5)
    page.click("#layout-beside")
    assert not page.locator("#divider").is_visible()
