"""The guarded edge: who asks is settled from the headers, before a body is read or anything is kept."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from city import City, open_city
from described import openapi
from fastapi import APIRouter
from sqlalchemy import text
from starlette.routing import WebSocketRoute

import api.routes
from api.app import create_app
from api.guard import ADMISSIONS, SOCKETS, UPLOAD
from api.serve.small_reads import SmallReads
from layers.registry import on_shelf
from layers.settings import Settings

KIB, MIB = 1024, 1024 * 1024
# What clients have sent in the place of names and numbers.
ODD = [
    "\0", "9" * 400, "0" * 400 + "1", "-1", str(2**63), str(-(2**70)), "²", "１２", "٣", "x" * 3000, "' OR 1=1 --", "%",
    "..", "NaN", "1e999", "\xed\xa0\x80", "",
]  # fmt: skip


@pytest.fixture
def edge(db, tmp_path: Path) -> Iterator[City]:
    """Yield a small city whose files have a folder of their own."""
    with open_city(db, tmp_path) as city:
        yield city


def audit_of(city: City) -> list[tuple]:
    with city.database.owner.connect() as connection:
        rows = connection.execute(
            text("SELECT principal, action, resource, allowed, detail FROM onemap.audit ORDER BY id")
        )
        return [tuple(row) for row in rows]


def described() -> dict[str, dict]:
    """Return what the server says of its routes."""
    paths: dict[str, dict] = openapi()["paths"]
    return paths


def routes() -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, methods in described().items() for method in methods} | {
        ("GET", "/openapi.json")
    }


def test_every_route_says_what_it_asks_reads_and_keeps() -> None:
    assert routes() - ADMISSIONS.keys() == set(), "a new route has to stand in the table"
    assert ADMISSIONS.keys() - routes() == set()


def test_every_socket_says_what_it_asks() -> None:
    sockets = {
        route.path for router in on_shelf(api.routes, "ROUTER", APIRouter) for route in router.routes
        if isinstance(route, WebSocketRoute)
    }  # fmt: skip
    assert SOCKETS.keys() == sockets


def test_whatever_changes_something_asks_for_a_decision_and_says_what_it_keeps() -> None:
    open_to_all = {("POST", "/session"), ("DELETE", "/session"), ("POST", "/geocode/batch")}
    open_to_all |= {("POST", "/rasters/{raster_id}/zonal"), ("POST", "/sensorthings/v1.1/$batch")}
    for (method, path), admission in ADMISSIONS.items():
        if method == "GET":
            assert admission.reads == 0, path
        elif (method, path) not in open_to_all:
            assert admission.action in ("write", "administer"), path


def test_a_stranger_s_upload_is_refused_before_it_is_read(edge: City, tmp_path: Path) -> None:
    host, port = edge.client.base_url.host, edge.client.base_url.port
    size = 300 * MIB
    head = (
        f"POST /jobs/loads HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {size}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    )
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with socket.create_connection((host, port), timeout=30) as line:
        line.sendall(head.encode())
        # Nothing more is sent: an edge that wanted to read on would wait for it.
        answer = line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in answer.lower()
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_of_a_body_sent_on_after_the_refusal_nothing_is_taken(edge: City, monkeypatch: pytest.MonkeyPatch) -> None:
    host, port = edge.client.base_url.host, edge.client.base_url.port
    sent, taken = 0, []
    parse = SmallReads.buffer_updated
    monkeypatch.setattr(SmallReads, "buffer_updated", lambda self, size: (taken.append(size), parse(self, size)))
    with socket.create_connection((host, port), timeout=30) as line:
        line.sendall(f"POST /jobs/loads HTTP/1.1\r\nHost: {host}\r\nContent-Length: {300 * MIB}\r\n\r\n".encode())
        try:
            for _ in range(300):
                line.sendall(b"x" * MIB)
                sent += MIB
        except OSError:
            pass
    # The rest lies in the buffers of the two sockets.
    assert sent < 32 * MIB
    assert 0 < sum(taken) <= 64 * KIB


def test_a_body_without_a_stated_length_ends_at_the_cap(edge: City) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (256 * 1024)

    answer = edge.client.post("/rules/x", content=b"x" * (5 * MIB), headers=edge.signed_in)
    assert answer.status_code == 405
    answer = edge.client.put("/rules/x", content=pieces(), headers=edge.signed_in)
    assert (answer.status_code, "larger than 4194304 bytes" in answer.text) == (400, True)
    answer = edge.client.post("/session", content=b'{"token": "' + b"x" * 8000 + b'"}')
    assert (answer.status_code, "larger than 4096 bytes" in answer.text) == (400, True)


def test_refusals_of_strangers_keep_nothing_of_theirs(edge: City) -> None:
    body = json.dumps({"reason": "x" * MIB, "nul": "\0"})
    for _ in range(40):
        assert edge.client.post("/quarantine/1/release", content=body).status_code == 401
    lines = [line for line in audit_of(edge) if line[0] == "anonymous"]
    assert len(lines) == 1
    assert lines[0][:4] == ("anonymous", "write", "quarantine", "no")
    assert len(json.dumps(lines[0][4])) < 100


def test_what_is_recorded_of_an_act_is_brief_and_can_be_kept(edge: City) -> None:
    body = {"reason": "原因" * 500, "ids": []}
    edge.client.post("/matches/buildings?between=a,b", headers=edge.signed_in)
    edge.client.post("/quarantine/7/discard", json=body, headers=edge.signed_in)
    kept = next(line for line in audit_of(edge) if line[2] == "quarantine")
    assert kept[3] == "yes"
    assert len(kept[4]["reason"]) < 420
    assert "1000 characters" in kept[4]["reason"]


def test_an_unknown_cookie_is_a_stranger_s_and_is_cleared(edge: City) -> None:
    for path in ("/viewer", "/", "/collections", "/tiles/buildings/14/13721/6694.mvt"):
        answer = edge.client.get(path, headers={"Cookie": "twin_token=of-another-server"})
        assert answer.status_code == 200, path
    answer = edge.client.get("/session", headers={"Cookie": "twin_token=of-another-server"})
    assert answer.json()["name"] == "anonymous"
    assert "twin_token=;" in answer.headers["set-cookie"]
    assert "set-cookie" not in edge.client.get("/session", headers={"Cookie": f"twin_token={edge.token}"}).headers
    assert edge.client.get("/session", headers={"Cookie": f"twin_token={edge.token}"}).json()["name"] == "administrator"
    assert edge.client.get("/", headers={"Authorization": "Bearer of-another-server"}).status_code == 401


def test_head_answers_what_get_does_without_its_body(edge: City) -> None:
    for path in ("/", "/collections", "/collections/buildings/items", "/viewer", "/healthz", "/none", "/openapi.json"):
        head, get = edge.client.head(path), edge.client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(("method", "path"), sorted(ADMISSIONS))
def test_no_odd_value_is_an_error_of_ours(city: City, method: str, path: str) -> None:
    if method != "GET":
        return
    parameters = described().get(path, {}).get("get", {})
    names = [one["name"] for one in parameters.get("parameters", []) if one["in"] == "query"]
    for odd in ODD:
        written = quote(odd, safe="")
        addresses = [_filled(path, written)]
        addresses += [f"{_filled(path, '1')}?{name}={written}" for name in names]
        for address in addresses:
            # Some answers have no end.
            with city.client.stream("GET", address, headers=city.signed_in) as answer:
                assert answer.status_code < 500 or path == "/readyz", (address, answer.read())


def _filled(path: str, value: str) -> str:
    known = {"{layer_id}": "buildings", "{layer}": "buildings", "{scenario_id}": "wind", "{name}": "beidou"}
    parts = []
    for part in path.split("/"):
        filled = known.get(part) if value == "1" else None
        parts.append(filled or (value if part.startswith("{") and part.endswith("}") else part))
    return "/".join(parts).replace("{layer_ids}", "buildings").replace("{y}", value).replace("{form}", "png")


@pytest.mark.parametrize("stated", ["precedence=²", "precedence=٣", "precedence=99999999999", "layer=a%00b", "\0"])
def test_a_bad_option_of_a_load_is_told(edge: City, stated: str) -> None:
    answer = edge.client.post(
        "/jobs/loads", files={"file": ("x.csv", b"a\n1\n")}, data={"options": stated}, headers=edge.signed_in
    )
    assert answer.status_code == 400, answer.text


def test_an_exhausted_pool_is_told_after_one_wait(db, tmp_path: Path) -> None:
    async def ask() -> tuple[int, int]:
        app = create_app(Settings(_env_file=None, home=tmp_path, pool_size=1, statement_timeout_s=1), db)
        sent: list[dict] = []

        async def send(message: dict) -> None:
            sent.append(message)

        async def receive() -> dict:
            return {"type": "http.request", "body": b""}

        await app.app_state.pool.open()
        async with app.app_state.pool.connection(), app.app_state.pool.connection():
            path = "/tiles/buildings/14/13721/6694.mvt"
            scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
            await app(scope, receive, send)
        waits = app.app_state.pool.get_stats()["requests_errors"]
        await app.app_state.pool.close()
        await app.app_state.database.dispose_async()
        return sent[0]["status"], waits

    assert asyncio.run(ask()) == (503, 1)


def test_upload_is_capped_by_the_setting() -> None:
    assert {key for key, admission in ADMISSIONS.items() if admission.reads == UPLOAD} == {
        ("POST", "/jobs/checks"), ("POST", "/jobs/loads"), ("POST", "/jobs/models"),
        ("POST", "/sensing/observations"),
    }  # fmt: skip
