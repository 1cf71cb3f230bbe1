"""A dirty file from its load to release: quarantine, rules, quality and lineage over HTTP and the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_server
from sqlalchemy import text

from api.client import Client
from layers.access.principals import token_hash
from layers.catalog import built_in
from layers.errors import InputError, ParameterError
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.rule import read_rule

DIRTY = Path(__file__).parents[1] / "support" / "dirty_buildings.geojson"
BOX = {
    "type": "Polygon",
    "coordinates": [[[121.53, 31.2], [121.531, 31.2], [121.531, 31.201], [121.53, 31.201], [121.53, 31.2]]],
}


@pytest.fixture(scope="module")
def dirty(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city whose buildings come from a file with one of every kind of defect."""
    with server.copy_of(template) as database:
        load_path(database, built_in(), DIRTY, LoadOptions(layer="buildings", dataset="d", key="id"), Silent())
        with open_server(database, tmp_path_factory.mktemp("dirty")) as city:
            yield city


def held(city: City, **query: Any) -> dict[str, Any]:
    found = city.client.get("/quarantine", params=query, headers=city.signed_in).json()
    return {feature["properties"]["source_key"]: feature for feature in found["features"]}


def test_every_defect_is_listed_with_reason_original_and_place(dirty: City) -> None:
    answer = dirty.client.get("/quarantine", params={"layer": "buildings", "limit": 2}, headers=dirty.signed_in).json()
    assert answer["counts"] == {"buildings": {"pending": 9, "released": 0, "discarded": 0}}
    following = next(link["href"] for link in answer["links"] if link["rel"] == "next")
    assert len(dirty.client.get(following, headers=dirty.signed_in).json()["features"]) == 2
    bow = held(dirty, rule="geometry.invalid")["bow"]
    assert bow["geometry"]["type"] == "Polygon"
    assert bow["properties"]["reasons"][0]["message"]["zh"] == "几何自相交"
    assert bow["properties"]["original"]["properties"]["name"] == "自交楼"


def test_who_may_not_see_internal_data_sees_nothing_and_writes_nothing(dirty: City) -> None:
    assert dirty.client.get("/quarantine").status_code == 401
    assert dirty.client.post("/quarantine/1/release", json={"reason": "x"}).status_code == 401
    assert dirty.client.get("/rules").status_code == 401
    assert dirty.client.get("/loads").status_code == 401


def test_a_row_is_refused_again_until_it_is_mended_and_then_on_the_map(dirty: City) -> None:
    many = held(dirty)["many"]
    url = f"/quarantine/{many['id']}/release"
    assert dirty.client.post(url, json={}, headers=dirty.signed_in).json()["parameter"] == "reason"
    again = dirty.client.post(url, json={"reason": "try"}, headers=dirty.signed_in)
    assert again.status_code == 400
    assert "许多" in again.json()["detail"]
    patch = {"reason": "实地核实 checked on site", "properties": {"floors": 6}}
    told = dirty.client.post(url, json=patch, headers=dirty.signed_in).json()["properties"]
    assert (told["state"], told["decided_by"], told["patch"]) == (
        "released",
        "administrator",
        {"properties": {"floors": 6}},
    )
    item = dirty.client.get(f"/collections/buildings/items/{told['fid']}?f=json").json()["properties"]
    assert (item["floors"], item["source_key"], item["dataset"]) == (6, "many", "d")
    assert dirty.client.post(url, json=patch, headers=dirty.signed_in).status_code == 409
    lineage = dirty.client.get(f"/collections/buildings/items/{told['fid']}/lineage").json()
    assert (lineage["load"]["file"]["path"], lineage["load"]["principal"]) == (DIRTY.name, None)
    assert lineage["releases"] == [
        {name: lineage["releases"][0][name] for name in ("quarantine", "place", "load", "decided")}
    ]
    signed = dirty.client.get(f"/collections/buildings/items/{told['fid']}/lineage", headers=dirty.signed_in).json()
    assert signed["releases"][0]["reason"] == "实地核实 checked on site"
    assert len(signed["load"]["file"]["sha256"]) == 64


