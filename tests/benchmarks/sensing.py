"""Sensing: observations a second by HTTP arrays and by MQTT, beside a raw COPY of the same rows; reading meanwhile."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import peers
from brokers import prepared_broker, running
from meter import meter
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
from programs import Running
from report import machine
from stage import Stage

from api.layers import all_layers
from api.schemas import all_schemas
from layers.access import ensure_administrator
from layers.store.migration import migrate
from twin.sensing.ingest.packed import HEADER, TRAILER, packed
from twin.sensing.ingest.stage import TYPES
from twin.sensing.mqtt.security import GATEWAY
from twin.sensing.reading import MEASUREMENT, Reading

HEADING = "## Sensors"
SENDERS, LINES, IN_BODY, MQTT_SHARE = 2, 10, 5_000, 20
_START = datetime(2026, 11, 1, tzinfo=UTC)
_WEST, _SOUTH, _SIDE = 121.4, 31.1, 0.2
# 2 × 2 km about the middle.
_BOX = "121.4895,31.191,121.5105,31.209"
_MOST_WAIT_S = 120.0
_MADE = f"""
INSERT INTO onemap.things (fid, name, grade, geom, valid) OVERRIDING SYSTEM VALUE
SELECT n, 'mast ' || n, 0,
       ST_SetSRID(ST_MakePoint({_WEST} + {_SIDE} * random(), {_SOUTH} + {_SIDE} * random()), 4490),
       '[2020-01-01Z,)' FROM generate_series(1, %(count)s) AS n;
INSERT INTO onemap.datastreams
    (fid, name, thing, observation_type, property_name, unit_symbol, grade, geom, valid) OVERRIDING SYSTEM VALUE
