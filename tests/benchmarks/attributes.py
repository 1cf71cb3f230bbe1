"""Many objects with many attributes each: a load of them, and a count by one attribute, in SQL and over HTTP."""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from city import serving
from sqlalchemy import text
from stage import Stage

from api.app import create_app
from api.layers import all_layers
from bim.ingest import ModelOptions, load_model
from layers.ops.jobs import Silent
from layers.settings import Settings

MODEL = "attributed"
ATTRIBUTES, ASKED = 40, 20
_COLUMNS = 200
_USES = ("office", "school", "clinic", "shop", "dwelling", "depot", "hotel")
# The limit: the count that somebody who knows the tables would ask for, without history, grades and pages.
_BARE = text(
    "SELECT count(*) FROM onemap.building_elements AS e JOIN onemap.bim_record AS r ON r.id = e.record "
    "WHERE e.dataset = :model AND r.properties @> CAST(:wanted AS jsonb)"
)


@dataclass(frozen=True)
class Attributed:
    """Seconds of the load, and milliseconds of counts of the same objects: bare SQL, and the first page over HTTP."""

    objects: int
    megabytes: float
    load_s: float
    found: int
    sql_ms: list[float]
    http_ms: list[float]

    def lines(self) -> Iterator[str]:
        """Yield what the report says."""
        sql, http = median(self.sql_ms), median(self.http_ms)
        yield (
            f"- {self.objects:,} objects with {ATTRIBUTES} attributes each ({self.megabytes:.0f} MB of CityJSON): "
            f"loaded in {self.load_s:.0f} s; count by one attribute ({self.found:,} found): {sql:.0f} ms by bare SQL, "
            f"{http:.0f} ms over HTTP with volume and first page, worst {max(self.http_ms):.0f} ms "
            f"({http / sql:.1f} times the bare count)"
        )


def attributed(stage: Stage, objects: int) -> Attributed:
    """Load so many objects, and count those of one use."""
    path = write_attributed(stage.folder / f"{MODEL}.city.json", objects)
    begun = time.perf_counter()
    load_model(stage.database, all_layers(), path, ModelOptions(model=MODEL), Silent())
    load_s = time.perf_counter() - begun
    with stage.database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    found, sql_ms = _bare(stage)
    return Attributed(objects, path.stat().st_size / 1e6, load_s, found, sql_ms, _over_http(stage, found))


def _bare(stage: Stage) -> tuple[int, list[float]]:
    wanted = {"model": MODEL, "wanted": json.dumps({"attributes": {"use": _USES[0]}})}
    times, found = [], 0
    with stage.database.reader.connect() as connection:
        for _ in range(ASKED):
            begun = time.perf_counter()
            found = connection.execute(_BARE, wanted).scalar_one()
            times.append((time.perf_counter() - begun) * 1000)
    return found, times


def _over_http(stage: Stage, found: int) -> list[float]:
    settings = Settings(_env_file=None, home=stage.folder / "home")  # type: ignore[call-arg]
    address = f"/bim/models/{MODEL}/elements?property=attributes.use={_USES[0]}"
    times = []
    with serving(create_app(settings, stage.database)) as url, httpx.Client(base_url=url, timeout=60) as client:
        for _ in range(ASKED):
            begun = time.perf_counter()
            answer = client.get(address)
            times.append((time.perf_counter() - begun) * 1000)
            if answer.json()["count"] != found:
                raise ValueError(f"HTTP counts {answer.text[:200]}, SQL {found}")
    return times


def write_attributed(path: Path, objects: int) -> Path:
    """Write a CityJSON file of cubes with attributes, in rows on the ground of Pudong (EPSG:4549)."""
    chance = random.Random(28)  # noqa: S311 - the same file each time
    document: dict[str, Any] = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [648000.0, 3457000.0, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4549"},
        "CityObjects": {},
        "vertices": [],
    }
    for number in range(objects):
        document["CityObjects"][f"object-{number}"] = {
            "type": "Building",
            "attributes": _attributes(chance, number),
            "geometry": [_cube(document["vertices"], number)],
        }
    path.write_text(json.dumps(document))
    return path


def _attributes(chance: random.Random, number: int) -> dict[str, Any]:
    given: dict[str, Any] = {"use": chance.choice(_USES), "number": number}
    given |= {f"measure_{place}": round(chance.uniform(0, 1000), 2) for place in range(19)}
    return given | {f"label_{place}": f"value {chance.randrange(100)}" for place in range(19)}


def _cube(vertices: list[list[int]], number: int) -> dict[str, Any]:
    first = len(vertices)
    east, north = (number % _COLUMNS) * 10_000, (number // _COLUMNS) * 10_000
    for up in (0, 6000):
        vertices += [[east + x, north + y, up] for x, y in ((0, 0), (5000, 0), (5000, 5000), (0, 5000))]
    faces = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
    shell = [[[first + corner for corner in face]] for face in faces]
    return {"type": "Solid", "lod": "1", "boundaries": [shell]}