def test_geometries_are_mended_in_bulk_and_what_cannot_be_tells_why(dirty: City) -> None:
    rows = held(dirty)
    wanted = {
        "ids": [rows["bow"]["id"], rows["open"]["id"], rows["bare"]["id"]],
        "mend": "make_valid",
        "reason": "批量修复",
    }
    answer = dirty.client.post("/quarantine/release", json=wanted, headers=dirty.signed_in).json()
    assert [one["id"] for one in answer["released"]] == wanted["ids"][:2]
    assert "give a new one in geometry" in answer["refused"][0]["reason"]
    drawn = {"reason": "补绘", "geometry": BOX}
    done = dirty.client.post(f"/quarantine/{rows['bare']['id']}/release", json=drawn, headers=dirty.signed_in)
    assert done.json()["properties"]["state"] == "released"


def test_a_discarded_row_stays_and_the_audit_knows_why(dirty: City) -> None:
    line = held(dirty)["line"]
    url = f"/quarantine/{line['id']}/discard"
    assert dirty.client.post(url, json={"reason": "不是建筑"}, headers=dirty.signed_in).status_code == 200
    told = dirty.client.get(f"/quarantine/{line['id']}", headers=dirty.signed_in).json()["properties"]
    assert (told["state"], told["decision"]) == ("discarded", "不是建筑")
    with dirty.database.owner.connect() as connection:
        last = connection.exec_driver_sql("SELECT detail FROM onemap.audit ORDER BY id DESC LIMIT 1").scalar_one()
    assert last == {"discard": line["id"], "reason": "不是建筑"}


def test_the_report_on_a_load_has_scores_counts_and_places(dirty: City) -> None:
    (told,) = dirty.client.get("/loads/1/quality", headers=dirty.signed_in).json()["layers"]
    rules = {rule["id"]: (rule["checked"], rule["failed"]) for rule in told["rules"]}
    assert rules["buildings.height_m.range"] == (11, 1)
    assert rules["buildings.use.domain"] == (11, 1)
    assert told["quarantine"]["pending"] == 9
    # 20 rows were read; two lack a geometry or a key, none a column that is required.
    assert told["scores"]["completeness"] == 90.0
    assert told["scores"]["correctness"] < 80
    assert told["failures"]["features"]
    shown = dirty.client.get("/loads/1/quality?f=html", headers=dirty.signed_in)
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    for words in ("完整性", "高度在 0 至 1000 米之间", "<svg", "geometry.invalid"):
        assert words in shown.text
    assert "http://" not in shown.text.replace("http://www.w3.org/2000/svg", "")


def test_the_steward_reads_loads_up_to_the_own_grade(dirty: City) -> None:
    given = {"hash": token_hash("steward")}
    with dirty.database.owner.begin() as connection:
        made = "INSERT INTO onemap.principal (name, token_sha256, roles) VALUES ('数据管理员', :hash, '{steward}')"
        connection.execute(text(made), given)
    steward = {"Authorization": "Bearer steward"}
    (told,) = dirty.client.get("/loads", headers=steward).json()["loads"]
    assert dirty.client.get("/loads/1", headers=steward).json() == told
    assert told["summary"]["layers"][0]["layer"] == "buildings"
    url = f"/collections/buildings/items/{dirty.client.get('/collections/buildings/items').json()['features'][0]['id']}"
    lineage = f"{url}/lineage"
    assert dirty.client.get(lineage).json()["load"]["principal"] is None
    assert dirty.client.get(lineage, headers=steward).json()["load"]["principal"] == told["principal"]

    def examples(headers: dict[str, str]) -> bool:
        (report,) = dirty.client.get("/loads/1/quality", headers=headers).json()["layers"]
        return any(rule["examples"] for rule in report["rules"])

    assert examples(steward)
    dirty.sql("UPDATE onemap.buildings SET grade = 3 WHERE fid = (SELECT max(fid) FROM onemap.buildings)")
    assert (examples(steward), examples(dirty.signed_in)) == (False, True)
    assert dirty.client.post("/jobs/loads", files={"file": ("a", b"")}, headers=steward).status_code == 403


