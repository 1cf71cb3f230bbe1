"""Protected view corridors in the review of schemes: over HTTP, in reports, as a reader sees them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_city
from designs import box, design_file, site_file
from paper import shows
from sqlalchemy import text

from api.client import Client
from api.layers import all_layers
from bim.ingest import ModelOptions, load_model
from bim.schemes import Scheme, make, read_site
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.title import Title

CORRIDOR = """
INSERT INTO onemap.view_corridors
    (name, corridor_code, target_code, eye_height_m, target_base_m, target_top_m, width_m, permitted_pct, basis,
     approved, grade, geom)
VALUES (:code, :code, :target, 0, 0, :top, 0, :permitted, '样例依据', '2026-01-01Z', :grade,
        ST_Multi(ST_GeomFromText(:wkt, 4490)))
"""
BUILDING = """
INSERT INTO onemap.buildings (name, height_m, geom)
VALUES (:name, :top, ST_Multi(ST_GeomFromText(:wkt, 4490))) RETURNING fid
"""


def line(west: float, south: float, east: float, north: float) -> str:
    ends = [box(x - 1, y - 1, x + 1, y + 1).centroid for x, y in ((west, south), (east, north))]
    return f"LINESTRING({', '.join(f'{end.x} {end.y}' for end in ends)})"


def protect(connection: Any, code: str, wkt: str, permitted: float | None = 50.0, **more: Any) -> None:
    told = {"code": code, "wkt": wkt, "permitted": permitted, "top": 120.0, "grade": 0, "target": None} | more
    connection.execute(text(CORRIDOR), told)


@pytest.fixture
def viewed(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with an old house of 12 m, a scheme with a tower of 24 m in its place, and views over both."""
    with db.owner.begin() as connection:
        connection.execute(text(BUILDING), {"name": "旧楼", "top": 12, "wkt": box(20, 10, 40, 40).wkt})
        north = line(25, -100, 25, 300)
        protect(connection, "broken", north)
        protect(connection, "kept", north, 80.0)
        protect(connection, "exceeded", line(25, -100, 25, 9), 0.0, top=1.0)
        protect(connection, "elsewhere", line(900, -100, 900, 300))
        protect(connection, "secret", north, grade=2)
        protect(connection, "unstated", north, None)
        protect(connection, "lost", north, top=None, target="no-such-code")
    make(db, Scheme("a", Title("方案甲", "A"), read_site(site_file(tmp_path))))
    load_model(db, all_layers(), design_file(tmp_path), ModelOptions(model="a", scheme="a"), Silent())
    with open_city(db, tmp_path / "home") as city:
        yield city


def judged(city: City, **headers: str) -> dict[str, Any]:
    answer = city.client.get("/bim/schemes/a/corridors", headers=headers)
    assert answer.status_code == 200, answer.text
    return {one["corridor"]: one for one in answer.json()["corridors"]}


def test_each_corridor_over_a_scheme_is_judged_without_and_with_it(viewed: City) -> None:
    found = judged(viewed)
    assert set(found) == {"broken", "kept", "exceeded", "unstated", "lost"}
    assert next(iter(found)) == "broken", "what breaks is told first"
    broken = found["broken"]
    # Both stand 110 m from the eye, of 400 m: they hide 12 and 24 m times 400 / 110 of 120 m.
    assert broken["before_pct"] == pytest.approx(100 * 12 * 400 / 110 / 120, abs=1.5)
    assert broken["after_pct"] == pytest.approx(100 * 24 * 400 / 110 / 120, abs=1.5)
    assert (broken["state"], broken["permitted_pct"], broken["in_doubt"]) == ("breaks", 50.0, False)
    assert 1.0 < broken["uncertainty_pct"] < 5.0
    assert broken["by"] == "models/a"
    assert (broken["source"], broken["date"]) == ("样例依据", "2026-01-01T00:00:00Z")
    assert broken["line"]["type"] == "LineString"
    assert found["kept"]["state"] == "meets"


def test_what_cannot_be_judged_says_why_and_what_was_exceeded_before_is_not_of_the_scheme(viewed: City) -> None:
    found = judged(viewed)
    assert found["exceeded"]["state"] == "meets"
    assert (found["unstated"]["state"], found["lost"]["state"]) == ("unknown", "unknown")
    assert "permitted_pct" in found["unstated"]["problem"]
    assert "no-such-code" in found["lost"]["problem"]


def test_a_corridor_that_may_not_be_seen_is_in_no_answer_and_no_report(viewed: City) -> None:
    assert "secret" in judged(viewed, **viewed.signed_in)
    page = viewed.client.get("/bim/schemes/a/report").text
    assert "secret" not in page
    for words in ("景观视廊", "允许遮挡", "broken", "样例依据", "no-such-code"):
        assert words in page, words
    assert "secret" in viewed.client.get("/bim/schemes/a/report", headers=viewed.signed_in).text
    paper = viewed.client.get("/bim/schemes/a/report?f=pdf").content
    assert shows(paper, "景观视廊")
    assert viewed.client.get("/bim/schemes/none/corridors").status_code == 404


def test_the_client_has_them_as_a_table(viewed: City) -> None:
    with Client(str(viewed.client.base_url)) as client:
        table = client.review.corridors("a")
    assert table.loc["broken", "state"] == "breaks"
    assert table.loc["broken"].geometry.geom_type == "LineString"


def test_the_sample_has_a_view_that_one_scheme_keeps_and_the_other_breaks(sample_city: City) -> None:
    told = {
        name: sample_city.client.get(f"/bim/schemes/{name}/corridors").json()["corridors"]
        for name in ("sample-a", "sample-b")
    }
    (kept,), (broken,) = told["sample-a"], told["sample-b"]
    assert "虚构" in kept["source"]
    assert (kept["state"], kept["before_pct"], kept["after_pct"]) == ("meets", 0.0, 0.0)
    assert broken["state"] == "breaks"
    assert broken["after_pct"] > 30
