"""The wind scenario in the viewer: the map answers the sliders, and a run is read, followed and compared."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from windy import Windy

from api.sample import put_up_sensors
from twin.simulator.doors import DatabaseDoor
from twin.simulator.readings import World
from twin.simulator.speaking import Speech
from twin.simulator.standing import streams_there

pytestmark = pytest.mark.browser

NEAR = "#view=31.2365,121.5025,15,0,0"
SOLID = "#view=31.2365,121.5025,15.2,55,-30&mode=3d"
EAST = "wind=25,90,2"
TOWER = (121.5013, 31.2356)
NOTICE = (
    "浦东新区气象台2026年09月15日14时00分发布大风黄色预警[Ⅲ级/较重]:受冷空气影响,预计今天夜里本区将出现"
    "偏东风平均风力7-8级、阵风9-10级的大风,请注意防范。"
)
# The colours of the picture of gusts, on a copy: reading the canvas itself would make the browser complain.
COLORS = """() => {
  const source = document.getElementById('wind-picture-canvas');
  const copy = new OffscreenCanvas(source.width, source.height);
  const pen = copy.getContext('2d', {willReadFrequently: true});
  pen.drawImage(source, 0, 0);
  const bytes = pen.getImageData(0, 0, copy.width, copy.height).data;
  const seen = new Set();
  let clear = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    if (bytes[at + 3] === 0) clear += 1;
    seen.add((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]);
  }
  return {colors: seen.size, clear: clear / (bytes.length / 4)};
}"""
MEAN_ETA = """() => {
  const features = viewer.map.querySourceFeatures('wind-eta');
  const etas = features.map(one => viewer.map.getFeatureState({source: 'wind-eta', id: one.id}).eta || 0);
  return etas.reduce((sum, eta) => sum + eta, 0) / etas.length;
}"""


@pytest.fixture(scope="module")
def viewer_url(windy: Windy) -> str:
    """Let the viewer of this module be that of the windy district."""
    return str(windy.city.client.base_url)


@pytest.fixture(scope="module")
def night(windy: Windy) -> dict[str, Any]:
    """Return a run of a night: three hours of east wind that rises and falls."""
    values = [
        {"speed_ms": speed, "from_deg": 90, "at": f"2026-09-15T{hour}:00:00+08:00"}
        for hour, speed in ((20, 18), (21, 28), (22, 20))
    ]
    run = windy.run(forecast={"values": values})
    assert run["state"] == "done", run
    return run


@pytest.fixture(scope="module")
def breeze(windy: Windy) -> dict[str, Any]:
    """Return a run of a weaker wind from the south."""
    run = windy.run(wind={"speed_ms": 15, "from_deg": 180, "at": "2026-09-15T20:00:00+08:00"})
    assert run["state"] == "done", run
    return run


@pytest.fixture
def duty(viewer: Any, windy: Windy) -> Iterator[Any]:
    """Yield the viewer, signed in for one test."""
    viewer.page.context.request.post(f"{viewer.url}/session", data={"token": windy.city.token})
    yield viewer
    viewer.page.context.clear_cookies()


def drawn(viewer: Any) -> Any:
    """Wait for the picture of gusts."""
    viewer.page.wait_for_function("() => Boolean(viewer.map.getSource('wind-picture'))")
    return viewer.settle()


def asked(viewer: Any) -> list[str]:
    """Return the list that requests of the scenario are noted in, from now on."""
    found: list[str] = []
    viewer.page.on("request", lambda one: found.append(one.url) if "/scenarios" in one.url else None)
    return found


def test_nothing_is_asked_for_before_the_panel_is_opened(viewer: Any) -> None:
    found = asked(viewer)
    viewer.open(NEAR)
    assert found == []
    viewer.page.keyboard.press("w")
    drawn(viewer)
    assert viewer.page.is_visible("#wind")
    assert any("/scenarios/wind/field" in url for url in found)


def test_the_map_answers_the_slider_without_asking_again(viewer: Any, difference: Any) -> None:
    drawn(viewer.open(f"{NEAR}&{EAST}"))
    calm = viewer.page.evaluate(COLORS)
    assert calm["colors"] > 50
    before = viewer.picture("wind_25")
    found = asked(viewer)
    viewer.page.fill("#wind-speed", "45")
    viewer.settle()
    after = viewer.picture("wind_45")
    assert "45" in viewer.page.inner_text("#wind-said")
    assert difference(before, after, (500, 150, 1000, 650)) > 0.3
    assert [url for url in found if "field" in url] == []
    assert viewer.page.url.split("#")[1].find("wind=45,90,2") >= 0


def test_towers_take_the_colours_of_their_load(viewer: Any) -> None:
    drawn(viewer.open(f"{SOLID}&{EAST}"))
    viewer.page.wait_for_function("() => viewer.map.getSource('wind-eta') && viewer.map.isSourceLoaded('wind-eta')")
    viewer.settle()
    slow = viewer.page.evaluate(MEAN_ETA)
    found = asked(viewer)
    viewer.page.fill("#wind-speed", "35")
    viewer.settle()
    viewer.picture("wind_facades")
    assert 0.05 < slow < viewer.page.evaluate(MEAN_ETA)
    assert [url for url in found if "eta" in url] == []


def test_a_direction_without_fields_says_what_to_do(viewer: Any) -> None:
    viewer.open(f"{NEAR}&wind=25,300,2")
    viewer.page.wait_for_selector("#wind-library:not([hidden])")
    assert not viewer.page.is_visible("#wind-build"), "a visitor cannot build fields"
    assert len(viewer.page.inner_text("#wind-library")) > 10
    assert viewer.page.is_disabled("#wind-run"), "nor start a run"
    assert len(viewer.page.inner_text("#wind-why")) > 5


def test_a_duty_officer_may_build_what_is_missing(duty: Any) -> None:
    duty.open("#wind=25,300,2")
    duty.page.wait_for_selector("#wind-build")


def test_the_worst_stands_first_and_is_flown_to(viewer: Any, night: dict[str, Any]) -> None:
    drawn(viewer.open(f"{NEAR}&{EAST},runs&run={night['id']}"))
    viewer.page.wait_for_selector("#wind-ranking li")
    rows = viewer.page.locator("#wind-ranking li")
    levels = [int(row.get_attribute("data-level")) for row in rows.all()]
    assert levels == sorted(levels, reverse=True)
    assert "m/s" in rows.first.inner_text()
    before = viewer.page.evaluate("viewer.map.getZoom()")
    rows.first.locator("button").click()
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getZoom()") > before
    viewer.picture("wind_ranking")


def test_the_storm_is_gone_through_hour_by_hour(viewer: Any, night: dict[str, Any]) -> None:
    drawn(viewer.open(f"{NEAR}&{EAST},runs&run={night['id']}"))
    viewer.page.wait_for_selector(".storm-step")
    assert viewer.page.locator(".storm-step").count() == 3
    viewer.page.click('.storm-step[data-step="0"]')
    viewer.settle()
    assert viewer.page.evaluate("viewer.store.get().wind.speed") == 18
    assert "20:00" in viewer.page.inner_text("#storm-said")
    viewer.page.click("#storm-next")
    assert viewer.page.evaluate("viewer.store.get().wind.speed") == 28
    streets = viewer.page.evaluate("viewer.store.get().members.wind_streets")
    assert streets["time"] == night["times"][1]


def test_a_section_and_a_profile_are_drawn_where_a_person_clicks(viewer: Any) -> None:
    drawn(viewer.open(f"{NEAR}&{EAST},section"))
    viewer.page.click("#section-along")
    viewer.page.wait_for_selector("#section-plot canvas")
    viewer.page.click("#profile-draw")
    viewer.click(*TOWER)
    viewer.page.wait_for_selector("#profile-plot canvas")
    assert "m/s" in viewer.page.inner_text("#profile-plot")
    viewer.picture("wind_section")


def test_two_runs_are_compared(viewer: Any, night: dict[str, Any], breeze: dict[str, Any]) -> None:
    drawn(viewer.open(f"{NEAR}&{EAST},compare&run={night['id']}&against={breeze['id']}"))
    said = viewer.page.inner_text("#compare-said")
    assert "28" in said
    assert "15" in said
    colors = viewer.page.evaluate(COLORS)
    assert colors["colors"] > 50
    viewer.picture("wind_compare")


def test_a_warning_starts_a_run_that_can_be_stopped(duty: Any, windy: Windy) -> None:
    windy.city.client.post(
        "/warnings", content=NOTICE, headers=windy.city.signed_in | {"content-type": "text/plain; charset=utf-8"}
    )
    drawn(duty.open(f"{NEAR}&{EAST}"))
    page = duty.page
    page.click('#wind-pick label:has(input[value="warning"])')
    page.click("#wind-source label")
    page.click("#wind-run")
    # The warning started one by its rule, the press of the button another.
    page.wait_for_function("() => document.querySelectorAll('#wind-run-list li[data-state=queued]').length === 2")
    for stopped in (1, 2):
        page.locator("#wind-run-list li[data-state=queued] button.icon").first.click()
        page.wait_for_function(
            f"() => document.querySelectorAll('#wind-run-list li[data-state=cancelled]').length === {stopped}"
        )


def test_the_wind_of_the_masts_drives_a_run(duty: Any, windy: Windy) -> None:
    drawn(duty.open(f"{NEAR}&{EAST}"))
    page = duty.page
    page.click('#wind-pick label:has(input[value="sensors"])')
    page.wait_for_function("() => document.getElementById('wind-masts-said')?.textContent.includes('没有公开的测风杆')")
    assert page.is_disabled("#wind-run")
    database = windy.city.database
    put_up_sensors(database)
    with database.reader.connect() as connection:
        masts = streams_there(connection, ["wind_mast"])
    now = datetime.now(UTC)
    Speech(masts, World(), DatabaseDoor(database)).fill(now - timedelta(hours=1), now, timedelta(minutes=5))
    page.click('#wind-pick label:has(input[value="wind"])')
    page.click('#wind-pick label:has(input[value="sensors"])')
    page.wait_for_selector("#wind-source details")
    assert "m/s" in page.inner_text("#wind-masts-said")
    assert "按 8/12 个测风杆" in page.inner_text("#wind-source")
    page.click("#wind-source summary")
    assert "未用：在街道中" in page.inner_text("#wind-source ul")
    duty.picture("wind_masts")
    with page.expect_request("**/scenarios/wind/runs?**") as asked:
        page.click("#wind-run")
    assert asked.value.post_data_json == {"sensors": {}}
    page.wait_for_selector("#wind-run-list li[data-state=queued]")
    page.locator("#wind-run-list li[data-state=queued] button.icon").first.click()
    page.wait_for_function("() => !document.querySelectorAll('#wind-run-list li[data-state=queued]').length")


def test_a_task_is_confirmed(duty: Any, night: dict[str, Any]) -> None:
    drawn(duty.open(f"{NEAR}&{EAST},runs&run={night['id']}"))
    duty.page.click('#wind-lists button[data-list="tasks"]')
    first = duty.page.locator("#wind-tasks li").first
    first.locator('button[data-action="confirm"]').click()
    duty.page.wait_for_selector('#wind-tasks li[data-state="confirmed"]')


def test_no_known_barrier_stands_in_the_panel(viewer: Any, barriers: Any, night: dict[str, Any]) -> None:
    drawn(viewer.open(f"{NEAR}&{EAST}&run={night['id']}"))
    for tab in ("pick", "runs", "section", "compare"):
        viewer.page.click(f"#tab-wind-{tab}")
        assert barriers() == [], tab
