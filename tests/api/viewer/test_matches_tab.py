"""Objects that may be one, in the viewer: a data steward accepts, takes back and refuses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server
from two_surveys import NEW, OLD, load_survey

from layers import catalog
from layers.entities.matching.propose import MatchOptions, dataset_layer, propose
from layers.intake.ingest import Silent

pytestmark = pytest.mark.browser

NEAR = "#view=31.2352,121.5015,17,0,0&quality=matches"
LAYER = dataset_layer(catalog.built_in().get("buildings"))
KINDS = "() => [...document.querySelectorAll('.quarantine-entry b')].map(one => one.textContent)"


@pytest.fixture(scope="module")
def surveyed(server: Any, template: str, session_folder: Path, tmp_path_factory: Any) -> Iterator[City]:
    """Yield a city of two surveys, compared: two houses that are likely the same, and a block with three parts."""
    folder = tmp_path_factory.mktemp("surveyed")
    with server.copy_of(template) as database:
        load_survey(database, folder, "old", OLD, 10, "2026-01-01")
        load_survey(database, folder, "new", NEW, 50, "2026-02-01")
        propose(database, LAYER, MatchOptions(("old", "new")), Silent())
        with open_server(database, session_folder / "surveyed") as city:
            yield city


@pytest.fixture(scope="module")
def viewer_url(surveyed: City) -> str:
    return str(surveyed.client.base_url)


@pytest.fixture
def steward(viewer: Any, surveyed: City) -> Iterator[Any]:
    """Yield the viewer of somebody who may decide."""
    viewer.page.context.request.post(f"{viewer.url}/session", data={"token": surveyed.token})
    yield viewer
    viewer.page.context.clear_cookies()


def test_a_steward_accepts_takes_back_and_refuses(steward: Any, surveyed: City, barriers: Any) -> None:
    page = steward.open(NEAR).page
    tab = page.locator("#quality-matches")

    def counted(*words: str) -> None:
        for word in words:
            page.wait_for_selector(f'#quality-matches .pair:has-text("{word}")')

    def decide(act: str, reason: str) -> None:
        page.fill("#match-reason", reason)
        page.click(f'#quality-matches [data-act="{act}"]')

    # What is likely the same stands before what is a part, however surely that is one.
    counted("待定 5", "同一对象 2", "整体与部分 3")
    assert page.evaluate(KINDS) == ["同一对象"] * 2 + ["整体与部分"] * 3
    assert page.inner_text("#matches-layer option:checked") == "建筑（5 待定）"
    assert page.locator("#matches-layer option").count() == 1
    page.click('[data-relation="contains"]')
    page.wait_for_function("() => document.querySelectorAll('.quarantine-entry').length === 3")
    assert "quality=matches,,,,contains" in page.url
    page.click('[data-relation="all"]')

    page.click(".quarantine-entry:has-text('金茂大厦')")
    steward.settle()
    steward.picture("matches-tab")
    assert barriers() == []
    page.click('[data-act="accept"]')
    assert page.inner_text("#quality-matches .error") == "请写明原因。"
    assert page.evaluate("document.activeElement.id") == "match-reason"
    counted("待定 5", "已接受 0")
    decide("accept", "同一栋楼")
    counted("待定 4", "已接受 1", "同一对象 1")
    assert "金茂大厦" not in tab.inner_text()

    page.click('#quality-matches [data-state="accepted"]')
    page.click(".quarantine-entry:has-text('金茂大厦')")
    assert "同一栋楼" in tab.inner_text()
    decide("undo", "弄错了")
    counted("待定 4", "已接受 0", "已撤销 1")

    page.click('#quality-matches [data-state="proposed"]')
    page.click(".quarantine-entry:has-text('森茂大厦')")
    decide("refuse", "两家银行")
    counted("待定 3", "已拒绝 1")
    states = surveyed.client.get("/matches?layer=buildings").json()["counts"]
    assert states == {"same": {"undone": 1, "refused": 1}, "contains": {"proposed": 3}}

    # On a narrow page the panel lies below the map, and what is to be decided is seen without scrolling.
    page.click("#left-close")
    page.set_viewport_size({"width": 900, "height": 768})
    page.click(".quarantine-entry >> nth=0")
    steward.settle()
    steward.picture("matches-tab-900")
    sheet, button = (page.locator(name).bounding_box() for name in ("#quality-scroll", '[data-act="accept"]'))
    assert button["y"] + button["height"] <= sheet["y"] + sheet["height"]