SELECT n, 'wind ' || n, n, '{MEASUREMENT}', 'wind speed', 'm/s', 0, 'SRID=4490;POINT EMPTY', '[2020-01-01Z,)'
FROM generate_series(1, %(count)s) AS n;
"""
_KEPT = "SELECT coalesce(sum(count), 0) FROM onemap.latest"
_EXPANDED = "Datastreams($expand=Observations($top=1;$orderby=phenomenonTime desc))"
READS = {
    "latest in 2 × 2 km (first 1,000)": f"/collections/readings/items?limit=1000&bbox={_BOX}",
    "$count of Observations": "/sensorthings/v1.1/Observations?$count=true&$top=1",
    "100 Things, each with its newest Observation": f"/sensorthings/v1.1/Things?$top=100&$expand={quote(_EXPANDED)}",
    "a day by buckets of an hour": "/sensing/buckets?datastreams=1&every=PT1H",
}


@dataclass(frozen=True)
class Rate:
    """Observations a second, and the processor seconds of the generator, of us and of PostgreSQL meanwhile."""

    number: int
    seconds: float
    generator_s: float
    ours_s: float
    postgres_s: float

    @property
    def each_second(self) -> float:
        return self.number / self.seconds

    def text(self) -> str:
        """Return rate and shares."""
        total = max(self.generator_s + self.ours_s + self.postgres_s, 1e-9)
        generator, ours, postgres = (one / total for one in (self.generator_s, self.ours_s, self.postgres_s))
        return (
            f"{self.each_second:,.0f}/s ({self.number:,} in {self.seconds:.1f} s; processor time: generator "
            f"{generator:.0%}, we {ours:.0%}, PostgreSQL {postgres:.0%})"
        )


@dataclass(frozen=True)
class Sensing:
    """Everything that was measured; milliseconds of each read, idle and while observations came in."""

    conditions: dict[str, str]
    raw: list[Rate] = field(default_factory=list)
    arrays: list[Rate] = field(default_factory=list)
    sparse: list[Rate] = field(default_factory=list)
    mqtt: list[Rate] = field(default_factory=list)
    idle_ms: dict[str, list[float]] = field(default_factory=dict)
    busy_ms: dict[str, list[float]] = field(default_factory=dict)

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def sensing(stage: Stage, things: int, observations: int, rounds: int) -> Sensing:
    """Send observations to the whole product in turn by each way, and read before and meanwhile."""
    migrate(stage.database, all_layers(), all_schemas())
    with stage.superuser() as connection, connection.cursor() as cursor:
        for statement in _MADE.split(";\n")[:-1]:
            cursor.execute(statement, {"count": things} if "%(count)s" in statement else None)
        for table in ("things", "datastreams"):
            cursor.execute(f"VACUUM (ANALYZE) onemap.{table}")
    result = Sensing(
        {
            "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine(),
            "data": f"{things:,} Things with a Datastream each, {observations:,} observations a round",
        }
    )  # fmt: skip
    source = _Source(things)
    with _product(stage) as (web, token, broker_port, password, bridge):
        bench = _Bench(stage, web, token, broker_port, password, bridge)
        bench.arrays(source.bodies(IN_BODY, LINES))  # what is made at first use is made
        for _ in range(rounds):
            result.raw.append(bench.raw(source.readings(observations)))
            result.arrays.append(bench.arrays(source.bodies(observations, LINES)))
            result.sparse.append(bench.arrays(source.bodies(observations // 2, 1)))
            result.mqtt.append(bench.mqtt(source.messages(max(1, observations // MQTT_SHARE))))
        result.idle_ms.update(bench.reads(lambda: None))
        bodies = source.bodies(observations * 2, LINES)
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(bench.arrays, bodies)
            result.busy_ms.update(bench.reads(lambda: None if not sending.done() else StopIteration))
            sending.result()
    return result


@dataclass
class _Source:
    """Observations, each with another instant; every Datastream has its turn."""

    things: int
    made: int = 0

    def readings(self, number: int) -> list[Reading]:
        """Return readings, of one Datastream after the other."""
        start, self.made = self.made, self.made + number
        return [
            Reading(n % self.things + 1, _START + timedelta(milliseconds=37 * n), (n * 7919 % 4001) / 100)
            for n in range(start, start + number)
        ]

    def bodies(self, number: int, lines: int) -> list[bytes]:
        """Return requests of arrays with so many lines each."""
        made = []
        for first in range(0, number, IN_BODY):
            readings = self.readings(min(IN_BODY, number - first))
            arrays = [
                _array(readings[at].datastream, readings[at : at + lines]) for at in range(0, len(readings), lines)
            ]
            made.append(json.dumps(arrays, separators=(",", ":")).encode())
        return made

    def messages(self, number: int) -> list[tuple[str, bytes]]:
        """Return topics and payloads."""
        return [
            (f"v1.1/Datastreams({one.datastream})/Observations", json.dumps(_document(one)).encode())
            for one in self.readings(number)
        ]


def _array(datastream: int, readings: Sequence[Reading]) -> dict[str, Any]:
    lines = [[one.time.isoformat().replace("+00:00", "Z"), one.result] for one in readings]
    return {"Datastream": {"@iot.id": datastream}, "components": ["phenomenonTime", "result"], "dataArray": lines}


def _document(reading: Reading) -> dict[str, Any]:
    return {"phenomenonTime": reading.time.isoformat(), "result": reading.result}


@dataclass(frozen=True)
class _Bench:
    stage: Stage
    web: Running
    token: str
    broker_port: int
    password: str
    bridge: int

    def raw(self, readings: Sequence[Reading]) -> Rate:
        """Copy the same rows into a bare table, the limit; they are made before."""
        blocks = list(packed(list(enumerate(readings))))
        with self.stage.superuser() as connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS onemap.raw_observation")
            columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
            cursor.execute(f"CREATE TABLE onemap.raw_observation ({columns})".encode())

            def copy() -> None:
                with cursor.copy("COPY onemap.raw_observation FROM STDIN (FORMAT BINARY)") as to:
                    for block in (HEADER, *blocks, TRAILER):
                        to.write(block)

            return self._rated(len(readings), copy)

    def arrays(self, bodies: Sequence[bytes]) -> Rate:
        """Send requests by two connections, each when the one before is answered."""
        number = sum(body.count(b'["20') for body in bodies)

        def send() -> None:
            with ThreadPoolExecutor(SENDERS) as pool:
                list(pool.map(self._post, [bodies[one::SENDERS] for one in range(SENDERS)]))

        return self._rated(number, send)

    def _post(self, bodies: Sequence[bytes]) -> None:
        connection = self._connection()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        for body in bodies:
            connection.request("POST", "/sensorthings/v1.1/CreateObservations", body, headers)
            answer = connection.getresponse()
            told = answer.read()
            if answer.status != 201 or b'"error' in told:
                raise RuntimeError(f"CreateObservations: {answer.status} {told[:300]!r}")
        connection.close()

    def mqtt(self, messages: Sequence[tuple[str, bytes]]) -> Rate:
        """Publish with quality 1, and wait until all are kept."""
        before = self._kept()
        ready = threading.Event()
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.username_pw_set("gateway", self.password)
        client.on_connect = lambda *_: ready.set()
        client.connect("127.0.0.1", self.broker_port)
        client.loop_start()
        ready.wait(30)

        def publish() -> None:
            for topic, payload in messages:
                client.publish(topic, payload, 1)
            end = time.monotonic() + _MOST_WAIT_S
            while self._kept() < before + len(messages):
                if time.monotonic() > end:
                    raise RuntimeError(f"{self._kept() - before} of {len(messages)} messages were kept")
                time.sleep(0.05)

        try:
            return self._rated(len(messages), publish)
        finally:
            client.disconnect()
            client.loop_stop()

    def _kept(self) -> int:
        with self.stage.reader() as connection:
            row = connection.execute(_KEPT).fetchone()
        return 0 if row is None else int(row[0])

    def reads(self, go_on: Callable[[], object], times: int = 15) -> dict[str, list[float]]:
        """Return the milliseconds of each read, in turn, until the work beside it is done."""
        found: dict[str, list[float]] = {name: [] for name in READS}
        connection = self._connection()
        for _ in range(times):
            for name, path in READS.items():
                if go_on() is not None:
                    return found
                start = time.perf_counter()
                connection.request(
                    "GET", quote(path, safe="/?&=$,%()"), headers={"Authorization": f"Bearer {self.token}"}
                )
                answer = connection.getresponse()
                told = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status} {told[:300]!r}")
                found[name].append((time.perf_counter() - start) * 1000)
        return found

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.web.url.removeprefix("http://"), timeout=120)

    def _rated(self, number: int, work: Callable[[], object]) -> Rate:
        web, bridge = meter(self.web.pid), meter(self.bridge)
        meters = (time.process_time, lambda: web() + bridge(), self.stage.postgres_meter())
        before, start = [one() for one in meters], time.perf_counter()
        work()
        seconds = time.perf_counter() - start
        return Rate(number, seconds, *(one() - was for one, was in zip(meters, before, strict=True)))


@contextmanager
def _product(stage: Stage) -> Iterator[tuple[Running, str, int, str, int]]:
    """Run web, broker and bridge; yield web, administrator's token, port and password of devices, bridge."""
    program = peers.ours(stage, "sensing")
    home = Path(program.environment["TWIN_HOME"])
    home.mkdir(mode=0o755)
    with stage.database.owner.begin() as connection:
        token = ensure_administrator(connection, home).read_text().strip()
    broker = prepared_broker(home)
    ports = {"TWIN_MQTT_PORT": broker.settings.mqtt_port, "TWIN_MQTT_READ_PORT": broker.settings.mqtt_read_port}
    environment = {**os.environ, **program.environment, **{name: str(port) for name, port in ports.items()}}
    with program.running() as web, running(broker):
        command = [sys.executable, "-m", "api.serve.bridge"]
        with subprocess.Popen(command, env=environment) as bridge:
            yield web, token, broker.settings.mqtt_port, broker.password(GATEWAY), bridge.pid
            bridge.terminate()


