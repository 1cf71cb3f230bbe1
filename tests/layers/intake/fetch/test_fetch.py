"""Files from elsewhere: busy, slow, broken and too large servers, and what remains on the disk."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from stand_in import Answer, StandIn, standing_in

from layers.errors import ParameterError, Unavailable
from layers.intake.fetch.area import Area
from layers.intake.fetch.download import Limits, Request, download
from layers.intake.fetch.geofabrik import fetch_extract
from layers.intake.fetch.overpass import fetch_area, query_of
from layers.intake.ingest import Silent

BODY = bytes(range(256)) * 800
OSM = b'<?xml version="1.0"?><osm version="0.6"><meta osm_base="2026-08-01T00:00:00Z"/></osm>\n'
BOX = Area("box", shapely.box(121.5, 31.2, 121.51, 31.21))


@pytest.fixture
def server() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def limits(waits: list[float]) -> Limits:
    return Limits(timeout_s=0.5, most_bytes=1_000_000, sleep=waits.append)


def test_a_file_comes_whole_with_a_note_of_where_it_is_from(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    server.answers["/file"] = [Answer(BODY)]
    path = download(Request(f"{server.url}/file"), tmp_path / "downloads" / "file", limits, Silent())
    assert path.read_bytes() == BODY
    told = json.loads(path.with_name("file.json").read_text())
    assert (told["url"], told["bytes"]) == (f"{server.url}/file", len(BODY))
    assert told["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert told["fetched"].endswith("Z")
    assert "onemap-twin/" in server.asked[0].headers["user-agent"]
    assert sorted(one.name for one in path.parent.iterdir()) == ["file", "file.json"]


def test_a_busy_server_is_asked_again_when_it_says(
    server: StandIn, limits: Limits, waits: list, tmp_path: Path
) -> None:
    busy = [Answer(status=429, headers={"Retry-After": "7"}), Answer(status=504), Answer(BODY)]
    server.answers["/file"] = busy
    assert download(Request(f"{server.url}/file"), tmp_path / "file", limits, Silent()).read_bytes() == BODY
    assert waits == [7.0, 4.0]


def test_a_server_that_stays_busy_is_given_up(server: StandIn, limits: Limits, waits: list, tmp_path: Path) -> None:
    server.answers["/file"] = [Answer(status=429, headers={"Retry-After": "100000"})]
    with pytest.raises(Unavailable, match="answers 429"):
        download(Request(f"{server.url}/file"), tmp_path / "file", limits, Silent())
    assert waits == [120.0] * 4
    assert not (tmp_path / "file").exists()


def test_a_file_that_breaks_off_is_continued(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    tag = {"ETag": '"a"'}
    server.answers["/file"] = [Answer(BODY, headers=tag, sent=70_000), Answer(BODY, headers=tag)]
    assert download(Request(f"{server.url}/file"), tmp_path / "file", limits, Silent()).read_bytes() == BODY
    assert server.asked[1].headers["range"] in {f"bytes={place}-" for place in range(1, 70_001)}
    assert server.asked[1].headers["if-range"] == '"a"'
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "file.json"]


def test_a_file_that_is_another_one_by_now_is_begun_anew(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    server.answers["/file"] = [
        Answer(BODY[::-1], headers={"ETag": '"a"'}, sent=70_000),
        Answer(BODY, headers={"ETag": '"b"'}),
    ]
    assert download(Request(f"{server.url}/file"), tmp_path / "file", limits, Silent()).read_bytes() == BODY


def test_a_server_that_does_not_know_its_files_again_begins_anew(server, limits: Limits, tmp_path: Path) -> None:
    server.answers["/file"] = [Answer(BODY, sent=70_000), Answer(BODY)]
    assert download(Request(f"{server.url}/file"), tmp_path / "file", limits, Silent()).read_bytes() == BODY
    assert "range" not in server.asked[1].headers


def test_a_silent_server_is_not_waited_for_for_ever(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    server.answers["/file"] = [Answer(BODY, wait_s=1.0), Answer(BODY)]
    assert download(Request(f"{server.url}/file"), tmp_path / "file", limits, Silent()).read_bytes() == BODY


@pytest.mark.parametrize("headers", [{}, {"Content-Length": None}])
def test_too_much_is_not_taken(server: StandIn, headers: dict, tmp_path: Path) -> None:
    server.answers["/file"] = [Answer(BODY, headers=headers)]
    with pytest.raises(Unavailable, match="more than 1000 bytes"):
        download(Request(f"{server.url}/file"), tmp_path / "file", Limits(1.0, 1000), Silent())
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "http://", "x"])
def test_what_is_not_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(ParameterError, match="not an http or https address"):
        Request(url)


def test_a_place_is_asked_of_overpass_in_its_language(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    server.answers["/api"] = [Answer(OSM)]
    path = fetch_area(BOX, f"{server.url}/api", tmp_path, limits, Silent())
    assert path.read_bytes() == OSM
    assert path.name.startswith("osm-box-20")
    (query,) = server.asked[0].fields["data"]
    assert query.startswith("[out:xml]")
    assert "nwr(31.2000000,121.5000000,31.2100000,121.5100000);" in query
    triangle = Area("三角", shapely.Polygon([(121.5, 31.2), (121.6, 31.2), (121.5, 31.3)]))
    (ring,) = re.findall('nwr\\(poly:"([^"]+)"\\);', query_of(triangle))
    corners = {"31.20000 121.50000", "31.20000 121.60000", "31.30000 121.50000"}
    numbers = ring.split()
    assert {" ".join(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)} == corners


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'<osm><remark> runtime error: Query timed out in "query" </remark></osm>', "Query timed out"),
        (b"<osm><node", "an incomplete OpenStreetMap file"),
    ],
)
def test_what_overpass_could_not_finish_is_no_file(server, limits, tmp_path, body: bytes, said: str) -> None:
    server.answers["/api"] = [Answer(body)]
    with pytest.raises(Unavailable, match=said):
        fetch_area(BOX, f"{server.url}/api", tmp_path, limits, Silent())
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_question_is_not_repeated(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    server.answers["/api"] = [Answer(b"line 1: parse error", 400)]
    with pytest.raises(Unavailable, match=r"answers 400.*parse error"):
        fetch_area(BOX, f"{server.url}/api", tmp_path, limits, Silent())
    assert len(server.asked) == 1


def test_more_than_a_city_is_not_asked_of_overpass() -> None:
    with pytest.raises(ParameterError, match="at most 2500 are requested"):
        query_of(Area("china", shapely.box(100, 20, 120, 40)))


def test_an_extract_is_checked_against_its_checksum(server: StandIn, limits: Limits, tmp_path: Path) -> None:
    name = "/shanghai-latest.osm.pbf"
    server.answers[name] = [Answer(BODY)]
    server.answers[f"{name}.md5"] = [
        Answer(b"%s  shanghai-latest.osm.pbf\n" % hashlib.md5(BODY, usedforsecurity=False).hexdigest().encode())
    ]
    path = fetch_extract(f"{server.url}{name}", tmp_path, limits, Silent())
    assert path.read_bytes() == BODY
    server.answers[f"{name}.md5"] = [Answer(b"0" * 32 + b"  x")]
    with pytest.raises(Unavailable, match="checksum"):
        fetch_extract(f"{server.url}{name}", tmp_path, limits, Silent())
    assert not path.exists()
    server.answers[f"{name}.md5"] = [Answer(b"<html>")]
    with pytest.raises(Unavailable, match="no MD5"):
        fetch_extract(f"{server.url}{name}", tmp_path, limits, Silent())
    with pytest.raises(ParameterError, match="does not name an OpenStreetMap file"):
        fetch_extract(f"{server.url}/index.html", tmp_path, limits, Silent())
