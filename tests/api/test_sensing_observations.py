"""Observations stream in over HTTP and out again."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from city import City, open_server
from planted import add_people
from sensing import add_stream, add_thing, rows

PATH = "/sensing/observations"
NDJSON, CSV = "application/x-ndjson", "text/csv"


@pytest.fixture(scope="module")
def city(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with masts that tests add."""
    with server.copy_of(template) as database, open_server(database, tmp_path_factory.mktemp("home")) as city:
        yield city


@pytest.fixture
def stream(city: City) -> int:
    with city.database.owner.begin() as connection:
        return add_stream(connection, add_thing(connection))


Send = Callable[..., Any]


@pytest.fixture
def send(city: City) -> Send:
    def sent(body: Any, kind: str = NDJSON, status: int = 200, **query: Any) -> Any:
        content = body if isinstance(body, bytes) or not isinstance(body, str) else body.encode()
        answer = city.client.post(PATH, content=content, params=query, headers=city.signed_in | {"Content-Type": kind})
        assert answer.status_code == status, answer.text
        return answer.json()

    return sent


def count(city: City, stream: int) -> int:
    with city.database.owner.connect() as connection:
        (number,) = rows(connection, "SELECT count(*) FROM onemap.observation WHERE datastream = :s", s=stream)[0]
    return int(number)


def lines(stream: int, number: int) -> list[bytes]:
    hour = "2026-03-01T{:02}:{:02}:{:02}Z"
    return [
        json.dumps(
            {"datastream": stream, "phenomenonTime": hour.format(at // 3600, at // 60 % 60, at % 60), "result": at}
        ).encode()
        + b"\n"
        for at in range(number)
    ]


def test_lines_of_json_are_kept_once(city, send, stream):
    body = b"".join(lines(stream, 12_000))
    told = send(body)
    assert (told["lines"], told["kept"], told["known"], told["refused"]) == (12_000, 12_000, 0, 0)
    again = send(body)
    assert (again["kept"], again["known"], count(city, stream)) == (0, 12_000, 12_000)


MALFORMED = {
    '{"datastream": %d, "phenomenonTime": "2026-03-01T00:00:00", "result": 1}': "zone",
    '{"datastream": %d, "phenomenonTime": "9999-01-01T00:00:00Z", "result": 1}': "year",
    '{"datastream": %d, "phenomenonTime": "soon", "result": 1}': "time",
    '{"datastream": %d, "result": 1}': "time",
    '{"datastream": %d, "phenomenonTime": "2026-03-01T00:00:00Z", "result": NaN}': "json",
    '{"datastream": %d, "phenomenonTime": "2026-03-01T00:00:00Z", "result": "warm"}': "type",
    '{"datastream": %d, "phenomenonTime": "2026-03-01T00:00:00Z"}': "format",
    '{"datastream": %d, "phenomenonTime": "2026-03-01T00:00:00Z", "result": 1, "colour": 2}': "format",
    '{"datastream": %d': "json",
    "[%d]": "json",
    '{"datastream": "%d", "phenomenonTime": "2026-03-01T00:00:00Z", "result": 1}': "datastream",
    '{"datastream": 99999999%d, "phenomenonTime": "2026-03-01T00:00:00Z", "result": 1}': "datastream",
    "%d" + "x" * 70_000: "size",
    '{"datastream": %d, "phenomenonTime": "2026-03-01T00:00:00Z", "result": ' + "[" * 900 + "]" * 900 + "}": "json",
}


def test_each_malformed_line_is_refused_with_its_number_and_stops_no_other(city, send, stream):
    good = b"".join(lines(stream, 2))
    body = good.splitlines()[0] + b"\n" + b"\n".join((line % stream).encode() for line in MALFORMED) + b"\n\n"
    told = send(body + good.splitlines()[1])
    assert (told["kept"], told["refused"]) == (2, len(MALFORMED))
    assert [(one["place"], one["why"]) for one in sorted(told["refusals"], key=lambda one: int(one["place"][5:]))] == [
        (f"line {number}", why) for number, why in enumerate(MALFORMED.values(), 2)
    ]
    assert all(one["reason"] for one in told["refusals"])


def test_tables_may_be_of_any_encoding_and_have_quoted_line_ends(city, send, stream):
    table = (
        "datastream,time,result,备注\n"
        f'{stream},2026-03-01 08:00,1.5,"晴\n转多云"\n'
        f"{stream},2026-03-01 09:00,NA,\n"
        f"{stream},2026-03-01 10:00,2.5,晴\n"
        f"{stream},2026-03-01 11:00\n"
        f"x,2026-03-01 12:00,3,\n"
        f"{stream},2026-03-01 13:00,{'x' * 5000},\n"
    )
    query = {"zone": "Asia/Shanghai", "missing": "NA"}
    told = send(table.encode("gb18030"), "text/csv; charset=gb18030", **query)
    assert (told["lines"], told["kept"], told["missing"], told["left_out"]) == (6, 2, 1, ["备注"])
    assert told["refused_by_reason"] == {"columns": 1, "datastream": 1, "result": 1}
    assert [one["place"] for one in told["refusals"]] == ["line 6", "line 7", "line 8"]
    again = send(b"\xef\xbb\xbf" + table.encode(), CSV, **query)
    assert (again["kept"], again["known"]) == (0, 2)
    with city.database.owner.connect() as connection:
        first = rows(connection, "SELECT min(time) FROM onemap.observation WHERE datastream = :s", s=stream)
    assert first == [(datetime(2026, 3, 1, tzinfo=UTC),)]


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        ("a,b\n1,2\n", CSV, "no column is the time"),
        ("time,temperature (°C)\n2026-03-01T00:00:00Z,2\n", CSV, "is not datastream,time,result"),
        ("x", "image/png", "is neither"),
        ("x", "text/csv; charset=klingon", "no known encoding"),
        ("x", "text/csv; charset=undefined", "no known encoding"),
        ("a,b-,", "text/csv; charset=punycode", "this is not punycode text"),
    ],
)
def test_a_body_that_cannot_be_read_is_told(send, body, kind, told):
    assert told.replace("no known", "not a known") in send(body, kind, 400)["detail"]


