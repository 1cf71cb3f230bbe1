"""Sensors in the viewer: what is published appears by itself, is charted, compared, replayed, for whom may see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
from brokers import bridging, prepared_broker, running
from city import City, open_server
from mqtt_client import mqtt_client
from sensing import add_stream, add_thing
from sqlalchemy import text

from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.ops.process import wait_until
from twin.sensing.ingest import ingest
from twin.sensing.mqtt.bridge import Bridge
from twin.sensing.reading import Reading

pytestmark = pytest.mark.browser
PLACE = (121.5, 31.2)
VIEW = f"#view={PLACE[1]},{PLACE[0]},17.5,0,0"
# What stands beside the sign of a thing.
SHOWN = "thing => viewer.known.marked.find(({properties}) => properties.thing === thing)?.properties.full ?? ''"
PATIENCE_MS = 60_000


@dataclass
class Yard:
    """Two masts beside each other; of the first somebody in the house alone may see one datastream."""

    city: City
    mast: int
    other: int
    air: int
    wind: int
    secret: int
    beside: int

    def observe(self, stream: int, *results: tuple[datetime, Any]) -> None:
        """Keep observations as every door does."""
        with self.city.database.writer.begin() as connection:
            assert not ingest(connection, [Reading(stream, time, result) for time, result in results]).refused

    def rows(self, statement: str, **given: Any) -> list[Any]:
        """Return the rows of a statement."""
        with self.city.database.owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), given)]


def ago(minutes: float) -> datetime:
    """Return an instant that many minutes before now, to the second."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).replace(microsecond=0)


@pytest.fixture
def yard(server: Any, template: str, tmp_path: Path) -> Iterator[Yard]:
    with server.copy_of(template) as database:
        with database.owner.begin() as connection:
            mast, other = add_thing(connection, "甲杆"), add_thing(connection, "乙杆", 121.5006)
            connection.execute(text("UPDATE onemap.things SET category = 'wind_mast'"))
            air, wind = add_stream(connection, mast, "气温"), add_stream(connection, mast, "风速")
            secret, beside = add_stream(connection, mast, "内部量", grade=2), add_stream(connection, other, "气温")
            connection.execute(
                text("UPDATE onemap.datastreams SET unit_symbol = 'm/s' WHERE fid = :wind"), {"wind": wind}
            )
        with open_server(database, tmp_path / "home") as city:
            yield Yard(city, mast, other, air, wind, secret, beside)


@pytest.fixture
def viewer_url(yard: Yard) -> str:
    return str(yard.city.client.base_url)


@pytest.fixture
def signed(viewer: Any, yard: Yard) -> Iterator[Callable[[str, Grade], None]]:
    """Return what signs somebody in who has a role and a clearance."""

    def sign(role: str, grade: Grade) -> None:
        with yard.city.database.writer.begin() as connection:
            token = people.add(connection, "某人", Rights((role,) if role else (), grade))
        viewer.page.context.request.post(f"{viewer.url}/session", data={"token": token})

    yield sign
    viewer.page.context.clear_cookies()


@contextmanager
def bridged(city: City, home: Path) -> Iterator[Any]:
    """Yield a broker whose bridge keeps what comes in the city's database."""
    broker = prepared_broker(home)
    with running(broker):
        bridge = Bridge(city.database, broker.settings.mqtt_read_port, broker.password("bridge"))
        with bridging(bridge):
            yield broker


def reads(viewer: Any, thing: int, words: str) -> None:
    """Wait until a thing on the map reads so."""
    script = f"([thing, words]) => ({SHOWN})(thing).includes(words)"
    viewer.page.wait_for_function(script, arg=[thing, words], timeout=PATIENCE_MS)


