"""Changes of readings, pushed: what comes when, to whom, and what ends it, by events and by sockets."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import orjson
import pytest
from city import NO_AUTHORITIES, City, open_server
from event_stream import WAIT_S, event_stream
from sensing import NOON, add_stream, add_thing, at
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.live import follower
from api.live.alarms import MOST_ALARMS
from api.serve import stall
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.ops.process import wait_until
from layers.store.engine import Database
from twin.sensing.ingest import ingest
from twin.sensing.reading import CATEGORY, Reading

CHANGES = "/sensing/changes"
HERE, ELSEWHERE = "121.49,31.19,121.51,31.21", "121.59,31.19,121.61,31.21"


@dataclass
class Yard:
    """Two masts far from each other, and a datastream that is hidden, behind the real application."""

    city: City
    mast: int
    air: int
    sky: int
    secret: int
    far: int

    def observe(self, stream: int, result: Any, time: datetime = NOON) -> None:
        """Keep an observation as every door does."""
        with self.city.database.writer.begin() as connection:
            assert ingest(connection, [Reading(stream, time, result)]).new == 1

    def token(self, grade: Grade) -> str:
        """Return the token of somebody who sees up to a grade."""
        with self.city.database.writer.begin() as connection:
            return people.add(connection, f"reader {grade}", Rights((), grade))

    def listen(self, path: str = CHANGES, token: str | None = None) -> AbstractContextManager[Any]:
        return event_stream(self.city.client, path, token)

    def open_socket(self, query: str = "", **headers: str) -> ClientConnection:
        address = f"{self.city.client.base_url.join(CHANGES)}/socket{query}".replace("http", "ws", 1)
        return connect(address, additional_headers=headers)


def told_by(socket: ClientConnection, event: str) -> Any:
    """Return what the next message of that event tells."""
    while (message := orjson.loads(socket.recv(WAIT_S)))["event"] != event:
        pass
    return message["data"]


@pytest.fixture
def yard(db: Database, tmp_path: Any) -> Iterator[Yard]:
    with db.owner.begin() as connection:
        mast, far = add_thing(connection), add_thing(connection, "far", 121.6)
        connection.execute(text("UPDATE onemap.things SET category = 'wind_mast' WHERE fid = :mast"), {"mast": mast})
        air, sky = add_stream(connection, mast), add_stream(connection, mast, "sky")
        secret, elsewhere = add_stream(connection, mast, "secret", grade=2), add_stream(connection, far, "far air")
    with open_server(db, tmp_path) as city:
        yield Yard(city, mast, air, sky, secret, elsewhere)


def test_what_is_there_comes_first_and_then_what_is_new(yard: Yard) -> None:
    yard.observe(yard.air, 20.0)
    with yard.listen() as stream:
        (first,) = stream.next("readings")
        assert first == {
            "datastream": yard.air, "thing": yard.mast, "name": "air", "thing_name": "mast", "category": "wind_mast",
            "property_name": None, "result": 20.0, "unit": "°C", "time": "2026-03-01T04:00:00Z", "quality": None,
            "lon": 121.5, "lat": 31.2,
        }  # fmt: skip
        yard.observe(yard.air, 21.5, at(1))
        (second,) = stream.next("readings")
        assert (second["result"], second["time"]) == (21.5, "2026-03-01T04:01:00Z")
        yard.observe(yard.sky, 7.0)
        (third,) = stream.next("readings")
        assert (third["datastream"], third["result"]) == (yard.sky, 7.0), "what was told is not told again"


def test_it_is_of_a_place_a_category_or_named_datastreams(yard: Yard) -> None:
    for stream in (yard.air, yard.sky, yard.secret, yard.far):
        yard.observe(stream, 1.0)
    expected: list[tuple[str, set[str]]] = [
        (f"bbox={HERE}", {"air", "sky"}), (f"bbox={ELSEWHERE}", {"far air"}), ("category=wind_mast", {"air", "sky"}),
        ("category=none", set()), (f"datastreams={yard.far},{yard.air}", {"air", "far air"}),
        (f"datastreams={yard.secret}", set()), (f"bbox={ELSEWHERE}&datastreams={yard.air}", set()),
        ("as_of=never", {"air", "sky", "far air"}),
    ]  # fmt: skip
    for query, names in expected:
        with yard.listen(f"{CHANGES}?{query}&lasting=0") as stream:
            assert {reading["name"] for reading in stream.next("readings")} == names, query
            assert stream.closed.wait(WAIT_S), "what lasts for no time ends by itself"


def test_what_cannot_be_watched_is_refused_with_its_place(yard: Yard) -> None:
    queries = [
        "bbox=1,2,3", "bbox=a", "datastreams=x", "datastreams=1,,2", "datastreams=", "lasting=-1", "lasting=86401",
        f"category={'x' * 101}", f"datastreams={','.join('1' * 2001)}",
    ]  # fmt: skip
    for query in queries:
        answer = yard.city.client.get(f"{CHANGES}?{query}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, query.partition("=")[0])
        with pytest.raises(InvalidStatus) as refused:
            yard.open_socket(f"?{query}")
        assert refused.value.response.status_code == 400
        assert orjson.loads(refused.value.response.body or b"")["detail"] == answer.json()["detail"]


def test_of_one_look_to_the_next_only_the_newest_of_each_datastream_is_told(yard: Yard) -> None:
    with yard.listen() as stream:
        assert stream.next("readings") == []
        with yard.city.database.writer.begin() as connection:
            ingest(connection, [Reading(yard.air, at(minute), float(minute)) for minute in range(200)])
        (told,) = stream.next("readings")
        assert told["result"] == 199.0


def test_what_is_written_by_hand_is_told_whenever_it_was_begun(yard: Yard) -> None:
    yard.observe(yard.air, 1.0)
    with yard.listen() as stream:
        assert stream.reading(yard.air)["result"] == 1.0
        with yard.city.database.owner.connect() as slow, slow.begin():
            # In a transaction that is older than all that is looked for next, and within a savepoint of it.
            with slow.begin_nested():
                slow.execute(text("UPDATE onemap.latest SET result = 5 WHERE datastream = :air"), {"air": yard.air})
            yard.observe(yard.sky, 2.0)
            assert stream.reading(yard.sky)["result"] == 2.0
            yard.observe(yard.sky, 3.0, at(1))
            assert stream.reading(yard.sky)["result"] == 3.0
        assert stream.reading(yard.air)["result"] == 5.0


def test_nothing_hidden_is_told_and_who_may_see_it_hears_of_it(yard: Yard) -> None:
    token = yard.token(Grade.INTERNAL)
    with yard.listen() as strangers, yard.listen(token=token) as staff:
        assert strangers.next("readings") == staff.next("readings") == []
        yard.observe(yard.secret, 13.0)
        assert staff.reading(yard.secret)["result"] == 13.0
        yard.observe(yard.air, 1.0)
        heard = strangers.next("readings")
        assert [reading["datastream"] for reading in heard] == [yard.air]


def test_a_grade_that_is_raised_meanwhile_takes_away_what_was_shown(yard: Yard) -> None:
    yard.observe(yard.air, 1.0)
    token = yard.token(Grade.INTERNAL)
    with yard.listen() as strangers, yard.listen(token=token) as staff:
        assert strangers.reading(yard.air)["result"] == staff.reading(yard.air)["result"] == 1.0
        yard.city.sql(f"UPDATE onemap.things SET grade = 2 WHERE fid = {yard.mast}")
        assert strangers.next("gone") == [yard.air, yard.sky]
        yard.observe(yard.air, 66.0, at(1))
        yard.observe(yard.far, 2.0)
        assert staff.reading(yard.air)["result"] == 66.0
        assert [reading["datastream"] for reading in strangers.next("readings")] == [yard.far]


def test_a_thing_that_moves_out_of_view_is_gone_and_is_there_for_those_who_look_where_it_is(yard: Yard) -> None:
    yard.observe(yard.air, 1.0)
    with yard.listen(f"{CHANGES}?bbox={HERE}") as here, yard.listen(f"{CHANGES}?bbox={ELSEWHERE}") as there:
        assert here.reading(yard.air)["lon"] == 121.5
        assert there.next("readings") == []
        yard.city.sql(f"UPDATE onemap.things SET geom = 'SRID=4490;POINT(121.6 31.2)' WHERE fid = {yard.mast}")
        assert here.next("gone") == [yard.air, yard.sky]
        assert there.reading(yard.air)["lon"] == 121.6


def end_token(city: City, token: str) -> None:
    """Take a token back from its person."""
    name = city.client.get("/session", headers={"Authorization": f"Bearer {token}"}).json()["name"]
    city.client.delete(f"/users/{name}/token", headers=city.signed_in).raise_for_status()


def test_a_token_that_ends_ends_its_streams(yard: Yard) -> None:
    token = yard.token(Grade.INTERNAL)
    with yard.listen(token=token) as stream, yard.open_socket(Authorization=f"Bearer {token}") as socket:
        assert stream.next("readings") == []
        assert orjson.loads(socket.recv(WAIT_S)) == {"event": "readings", "data": []}
        end_token(yard.city, token)
        assert "no longer signed in" in stream.next("end")["reason"]
        assert stream.closed.wait(WAIT_S)
        assert "no longer signed in" in told_by(socket, "end")["reason"]
        with pytest.raises(ConnectionClosed, match="1008"):
            socket.recv(WAIT_S)
    assert yard.city.client.get(CHANGES, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_rights_that_are_taken_away_count_at_once(yard: Yard) -> None:
    token = yard.token(Grade.INTERNAL)
    yard.observe(yard.secret, 1.0)
    with yard.listen(token=token) as stream:
        assert stream.reading(yard.secret)["result"] == 1.0
        rights = {"clearance": "open"}
        name = "reader 2"
        yard.city.client.patch(f"/users/{name}", json=rights, headers=yard.city.signed_in).raise_for_status()
        assert stream.next("gone") == [yard.secret]


def test_a_socket_tells_the_same(yard: Yard) -> None:
    yard.observe(yard.air, 1.0)
    with yard.open_socket(f"?bbox={HERE}") as socket, yard.listen(f"{CHANGES}?bbox={HERE}") as stream:
        assert told_by(socket, "readings") == stream.next("readings") != []
        assert told_by(socket, "alarms") == stream.next("alarms") == []
        yard.observe(yard.air, 2.0, at(1))
        assert told_by(socket, "readings") == stream.next("readings") != []
        socket.send("x" * 1000)
        yard.observe(yard.air, 3.0, at(2))
        assert told_by(socket, "readings")[0]["result"] == 3.0


def test_pages_of_other_sites_open_no_socket(yard: Yard) -> None:
    own = f"{yard.city.client.base_url.host}:{yard.city.client.base_url.port}"
    for origin in (f"http://{own}", f"https://{own.upper()}"):
        with yard.open_socket(Origin=origin) as socket:
            assert orjson.loads(socket.recv(WAIT_S))["event"] == "readings"
    for origin in ("http://evil.example", "null", f"http://{own}.evil.example", f"http://x@{own}:1", "http://[", ""):
        with pytest.raises(InvalidStatus) as refused:
            yard.open_socket(Origin=origin)
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        yard.open_socket(Authorization="Bearer nobody")
    assert refused.value.response.status_code == 401
    assert yard.city.client.get(f"{CHANGES}/socket").status_code == 404


def test_streams_are_as_many_as_the_settings_say(city_with: Callable[..., Any]) -> None:
    with city_with(streams=3, streams_each=2) as city, event_stream(city.client, CHANGES):
        with event_stream(city.client, CHANGES):
            answer = city.client.get(CHANGES)
            assert (answer.status_code, "of yours" in answer.text) == (503, True)
            with event_stream(city.client, CHANGES, city.token):
                answer = city.client.get(CHANGES, headers=city.signed_in)
                assert (answer.status_code, "3 streams" in answer.text) == (503, True)
        # Those that were closed make room.
        assert wait_until(lambda: city.client.get(f"{CHANGES}?lasting=0").status_code == 200, WAIT_S)


def test_a_page_that_is_closed_frees_its_listener(yard: Yard) -> None:
    live = yard.city.app.app_state.live
    with yard.listen() as stream, yard.open_socket() as socket:
        assert stream.next("readings") == orjson.loads(socket.recv(WAIT_S))["data"] == []
        assert live.count == 2
    assert wait_until(lambda: live.count == 0, WAIT_S)


def test_head_answers_and_holds_nothing_open(yard: Yard) -> None:
    answer = yard.city.client.head(CHANGES)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert yard.city.app.app_state.live.count == 0


def test_every_process_tells_of_what_any_of_them_kept(yard: Yard, tmp_path: Any) -> None:
    with (
        open_server(yard.city.database, tmp_path / "other") as second,
        yard.listen() as one,
        event_stream(second.client, CHANGES) as other,
    ):
        assert one.next("readings") == other.next("readings") == []
        yard.observe(yard.air, 4.0)
        assert one.reading(yard.air)["result"] == other.reading(yard.air)["result"] == 4.0


def test_what_a_look_that_fails_did_not_tell_is_told_by_the_next(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    yard.observe(yard.air, 1.0)
    monkeypatch.setattr(follower, "_RETRY_S", 0.1)
    with yard.listen(f"{CHANGES}?bbox={HERE}") as stream:
        assert stream.reading(yard.air)["result"] == 1.0
        yard.city.sql("ALTER TABLE onemap.latest RENAME TO lost")
        # Edited in the meantime, so that what is watched is looked up before the look fails.
        yard.city.sql("UPDATE onemap.things SET geom = 'SRID=4490;POINT(121.5 31.2)' WHERE name = 'far'")
        assert wait_until(lambda: "cannot be read" in caplog.text, WAIT_S)
        yard.city.sql("ALTER TABLE onemap.lost RENAME TO latest")
        yard.observe(yard.far, 2.0)
        assert stream.reading(yard.far)["result"] == 2.0


def test_streams_end_when_the_server_stops(city_with: Callable[..., Any]) -> None:
    with ExitStack() as stack:
        with city_with() as city:
            client = stack.enter_context(httpx.Client(base_url=city.client.base_url, verify=NO_AUTHORITIES))
            stream = stack.enter_context(event_stream(client, CHANGES))
            assert stream.next("readings") == []
            assert city.app.app_state.live.count == 1
        assert "the server stops" in stream.next("end")["reason"]
        assert stream.closed.wait(WAIT_S)


UPGRADE = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


@pytest.mark.parametrize(
    ("path", "more"), [(CHANGES, "Connection: close\r\n"), (f"{CHANGES}/socket", f"Connection: Upgrade\r\n{UPGRADE}")]
)
def test_who_reads_nothing_is_disconnected(yard: Yard, path: str, more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall, "LONGEST_S", 0.5)
    with yard.city.database.owner.begin() as connection:
        wordy = add_stream(connection, yard.mast, "words", CATEGORY)
    live = yard.city.app.app_state.live
    host, port = yard.city.client.base_url.host, yard.city.client.base_url.port
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((host, port))
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{more}\r\n".encode())
        assert wait_until(lambda: live.count == 1, WAIT_S)
        # More than the buffers of both ends have room for.
        yard.observe(wordy, "x" * 16_000_000)
        assert wait_until(lambda: live.count == 0, WAIT_S)


def test_alarms_are_told_of_as_they_change_and_to_those_who_may_see_them(yard: Yard) -> None:
    token = yard.token(Grade.INTERNAL)
    with yard.listen() as strangers, yard.listen(token=token) as staff:
        assert strangers.next("alarms") == staff.next("alarms") == []
        yard.city.sql(
            "INSERT INTO onemap.alarms (name, rule, kind, state, level, datastream, thing, grade, since, geom, valid)"
            f" SELECT 'too warm', 1, 'threshold', 'raised', 3, fid, thing, grade, '2026-03-01Z',"
            " 'SRID=4490;POINT(121.5 31.2)', '[2026-03-01Z,)' FROM onemap.datastreams"
            f" WHERE fid IN ({yard.air}, {yard.secret})"
        )
        assert {alarm["datastream"] for alarm in staff.next("alarms")} == {yard.air, yard.secret}
        (told,) = strangers.next("alarms")
        assert (told["datastream"], told["state"], told["lon"]) == (yard.air, "raised", 121.5)
        yard.city.sql("UPDATE onemap.alarms SET state = 'acknowledged'")
        assert [alarm["state"] for alarm in strangers.next("alarms")] == ["acknowledged"]


def test_alarms_of_what_is_watched_are_told_however_many_there_are_of_others(yard: Yard) -> None:
    for stream, number in ((yard.air, MOST_ALARMS + 1), (yard.sky, 1)):
        yard.city.sql(
            "INSERT INTO onemap.alarms (name, rule, kind, state, level, datastream, thing, grade, since, geom, valid)"
            f" SELECT 'too warm', 1, 'threshold', 'raised', 3, {stream}, {yard.mast}, 0, '2026-03-01Z',"
            f" 'SRID=4490;POINT(121.5 31.2)', '[2026-03-01Z,)' FROM generate_series(1, {number})"
        )
    with yard.listen(f"{CHANGES}?datastreams={yard.sky}") as watching, yard.listen() as everything:
        assert [alarm["datastream"] for alarm in watching.next("alarms")] == [yard.sky]
        assert len(everything.next("alarms")) == MOST_ALARMS