def test_the_client_gives_tables(dirty: City) -> None:
    with Client(str(dirty.client.base_url), dirty.token) as client:
        rows = client.quarantine(layer="buildings", rule="geometry.place")
        assert list(rows["source_key"]) == ["far"]
        assert set(client.quality("buildings")["scores"]) == {
            "completeness",
            "correctness",
            "consistency",
            "timeliness",
        }
        with pytest.raises(InputError, match="no degrees"):
            client.release(rows.index[0], "try")


def test_the_report_on_a_layer_looks_at_costly_rules_too(dirty: City) -> None:
    told = dirty.client.get("/collections/buildings/quality?f=json").json()
    rules = {rule["id"]: rule["failed"] for rule in told["rules"]}
    assert rules["buildings.no_overlap"] >= 1
    assert rules["buildings.size"] == 1
    assert told["scores"]["timeliness"] == 100
    assert dirty.client.get("/collections/wind_streets/quality?f=json").status_code == 404


def test_rules_are_added_changed_and_forgotten_at_run_time(own_city: City, tmp_path: Path) -> None:
    stated = {
        "layer": "buildings",
        "kind": "range",
        "column": "height_m",
        "parameters": {"max": 100},
        "severity": "refuse",
    }
    url = "/rules/buildings.height_m.range"
    assert own_city.client.put(url, json=stated).status_code == 401
    assert own_city.client.put(url, json=stated, headers=own_city.signed_in).json()["parameters"] == {"max": 100}
    features = [
        {"type": "Feature", "geometry": BOX, "properties": {"id": n, "height_m": height}}
        for n, height in enumerate((50, 90, 120))
    ]
    path = tmp_path / "houses.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    summary = load_path(own_city.database, built_in(), path, LoadOptions(layer="buildings", trust_crs=True), Silent())
    assert (summary.layers[0].new, summary.quarantined) == (2, 1)
    (row,) = held(own_city).values()
    assert row["properties"]["reasons"][0]["rule"] == "buildings.height_m.range"
    assert row["properties"]["original"]["properties"] == {"id": 2, "height_m": 120}
    assert own_city.client.delete(url, headers=own_city.signed_in).status_code == 204
    rules = own_city.client.get("/rules?layer=buildings", headers=own_city.signed_in).json()["rules"]
    assert next(rule["severity"] for rule in rules if rule["id"] == "buildings.height_m.range") == "warn"


@pytest.mark.parametrize(
    ("stated", "parameter"),
    [
        ({"kind": "range", "column": "height_m"}, "parameters"),
        ({"kind": "range", "column": "name", "parameters": {"min": 0}}, "column"),
        ({"kind": "range", "column": "x; DROP TABLE", "parameters": {"min": 0}}, "column"),
        ({"kind": "pattern", "column": "name", "parameters": {"regex": "("}}, "parameters.regex"),
        ({"kind": "pattern", "column": "name", "parameters": {"regex": "(?P<a>x)"}}, "parameters.regex"),
        ({"kind": "domain", "column": "use", "parameters": {"values": []}}, "parameters.values"),
        ({"kind": "size", "parameters": {"most": 3}}, "parameters.most"),
    ],
)
def test_rules_that_cannot_be_are_refused(dirty: City, stated: dict[str, Any], parameter: str) -> None:
    answer = dirty.client.put("/rules/buildings.own", json={"layer": "buildings"} | stated, headers=dirty.signed_in)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


def test_a_rule_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match="kind: 'sql' is none of required, "):
        read_rule({"layer": "buildings", "kind": "sql"})
