"""Codes are given once: through loads, edits, ends, splits and merges."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from two_surveys import NEW, OLD, house, load_survey

from layers import catalog
from layers.access.principals import ANONYMOUS, LOCAL_OPERATOR
from layers.entities.codebook.assign import Assigned, assign_codes, codable
from layers.entities.codebook.object import object_of
from layers.entities.matching.decisions import Decider, accept, undo
from layers.entities.matching.propose import MatchOptions, propose
from layers.errors import NotFound, ParameterError
from layers.intake.ingest import Silent
from layers.space.codes.unified import check
from layers.store.engine import Database

REGISTRY = catalog.built_in()
BUILDINGS = codable(REGISTRY.get("buildings"))
STREET = """
INSERT INTO onemap.boundaries (name, division_code, admin_level, source_key, dataset, geom) VALUES
('陆家嘴街道', '310115005', 8, 'street', 'test', ST_Multi(ST_MakeEnvelope(121.49, 31.23, 121.504, 31.24, 4490)))
"""
BY_KEY = "SELECT source_key, code FROM onemap.buildings WHERE upper_inf(valid)"


def sql(db: Database, statement: str, **given: Any) -> Any:
    with db.owner.begin() as connection:
        found = connection.execute(text(statement), given)
        return found.all() if found.returns_rows else None


def assign(db: Database, layer: str = "buildings", division: str | None = None) -> Assigned:
    with db.writer.begin() as connection:
        return assign_codes(connection, codable(REGISTRY.get(layer)), division)


def codes(db: Database) -> dict[str, str | None]:
    return {row.source_key: row.code for row in sql(db, BY_KEY)}


def known(db: Database, code: str, principal: Any = LOCAL_OPERATOR) -> dict[str, Any]:
    with db.reader.connect() as connection:
        return object_of(connection, REGISTRY, principal, code)


@pytest.fixture
def old(db: Database, tmp_path: Path) -> None:
    """Load a survey into a street unit."""
    sql(db, STREET)
    load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")


@pytest.mark.usefixtures("old")
def test_a_code_says_street_block_and_building(db: Database) -> None:
    made = assign(db, division="310115")
    assert (made.given, made.without) == (4, 0)
    given = codes(db)
    assert all(code is not None and len(code) == 17 and check(code) is None for code in given.values())
    jin = str(given["old/jin"])
    assert jin.startswith("310115005")
    assert known(db, jin)["meaning"]["block"] == "世纪大道"
    # Without an address the block is a grid cell; outside of the street unit its place in the code is 000.
    assert known(db, str(given["old/sen"]))["meaning"]["block"].startswith("N51")
    assert str(given["old/alone"]).startswith("310115000")


@pytest.mark.usefixtures("old")
def test_what_lies_in_no_known_division_waits(db: Database) -> None:
    assert assign(db).without == 1
    assert codes(db)["old/alone"] is None
    assert assign(db, division="310115").given == 1


def test_a_code_stays_through_loads_edits_and_a_second_round(db: Database, old: None, tmp_path: Path) -> None:
    assign(db, division="310115")
    before = codes(db)
    moved = house("old/jin", (2, 2), name="金茂大厦", address="银城中路1号")
    load_survey(db, tmp_path, "old", [moved, *OLD[1:]], 10, "2026-03-01")
    # The new slice has the code from its first moment on.
    assert codes(db) == before
    sql(db, "UPDATE onemap.buildings SET name = 'x', code = NULL WHERE source_key = 'old/sen'")
    again = assign(db, division="310115")
    assert (again.given, again.retired) == (0, 0)
    assert codes(db) == before


def test_a_split_names_its_successors_and_no_number_is_given_twice(db: Database, old: None, tmp_path: Path) -> None:
    assign(db, division="310115")
    block = str(codes(db)["old/block"])
    halves = [house(f"old/half{n}", (200 + 45 * n, 0), (45, 20)) for n in range(2)]
    rest = [each for each in OLD if each["properties"]["source_key"] != "old/block"]
    load_survey(db, tmp_path, "old", [*rest, *halves], 10, "2026-03-01")
    assert assign(db, division="310115").retired == 1
    given = codes(db)
    gone = known(db, block)
    assert (gone["state"], gone["retired"]["why"]) == ("retired", "gone")
    assert gone["successors"] == sorted(str(given[f"old/half{n}"]) for n in range(2))
    assert known(db, str(given["old/half0"]))["predecessors"] == [block]
    assert block not in given.values()
    # The block is back under its key: so is its code.
    load_survey(db, tmp_path, "old", OLD, 10, "2026-04-01")
    assign(db, division="310115")
    assert codes(db)["old/block"] == block
    assert known(db, block)["state"] == "current"


def test_a_merge_retires_the_lesser_code_and_undoing_it_gives_it_back(db: Database, old: None, tmp_path: Path) -> None:
    assign(db, division="310115")
    load_survey(db, tmp_path, "new", NEW, 50, "2026-02-01")
    assign(db, division="310115")
    propose(db, BUILDINGS, MatchOptions(), Silent())
    [(number,)] = sql(db, "SELECT id FROM onemap.match ORDER BY score DESC, id LIMIT 1")
    before = sql(db, "SELECT * FROM onemap.code ORDER BY code")
    [(lesser,)] = sql(db, "SELECT code FROM onemap.buildings WHERE source_key = 'old/jin'")
    [(stays,)] = sql(db, "SELECT code FROM onemap.buildings WHERE source_key = 'new/jin'")
    number = next(
        row.id
        for row in sql(db, "SELECT m.id, b.source_key FROM onemap.match m JOIN onemap.buildings b ON b.fid = m.a")
        if row.source_key == "old/jin"
    )
    accept(db, BUILDINGS, number, Decider(LOCAL_OPERATOR, "the same tower"))
    gone, merged = known(db, lesser), known(db, stays)
    assert (gone["state"], gone["retired"]["why"], gone["successors"]) == ("retired", "merged", [stays])
    assert merged["predecessors"] == [lesser]
    assert {(one["dataset"], one["code"]) for one in merged["identifiers"]} == {("old", lesser), ("new", stays)}
    sources = {each["name"]: each["source"]["dataset"] for each in merged["attributes"]}
    assert (sources["name"], sources["floors"], sources["height_m"]) == ("new", "old", "old")
    undo(db, BUILDINGS, number, Decider(LOCAL_OPERATOR, "a mistake"))
    assert sql(db, "SELECT * FROM onemap.code ORDER BY code") == before
    assert known(db, lesser)["successors"] == []


@pytest.mark.usefixtures("old")
def test_city_parts_keep_the_codes_that_they_bring(db: Database) -> None:
    sql(
        db,
        "INSERT INTO onemap.city_parts (name, part_code, source_key, geom) VALUES "
        "('井盖', '3101150101000001', 'a', 'SRID=4490;POINT(121.5 31.235)'), "
        "('井盖', '3101150101000001', 'b', 'SRID=4490;POINT(121.5001 31.235)'), "
        "('路灯', NULL, 'c', 'SRID=4490;POINT(121.5002 31.235)')",
    )
    assert assign(db, "city_parts").given == 3
    given = [row.code for row in sql(db, "SELECT code FROM onemap.city_parts ORDER BY fid")]
    assert given == ["3101150101000001", "3101150699000001", "3101150699000002"]
    assert [check(code) for code in given] == [None, None, None]


@pytest.mark.usefixtures("old")
def test_grades_count_for_objects_and_for_what_lies_in_them(db: Database) -> None:
    assign(db, division="310115")
    jin = str(codes(db)["old/jin"])
    sql(
        db,
        "INSERT INTO onemap.poi (name, grade, source_key, geom) VALUES "
        "('观光厅', 0, 'a', 'SRID=4490;POINT(121.5001 31.2351)'), "
        "('机房', 2, 'b', 'SRID=4490;POINT(121.5001 31.2351)')",
    )
    assert known(db, jin)["children"]["poi"]["count"] == 2
    assert [each["name"] for each in known(db, jin, ANONYMOUS)["children"]["poi"]["items"]] == ["观光厅"]
    assert [each["name"] for each in known(db, jin)["parents"]["boundaries"]] == ["陆家嘴街道"]
    sql(db, "UPDATE onemap.buildings SET grade = 2 WHERE source_key = 'old/jin'")
    assert known(db, jin)["history"]
    with pytest.raises(NotFound):
        known(db, jin, ANONYMOUS)


def test_a_wrong_code_is_answered_with_what_is_wrong(db: Database) -> None:
    with pytest.raises(ParameterError, match="digits 1 and 2 are 99"):
        known(db, "99011500500120003")
    with pytest.raises(ParameterError, match="has 8 digits"):
        known(db, "31011500")
    with pytest.raises(ParameterError, match="the kind, are 77"):
        known(db, "3101157700000001")
    with pytest.raises(NotFound, match="well-formed code of a building, but no object has it"):
        known(db, "31011500500120003")
    with pytest.raises(ParameterError, match="six digits"):
        assign(db, division="310115005")


@pytest.mark.parametrize(
    ("address", "road"),
    [
        ("浦东新区世纪大道88号", "世纪大道"),
        ("上海市浦东新区陆家嘴环路1318号", "陆家嘴环路"),
        ("浦东新区浦明路73弄11号", "浦明路73弄"),
        ("上海市黄浦区外滩街道中山东一路２０号", "中山东一路"),
        ("东昌路", "东昌路"),
        ("三楼", None),
        (None, None),
    ],
)
def test_the_road_of_an_address(tx: Any, address: str | None, road: str | None) -> None:
    assert tx.execute(text("SELECT onemap.road_of_address(:a)"), {"a": address}).scalar() == road
