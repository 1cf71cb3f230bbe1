"""Elements of a building by class, place, properties, size and neighbourhood, over HTTP."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from box_model import house, load_house
from city import City, open_city
from psycopg.types.json import Jsonb
from sqlalchemy import text

from api.layers import all_layers
from bim.catalog.building_elements import LAYER
from bim.property_test import PropertyTest
from bim.query import ElementQuery, matching_statement
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.store.engine import Database
from layers.temporal import now


@pytest.fixture(scope="module")
def housed(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("housed")
    with server.copy_of(template) as database:
        load_house(database, all_layers(), folder)
        with open_city(database, folder / "home") as city:
            yield city


def asked(city: City, query: str) -> Any:
    answer = city.client.get(f"/bim/models/house/elements?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(city: City, query: str) -> list[str]:
    found = asked(city, query)
    assert found["count"] == len(found["elements"])
    return sorted(one["id"] for one in found["elements"])


# Ways of the planner that a handful of rows is worth; what is left are joins by hash and bitmaps.
WAYS = ("seqscan", "indexscan", "nestloop")
ROOMS, WALLS, DOORS = (["room-1", "room-2"], ["wall-1", "wall-2"], ["door-1", "door-2"])


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("class=IfcDoor", DOORS),
        ("kind=space", ROOMS),
        ("storey=storey-1&kind=element", ["door-1", "wall-1"]),
        ("storey=2层", ["door-2", "room-2", "wall-2"]),
        ("discipline=architecture", WALLS),
        ("name=南墙", WALLS),
        ("name=%25", []),
        ("property=Pset_WallCommon.FireRating=2h", ["wall-2"]),
        ("property=Pset_WallCommon.IsExternal=true&storey=storey-1", ["wall-1"]),
        ("property=Pset_WallCommon.IsExternal", WALLS),
        ("property=Pset_WallCommon.IsExternal=false", []),
        ("property=Pset_WallCommon.FireRating>1", []),
        ("quantity=Qto_SpaceBaseQuantities.NetVolume>=56", ROOMS),
        ("quantity=Qto_SpaceBaseQuantities.NetVolume>56", []),
        ("quantity=Qto_SpaceBaseQuantities.NetVolume=56", ROOMS),
        ("min_volume=2&max_volume=3", WALLS),
        ("above=3&kind=element", ["door-2", "wall-2"]),
        ("below=2.9", ["door-1", "room-1"]),
        ("inside=storey-2", ["door-2", "room-2", "wall-2"]),
        ("inside=site&class=IfcBuildingStorey", ["storey-1", "storey-2"]),
        ("near=door-1", ["wall-1"]),
        ("near=door-1&within=0.21", ["room-1", "wall-1"]),
        ("near=door-1&within=1.01", ["door-2", "room-1", "wall-1", "wall-2"]),
    ],
)
def test_elements_are_found_by(housed: City, query: str, meant: list[str]) -> None:
    assert ids(housed, query) == meant


def test_volumes_are_summed(housed: City) -> None:
    assert asked(housed, "class=IfcWall")["volume_m3"] == pytest.approx(4.8)


def test_pages_lead_to_each_other_and_keep_what_was_asked(housed: City) -> None:
    found, query = [], "kind=element&property=Pset_WallCommon.IsExternal&property=Pset_WallCommon.FireRating&limit=1"
    address: str | None = f"/bim/models/house/elements?{query}"
    while address is not None:
        page = housed.client.get(address).json()
        assert page["count"] == 2
        found += [one["id"] for one in page["elements"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    assert sorted(found) == WALLS


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("property=x", 400), ("property=A.B>x", 400), ("within=-1", 400), ("min_volume=nan", 400), ("limit=0", 400),
        ("inside=nobody", 404), ("near=nobody", 404), ("near=storey-1", 400), ("&".join(["property=A.B"] * 9), 400),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(housed: City, query: str, status: int) -> None:
    assert housed.client.get(f"/bim/models/house/elements?{query}").status_code == status


def test_a_name_of_a_property_is_only_a_name(housed: City) -> None:
    assert ids(housed, "property=Pset_WallCommon'.x' OR true--=1") == []
    assert ids(housed, "property=Pset_WallCommon.$.x ? (true)") == []


def test_equality_of_a_property_uses_the_index(housed: City) -> None:
    view = View(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), now())
    query = ElementQuery(properties=(PropertyTest("Pset_WallCommon", "FireRating", "=", "2h"),))
    with housed.database.reader.connect() as connection:
        connection.execute(
            text("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_nestloop = off")
        )
        compiled = matching_statement(view, "house", query).compile(connection)
        bound = {name: Jsonb(one) if isinstance(one, dict) else one for name, one in compiled.params.items()}
        plan = connection.exec_driver_sql(f"EXPLAIN {compiled}", bound).scalars().all()
    assert any("bim_record_properties" in line for line in plan), plan


def test_what_is_graded_is_neither_found_nor_leads_to_anything(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path)
    with open_city(db, tmp_path / "home") as city:
        city.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key IN ('wall-1', 'storey-2')")
        assert ids(city, "class=IfcWall") == [], "one by itself, the other with its storey"
        assert ids(city, "class=IfcDoor") == ["door-1"]
        hidden = city.client.get("/bim/models/house/elements?near=wall-1&within=5")
        nobody = city.client.get("/bim/models/house/elements?near=nobody&within=5")
        assert hidden.status_code == nobody.status_code == 404
        assert hidden.json()["detail"].replace("wall-1", "nobody") == nobody.json()["detail"]
        assert city.client.get("/bim/models/house/elements?inside=storey-2").status_code == 404


def test_an_interval_lists_each_element_once_as_it_was_last(db: Database, tmp_path: Path) -> None:
    for year, mark in (("2025", "旧"), ("2026", "新")):
        date = datetime.fromisoformat(f"{year}-01-01T00:00:00+00:00")
        load_house(db, all_layers(), tmp_path, house(mark), date=date)
    with open_city(db, tmp_path / "home") as city:
        whole = asked(city, "datetime=2025-06-01T00:00:00Z/2026-06-01T00:00:00Z")
        before = asked(city, "datetime=2025-06-01T00:00:00Z")
    assert whole["count"] == len({one["id"] for one in whole["elements"]}) == len(house())
    assert {one["name"][0] for one in whole["elements"]} == {"新"}
    assert {one["name"][0] for one in before["elements"]} == {"旧"}


def test_a_page_beyond_the_last_element_is_empty_and_still_tells_the_count(housed: City) -> None:
    found = asked(housed, f"kind=space&after={2**62}")
    assert (found["count"], found["elements"]) == (2, [])
