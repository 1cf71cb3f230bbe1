"""Design schemes in the viewer: chosen, judged, held against another, and picked to pieces like any building."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser
FLAT = "#view=31.2285,121.5229,16,0,0"
CHOSEN = "#view=31.2285,121.5229,17.6,0,50&mode=3d&scheme=sample-b"
DRAWN = """() => {
  const layers = viewer.overlay._props.layers.filter(one => one.id.startsWith('model-'));
  return viewer.store.get().design && layers.length > 0 && layers.every(one => one.isLoaded);
}"""


def test_a_scheme_is_chosen_and_judged_and_the_base_comes_back(viewer: Any) -> None:
    page = viewer.open(FLAT).page
    page.keyboard.press("p")
    page.click("#scheme-sample-b")
    page.wait_for_selector(".verdict.breaks", timeout=60_000)
    page.wait_for_function(DRAWN, timeout=60_000)
    assert "scheme=sample-b" in page.url
    assert page.evaluate("viewer.store.get().mode") == "3d"
    verdicts = page.inner_text(".verdicts")
    assert "容积率" in verdicts
    assert "上限 3.2" in verdicts
    hidden = page.evaluate("JSON.stringify(viewer.map.getFilter('buildings-extrusion') || '')")
    gone = page.evaluate("viewer.store.get().design.replaces.buildings")
    assert gone
    assert all(str(fid) in hidden for fid in gone)
    shown = page.evaluate(
        "viewer.overlay._props.layers.map(one => one.id).filter(id => id.startsWith('model-')).join()"
    )
    assert "office-block" not in shown, "the model of what is replaced is not drawn"
    viewer.settle()
    viewer.picture("scheme_chosen")
    page.click("#scheme-base")
    page.wait_for_function("() => !viewer.store.get().design")
    assert "scheme=" not in page.url
    page.wait_for_function(
        "() => viewer.overlay._props.layers.some(one => one.id.startsWith('model-office-block'))", timeout=60_000
    )


def test_the_neighbours_who_lose_their_sun_are_named(viewer: Any) -> None:
    page = viewer.open(CHOSEN).page
    page.wait_for_selector(".scheme-harmed button", timeout=60_000)
    page.click(".scheme-harmed button")
    page.wait_for_function("() => viewer.store.get().selected?.layer === 'buildings'")


def test_two_schemes_are_held_against_each_other_and_opened_as_linked_views(viewer: Any) -> None:
    page = viewer.open(CHOSEN).page
    page.wait_for_selector("#scheme-other", timeout=60_000)
    page.select_option("#scheme-other", "sample-a")
    page.wait_for_selector("#schemes thead th:nth-child(3)")
    assert page.inner_text("#schemes thead").split() == ["样例方案乙", "样例方案甲"]
    assert "建筑密度" in page.inner_text("#schemes section table")
    address = page.get_attribute("#scheme-beside", "href")
    assert "scheme%3Dsample-a" in address.split("right=")[0]
    assert "scheme%3Dsample-b" in address.split("right=")[1]


def test_a_click_on_a_scheme_names_its_part(viewer: Any) -> None:
    page = viewer.open(CHOSEN).page
    page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    x, y = viewer.pixel(121.52293, 31.22850)
    page.mouse.click(x, y - 60)
    page.wait_for_function("() => viewer.store.get().selected?.layer === 'scheme_elements'")
    page.wait_for_selector(".building")


def test_the_view_that_a_scheme_breaks_is_named_with_its_share(viewer: Any) -> None:
    page = viewer.open(CHOSEN).page
    page.wait_for_selector("#scheme-corridors .breaks", timeout=60_000)
    told = page.inner_text("#scheme-corridors")
    assert "泰溪公园望上海中心大厦" in told
    assert "上限 10 %" in told
    assert "现状 0 %" in told
    assert page.evaluate("viewer.store.get().sketch.corridors.length") == 1
    page.evaluate("document.querySelector('#scheme-corridors').scrollIntoView()")
    viewer.settle()
    viewer.picture("scheme_corridors")