def test_what_a_device_publishes_appears_on_the_map_by_itself(viewer: Any, yard: Yard, session_folder: Path) -> None:
    with bridged(yard.city, session_folder / "viewed") as broker:
        page = viewer.open(VIEW).page
        page.wait_for_function("() => viewer.feed.facts.how === 'stream'", timeout=PATIENCE_MS)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        view = page.evaluate("JSON.stringify(viewer.store.get().view)")
        with mqtt_client(broker.settings.mqtt_port, "gateway", broker.password("gateway")) as device:
            device.subscribe("v1.1/+/Observations/ack")
            for result in (21.5, 22.5):
                message = orjson.dumps({"result": result, "phenomenonTime": datetime.now(UTC).isoformat()})
                device.publish(f"v1.1/Datastreams({yard.air})/Observations", message)
                device.next()
                reads(viewer, yard.mast, f"{result} °C")
        assert page.evaluate("JSON.stringify(viewer.store.get().view)") == view
        assert [url for url in asked if ".mvt" in url or "/items" in url] == [], "neither map nor list is asked anew"


def charted(viewer: Any, count: int = 1) -> None:
    """Wait for a chart of so many datastreams."""
    viewer.page.wait_for_function(
        "count => document.querySelectorAll('#sensor-chart .sensor-line').length === count", arg=count
    )


def told(viewer: Any) -> str:
    """Return what is read under the pointer of the chart."""
    return str(viewer.page.inner_text(".sensor-said"))


