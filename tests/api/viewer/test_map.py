"""The map is drawn, switched, turned up and kept in the address."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

JIN_MAO = (121.5014, 31.2373)
NEAR = "#view=31.2373,121.5014,16.5,0,0"
MIDDLE = (560, 240, 860, 560)
Difference = Callable[[Image.Image, Image.Image, tuple[int, int, int, int]], float]

# Where the highest of its parts is on the screen, a little below its top.
TOP_OF_THE_FINANCIAL_CENTER = """() => {
  const parts = viewer.map.querySourceFeatures('building_parts', {sourceLayer: 'building_parts'})
    .filter(({properties}) => (properties.name || '').includes('环球金融中心'))
    .sort((one, other) => other.properties.height_m - one.properties.height_m);
  const {geometry, properties} = parts[0];
  const ring = (geometry.type === 'MultiPolygon' ? geometry.coordinates[0] : geometry.coordinates)[0].slice(1);
  const mean = axis => ring.reduce((sum, corner) => sum + corner[axis], 0) / ring.length;
  return viewer.overlay._deck.getViewports()[0].project([mean(0), mean(1), properties.height_m - 4]).slice(0, 2);
}"""


def state(viewer: Any) -> Any:
    return viewer.page.evaluate(
        "() => { const {map, overlay, ...rest} = viewer.store.get(); return JSON.parse(JSON.stringify(rest)); }"
    )


def switch(viewer: Any, layer: str) -> None:
    viewer.page.click(f'[data-layer="{layer}"] input[role="switch"]')
    viewer.settle()


def test_buildings_are_drawn_where_they_stand(viewer: Any, difference: Difference) -> None:
    with_buildings = viewer.open(NEAR).picture("map-buildings")
    switch(viewer, "buildings")
    without = viewer.picture("map-no-buildings")
    assert difference(with_buildings, without, MIDDLE) > 0.1
    x, y = (int(value) for value in viewer.pixel(*JIN_MAO))
    assert difference(with_buildings, without, (x - 14, y - 14, x + 14, y + 14)) > 0.8


@pytest.mark.parametrize("seen", ["16.5,0,0", "15,0,58&mode=3d"])
def test_a_map_that_nobody_moves_is_drawn_once_and_no_more(viewer: Any, seen: str) -> None:
    viewer.open(f"#view=31.2373,121.5014,{seen}")
    viewer.page.evaluate("() => { globalThis.still = 0; viewer.map.on('render', () => { still = 0; }); }")
    viewer.page.wait_for_function("() => ++still > 60")  # counted once in each frame of the screen


def test_a_switched_off_layer_comes_back(viewer: Any, difference: Difference) -> None:
    before = viewer.open(NEAR).picture("map-before")
    switch(viewer, "roads")
    switch(viewer, "roads")
    assert difference(before, viewer.picture("map-after"), MIDDLE) < 0.02


def test_the_map_says_its_names_in_chinese_and_in_english(viewer: Any) -> None:
    viewer.open(NEAR)
    assert viewer.page.inner_text('[data-layer="buildings"] .title') == "建筑"
    viewer.page.click("#language")
    viewer.settle()
    assert viewer.page.inner_text('[data-layer="buildings"] .title') == "Buildings"
    assert viewer.page.evaluate("document.documentElement.lang") == "en"
    texts = viewer.page.evaluate(
        "viewer.map.getStyle().layers.filter(one => one.id.endsWith('-label'))"
        ".map(one => JSON.stringify(one.layout['text-field']))"
    )
    assert texts
    assert all(text.index('"name_en"') < text.index('"name"') for text in texts)
    viewer.picture("map-english")


def test_three_dimensions_tilt_the_map_and_raise_the_buildings(viewer: Any) -> None:
    viewer.open("#view=31.2373,121.5014,15,0,0")
    assert viewer.page.evaluate("viewer.map.getPitch()") == 0
    viewer.page.click("#mode-3d")
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getPitch()") > 40
    assert viewer.page.evaluate("viewer.map.getLayoutProperty('buildings-extrusion', 'visibility')") == "visible"
    viewer.page.wait_for_function(
        "() => viewer.overlay._props.layers.find(l => l.id === 'skyline-name').props.data.length > 3"
    )
    viewer.settle()
    viewer.picture("map-3d")
    # On the skyline a part of a tower is met: it opens the tower, and a second click the part.
    x, y = viewer.page.evaluate(TOP_OF_THE_FINANCIAL_CENTER)
    viewer.page.mouse.click(x, y)
    viewer.page.wait_for_function("() => viewer.store.get().shape?.properties.name === '上海环球金融中心'")
    assert state(viewer)["selected"]["layer"] == "buildings"
    viewer.page.mouse.click(x, y)
    viewer.page.wait_for_function("() => viewer.store.get().selected.layer === 'building_parts'")
    viewer.page.click("#mode-2d")
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getPitch()") == 0


def test_an_address_restores_everything(viewer: Any) -> None:
    address = "#view=31.24,121.5,15.2,20,30&mode=3d&layers=buildings:use@0.6!1.2,-roads,*poi&lang=en&theme=dark"
    viewer.open(address)
    now = state(viewer)
    assert (now["mode"], now["lang"], now["theme"]) == ("3d", "en", "dark")
    assert now["layers"]["buildings"] | {"variants": []} == {
        "on": True, "variant": "use", "opacity": 0.6, "hidden": [1, 2], "variants": []
    }  # fmt: skip
    assert (now["layers"]["roads"]["on"], now["layers"]["poi"]["on"]) == (False, True)
    assert now["view"]["zoom"] == pytest.approx(15.2)
    assert now["view"]["bearing"] == pytest.approx(20)
    viewer.picture("map-dark-3d")


def test_back_and_forward_go_through_what_was_done(viewer: Any) -> None:
    viewer.open(NEAR)
    switch(viewer, "water")
    viewer.page.click("#language")
    viewer.page.go_back()
    viewer.page.wait_for_function("() => viewer.store.get().lang === 'zh'")
    assert not state(viewer)["layers"]["water"]["on"]
    viewer.page.go_back()
    viewer.page.wait_for_function("() => viewer.store.get().layers.water.on")
    viewer.page.go_forward()
    viewer.page.wait_for_function("() => !viewer.store.get().layers.water.on")
    assert not viewer.page.is_checked('[data-layer="water"] input')
    viewer.page.click("#theme")
    assert state(viewer)["theme"] == "dark"
    viewer.page.go_back()
    viewer.page.wait_for_function("() => viewer.store.get().theme === 'light'")


def test_a_click_on_the_legend_hides_what_it_stands_for(viewer: Any, difference: Difference) -> None:
    before = viewer.open(NEAR).picture("legend-before")
    entries = viewer.page.query_selector_all('[data-layer="buildings"] .entry')
    entries[-1].click()  # the tallest
    viewer.settle()
    x, y = (int(value) for value in viewer.pixel(*JIN_MAO))
    spot = (x - 10, y - 10, x + 10, y + 10)
    hidden = viewer.picture("legend-hidden")
    assert difference(before, hidden, spot) > 0.5
    assert viewer.page.get_attribute('[data-layer="buildings"] li:last-child .entry', "aria-pressed") == "false"


def test_opacity_fades_a_layer(viewer: Any) -> None:
    viewer.open(NEAR)
    viewer.page.fill('[data-layer="buildings"] input[type="range"]', "40")
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getPaintProperty('buildings-fill', 'fill-opacity')") == pytest.approx(0.4)
    assert "buildings@0.4" in viewer.page.url


def test_a_broken_layer_says_so_in_its_row_and_tries_again(viewer: Any) -> None:
    problem = '{"title": "Unavailable", "detail": "数据库没有回答，请稍后再试。"}'
    broken = {"status": 503, "content_type": "application/problem+json", "body": problem}
    viewer.page.route("**/tiles/roads/**", lambda route: route.fulfill(**broken))
    viewer.open(NEAR)
    fault = '[data-layer="roads"] .error'
    viewer.page.wait_for_selector(fault)
    assert "数据库没有回答" in viewer.page.inner_text(fault)
    assert viewer.page.evaluate("viewer.map.queryRenderedFeatures({layers: ['buildings-fill']}).length") > 10
    viewer.picture("map-broken-layer")
    viewer.page.unroute("**/tiles/roads/**")
    viewer.page.click(f"{fault} button")
    viewer.page.wait_for_function("() => viewer.map.queryRenderedFeatures({layers: ['roads-line']}).length > 10")
    assert viewer.page.is_hidden(fault)
    viewer.complaints[:] = [said for said in viewer.complaints if "503" not in said]
