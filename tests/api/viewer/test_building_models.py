"""Building models in the viewer: the sample office block in 3-D, its parts by a click, a storey alone, a room read."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser

BLOCK = (121.5229, 31.2285)
SOLID = "#view=31.2285,121.5229,18.6,130,55&mode=3d"
DRAWN = """() => {
  const layer = viewer.overlay._props.layers.find(one => one.id.startsWith('model-'));
  const tiles = layer?.state?.tileset3d?.tiles || [];
  return tiles.length > 0 && tiles.some(tile => tile.content) && layer.isLoaded;
}"""


def drawn(viewer: Any, address: str = SOLID) -> Any:
    """Open the block in 3-D, and wait until it is drawn."""
    viewer.open(address)
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    return viewer.settle()


def choose(viewer: Any, lift: float = 60.0) -> None:
    """Click so many pixels over the middle of the block's ground."""
    x, y = viewer.pixel(*BLOCK)
    viewer.page.mouse.click(x + 10, y - lift)
    viewer.page.wait_for_selector(".trail", timeout=60_000)


def test_a_click_on_the_block_names_the_part_and_leads_to_its_storey_and_room(viewer: Any) -> None:
    drawn(viewer)
    choose(viewer)
    page = viewer.page
    assert page.evaluate("viewer.store.get().selected.layer") == "building_elements"
    trail = page.inner_text(".trail")
    assert "样例办公楼" in trail
    assert "层" in trail
    viewer.picture("building_part")
    page.click(".trail li:nth-child(2) button")
    page.wait_for_selector(".storeys li")
    assert page.locator(".storeys li").count() == 6
    page.click(".storeys li:nth-child(4) button")
    page.wait_for_selector(".parts li")
    assert "building=office-block/" in page.url
    page.click('.parts button:has-text("306 办公室")')
    page.wait_for_selector(".building th >> text=NetFloorArea")
    room = page.inner_text(".building")
    assert "Qto_SpaceBaseQuantities" in room
    assert "m³" in room


def test_a_storey_alone_is_all_that_is_drawn_and_stands_in_the_address(viewer: Any, difference: Any) -> None:
    drawn(viewer)
    whole = viewer.picture("building_whole")
    choose(viewer)
    viewer.page.click("#storey-alone")
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    alone = viewer.picture("building_storey")
    assert difference(whole, alone, (480, 150, 1000, 500)) > 0.03
    address = viewer.page.url.split("#")[1]
    assert "building=office-block/" in address
    drawn(viewer, f"#{address}")
    viewer.page.fill("#building-apart", "6")
    viewer.page.wait_for_function("() => location.hash.includes('apart6')")
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    tileset = viewer.page.evaluate("viewer.overlay._props.layers.find(one => one.id.startsWith('model-')).props.data")
    assert "storey=" in tileset
    assert "apart=6" in tileset


def test_the_block_of_the_map_is_not_drawn_where_the_model_stands(viewer: Any) -> None:
    drawn(viewer)
    hidden = viewer.page.evaluate("JSON.stringify(viewer.map.getFilter('buildings-extrusion') || '')")
    fids = viewer.page.evaluate("viewer.store.get().models.flatMap(one => one.stands_for.buildings)")
    assert len(fids) == 1
    assert str(fids[0]) in hidden


def test_nothing_is_asked_of_models_in_two_dimensions(viewer: Any) -> None:
    asked: list[str] = []
    viewer.page.on(
        "request", lambda one: asked.append(one.url) if "/bim/" in one.url or "/3dtiles/" in one.url else None
    )
    viewer.open("#view=31.2285,121.5229,18.6,0,0")
    assert asked == []


def test_no_known_barrier_stands_in_the_card_of_a_part(viewer: Any, barriers: Any) -> None:
    drawn(viewer)
    choose(viewer)
    assert barriers() == []


def test_a_model_is_coloured_by_what_is_said_of_its_parts(viewer: Any, difference: Any) -> None:
    drawn(viewer)
    own = viewer.picture("building_own_colours")
    choose(viewer)
    viewer.page.select_option("#building-by", "class")
    viewer.page.wait_for_selector(".building-legend li")
    assert "IfcWall" in viewer.page.inner_text(".building-legend")
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    assert difference(own, viewer.picture("building_by_class"), (480, 150, 1000, 500)) > 0.05
    address = viewer.page.url.split("#")[1]
    assert "%2Bbyclass" in address
    drawn(viewer, f"#{address}")
    tileset = viewer.page.evaluate("viewer.overlay._props.layers.find(one => one.id.startsWith('model-')).props.data")
    assert "by=class" in tileset


def test_an_upright_cut_is_chosen_in_the_card_and_moved(viewer: Any, difference: Any) -> None:
    drawn(viewer)
    whole = viewer.picture("building_uncut")
    choose(viewer)
    viewer.page.select_option("#building-section", "315")
    viewer.page.wait_for_selector("#building-section-at")
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    assert difference(whole, viewer.picture("building_section"), (480, 150, 1000, 500)) > 0.03
    assert "%2Bsection315" in viewer.page.url
    drawn(viewer, f"#{viewer.page.url.split('#')[1]}")
    tileset = viewer.page.evaluate("viewer.overlay._props.layers.find(one => one.id.startsWith('model-')).props.data")
    assert "section=315" in tileset


def test_a_model_is_not_taken_for_one_whose_name_begins_with_its_own(viewer: Any) -> None:
    drawn(viewer)
    layer = viewer.page.evaluate("viewer.overlay._props.layers.find(one => one.id.startsWith('model-')).id")
    prefixes = viewer.of_module("building-models.js", "given.map(one.modelPrefix)", ["office-block", "office"])
    assert [layer.startswith(prefix) for prefix in prefixes] == [True, False]