def test_a_quote_that_does_not_end_takes_only_so_many_lines(send, stream):
    row = f"{stream},2026-03-01T00:00:00Z,1,x\n"
    body = "datastream,time,result,note\n" + f'{stream},2026-03-01T00:00:00Z,1,"open\n' + row * 4000
    told = send(body, CSV)
    assert set(told["refused_by_reason"]) == {"quote"}
    assert told["read"] == 4001
    assert told["kept"] == 1


def test_a_body_of_any_length_is_kept_as_it_comes(city, send, stream):
    def slowly() -> Iterator[bytes]:
        yield b"".join(lines(stream, 10))
        until = time.monotonic() + 10
        # Nothing more is sent before these are there.
        while count(city, stream) < 10 and time.monotonic() < until:
            time.sleep(0.1)
        yield b"".join(lines(stream, 20))

    assert send(slowly())["known"] == 10


def test_fifty_megabytes_are_read_and_what_is_beyond_the_most_is_refused_with_what_was_kept(server, template, tmp_path):
    with server.copy_of(template) as database, open_server(database, tmp_path, upload_bytes=1 << 20) as city:
        with database.owner.begin() as connection:
            stream = add_stream(connection, add_thing(connection))
        headers = city.signed_in | {"Content-Type": NDJSON}
        answer = city.client.post(PATH, content=b"x" * (50 << 20), headers=headers)
        assert answer.status_code == 400
        assert "larger than" in answer.json()["detail"]
        body = lines(stream, 6000)
        answer = city.client.post(PATH, content=iter([*body, b" " * (2 << 20)]), headers=headers)
        assert answer.status_code == 400
        assert "of 6000 observations before, 6000 were kept" in answer.json()["detail"]


def test_a_line_of_fifty_megabytes_is_one_refusal(send, stream):
    pieces = [b'"', *[b"x" * (1 << 20)] * 50, b'"\n', *lines(stream, 1)]
    told = send(iter(pieces))
    assert (told["lines"], told["kept"], told["refused_by_reason"]) == (2, 1, {"size": 1})


def test_a_client_that_leaves_keeps_what_was_kept(city, stream):
    host, port = city.client.base_url.host, city.client.base_url.port
    head = f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {city.signed_in['Authorization']}\r\n"
    body = b"".join(lines(stream, 6000))
    with socket.create_connection((host, port), timeout=30) as line:
        line.sendall(f"{head}Content-Type: {NDJSON}\r\nContent-Length: {10 * len(body)}\r\n\r\n".encode() + body)
        until = time.monotonic() + 20
        while not count(city, stream) and time.monotonic() < until:
            time.sleep(0.05)
    assert count(city, stream) >= 5000
    assert city.client.get("/healthz").status_code == 200


def test_strangers_send_nothing_and_what_is_hidden_from_a_steward_is_not_there(city):
    assert city.client.post(PATH, content=b"{}").status_code == 401
    with city.database.owner.begin() as connection:
        secret = add_stream(connection, add_thing(connection, grade=3))
    person = {"Authorization": f"Bearer {add_people(city.database)['steward-open'][1]}", "Content-Type": NDJSON}
    answers = [
        city.client.post(PATH, content=lines(number, 1)[0], headers=person).text.replace(str(number), "N")
        for number in (secret, 10**9)
    ]
    assert answers[0] == answers[1]
    assert "there is no datastream N" in answers[0]
    assert count(city, secret) == 0
