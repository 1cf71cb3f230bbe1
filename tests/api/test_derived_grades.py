"""What is derived from things is graded as they are: planted secrets, and every route on which results are told."""

import json
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from city import City
from paper import shows
from windy import Windy

EAST = {"speed": 28, "from": 90}
KINDS = ("streets", "facades", "keepout", "objects")
# Graded before the run, and after it.
BEFORE, AFTER = ("机密楼", "机密路", "机密塔吊"), ("后密楼", "后密路", "后密塔吊")
TABLES = ("buildings", "roads", "risk_sources")


@dataclass(frozen=True)
class Planted:
    """The city, the address of its run, and the keys of the secrets in it."""

    city: City
    run: str
    keys: tuple[str, ...]

    @property
    def number(self) -> int:
        """Return the number of the run."""
        return int(self.run.rsplit("/", 1)[1])

    def get(self, path: str, officer: bool = False, **params: object) -> Any:
        """Return the answer to a stranger, or to who may see everything."""
        headers = self.city.signed_in if officer else {}
        answer = self.city.client.get(path, params=params or None, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def secrets_in(self, text: str) -> list[str]:
        """Return which names and keys of secrets a text has."""
        names = [name for name in (*BEFORE, *AFTER) if name in text]
        return names + [key for key in self.keys if f'"{key}"' in text or f'"{key}/' in text]


@pytest.fixture(scope="module")
def planted(windy: Windy) -> Planted:
    """Return a run in which the two worst things of each table are secret: one was when it was made, one is since."""
    city = windy.city
    first = windy.run(wind={"speed_ms": 45, "from_deg": 90, "at": "2026-09-15T14:00:00+08:00"}, hours=1)
    objects = city.client.get(f"{_path(first)}/objects", params={"limit": 1000}).json()["objects"]
    worst = {table: [one["key"] for one in objects if one["key"].startswith(f"{table}/")][:2] for table in TABLES}
    assert all(len(keys) == 2 for keys in worst.values()), worst
    for name, (key, _) in zip(BEFORE, worst.values(), strict=True):
        _name(city, key, name, grade=2)
    for name, (_, key) in zip(AFTER, worst.values(), strict=True):
        _name(city, key, name, grade=0)
    second = windy.run(wind={"speed_ms": 45, "from_deg": 90, "at": "2026-09-15T14:00:00+08:00"}, hours=1)
    for name, (_, key) in zip(AFTER, worst.values(), strict=True):
        _name(city, key, name, grade=2)
    return Planted(city, _path(second), tuple(key for keys in worst.values() for key in keys))


def _path(run: dict[str, Any]) -> str:
    return f"/scenarios/wind/runs/{run['id']}"


def _name(city: City, key: str, name: str, grade: int) -> None:
    table, fid = key.split("/")
    city.sql(f"UPDATE onemap.{table} SET name = '{name}', grade = {grade} WHERE fid = {fid}")


@pytest.mark.parametrize(
    "path",
    [
        "/scenarios/wind/facades",
        "/scenarios/wind/runs",
        "/scenarios/wind",
        "{run}",
        "{run}/objects?limit=1000",
        "{run}/objects?limit=1000&level=red",
        "{run}/tasks?limit=1000",
        "{run}/report?f=json&limit=200",
        "{run}/report?f=html&limit=200",
        *(f"/collections/wind_{kind}/items?limit=10000" for kind in KINDS),
        *(f"/collections/wind_{kind}-{{number}}/items?limit=10000" for kind in KINDS),
    ],
)
def test_a_stranger_reads_of_no_secret(planted: Planted, path: str) -> None:
    url = path.format(run=planted.run, number=planted.number)
    assert planted.secrets_in(planted.get(url).text) == []


@pytest.mark.parametrize(
    "path",
    [
        "/scenarios/wind/facades",
        "{run}/objects?limit=1000",
        "{run}/tasks?limit=1000",
        "{run}/report?f=json&limit=200",
        "{run}/report?f=html&limit=200",
    ],
)
def test_who_may_see_them_reads_of_the_same_secrets(planted: Planted, path: str) -> None:
    text = planted.get(path.format(run=planted.run), officer=True).text
    assert BEFORE[0] in text
    assert AFTER[0] in text


@pytest.mark.parametrize("kind", KINDS)
def test_tiles_have_no_secret(planted: Planted, kind: str) -> None:
    body = planted.get(f"/tiles/wind_{kind}/14/13721/6694.mvt").content
    found = mapbox_vector_tile.decode(body) if body else {}
    assert planted.secrets_in(json.dumps(found, ensure_ascii=False)) == []
    seen = planted.get(f"/tiles/wind_{kind}/14/13721/6694.mvt", officer=True).content
    assert len(seen) > len(body)


def test_a_report_on_paper_has_no_secret(planted: Planted) -> None:
    stranger, officer = (
        planted.get(f"{planted.run}/report?f=pdf&limit=200", officer=who).content for who in (False, True)
    )
    assert [name for name in (*BEFORE, *AFTER) if shows(stranger, name)] == []
    assert shows(officer, BEFORE[0])
    assert shows(officer, AFTER[0])


def test_facades_and_their_demands_are_of_the_same_cells(planted: Planted) -> None:
    for officer in (False, True):
        cells = planted.get("/scenarios/wind/facades", officer).json()["features"]
        etas = np.frombuffer(planted.get("/scenarios/wind/facades/eta", officer, **EAST).content, "<f4")
        assert [cell["properties"]["index"] for cell in cells] == list(range(len(etas)))


def test_gusts_draw_air_where_a_hidden_building_stands(planted: Planted) -> None:
    key = planted.keys[0]
    cells = planted.get("/scenarios/wind/facades", officer=True).json()["features"]
    walls = [shapely.geometry.shape(c["geometry"]) for c in cells if c["properties"]["key"] == key]
    middle = shapely.convex_hull(shapely.union_all(walls)).centroid
    for officer, blank in ((True, True), (False, False)):
        answer = planted.get("/scenarios/wind/field", officer, **EAST)
        gust = np.frombuffer(answer.content, "<f4").reshape(tuple(map(int, answer.headers["twin-shape"].split(","))))[2]
        west, south, east, north = map(float, answer.headers["twin-bounds"].split(","))
        column = int((middle.x - west) / (east - west) * gust.shape[1])
        row = int((middle.y - south) / (north - south) * gust.shape[0])
        assert np.isnan(gust[row, column]) == blank
        assert np.isnan(gust).any()


def test_a_task_about_a_secret_is_not_there_for_a_stranger(planted: Planted) -> None:
    tasks = planted.get(f"{planted.run}/tasks?limit=1000", officer=True).json()["tasks"]
    secret = [task["id"] for task in tasks if {*task["objects"]} & {*planted.keys}]
    assert secret
    for number in secret:
        assert planted.city.client.get(f"/tasks/{number}").status_code == 404
    open_ones = planted.get(f"{planted.run}/tasks?limit=1000").json()["tasks"]
    assert {task["id"] for task in open_ones} == {task["id"] for task in tasks if task["grade"] == 0}
    assert not {task["id"] for task in open_ones} & {*secret}


def test_counts_and_the_worst_are_of_what_the_reader_may_see(planted: Planted) -> None:
    for officer in (False, True):
        run = planted.get(planted.run, officer).json()
        objects = planted.get(f"{planted.run}/objects?limit=1000", officer).json()["objects"]
        assert sum(run["summary"]["levels"].values()) == len(objects)
        assert run["summary"]["worst"]["key"] == objects[0]["key"]
        report = planted.get(f"{planted.run}/report?f=json", officer).json()
        assert sum(report["levels"].values()) == len(objects)
        assert all("graded" not in step for step in run["summary"]["steps"])
    stranger, officer = (planted.get(planted.run, who).json()["summary"] for who in (False, True))
    assert sum(stranger["levels"].values()) < sum(officer["levels"].values())


def test_what_depends_on_who_asks_is_kept_by_no_shared_cache(planted: Planted) -> None:
    for path in ("/scenarios/wind/facades", "/scenarios/wind/facades/eta", "/scenarios/wind/field"):
        params = {} if path.endswith("facades") else EAST
        headers = planted.get(path, **params).headers
        assert "private" in headers["cache-control"]
        assert {"authorization", "cookie"} <= {word.strip().lower() for word in headers["vary"].split(",")}