def test_a_click_opens_a_chart_with_the_numbers_of_the_database(viewer: Any, yard: Yard) -> None:
    begin = ago(600).replace(minute=30, second=0)
    yard.observe(yard.air, *((begin + timedelta(minutes=minute), 20 + minute / 10) for minute in range(0, 240, 1)))
    page = viewer.open(VIEW).page
    reads(viewer, yard.mast, "43.9 °C")
    assert "小时前" in page.evaluate(f"({SHOWN})({yard.mast})"), "what is old says how old"
    viewer.settle()
    viewer.click(*PLACE)
    charted(viewer)
    assert page.evaluate("viewer.store.get().sensors.streams") == [yard.air]
    page.focus(".sensor-chart")
    page.keyboard.press("Home")
    bucket = "date_bin('15 minutes', time, '2000-01-01Z')"
    statement = (
        f"SELECT {bucket}, avg(result), min(result), max(result) FROM onemap.observation"
        " WHERE datastream = :stream GROUP BY 1 ORDER BY 1"
    )
    rows = yard.rows(statement, stream=yard.air)
    for place in (0, 1, len(rows) - 1):
        page.keyboard.press("Home")
        for _ in range(place):
            page.keyboard.press("ArrowRight")
        start, mean, least, most = rows[place]
        local = start.astimezone(timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M")
        assert told(viewer).startswith(local.removesuffix(" 00:00"))
        assert f"{mean:.1f}" in told(viewer)
        assert f"({least:.3g} – {most:.3g})" in told(viewer)
    assert page.get_attribute(".sensor-chart", "aria-valuetext").startswith(local[:10])
    with page.expect_download() as download:
        page.click("#sensor-csv")
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "start,甲杆 气温 mean (°C),甲杆 气温 min (°C),甲杆 气温 max (°C),甲杆 气温 count"
    assert len(lines) == len(rows) + 1
    assert [float(part) for part in lines[1].split(",")[1:4]] == pytest.approx(rows[0][1:])


def test_a_new_reading_is_at_the_end_of_an_open_chart_and_in_the_rows(viewer: Any, yard: Yard) -> None:
    yard.observe(yard.air, *((ago(minute), 20.0) for minute in range(60, 5, -1)))
    page = viewer.open(f"{VIEW}&sensors=view,6h,{yard.mast},{yard.air}").page
    charted(viewer)
    page.focus("#sensor-csv")
    yard.observe(yard.air, (ago(0), 39.5))
    page.wait_for_function("() => document.querySelector('.sensor-result').textContent === '39.5 °C'")
    assert page.evaluate("document.activeElement.id") == "sensor-csv", "what somebody is at stays"
    page.wait_for_function(
        "() => [...document.querySelectorAll('.sensor-axes text')].some(one => one.textContent === '40')"
    )


def test_datastreams_of_one_unit_are_compared_and_others_take_their_place(viewer: Any, yard: Yard) -> None:
    for stream, value in ((yard.air, 20.0), (yard.beside, 25.0), (yard.wind, 5.0)):
        yard.observe(stream, *((ago(minute), value + minute / 60) for minute in range(180, 0, -1)))
    page = viewer.open(f"{VIEW}&sensors=view,6h,{yard.mast},{yard.air}").page
    charted(viewer)
    page.select_option("#sensor-compare", str(yard.beside))
    charted(viewer, 2)
    assert page.url.endswith(f"sensors=view,6h,{yard.mast},{yard.air}.{yard.beside}&lang=zh")
    page.focus(".sensor-chart")
    page.keyboard.press("Home")
    assert "甲杆 气温" in told(viewer)
    assert "乙杆 气温" in told(viewer)
    page.click(f"#sensor-stream-{yard.wind}")
    charted(viewer)
    assert "单位不同" in page.inner_text("#toast")
    assert str(page.text_content(".sensor-axes")).endswith("m/s")
    page.go_back()
    charted(viewer, 2)
    page.reload()
    charted(viewer, 2)


def test_what_is_hidden_is_neither_on_the_page_nor_in_what_comes(
    viewer: Any, yard: Yard, signed: Callable[[str, Grade], None]
) -> None:
    yard.observe(yard.secret, (ago(3), 66.6))
    yard.observe(yard.air, (ago(3), 21.0))
    page = viewer.open(f"{VIEW}&sensors=view").page
    reads(viewer, yard.mast, "21 °C")
    yard.observe(yard.secret, (ago(0), 77.7))
    yard.observe(yard.air, (ago(0), 22.0))
    reads(viewer, yard.mast, "22 °C")
    assert page.evaluate("[...viewer.known.readings.keys()]") == [yard.air]
    assert not any(value in page.content() for value in ("66.6", "77.7"))
    viewer.open(f"{VIEW}&sensors=view,24h,{yard.mast},{yard.secret}")
    page.wait_for_selector("#sensor-chart p")
    assert "没有" in page.inner_text("#sensor-chart") or "datastream" in page.inner_text("#sensor-chart")
    assert not any(value in page.content() for value in ("66.6", "77.7"))
    viewer.complaints[:] = [said for said in viewer.complaints if "40" not in said]
    signed("", Grade.INTERNAL)
    viewer.page.goto("about:blank")
    viewer.open(VIEW)
    reads(viewer, yard.mast, "77.7 °C")
    yard.city.sql(f"UPDATE onemap.datastreams SET grade = 3 WHERE fid = {yard.secret}")
    viewer.page.wait_for_function(f"() => !({SHOWN})({yard.mast}).includes('77.7')", timeout=PATIENCE_MS)


def test_the_page_tells_what_had_been_read_at_a_past_time_and_replays_an_hour(viewer: Any, yard: Yard) -> None:
    yard.observe(yard.air, *((ago(minute), float(100 - minute)) for minute in range(90, 0, -1)))
    then = ago(30).isoformat().replace("+00:00", "Z")
    page = viewer.open(f"{VIEW}&sensors=view,6h,{yard.mast},{yard.air}&at={then}").page
    reads(viewer, yard.mast, "70 °C")
    assert "当时的" in page.inner_text("#sensors-said")
    page.wait_for_function("() => document.querySelector('.sensor-result').textContent === '70 °C'")
    page.click("#past-back")
    reads(viewer, yard.mast, "99 °C")
    page.wait_for_function("() => viewer.feed.facts.how === 'stream'")
    page.click("#sensor-replay")
    shown = f"() => viewer.feed.facts.how === 'past' && viewer.known.readings.get({yard.air})?.result"
    first = page.wait_for_function(f"() => ({shown})() < 45 && ({shown})()", timeout=PATIENCE_MS).json_value()
    charted(viewer)
    page.wait_for_selector(".sensor-mark", state="attached")
    page.wait_for_function(f"first => ({shown})() > first", arg=first, timeout=PATIENCE_MS)
    page.click("#sensor-replay")
    assert "继续重放" in page.inner_text("#sensor-replay")
    page.click("#past-back")
    reads(viewer, yard.mast, "99 °C")
    assert "重放过去一小时" in page.inner_text("#sensor-replay")


def test_where_the_stream_fails_the_page_asks_again_and_says_so(viewer: Any, yard: Yard) -> None:
    yard.observe(yard.air, (ago(1), 1.5))
    viewer.page.route(
        "**/sensing/changes*", lambda route: route.continue_() if "lasting" in route.request.url else route.abort()
    )
    page = viewer.open(f"{VIEW}&sensors=view").page
    page.evaluate("viewer.feed.retry()")
    viewer.page.unroute("**/sensing/changes*")
    viewer.page.route(
        "**/sensing/changes*",
        lambda route: route.continue_() if "lasting" in route.request.url else route.fulfill(status=503),
    )
    page.evaluate("viewer.feed.retry()")
    page.wait_for_function("() => viewer.feed.facts.how === 'poll'", timeout=PATIENCE_MS)
    reads(viewer, yard.mast, "1.5 °C")
    assert "每 5 秒" in page.inner_text("#sensors-said")
    yard.observe(yard.air, (ago(0), 2.5))
    reads(viewer, yard.mast, "2.5 °C")
    viewer.page.unroute("**/sensing/changes*")
    viewer.page.route("**/sensing/changes*", lambda route: route.abort())
    page.wait_for_function("() => document.querySelector('#sensors-said').dataset.how === 'lost'", timeout=PATIENCE_MS)
    assert "服务器" in page.inner_text("#sensors-said")
    viewer.page.unroute("**/sensing/changes*")
    page.click("#sensors-said button")
    page.wait_for_function("() => viewer.feed.facts.how === 'stream'", timeout=PATIENCE_MS)
    viewer.complaints[:] = [said for said in viewer.complaints if "Failed to load resource" not in said]


def test_a_page_that_nobody_sees_asks_for_nothing(viewer: Any, yard: Yard) -> None:
    yard.observe(yard.air, (ago(1), 1.5))
    page = viewer.open(VIEW).page
    reads(viewer, yard.mast, "1.5 °C")
    live = yard.city.app.app_state.live
    assert live.count == 1
    hide = """value => {
      Object.defineProperty(document, 'hidden', {value, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    assert wait_until(lambda: live.count == 0, 60)
    page.evaluate(hide, False)
    assert wait_until(lambda: live.count == 1, 60)
    page.evaluate("viewer.store.setLayer('readings', {on: false})")
    assert wait_until(lambda: live.count == 0, 60), "what is switched off costs nothing"


def test_the_panel_is_used_with_the_keyboard_read_aloud_and_in_both_languages(
    viewer: Any, yard: Yard, barriers: Callable[[], list[str]]
) -> None:
    yard.observe(yard.air, *((ago(minute), 20 - minute / 30) for minute in range(120, 0, -1)))
    yard.observe(yard.beside, (ago(1), 3.0))
    page = viewer.open(VIEW).page
    reads(viewer, yard.mast, "20 °C")
    page.keyboard.press("i")
    page.wait_for_selector(".sensor-row")
    assert "测风杆 · 2" in page.inner_text("#sensors-list")
    assert barriers() == []
    page.focus(".sensor-row")
    page.keyboard.press("Enter")
    charted(viewer)
    page.wait_for_function("() => document.querySelector('.sensor-trend').textContent === '↑'")
    assert "上升" in page.get_attribute(".sensor-trend", "aria-label")
    assert barriers() == []
    viewer.picture("sensors-panel")
    page.click("#language")
    page.click("#theme")
    page.wait_for_selector("#sensors >> text=Replay the last hour")
    assert "Sensors in view" in page.inner_text("#sensors-tabs")
    assert barriers() == []
    viewer.settle().picture("sensors-panel-dark")
    page.focus("#tab-sensors-view")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#sensors >> text=There are no alarms.")
    assert barriers() == []
    page.keyboard.press("Escape")
    assert page.is_hidden("#sensors")
    assert page.evaluate("document.activeElement.id") == "sensors-open"


def test_the_card_of_a_sensor_tells_its_attributes_and_keeps_within_a_narrow_page(viewer: Any, yard: Yard) -> None:
    yard.observe(yard.air, *((ago(minute), 52.0 + minute / 10) for minute in range(120, 0, -1)))
    words = "'江边楼顶，', 60), properties = '{\"mount\": \"roof\"}'"
    yard.city.sql(f"UPDATE onemap.things SET description = repeat({words} WHERE fid = {yard.mast}")
    yard.city.sql(f"UPDATE onemap.datastreams SET unit_symbol = 'ug/m3' WHERE fid = {yard.air}")
    page = viewer.page
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 800})
    try:
        viewer.open(f"{VIEW}&sensors=view,24h,{yard.mast},{yard.air}")
        charted(viewer)
        ticks = page.locator(".sensor-axes text")
        unit = ticks.last.bounding_box()
        assert ticks.last.text_content() == "µg/m³"
        assert not any(overlap(unit, ticks.nth(place).bounding_box()) for place in range(ticks.count() - 1))
        page.click("#sensor-card")
        page.wait_for_selector("#right .foot")
        assert page.locator(".five [data-column=category]").count() == 1
        assert page.locator(".five [data-column=properties]").count() == 0, "JSON is no fact to begin with"
        assert "roof" in page.text_content("#right table")
        page.locator("#right .foot").scroll_into_view_if_needed()
        foot, card = (page.locator(name).bounding_box() for name in ("#right .foot", "#right"))
        assert foot["y"] + foot["height"] <= card["y"] + card["height"] + 1
    finally:
        page.set_viewport_size(size)


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    """Return whether two boxes of the page share a place."""
    wide = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    return wide and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]


def test_an_alarm_is_seen_on_map_and_list_and_acknowledged_by_those_who_may(
    viewer: Any, yard: Yard, signed: Callable[[str, Grade], None], barriers: Callable[[], list[str]]
) -> None:
    yard.observe(yard.wind, *((ago(minute), 10.0 + minute / 100) for minute in range(60, 0, -1)))
    signed("steward", Grade.INTERNAL)
    page = viewer.open(f"{VIEW}&sensors=alarms").page
    page.wait_for_selector("#sensors-alarms >> text=没有告警")
    yard.city.sql(
        "INSERT INTO onemap.alarms (name, rule, kind, state, level, datastream, thing, value, limit_value, unit, since,"
        f" message_zh, message_en, geom, valid) SELECT '甲杆', 1, 'threshold', 'raised', 3, {yard.wind}, {yard.mast},"
        " 18.3, 17.2, 'm/s', now(), '风速超过 17.2 m/s', 'wind above 17.2 m/s', geom, tstzrange(now(), NULL)"
        f" FROM onemap.things WHERE fid = {yard.mast}"
    )
    page.wait_for_selector("#sensors-alarms li")
    listed = page.inner_text("#sensors-alarms")
    assert "风速超过 17.2 m/s" in listed
    assert "18.3 m/s，限值 17.2 m/s" in listed
    assert "1 条未确认" in listed
    assert page.inner_text("#tab-sensors-alarms") == "告警（1）"
    page.wait_for_function("() => viewer.map.getLayer('alarm-marks')")
    assert barriers() == []
    page.evaluate("viewer.store.setLayer('alarms', {on: true})")
    # Its circle is seen around the sign of the sensor.
    page.wait_for_function(
        """place => {
          const {x, y} = viewer.map.project(place);
          const layers = ['alarms-circle'].filter(id => viewer.map.getLayer(id));
          return layers.length && viewer.map.queryRenderedFeatures([x - 15, y], {layers}).length === 1;
        }""",
        arg=PLACE,
    )
    viewer.picture("sensors-alarms")
    page.click("#sensors-alarms .main")
    page.wait_for_selector("#sensors-alarms li[data-state=acknowledged]")
    assert yard.rows("SELECT state FROM onemap.alarms WHERE upper_inf(valid)") == [("acknowledged",)]
    page.click(".alarm-head")
    charted(viewer)
    assert page.evaluate("viewer.store.get().sensors.streams") == [yard.wind]
