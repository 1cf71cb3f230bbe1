"""Sensors in the viewer: what is published appears by itself, is charted, compared, replayed, for whom may see it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from brokers import prepared_broker, running
from city import City, open_server
from mqtt_client import mqtt_client
from sensing import add_stream, add_thing
from sqlalchemy import text

from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
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
        stopping = threading.Event()
        worker = threading.Thread(target=bridge.run, args=(stopping,))
        worker.start()
        try:
            assert bridge.subscribed.wait(60)
            yield broker
        finally:
            stopping.set()
            worker.join()


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
