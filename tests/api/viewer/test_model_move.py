"""A building model moved by hand in the viewer: by keys, by dragging, in numbers; saved, refused, taken back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bundled import SAMPLE
from city import City, open_server

pytestmark = pytest.mark.browser

BLOCK = (121.5229, 31.2285)
SOLID = "#view=31.2285,121.5229,18.6,130,55&mode=3d"
PATH = "/bim/models/office-block/placement"
DRAWN = """() => {
  const layer = viewer.overlay._props.layers.find(one => one.id.startsWith('model-office-block/'));
  const tiles = layer?.state?.tileset3d?.tiles || [];
  return tiles.length > 0 && tiles.some(tile => tile.content) && layer.isLoaded;
}"""


@pytest.fixture(scope="module")
def town(prepared: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a sample of the module's own, to be changed."""
    home = tmp_path_factory.mktemp("town")
    with prepared.server.copy_of(prepared.sample()) as database:
        shutil.copytree(prepared.rasters, home / "rasters")
        with open_server(database, home) as city:
            yield city


@pytest.fixture(scope="module")
def viewer_url(town: City) -> str:
    """Return the address of that."""
    return str(town.client.base_url)


@pytest.fixture
def steward(viewer: Any, town: City) -> Iterator[Any]:
    """Yield the viewer in 3-D before the block, signed in, the card of a part of it open."""
    viewer.open_beside()
    viewer.page.click("#principal")
    viewer.page.fill("#token", town.token)
    with viewer.page.expect_navigation():
        viewer.page.click("#sign-in")
    opened(viewer)
    yield viewer
    viewer.page.context.clear_cookies()
    town.client.delete(PATH, headers=town.signed_in)


def opened(viewer: Any) -> None:
    viewer.page.goto("about:blank")
    viewer.open(SOLID)
    viewer.page.wait_for_function(DRAWN, timeout=60_000)
    viewer.settle()
    x, y = viewer.pixel(*BLOCK)
    viewer.page.mouse.click(x + 10, y - 60)
    viewer.page.wait_for_selector(".trail", timeout=60_000)


@contextmanager
def forgiven(viewer: Any) -> Iterator[None]:
    """Let a request be refused, which the browser itself writes to the console: that is no complaint of the page."""
    before = len(viewer.complaints)
    yield
    viewer.page.evaluate("new Promise(done => requestAnimationFrame(done))")
    del viewer.complaints[before:]


def placement(town: City) -> Any:
    return town.client.get(PATH, headers=town.signed_in).json()


def number(page: Any, side: str, name: str) -> float:
    return float(page.inner_text(f'#move-numbers [data-{side}="{name}"]').rstrip(" m°"))


def test_a_model_is_moved_by_keys_follows_at_once_and_is_saved(
    steward: Any, town: City, difference: Any, barriers: Any
) -> None:
    page = steward.page
    before = placement(town)
    standing = steward.picture("model_move_before")
    page.click("#model-move")
    page.wait_for_selector("#move-save")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowUp")
    for _ in range(20):
        page.keyboard.press("Shift+Period")
    page.keyboard.press("PageUp")
    steward.settle()
    drawn = page.evaluate("viewer.overlay._props.layers.find(one => one.id.startsWith('model-office')).props.shift")
    assert (drawn["east"], drawn["north"], drawn["turn"], drawn["up"]) == (0.3, 12, 20, 0.1)
    assert number(page, "after", "heading") == pytest.approx(number(page, "before", "heading") + 20, abs=0.02)
    assert number(page, "after", "latitude") > number(page, "before", "latitude")
    assert difference(standing, steward.picture("model_move_draft"), (480, 150, 1000, 500)) > 0.03
    assert barriers() == []
    assert "PATCH" not in asked
    assert placement(town) == before, "nothing has moved yet"
    draft = page.evaluate("viewer.store.get().view")
    page.fill("#move-why", "测量复核")
    page.click("#move-save")
    page.wait_for_selector("#move-back")
    assert page.evaluate("viewer.store.get().view") == draft, "the keys do not move the map"
    after = placement(town)
    told = after["shift"]
    assert told["east_m"] - before["shift"]["east_m"] == pytest.approx(0.3, abs=0.002)
    assert told["north_m"] - before["shift"]["north_m"] == pytest.approx(12.0, abs=0.002)
    assert (told["up_m"], told["turn_deg"]) == pytest.approx((0.1, 20.0), abs=1e-3)
    assert after["history"][0]["why"] == "测量复核"
    page.wait_for_function(DRAWN, timeout=60_000)
    steward.settle()
    layer = "viewer.overlay._props.layers.find(one => one.id.startsWith('model-office'))"
    assert page.evaluate(f"Object.values({layer}.props.shift).slice(0, 4)") == [0, 0, 0, 0]
    steward.picture("model_move_saved")
    page.click("#move-back")
    page.wait_for_selector("#move-back", state="detached")
    assert placement(town)["by_hand"] is False


