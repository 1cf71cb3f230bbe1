"""Simulated readings by HTTP and by MQTT, on a real server, a real broker and a real database."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from brokers import bridging, prepared_broker, running
from city import City, open_server
from database_server import Server
from sqlalchemy import text

from api.sample import put_up_sensors
from api.serve.broker import HOST, Broker
from layers.errors import Unavailable
from layers.store.engine import Database
from twin.sensing.mqtt.bridge import Bridge
from twin.sensing.reading import Reading
from twin.simulator.doors import HttpDoor, MqttDoor
from twin.simulator.readings import Stream, World, readings_of
from twin.simulator.standing import streams_there

INSTANTS = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(4)]


@pytest.fixture(scope="module")
def database(server: Server, template: str) -> Iterator[Database]:
    with server.copy_of(template) as database:
        put_up_sensors(database)
        yield database


@pytest.fixture(scope="module")
def streams(database: Database) -> list[Stream]:
    with database.reader.connect() as connection:
        return streams_there(connection, ["wind_mast", "manhole"])


@pytest.fixture(scope="module")
def city(database: Database, session_folder: Path) -> Iterator[City]:
    with open_server(database, session_folder / "doors") as city:
        yield city


@pytest.fixture(scope="module")
def broker(session_folder: Path) -> Iterator[Broker]:
    broker = prepared_broker(session_folder / "doors broker")
    with running(broker):
        yield broker


@pytest.fixture
def bridge(database: Database, broker: Broker) -> Iterator[Bridge]:
    bridge = Bridge(database, broker.settings.mqtt_read_port, broker.password("bridge"))
    with bridging(bridge):
        yield bridge


def kept(database: Database, since: datetime) -> set[tuple[Any, ...]]:
    """Return what is kept since an instant: datastream, time and result."""
    rows = text(
        "SELECT datastream, time, coalesce(to_jsonb(result), result_json) FROM onemap.observation WHERE time >= :t"
    )
    with database.reader.connect() as connection:
        return {(row[0], row[1].astimezone(UTC), row[2]) for row in connection.execute(rows, {"t": since})}


def said(readings: list[Reading]) -> set[tuple[Any, ...]]:
    return {(one.datastream, one.time, one.result) for one in readings}


def test_arrays_over_http_are_kept_once(city: City, streams: list[Stream]) -> None:
    readings = readings_of(streams, INSTANTS, World())
    with HttpDoor(str(city.client.base_url), city.token) as door:
        for _ in range(2):
            tally = door.keep(readings)
            assert (tally.new, tally.refused) == (len(readings), 0)
        assert kept(city.database, INSTANTS[0]) == said(readings)
        refused = door.keep([Reading(2**40, INSTANTS[0], 1.0), readings[0]])
    assert (refused.new, refused.refused) == (1, 1)
    assert "there is no datastream" in refused.reasons[0]


def test_without_the_right_or_a_server_it_is_said(city: City, streams: list[Stream]) -> None:
    readings = readings_of(streams[:1], INSTANTS[:1], World())
    for url, why in ((str(city.client.base_url), "401"), ("http://127.0.0.1:9", "does not answer")):
        with HttpDoor(url, "nobody") as door, pytest.raises(Unavailable, match=why):
            door.keep(readings)


@pytest.mark.usefixtures("bridge")
def test_what_is_published_by_mqtt_is_kept_when_it_is_acknowledged(
    database: Database, broker: Broker, streams: list[Stream]
) -> None:
    later = [instant + timedelta(days=1) for instant in INSTANTS]
    readings = readings_of(streams, later, World())
    with MqttDoor(HOST, broker.settings.mqtt_port, broker.password("gateway")) as door:
        tally = door.keep(readings)
        assert (tally.new, tally.known, tally.refused) == (len(readings), 0, 0)
        assert kept(database, later[0]) == said(readings)
        again = door.keep([*readings[:3], Reading(2**40, later[0], 1.0)])
        assert (again.new, again.known, again.refused) == (0, 3, 1)
        assert "there is no datastream" in again.reasons[0]


@pytest.mark.usefixtures("bridge")
def test_a_connection_to_the_broker_that_was_lost_is_found_again(
    database: Database, broker: Broker, streams: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.simulator.doors.mqtt._PATIENCE_S", 5.0)
    days_later = [instant + timedelta(days=2) for instant in INSTANTS]
    readings = readings_of(streams[:2], days_later, World())
    with MqttDoor(HOST, broker.settings.mqtt_port, broker.password("gateway")) as door:
        door._client.socket().shutdown(socket.SHUT_RDWR)
        tally = door.keep(readings)
    assert (tally.new + tally.known, tally.refused) == (len(readings), 0)
    assert kept(database, days_later[0]) == said(readings)


def test_a_broker_that_lets_nobody_in_or_does_not_answer_is_named(broker: Broker) -> None:
    with pytest.raises(Unavailable, match="does not let the gateway in"):
        MqttDoor(HOST, broker.settings.mqtt_port, "guessed")
    with pytest.raises(Unavailable, match="no broker answers"):
        MqttDoor(HOST, 9, "guessed")


def test_without_a_bridge_nothing_counts_as_kept(
    broker: Broker, streams: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.simulator.doors.mqtt._PATIENCE_S", 0.2)
    with (
        MqttDoor(HOST, broker.settings.mqtt_port, broker.password("gateway")) as door,
        pytest.raises(Unavailable, match="not acknowledged"),
    ):
        door.keep(readings_of(streams[:1], INSTANTS[:1], World()))