def _lines(result: Sensing) -> Iterator[str]:
    yield from (HEADING, "", "Made by `make bench ARGS=sensing`.", "")
    yield from (f"- {name}: {value}" for name, value in result.conditions.items())
    yield from ("", f"Observations a second, the median of {len(result.raw)} rounds in turn:", "")
    limit = _middle(result.raw).each_second
    ways = {
        "raw COPY into a bare table, the limit": result.raw,
        f"arrays of {LINES} lines ({SENDERS} connections, {IN_BODY:,} in a request)": result.arrays,
        f"arrays of one line ({SENDERS} connections, {IN_BODY:,} in a request)": result.sparse,
        "MQTT, a message each, until it is in the history": result.mqtt,
    }
    for name, rates in ways.items():
        middle = _middle(rates)
        yield f"- {name}: {middle.text()}, {middle.each_second / limit:.3f} of the limit"
    yield from ("", "Milliseconds of a request, median and worst, idle and while arrays come in:", "")
    for name, idle in result.idle_ms.items():
        busy = result.busy_ms[name]
        told = f"{median(busy):.0f}, worst {max(busy):.0f}" if busy else "not asked"
        yield f"- {name}: {median(idle):.0f}, worst {max(idle):.0f}; meanwhile {told}"


def _middle(rates: Sequence[Rate]) -> Rate:
    return sorted(rates, key=lambda rate: rate.each_second)[len(rates) // 2]
