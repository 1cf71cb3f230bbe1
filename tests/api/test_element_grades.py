"""A grade of a storey takes it with all its parts out of whatever a stranger may ask for, at once."""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from box_model import PLACE, load_house
from city import City, open_server

from api.layers import all_layers
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.store.engine import Database

UPSTAIRS = ("storey-2", "room-2", "wall-2", "door-2")
# Words of what is upstairs.
WORDS = ("2层", "房间2", "南墙2", "门2")
ZOOM = 18


def tile(lon: float, lat: float) -> str:
    side = 1 << ZOOM
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return f"/tiles/building_elements/{ZOOM}/{int((lon + 180) / 360 * side)}/{int(y)}.mvt"


TILE = tile(PLACE[0] + 0.00001, PLACE[1] + 0.00001)
ASKED = (
    "/bim/models/house", "/bim/models/house/elements?limit=100", "/collections/building_elements/items?limit=100",
    "/search?q=2", TILE, "/3dtiles/house/tileset.json", "/bim/models/house/elements/house",
    "/collections/building_elements/changes?since=2020-01-01T00:00:00Z&until=2030-01-01T00:00:00Z&limit=100",
    "/bim/models/house/pick?start=121.51002,31.24003,40&end=121.51002,31.24003,0&spaces=true",
)  # fmt: skip


@pytest.fixture
def housed(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with the house."""
    load_house(db, all_layers(), tmp_path)
    with open_server(db, tmp_path / "home") as city:
        yield city


def told(city: City, path: str, token: str = "") -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = city.client.get(path, headers=headers)
    assert answer.status_code != 400, answer.text  # a question that is none would hide what it is meant to find
    return answer.content.decode("utf-8", "replace")


def test_a_storey_that_is_graded_is_gone_with_all_its_parts_and_comes_back(housed: City) -> None:
    before = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    time.sleep(0.01)
    contents = [f"/3dtiles/house/content.glb?storey=storey-2{part}" for part in ("", "&part=spaces")]
    tags = {path: housed.client.get(path).headers["etag"] for path in (TILE, *contents)}
    assert any(word in told(housed, path) for path in ASKED for word in WORDS)
    with housed.database.writer.begin() as connection:
        token = people.add(connection, "inspector", Rights(clearance=Grade.INTERNAL))
    housed.sql("UPDATE onemap.building_elements SET grade = 1 WHERE source_key = 'wall-2'")
    housed.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key = 'storey-2'")
    for path in ASKED:
        joint = "&" if "?" in path else "?"
        for asked in (path, f"{path}{joint}as_of={before}"):
            found = [word for word in WORDS if word in told(housed, asked)]
            assert found == [], asked
    for element in UPSTAIRS:
        assert housed.client.get(f"/bim/models/house/elements/{element}").status_code == 404
        assert told(housed, f"/bim/models/house/elements/{element}", token).startswith("{")
    for path in contents:
        assert housed.client.get(path).status_code == 404
    changed = housed.client.get(TILE, headers={"If-None-Match": tags[TILE]})
    assert changed.headers["etag"] != tags[TILE]
    assert [one["name"] for one in housed.client.get("/bim/models/house").json()["storeys"]] == ["1层"]
    housed.sql("UPDATE onemap.building_elements SET grade = 0 WHERE source_key = 'storey-2'")
    assert housed.client.get("/bim/models/house/elements/wall-2").status_code == 404, "it has a grade of its own"
    assert housed.client.get("/bim/models/house/elements/door-2").status_code == 200
    assert housed.client.get(contents[1]).headers["etag"] == tags[contents[1]]
    assert housed.client.get(contents[0]).headers["etag"] != tags[contents[0]]
