"""Design schemes over HTTP: the list, indicators and verdicts, comparison, reports; models of schemes as tiles."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from box_model import load_house
from city import City, open_city
from designs import SITE, box, design_file, site_file
from paper import shows
from sqlalchemy import text

from api.layers import all_layers
from bim.ingest import ModelOptions, load_model
from bim.schemes import Scheme, make, parse_things, read_site
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.title import Title

PLOT = """
INSERT INTO onemap.planning_plots (plot_code, source_key, max_height_m, max_far, min_setback_m, basis, approved, geom)
VALUES ('A-01', 'a', 20, 1.5, 9.5, '沪规 1 号', '2025-05-01Z', ST_Multi(ST_GeomFromText(:wkt, 4490)))
"""
OLD = """
INSERT INTO onemap.buildings (name, height_m, floors, geom)
VALUES ('旧楼', 12, 4, ST_Multi(ST_GeomFromText(:wkt, 4490)))
"""


def enter(db: Database, folder: Path, scheme: str, title: str, grade: Grade = Grade.OPEN, **more: Any) -> None:
    make(db, Scheme(scheme, Title(title, scheme.upper()), read_site(site_file(folder)), grade=grade, **more))
    options = ModelOptions(model=f"{scheme}-model", scheme=scheme, grade=grade)
    load_model(db, all_layers(), design_file(folder, f"{scheme}.geojson", title), options, Silent())


def plan(db: Database, folder: Path) -> None:
    with db.owner.begin() as connection:
        connection.execute(text(PLOT), {"wkt": box(*SITE).wkt})
        connection.execute(text(OLD), {"wkt": box(20, 20, 40, 40).wkt})
    load_house(db, all_layers(), folder)
    enter(db, folder, "a", "方案甲")
    enter(db, folder, "b", "方案乙", replaces=parse_things(""))
    enter(db, folder, "s", "密方案", Grade.INTERNAL)


@pytest.fixture(scope="module")
def planned(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with a house, two open schemes and one that is internal."""
    folder = tmp_path_factory.mktemp("planned")
    with server.copy_of(template) as database:
        plan(database, folder)
        with open_city(database, folder / "home") as city:
            yield city


def told(city: City, path: str, **headers: str) -> Any:
    answer = city.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def officer(city: City) -> dict[str, str]:
    with city.database.writer.begin() as connection:
        token = people.add(connection, "planner", Rights(clearance=Grade.INTERNAL))
    return {"Authorization": f"Bearer {token}"}