def test_a_saved_model_is_drawn_where_its_draft_was(steward: Any, difference: Any) -> None:
    page = steward.page
    # Where the model does not stand any more, the map has its block again.
    page.evaluate("['buildings', 'building_parts'].forEach(id => viewer.store.setLayer(id, {on: false}))")
    page.click("#model-move")
    page.fill("#move-east", "14")
    page.fill("#move-turn", "35")
    page.evaluate("viewer.store.set({selected: null, sketch: {}})")
    steward.settle()
    draft = steward.picture("model_move_as_draft")
    page.click("#move-save")
    page.wait_for_selector("#move-back")
    page.evaluate("viewer.store.set({selected: null, sketch: {}})")
    page.wait_for_function(DRAWN, timeout=60_000)
    page.wait_for_selector("#toast", state="hidden")
    steward.settle()
    saved = steward.picture("model_move_as_saved")
    assert difference(draft, saved, (330, 80, 1000, 700)) < 0.005


def test_a_model_is_dragged_while_the_map_stays(steward: Any) -> None:
    page = steward.page
    page.click("#model-move")
    page.wait_for_selector("#move-save")
    view = page.evaluate("viewer.store.get().view")
    x, y = steward.pixel(*BLOCK)
    page.mouse.move(x + 10, y - 40)
    page.mouse.down()
    page.mouse.move(x + 60, y - 30, steps=4)
    page.mouse.up()
    page.mouse.move(x + 200, y)
    east, north = page.evaluate("(({east, north}) => [east, north])(viewer.store.get().move.draft)")
    assert abs(east) + abs(north) > 3
    assert page.evaluate("viewer.store.get().view") == view
    assert page.input_value("#move-east") == str(east)
    page.click("#move-reset")
    assert page.input_value("#move-east") == "0"
    page.click("#move-cancel")
    assert page.is_hidden("#move")


def test_a_refused_save_says_why_in_the_readers_language_and_loses_nothing(steward: Any, town: City) -> None:
    page = steward.page
    page.click("#model-move")
    page.fill("#move-east", "2.5")
    page.fill("#move-why", "我的理由")
    other = town.client.patch(PATH, json={"why": "前一个", "north_m": 1}, headers=town.signed_in)
    assert other.status_code == 200
    with forgiven(steward):
        page.click("#move-save")
        page.wait_for_selector("#move-error:not([hidden])")
    assert "他人" in page.inner_text("#move-error")
    assert (page.input_value("#move-east"), page.input_value("#move-why")) == ("2.5", "我的理由")
    page.click("#language")
    assert "somebody else" in page.inner_text("#move-error")
    assert page.input_value("#move-east") == "2.5"
    page.click("#language")


def test_a_visitor_is_offered_no_move(viewer: Any) -> None:
    opened(viewer)
    assert viewer.page.locator("#storey-alone").count() == 1
    assert viewer.page.locator("#model-move").count() == 0


def test_a_model_without_a_place_is_put_at_a_point_of_the_map(steward: Any, town: City) -> None:
    page = steward.page
    page.click("#jobs-open")
    page.click("#jobs-pick")
    assert page.is_hidden("#jobs")
    steward.click(*BLOCK)
    page.wait_for_selector("#jobs[open]")
    page.fill("#jobs-heading", "30")
    page.set_input_files("#jobs-file", str(SAMPLE / "bim" / "office_block.ifc"))
    page.wait_for_selector("#jobs-list li[data-state=queued]")
    (job,) = [
        one for one in town.client.get("/jobs", headers=town.signed_in).json()["jobs"] if "office" in one["title"]
    ]
    with town.database.owner.connect() as connection:
        given = connection.exec_driver_sql(
            "SELECT arguments -> 'given' FROM onemap.job WHERE id = %s", (job["id"],)
        ).scalar_one()
    lon, lat = map(float, given["at"][0].split(","))
    assert (lon, lat) == pytest.approx(BLOCK, abs=1e-4)
    assert given["heading"] == ["30"]
    assert "121.52" in page.inner_text("#jobs-point")
