"""Data quality in the viewer: what a visitor sees of it, and a data steward who works off the quarantine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server

from layers.catalog import built_in
from layers.intake.ingest import LoadOptions, Silent, load_path

pytestmark = pytest.mark.browser

DIRTY = Path(__file__).parents[2] / "support" / "dirty_buildings.geojson"
NEAR = "#view=31.2305,121.5205,16,0,0"
# Where a building is higher than buildings are; and the one whose floors are a word, in quarantine.
TALL, MANY = (121.5005, 31.2055), (121.5205, 31.2305)
STATE = "() => viewer.store.get().quality"
DRAWN = """name => viewer.map.queryRenderedFeatures({layers: ['buildings-fill']})
  .some(one => one.properties.name === name)"""


@pytest.fixture(scope="module")
def dirty(server: Any, template: str, session_folder: Path) -> Iterator[City]:
    """Yield a city whose buildings come from a file with one of every kind of defect."""
    with server.copy_of(template) as database:
        load_path(database, built_in(), DIRTY, LoadOptions(layer="buildings", dataset="d", key="id"), Silent())
        with open_server(database, session_folder / "dirty") as city:
            yield city


@pytest.fixture(scope="module")
def viewer_url(dirty: City) -> str:
    return str(dirty.client.base_url)


@pytest.fixture
def steward(viewer: Any, dirty: City) -> Iterator[Any]:
    """Yield the viewer of somebody who may decide on what waits."""
    viewer.page.context.request.post(f"{viewer.url}/session", data={"token": dirty.token})
    yield viewer
    viewer.page.context.clear_cookies()


def test_a_visitor_sees_scores_and_failures_and_what_the_quarantine_takes(viewer: Any, barriers: Any) -> None:
    page = viewer.open("#view=31.2055,121.5005,16,0,0").page
    page.keyboard.press("q")
    page.wait_for_selector('.quality-layers [data-rank="good"]')
    assert "9 条待处理" in page.inner_text("#quality-scores")
    assert page.locator(".quality-layers .quality-bar").count() == 4
    assert barriers() == []
    page.click('#quality [data-layer="buildings"]')
    page.wait_for_selector(".quality-rule")
    assert "1 / " in page.inner_text('[data-rule="buildings.height_m.range"]')
    assert page.get_attribute("#quality .actions a", "href") == "/collections/buildings/quality?f=html"
    viewer.settle()
    viewer.picture("quality-layer")
    viewer.click(*TALL)
    told = page.inner_text("#quality-said")
    assert "高度在 0 至 1000 米之间" in told
    assert "5000" in told
    assert page.is_visible("#quality"), "the click was for the mark, not for the building under it"
    page.wait_for_selector("#map.on-mark", timeout=5000)
    assert barriers() == []

    page.click("#tab-quality-quarantine")
    assert "数据管理员" in page.inner_text("#quarantine-refusal")
    assert "quality=quarantine,buildings" in page.url
    page.click("#language")
    assert "steward" in page.inner_text("#quarantine-refusal")
    page.keyboard.press("q")
    assert page.is_hidden("#quality")
    assert "quality=" not in page.url


def test_a_steward_mends_and_releases_a_row_and_discards_another(steward: Any, dirty: City, barriers: Any) -> None:
    page = steward.open(f"{NEAR}&quality=quarantine,buildings").page
    page.wait_for_selector(".quarantine-entry")
    assert page.locator(".quarantine-entry").count() == 9
    assert "待处理 9" in page.inner_text("#quality-quarantine .pair")
    assert "缺少标识" in page.inner_text("#quality-quarantine")
    assert barriers() == []

    page.click('.quarantine-entry:has-text("many")')
    assert "许多" in page.inner_text(".quarantine-reasons")
    assert steward.settle().page.evaluate("viewer.map.getCenter().toArray()") == pytest.approx(MANY, abs=2e-3)
    steward.picture("quality-quarantine")
    assert barriers() == []
    page.click("#quarantine-release")
    assert "原因" in page.inner_text("#quarantine-reason-fault")
    page.fill("#quarantine-reason", "实地核实")
    page.click("#quarantine-release")
    page.wait_for_selector("#quarantine-of-floors-fault:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "quarantine-of-floors"
    assert "value.type" in page.inner_text("#quarantine-of-floors-fault")
    assert all("400" in said for said in steward.complaints), "the browser notes the refusal, and nothing else"
    steward.complaints.clear()

    page.fill("#quarantine-of-floors", "6")
    page.select_option(".quarantine-add", "name")
    page.fill("#quarantine-of-name", "放行楼")
    page.click("#quarantine-release")
    page.wait_for_selector('#quality-quarantine .pair:has-text("已放行 1")')
    assert page.locator(".quarantine-entry").count() == 8
    page.wait_for_function(DRAWN, arg="放行楼")
    [found] = [
        item["properties"]
        for item in dirty.client.get("/collections/buildings/items?f=json&limit=100").json()["features"]
        if item["properties"]["name"] == "放行楼"
    ]
    assert (found["floors"], found["source_key"]) == (6, "many")

    page.click('.quarantine-entry:has-text("bow")')
    assert page.is_checked("#quarantine-mend")
    lines = "() => viewer.map.queryRenderedFeatures({layers: ['quality-shapes-line']}).length > 0"
    page.wait_for_function(lines)  # a ring that crosses itself is seen
    page.fill("#quarantine-reason", "自交修复")
    page.click("#quarantine-release")
    page.wait_for_selector('#quality-quarantine .pair:has-text("已放行 2")')
    page.click('.quarantine-entry:has-text("整行无法读取")')
    page.fill("#quarantine-reason", "不是建筑")
    page.click("#quarantine-discard")
    page.wait_for_selector('#quality-quarantine .pair:has-text("已丢弃 1")')
    page.click('#quality-quarantine [data-state="discarded"]')
    page.click(".quarantine-entry")
    assert "不是建筑" in page.inner_text("#quality-quarantine")
    assert page.evaluate(STATE)["state"] == "discarded"
    page.go_back()
    page.wait_for_selector(".quarantine-entry")
