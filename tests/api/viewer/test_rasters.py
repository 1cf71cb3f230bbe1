"""Rasters are switched on like layers, have their legend, say their value, and lift the map to their heights."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

RIVER = (121.4935, 31.233)
VIEW = "#view=31.2373,121.5014,14.2,0,0&layers=-buildings,-roads"
MIDDLE = (420, 200, 1000, 600)
Difference = Callable[[Image.Image, Image.Image, tuple[int, int, int, int]], float]


def switch(viewer: Any, layer: str) -> None:
    viewer.page.click(f'[data-layer="{layer}"] input[role="switch"]')
    viewer.settle()


def test_heights_are_drawn_with_their_ramp_and_told_at_a_click(viewer: Any, difference: Difference) -> None:
    before = viewer.open(VIEW).picture("raster-off")
    switch(viewer, "raster_sample_dem")
    shown = viewer.picture("raster-dem")
    assert difference(before, shown, MIDDLE) > 0.5
    viewer.page.click('[data-layer="raster_sample_dem"] button.more')
    detail = viewer.page.inner_text("#detail-raster_sample_dem")
    assert "-9 m" in detail
    assert "三维地形" in detail
    viewer.page.evaluate("() => { viewer.store.set({selected: null}); }")
    with viewer.page.expect_response(lambda answer: "/value" in answer.url) as asked:
        viewer.click(*RIVER)
    assert asked.value.json()["bands"][0]["value"] < -1
    viewer.picture("raster-legend")


def test_land_cover_has_a_legend_of_its_classes_and_stays_in_the_address(viewer: Any) -> None:
    viewer.open(VIEW)
    switch(viewer, "raster_sample_land_cover")
    viewer.page.click('[data-layer="raster_sample_land_cover"] button.more')
    assert "水体" in viewer.page.inner_text("#detail-raster_sample_land_cover .legend")
    assert "raster_sample_land_cover" in viewer.page.evaluate("() => location.hash")
    viewer.picture("raster-cover")


def test_the_map_is_lifted_to_the_heights(viewer: Any, difference: Difference) -> None:
    viewer.open("#view=31.2373,121.5014,14.6,0,60&layers=*raster_sample_dem")
    viewer.page.click('[data-layer="raster_sample_dem"] button.more')
    flat = viewer.picture("terrain-flat")
    viewer.page.check("#detail-raster_sample_dem input.terrain")
    viewer.settle()
    terrain = viewer.page.evaluate("() => viewer.map.getTerrain()")
    assert terrain["exaggeration"] == 8
    high, low = (
        viewer.page.evaluate("place => viewer.map.queryTerrainElevation(place)", list(place))
        for place in ((121.5014, 31.2373), RIVER)
    )
    assert high - low > 8 * 5
    assert difference(flat, viewer.picture("terrain-lifted"), MIDDLE) > 0.05
    viewer.page.uncheck("#detail-raster_sample_dem input.terrain")
    viewer.settle()
    assert viewer.page.evaluate("() => viewer.map.getTerrain()") is None
