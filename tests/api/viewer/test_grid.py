"""The BeiDou grid over the map."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

CODES = """() => [...new Set(viewer.map.querySourceFeatures('grid-cells').map(one => one.properties.code))]"""
LOADED = "() => viewer.map.getSource('grid-cells') && viewer.map.isSourceLoaded('grid-cells')"


def shown(viewer: Any) -> list[str]:
    viewer.page.wait_for_function(LOADED)
    viewer.settle()
    codes: list[str] = viewer.page.evaluate(CODES)
    return codes


def test_the_grid_shows_cells_of_the_level_that_suits_the_zoom(viewer: Any, difference: Any) -> None:
    viewer.open("#view=31.2365,121.5025,15.5,0,0")
    before = viewer.picture("grid_off")
    viewer.page.keyboard.press("g")
    fine = shown(viewer)
    assert {len(code) for code in fine} == {11}
    assert "N51H3620400" in fine
    assert difference(before, viewer.picture("grid_on"), (400, 150, 1200, 650)) > 0.02
    viewer.page.evaluate("viewer.map.jumpTo({zoom: 13})")
    viewer.page.wait_for_function("() => viewer.map.getStyle().sources['grid-cells'].data.includes('level=4')")
    assert {len(code) for code in shown(viewer)} == {9}
    viewer.page.keyboard.press("g")
    viewer.page.wait_for_function("() => !viewer.map.getSource('grid-cells')")


def test_an_address_with_the_grid_opens_it(viewer: Any) -> None:
    viewer.open("#view=31.2365,121.5025,15.5,0,0&grid=beidou")
    assert shown(viewer)
    assert viewer.page.get_attribute("#grid-open", "aria-pressed") == "true"
    assert "grid=beidou" in viewer.page.url


def test_a_layer_is_counted_by_cells_with_a_legend(viewer: Any) -> None:
    viewer.open("#view=31.2373,121.5014,14.5,0,0")
    viewer.page.click('[data-layer="buildings"] .actions button:has-text("按格网统计")')
    viewer.page.wait_for_function("() => document.querySelectorAll('#cells-legend span').length > 2")
    viewer.settle()
    seen = viewer.page.evaluate(
        "() => viewer.map.queryRenderedFeatures({layers: ['layer-cells-fill']}).map(one => one.properties)"
    )
    assert len(seen) > 20
    assert all(one["code"].startswith("N51H") and one["value"] >= 1 for one in seen)
    viewer.page.select_option("#cells-measure", "sum:height_m")
    viewer.page.wait_for_function("() => document.querySelector('#cells-legend').innerText.includes(' m')")
    viewer.settle()
    viewer.page.mouse.move(*viewer.pixel(121.5014, 31.2373))
    viewer.page.wait_for_function("() => /N51H\\w+ · .* m/.test(document.querySelector('#cells-said').textContent)")
    assert "cells=buildings%2Cbeidou%2C5%2Csum%2Cheight_m" in viewer.page.url.replace(",", "%2C")
    viewer.picture("layer-on-grid")
    viewer.page.click("#cells-close")
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getSource('layer-cells')") is None


def test_a_layer_is_counted_by_hexagons(viewer: Any) -> None:
    viewer.open("#view=31.2365,121.5025,14,0,0&cells=buildings,h3,9,count")
    viewer.page.wait_for_function(
        "() => viewer.map.getSource('layer-cells') && viewer.map.isSourceLoaded('layer-cells')"
        " && viewer.map.querySourceFeatures('layer-cells', {sourceLayer: 'cells'}).length"
    )
    viewer.settle()
    found = viewer.page.evaluate(
        "() => viewer.map.querySourceFeatures('layer-cells', {sourceLayer: 'cells'}).map(one => one.properties)"
    )
    assert found
    assert all(len(one["code"]) == 15 and one["value"] > 0 for one in found)
    assert viewer.page.eval_on_selector("#cells-grid", "one => one.value") == "h3"