def by(listed: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return {one[key]: one for one in listed}


def test_schemes_are_listed_page_by_page_and_by_the_ground_they_are_on(planned: City) -> None:
    first = told(planned, "/bim/schemes?limit=1")
    assert [one["id"] for one in first["schemes"]] == ["a"]
    assert first["schemes"][0]["title"] == {"zh": "方案甲", "en": "A"}
    assert first["schemes"][0]["site"]["type"] == "MultiPolygon"
    following = next(one["href"] for one in first["links"] if one["rel"] == "next")
    second = told(planned, following)
    assert [one["id"] for one in second["schemes"]] == ["b"]
    assert all(one["rel"] != "next" for one in second["links"])
    assert told(planned, "/bim/schemes?bbox=120,30,120.1,30.1")["schemes"] == []
    assert planned.client.get("/bim/schemes?bbox=1,2").status_code == 400


def test_a_scheme_is_told_with_indicators_and_verdicts(planned: City) -> None:
    made = told(planned, "/bim/schemes/a")
    indicators = by(made["indicators"], "name")
    assert indicators["far"]["value"] == pytest.approx(0.65, rel=1e-4)
    assert indicators["floor_area_m2"]["basis"]["zh"] == "层数 × 俯视轮廓面积"
    verdicts = by(made["verdicts"], "rule")
    assert {rule: one["state"] for rule, one in verdicts.items()} == {
        "max_height_m": "breaks", "max_far": "meets", "min_setback_m": "meets",
    }  # fmt: skip
    height = verdicts["max_height_m"]
    assert (height["value"], height["limit"], height["margin"]) == (24.0, 20.0, -4.0)
    assert (height["source"], height["date"]) == ("沪规 1 号", "2025-05-01T00:00:00Z")
    assert verdicts["min_setback_m"]["in_doubt"], "the margin of 0.5 m is less than the metre of its reference system"
    assert len(made["replaces"]["buildings"]) == 1
    each = by(made["buildings"], "id")
    assert {key: one["setback_m"] for key, one in each.items()} == pytest.approx(
        {"tower": 10.0, "hall": 10.0}, abs=1e-3
    )
    assert each["hall"]["floor_area_m2"] == pytest.approx(1600, rel=1e-4)
    assert told(planned, "/bim/schemes/b")["replaces"] == {"buildings": [], "building_parts": []}
    assert [one["id"] for one in made["models"]] == ["a-model"]


def test_models_of_schemes_are_listed_only_when_they_are_asked_for(planned: City) -> None:
    assert [one["id"] for one in told(planned, "/bim/models")["models"]] == ["house"]
    (model,) = told(planned, "/bim/models?scheme=a")["models"]
    assert (model["id"], model["scheme"]) == ("a-model", "a")
    assert told(planned, "/bim/models?scheme=s")["models"] == []


def test_a_model_of_a_scheme_is_shown_asked_and_picked_like_any_other(planned: City) -> None:
    tileset = told(planned, "/3dtiles/a-model/tileset.json?ground=true")
    (child,) = tileset["root"]["children"]
    content = planned.client.get(child["content"]["uri"])
    assert content.status_code == 200
    assert "方案甲塔楼".encode() in content.content
    elements = told(planned, "/bim/models/a-model/elements?kind=building")
    assert elements["volume_m3"] == pytest.approx(20 * 30 * 24 + 40 * 20 * 9, rel=1e-4)
    middle = box(10, 10, 30, 40).centroid
    sight = f"start={middle.x},{middle.y},100&end={middle.x},{middle.y},0"
    hit = told(planned, f"/bim/models/a-model/pick?{sight}")
    assert hit["element"]["name"] == "方案甲塔楼"
    assert hit["hit"]["position"][2] == pytest.approx(24.0, abs=1e-3)
    assert told(planned, "/bim/models/a-model/clashes?with=b-model")["count"] >= 2
    assert told(planned, "/bim/models/a-model/clashes?with=house")["count"] == 0


def test_schemes_are_compared_with_each_other_and_with_what_there_is(planned: City) -> None:
    listed = by(told(planned, "/bim/schemes/compare?schemes=base,a,b")["schemes"], "id")
    assert list(listed) == ["base", "a", "b"]
    assert listed["a"]["differences"]["footprint_m2"] == pytest.approx(1400 - 400, rel=1e-4)
    assert listed["a"]["differences"]["green_m2"] is None, "the base map has no green there"
    assert listed["base"]["differences"]["height_m"] == 0.0
    assert by(listed["base"]["verdicts"], "rule")["max_height_m"]["state"] == "meets"
    for wrong in ("a", "base", "", "a,a", "a,b,c,d,e,f,g"):
        assert planned.client.get(f"/bim/schemes/compare?schemes={wrong}").status_code == 400, wrong
    assert planned.client.get("/bim/schemes/compare?schemes=a,nope").status_code == 404


def test_the_report_has_a_plan_and_both_languages(planned: City) -> None:
    page = planned.client.get("/bim/schemes/a/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for words in ("规划方案辅助分析：方案甲", "建筑限高", "不符合", "breaks", "沪规 1 号", "2025-05-01", "容积率",
                  "方案甲塔楼", "不确定度", "查阅级别"):  # fmt: skip
        assert words in page.text, words
    figure = page.text.split("<figure>")[1].split("</figure>")[0]
    assert figure.count("<path") > 6
    assert ">24 m</text>" in figure
    paper = planned.client.get("/bim/schemes/a/report?f=pdf")
    assert paper.content.startswith(b"%PDF-")
    assert shows(paper.content, "规划方案辅助分析")
    assert shows(paper.content, "建筑限高")
    assert 'lang="en"' in planned.client.get("/bim/schemes/a/report?lang=en").text


def test_what_a_name_has_in_it_is_text_in_the_report(db: Database, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>&"
    enter(db, tmp_path, "a", hostile)
    with open_city(db, tmp_path / "home") as city:
        page = city.client.get("/bim/schemes/a/report").text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert city.client.get("/bim/schemes/a/report?f=pdf").status_code == 200


def test_a_scheme_that_may_not_be_seen_is_one_that_does_not_exist(planned: City) -> None:
    signed = officer(planned)
    for path in (
        "/bim/schemes/s", "/bim/schemes/s/report", "/bim/schemes/compare?schemes=a,s", "/bim/models/s-model",
        "/3dtiles/s-model/tileset.json", "/3dtiles/s-model/content.glb", "/bim/models/s-model/elements/tower",
    ):  # fmt: skip
        hidden = planned.client.get(path)
        absent = planned.client.get(path.replace("s-model", "n-model").replace("/s", "/s"))
        assert hidden.status_code == 404, path
        assert planned.client.get(path, headers=signed).status_code == 200, path
        if "s-model" in path:
            assert hidden.json()["detail"].replace("s-model", "n-model") == absent.json()["detail"]
    other = planned.client.get("/bim/schemes/n").json()["detail"]
    assert planned.client.get("/bim/schemes/s").json()["detail"].replace("'s'", "'n'") == other
    listed = [one["id"] for one in told(planned, "/bim/schemes", **signed)["schemes"]]
    assert listed == ["a", "b", "s"]
    items = told(planned, "/collections/scheme_elements/items?limit=100")["features"]
    assert {item["properties"]["scheme"] for item in items} == {"a", "b"}


def test_search_finds_no_designs(planned: City) -> None:
    assert "方案甲塔楼" not in planned.client.get("/search?q=方案甲").text


def test_a_scheme_that_is_gone_is_found_as_it_was_known(db: Database, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from bim.schemes import remove

    enter(db, tmp_path, "a", "方案甲")
    before = datetime.now(UTC).isoformat()
    remove(db, "a")
    with open_city(db, tmp_path / "home") as city:
        assert city.client.get("/bim/schemes/a").status_code == 404
        assert city.client.get("/bim/models/a-model").status_code == 404
        then = city.client.get("/bim/schemes/a", params={"as_of": before}).json()
        assert by(then["indicators"], "name")["height_m"]["value"] == 24.0
        assert city.client.get("/3dtiles/a-model/tileset.json", params={"as_of": before}).status_code == 200
