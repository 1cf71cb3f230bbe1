"""Sun and views with a design scheme in place of what it replaces, and what that does to its neighbours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_city
from designs import box, site_file, tower, write
from shapely.geometry import shape
from sqlalchemy import text

from api.layers import all_layers
from bim.ingest import ModelOptions, load_model
from bim.schemes import Scheme, make, read_site
from layers.errors import SourceError
from layers.grades import Grade
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.title import Title

NORTH, OLD = (10.0, 100.0, 70.0, 112.0), (20.0, 20.0, 40.0, 40.0)
HOUSES = """
INSERT INTO onemap.buildings (name, source_key, dataset, height_m, geom) VALUES
('北楼', 'north', 'test', 18, ST_Multi(ST_GeomFromText(:north, 4490))),
('旧楼', 'old', 'test', 12, ST_Multi(ST_GeomFromText(:old, 4490)))
"""
RULE = {"rule": "shanghai-winter-solstice-1h", "year": 2026}
NOON = "2026-12-22T12:00:00+08:00"


def enter(database: Database, folder: Path, name: str, height: float, grade: Grade = Grade.OPEN) -> None:
    """Make a scheme of a slab across the south of the northern house."""
    make(database, Scheme(name, Title(name, name), read_site(site_file(folder)), grade=grade))
    path = write(folder / f"{name}.geojson", tower("slab", 0, 60, 100, 72, height=height, storeys=None, name="板楼"))
    load_model(database, all_layers(), path, ModelOptions(model=f"{name}-model", scheme=name, grade=grade), Silent())


@pytest.fixture(scope="module")
def planned(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with a house to the north of a site, an old one on it, and schemes: high, low and one internal."""
    folder = tmp_path_factory.mktemp("shaded")
    with server.copy_of(template) as database:
        with database.owner.begin() as connection:
            connection.execute(text(HOUSES), {"north": box(*NORTH).wkt, "old": box(*OLD).wkt})
        enter(database, folder, "high", 90.0)
        enter(database, folder, "low", 6.0)
        enter(database, folder, "secret", 90.0, Grade.INTERNAL)
        with open_city(database, folder / "home") as city:
            yield city


def told(city: City, path: str, **asked: Any) -> Any:
    answer = city.client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_high_slab_takes_the_sun_of_the_house_behind_and_a_low_one_does_not(planned: City) -> None:
    high = told(planned, "/bim/schemes/high/sunlight", **RULE)
    low = told(planned, "/bim/schemes/low/sunlight", **RULE)
    (north,) = [one for one in high["neighbours"] if one["name"] == "北楼"]
    assert north["met_before"] > 0
    assert north["breaks"] == north["met_before"] - north["met_after"] > 0
    assert north["most_lost_min"] > 60
    assert high["harmed"] == 1
    assert low["harmed"] == 0
    assert "旧楼" not in [one["name"] for one in high["neighbours"]], "what the scheme replaces is no neighbour"


def test_shadows_are_those_of_the_scheme_and_not_of_what_it_replaces(planned: City) -> None:
    area = "121.5290,31.2190,121.5330,31.2240"
    base = shape(told(planned, "/bim/review/shadows", bbox=area, time=NOON)["geometry"])
    high = shape(told(planned, "/bim/review/shadows", bbox=area, time=NOON, scheme="high")["geometry"])
    old, slab = box(*OLD).centroid, box(50, 60, 52, 72).centroid
    assert base.contains(old)
    assert not high.contains(old)
    assert high.contains(slab)
    assert high.area > base.area


def test_the_sun_of_the_scheme_itself_and_the_line_of_sight_through_it(planned: City) -> None:
    slab = told(planned, "/bim/review/sunlight", building="design/slab", scheme="low", spacing=5, **RULE)
    assert slab["summary"]["points"] > 0
    assert {one["properties"]["building"] for one in slab["features"]} == {"design/slab"}
    eye, end = (f"{place.x},{place.y},20" for place in (box(50, 90, 52, 92).centroid, box(50, 40, 52, 42).centroid))
    free = told(planned, "/bim/review/sight", **{"from": eye, "to": end})["features"][0]["properties"]
    hidden = told(planned, "/bim/review/sight", scheme="high", **{"from": eye, "to": end})["features"][0]["properties"]
    assert (free["visible"], hidden["visible"]) == (True, False)
    assert "high-model" in str(hidden["blocked_by"])


@pytest.mark.parametrize("path", ["schemes/secret/sunlight", "review/shadows", "review/sunlight", "review/skyline"])
def test_a_scheme_that_may_not_be_seen_is_one_that_is_not_there(planned: City, path: str) -> None:
    asked = {
        "scheme": "secret", "bbox": "121.5290,31.2190,121.5330,31.2240", "time": NOON, "from": "121.53,31.22,2",
        "rule": RULE["rule"],
    }  # fmt: skip
    details = []
    for scheme in ("secret", "nothing"):
        answer = planned.client.get(f"/bim/{path.replace('secret', scheme)}", params=asked | {"scheme": scheme})
        assert answer.status_code == 404
        details.append(answer.json()["detail"].replace(scheme, "?"))
    assert details[0] == details[1]


def test_the_report_tells_of_the_neighbours_who_lose_their_sun(planned: City) -> None:
    answer = planned.client.get("/bim/schemes/high/report", params={"rule": RULE["rule"]})
    assert answer.status_code == 200
    assert "对周边日照的影响" in answer.text
    assert "北楼" in answer.text
    assert "未核对原文" in answer.text, "the rule was not read in its own text, and the report says so"


def test_a_building_that_the_scheme_has_not_is_said_with_those_that_it_has(planned: City) -> None:
    answer = planned.client.get("/bim/review/sunlight", params=RULE | {"building": "design/nope", "scheme": "low"})
    assert answer.status_code == 404
    assert "it has design/slab" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("review/shadows?bbox=121.529,31.219,121.533,31.224&time=9999-12-31T23:59:59Z", "1950 and 2100"),
        ("review/sight?from=121.53,31.22,2&to=121.531,31.22,2&without=buildings/99999", "buildings/99999"),
        ("schemes/compare?schemes=low,low", "named twice"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(planned: City, query: str, said: str) -> None:
    answer = planned.client.get(f"/bim/{query}")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_a_design_far_from_its_site_is_refused(planned: City, tmp_path: Path) -> None:
    path = write(tmp_path / "far.geojson", tower("far", 60_000, 0, 60_020, 20))
    with pytest.raises(SourceError, match=r"lies 59\.\d km from the site of the scheme 'low'"):
        load_model(planned.database, all_layers(), path, ModelOptions(model="far", scheme="low"), Silent())
    assert planned.client.get("/bim/models/far").status_code == 404
