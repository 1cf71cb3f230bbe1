"""Design schemes made in the viewer: on a plot or by corners, filled from a file, changed by clicks, and removed."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server
from shapely.geometry import shape

from api.work import job_kinds
from layers.ops.jobs import run_worker
from layers.settings import Settings

pytestmark = pytest.mark.browser
PLACE = "#view=31.2285,121.5229,17.2,0,0"
PATIENCE = 60_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drafts")


@pytest.fixture(scope="module")
def district(prepared: Any, home: Path) -> Iterator[City]:
    """Yield the sample, which these tests change."""
    with prepared.server.copy_of(prepared.sample()) as database, open_server(database, home) as city:
        yield city


@pytest.fixture
def viewer_url(district: City) -> str:
    """Return the address of the server of this module."""
    return str(district.client.base_url)


@pytest.fixture
def planner(viewer: Any, district: City) -> Iterator[Any]:
    """Yield the viewer with the panel of schemes, signed in as the administrator."""
    viewer.page.context.request.post(f"{viewer.url}/session", data={"token": district.token})
    viewer.open(PLACE).page.keyboard.press("p")
    viewer.page.wait_for_selector("#scheme-new", timeout=PATIENCE)
    yield viewer
    viewer.page.context.clear_cookies()


def middle(city: City, layer: str, condition: Callable[[dict[str, Any]], bool] = lambda _: True) -> tuple[float, float]:
    found = city.client.get(f"/collections/{layer}/items?bbox=121.520,31.226,121.526,31.231&limit=100").json()
    feature = next(one for one in found["features"] if condition(one))
    spot = shape(feature["geometry"]).representative_point()
    return spot.x, spot.y


def work(city: City, home: Path) -> None:
    """Do what is queued, in a thread of its own: the browser's driver has the loop of this one."""
    kinds = job_kinds(Settings(_env_file=None, home=home))
    worker = threading.Thread(target=lambda: asyncio.run(run_worker(city.database, kinds, until_empty=True)))
    worker.start()
    worker.join()


def test_a_visitor_is_offered_no_changes(viewer: Any) -> None:
    page = viewer.open(PLACE).page
    page.keyboard.press("p")
    page.wait_for_selector("#scheme-base", timeout=PATIENCE)
    assert not page.query_selector("#scheme-new")
    page.click("#scheme-sample-a")
    page.wait_for_selector(".verdicts", timeout=PATIENCE)
    assert not page.query_selector(".scheme-tools")


def test_a_scheme_is_made_on_a_plot_filled_renamed_and_removed(
    planner: Any, district: City, home: Path, tmp_path: Path, barriers: Callable[[], list[str]]
) -> None:
    page = planner.page
    page.click("#scheme-new")
    page.fill("#draft-zh", "滨江新方案")
    page.fill("#draft-id", "riverside")
    page.click("#draft-plot")
    planner.click(*middle(district, "planning_plots"))
    page.wait_for_selector("#draft-told")
    assert "地块" in page.inner_text("#draft-told")
    assert barriers() == []
    planner.picture("scheme_draft")
    page.click("#draft-save")
    page.wait_for_selector("#scheme-taken", timeout=PATIENCE)
    assert page.is_checked("#scheme-riverside")
    assert "用地内全部" in page.inner_text("#scheme-taken")

    lon, lat = middle(district, "planning_plots")
    block = [[lon - 1e-4, lat - 1e-4], [lon + 1e-4, lat - 1e-4], [lon + 1e-4, lat + 1e-4], [lon - 1e-4, lat + 1e-4]]
    model = {"type": "Feature", "properties": {"height_m": 33, "name": "新楼"},
             "geometry": {"type": "Polygon", "coordinates": [[*block, block[0]]]}}  # fmt: skip
    path = tmp_path / "new.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [model]}), encoding="utf-8")
    page.set_input_files("#scheme-file", str(path))
    page.wait_for_selector("#scheme-job", timeout=PATIENCE)
    work(district, home)
    page.wait_for_function("() => viewer.store.get().design?.models.length === 1", timeout=PATIENCE)
    page.wait_for_function("() => document.querySelector('.verdicts')?.innerText.includes('33')", timeout=PATIENCE)

    page.click("#scheme-rename")
    page.fill("#rename-zh", "滨江二稿")
    # The panel is drawn anew whenever an answer comes, which must not take away what is being written.
    with page.expect_response("**/corridors*"):
        page.evaluate("viewer.store.set({placed: 1})")
    page.wait_for_selector("#scheme-corridors, .schemes-body p.quiet")
    assert page.evaluate("[document.activeElement.id, document.activeElement.value]") == ["rename-zh", "滨江二稿"]
    page.click("#rename-save")
    page.wait_for_function("() => document.querySelector('#schemes fieldset').innerText.includes('滨江二稿')")
    planner.settle()
    planner.picture("scheme_tools")
    page.click("#scheme-remove")
    assert "移除“滨江二稿”及其 1 个模型" in page.inner_text(".scheme-tools [role=alert]")
    page.click("#scheme-gone")
    page.wait_for_function("() => !viewer.store.get().scheme && !document.querySelector('#scheme-riverside')")
    assert district.client.get("/bim/schemes/riverside").status_code == 404


def test_a_site_is_drawn_and_a_building_taken_away_by_clicking_it(planner: Any, district: City) -> None:
    page = planner.page
    page.click("#scheme-new")
    page.fill("#draft-zh", "手绘")
    page.fill("#draft-id", "drawn")
    page.click("#draft-save")
    assert "请先指定用地" in page.inner_text(".scheme-draft .error")
    page.click("#draft-corners")
    for corner in ((121.5235, 31.2280), (121.5245, 31.2280), (121.5245, 31.2288), (121.5235, 31.2288)):
        planner.click(*corner)
    page.click("#draft-corners")
    assert "4 个角点" in page.inner_text("#draft-told")
    page.click("#draft-save")
    page.wait_for_selector("#scheme-taken", timeout=PATIENCE)
    page.evaluate(
        "viewer.store.set({mode: '2d'}); viewer.map.jumpTo({center: [121.5229, 31.2285], zoom: 17, pitch: 0})"
    )
    planner.settle()
    gone = page.evaluate("viewer.store.get().design.replaces.buildings")
    spot = middle(district, "buildings", lambda one: one["id"] not in gone and inside(one))
    page.click("#scheme-take")
    planner.click(*spot)
    page.wait_for_function(f"() => viewer.store.get().design.replaces.buildings.length === {len(gone) + 1}")
    assert page.get_attribute("#scheme-take", "aria-pressed") == "true", "the next click is one more"
    planner.click(*spot)
    page.wait_for_function(f"() => viewer.store.get().design.replaces.buildings.length === {len(gone)}")
    page.click("#scheme-take")
    assert page.get_attribute("#scheme-take", "aria-pressed") == "false"
    page.click("#scheme-take-all")
    page.wait_for_function("() => document.querySelector('#scheme-taken').innerText.includes('用地内全部')")


def inside(feature: dict[str, Any]) -> bool:
    """Tell whether a building stands in the middle of the picture, beside the panels."""
    spot = shape(feature["geometry"]).representative_point()
    return 0 < spot.x - 121.5231 < 0.0026 and abs(spot.y - 31.2285) < 0.001
