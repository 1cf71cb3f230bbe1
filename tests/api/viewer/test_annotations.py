"""Annotations in the viewer: written on a model, there after a reload, answered, resolved, hidden with their storey."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from box_model import PLACE, load_house
from city import City, open_server
from sqlalchemy import text

from api.layers import all_layers
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.store.engine import Database

pytestmark = pytest.mark.browser
WORDS = "栏杆低于规范，请复核。\n<img src=x onerror=document.title='x'>"
# The middle of the southern wall of the upper storey.
WALL = (PLACE[0] + 0.00002, PLACE[1], 5.0)
SOLID = f"#view={PLACE[1]},{PLACE[0]},20,0,55&mode=3d"
DRAWN = """() => {
  const layers = viewer.overlay._props.layers.filter(one => one.id.startsWith('model-'));
  return layers.length > 0 && layers.every(one => one.isLoaded);
}"""
MARKS = (
    "viewer.overlay._props.layers.find(one => one.id === 'annotation-mark').props.data.map(one => one.digits).sort()"
)
SPOT = "place => viewer.overlay._deck.getViewports()[0].project(place).slice(0, 2)"


@pytest.fixture
def housed(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a server with the house."""
    load_house(db, all_layers(), tmp_path)
    with open_server(db, tmp_path / "home") as city:
        yield city


@pytest.fixture
def viewer_url(housed: City) -> str:
    """Return the address of the server with the house."""
    return str(housed.client.base_url)


@pytest.fixture
def planner(housed: City, viewer: Any) -> Iterator[Any]:
    """Yield the viewer for somebody who may write."""
    with housed.database.writer.begin() as connection:
        token = people.add(connection, "规划员", Rights(("steward",), Grade.INTERNAL))
    viewer.page.context.request.post(f"{viewer.url}/session", data={"token": token})
    yield viewer
    viewer.page.context.clear_cookies()


def marks(viewer: Any, expected: list[str]) -> None:
    """Wait until just these marks are drawn."""
    viewer.page.wait_for_function(
        f"expected => JSON.stringify({MARKS}) === expected", arg=str(expected).replace("'", '"').replace(" ", "")
    )


def annotated(city: City, storey: int) -> int:
    """Return the number of an annotation of the wall of a storey, written as by somebody else."""
    about = {"model": "house", "element": f"wall-{storey}"}
    body = {"text": f"批注 {storey}", "point": [*PLACE, 3 * storey - 1], "about": about}
    answer = city.client.post("/bim/annotations", json=body, headers=city.signed_in)
    return int(answer.raise_for_status().json()["id"])


def write(viewer: Any, spot: tuple[float, float, float]) -> None:
    """Write an annotation at a place of the model."""
    viewer.page.click("#annotation-write")
    viewer.page.mouse.click(*viewer.page.evaluate(SPOT, list(spot)))
    viewer.page.wait_for_selector("#annotation-text")
    viewer.page.fill("#annotation-text", WORDS)
    viewer.page.select_option("#annotation-grade", "internal")
    viewer.page.click("#annotation-save")
    viewer.page.wait_for_selector(".annotation-whole")


def test_one_is_written_on_a_wall_and_there_after_a_reload(housed: City, planner: Any) -> None:
    page = planner.open(SOLID).page
    page.wait_for_function(DRAWN, timeout=60_000)
    page.keyboard.press("n")
    write(planner, WALL)
    (kept,) = housed.client.get("/bim/annotations", headers=housed.signed_in).json()["annotations"]
    assert (kept["about"]["element"], kept["grade"], kept["by"]) == ("wall-2", "internal", "规划员")
    assert kept["position"][:2] == pytest.approx(WALL[:2], abs=2e-6)
    assert kept["position"][2] == pytest.approx(5, abs=0.3)
    assert page.url.endswith(f"notes=open,{kept['id']}&lang=zh")
    planner.open(page.url[page.url.index("#") :])
    page.wait_for_selector(".annotation-whole")
    assert WORDS in page.inner_text(".annotation-said"), "it is text, never markup"
    assert page.title() != "x"
    marks(planner, [str(kept["id"])])
    planner.picture("annotations")


def test_it_is_answered_resolved_found_among_all_and_taken_back(housed: City, planner: Any) -> None:
    page = planner.open(SOLID).page
    page.wait_for_function(DRAWN, timeout=60_000)
    page.click("#annotations-open")
    write(planner, WALL)
    page.fill(".annotation-whole textarea", "已改为 1.1 m")
    page.click("#annotation-send")
    page.wait_for_selector(".annotation-answers li")
    assert "已改为 1.1 m" in page.inner_text(".annotation-answers")
    page.click("#annotation-settle")
    page.wait_for_selector(".annotation-whole >> text=已解决")
    page.click(".annotation-head")
    page.wait_for_function("() => !document.querySelector('.annotation-whole')")
    page.click("#annotations-all")
    page.wait_for_selector(".annotation-number.resolved")
    page.click("#annotations-unsettled")
    page.wait_for_selector("#annotations >> text=此范围内没有批注")
    marks(planner, [])
    page.click("#annotations-all")
    page.click(".annotation-head")
    page.once("dialog", lambda asked: asked.accept())
    page.click("#annotation-remove")
    page.wait_for_selector("#annotations >> text=此范围内没有批注")
    assert housed.client.get("/bim/annotations", headers=housed.signed_in).json()["annotations"] == []


def test_a_mark_hides_with_its_storey_and_a_click_on_it_opens_it(housed: City, planner: Any) -> None:
    low, high = annotated(housed, 1), annotated(housed, 2)
    page = planner.open(f"{SOLID}&notes=open").page
    marks(planner, [str(low), str(high)])
    page.evaluate("viewer.store.set({building: {model: 'house', storey: 'storey-1'}})")
    marks(planner, [str(low)])
    assert "对象未显示" in page.inner_text(f"#annotation-{high}")
    planner.settle()
    page.mouse.click(*page.evaluate(SPOT, [*PLACE, 2]))
    page.wait_for_selector(f"#annotation-{low}[aria-expanded=true]")
    assert page.evaluate("viewer.store.get().selected") is None
    page.evaluate("viewer.store.set({building: {}})")
    marks(planner, [str(low), str(high)])


def test_marks_in_one_place_are_one_and_clicks_go_round(housed: City, planner: Any) -> None:
    numbers = [annotated(housed, 1), annotated(housed, 2)]
    page = planner.open(f"#view={PLACE[1]},{PLACE[0]},18,0,0&notes=open").page
    marks(planner, [f"{numbers[1]}+"])
    for chosen in reversed(numbers):
        page.mouse.click(*page.evaluate(SPOT, [*PLACE, 0]))
        page.wait_for_selector(f"#annotation-{chosen}[aria-expanded=true]")
        marks(planner, [f"{chosen}+"])


def test_a_card_begins_one_of_what_it_shows_and_a_visitor_has_no_such_button(housed: City, planner: Any) -> None:
    with housed.database.owner.connect() as connection:
        fid = connection.execute(
            text("SELECT fid FROM onemap.building_elements WHERE source_key = 'room-1'")
        ).scalar_one()
    page = planner.open(f"{SOLID}&select=building_elements/{fid}").page
    page.click("#card-annotate")
    assert "房间1" in page.inner_text("#annotations")
    page.fill("#annotation-text", "净高不足")
    page.click("#annotation-save")
    page.wait_for_selector(".annotation-whole >> text=房间1")
    page.context.clear_cookies()
    page.goto("about:blank")
    planner.open(f"#view={PLACE[1]},{PLACE[0]},19,0,0&select=building_elements/{fid}&notes=open")
    planner.card()
    page.wait_for_selector(".annotation-head")
    assert not page.is_visible("#card-annotate")
    assert not page.is_visible("#annotation-write")


def test_the_panel_has_no_barriers_and_works_by_keyboard(planner: Any, barriers: Any) -> None:
    page = planner.open_beside().page
    page.keyboard.press("n")
    page.focus("#annotation-write")
    page.keyboard.press("Enter")
    page.focus("#annotation-here")
    page.keyboard.press("Enter")
    page.keyboard.type("此处宜设口袋公园")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".annotation-whole")
    assert barriers() == []
    page.keyboard.press("Escape")
    page.focus("#annotations-close")
    page.keyboard.press("Escape")
    assert not page.is_visible("#annotations")
    assert "notes=" not in page.url
