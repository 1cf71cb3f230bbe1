"""Unified codes of buildings, storeys and rooms of building models, and what /objects tells of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from box_model import house, load_house, storey
from city import City, open_server

from api.layers import all_layers
from layers.store.engine import Database

SPRING, SUMMER, AUTUMN = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 6, 9))


@pytest.fixture
def housed(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with the house since spring."""
    load_house(db, all_layers(), tmp_path, date=SPRING)
    with open_server(db, tmp_path / "home") as city:
        yield city


def assign(city: City) -> dict[str, Any]:
    answer = city.client.post("/codes/building_elements?division=310115", headers=city.signed_in)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(city: City) -> dict[str, str | None]:
    with city.database.owner.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT source_key, code FROM onemap.building_elements WHERE upper_inf(valid)"
        )
        return {row.source_key: row.code for row in rows}


def known(city: City, code: str | None) -> dict[str, Any]:
    answer = city.client.get(f"/objects/{code}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_codes_lead_from_the_building_down_to_elements_and_things(housed: City) -> None:
    assert assign(housed) == {"layer": "building_elements", "given": 5, "retired": 0, "merged": 0, "without": 0}
    assert assign(housed)["given"] == 0
    given = codes(housed)
    building = str(given["house"])
    assert (len(building), given["storey-1"], given["storey-2"]) == (17, f"{building}001", f"{building}002")
    assert (given["room-2"], given["wall-2"], given["site"]) == (f"{building}0020001", None, None)
    top = known(housed, building)
    assert [one["code"] for one in top["children"]["building_elements"]["items"]] == [
        given["storey-1"], given["storey-2"],
    ]  # fmt: skip
    floor = known(housed, given["storey-2"])
    assert floor["meaning"] == top["meaning"] | {"level": "storey", "parent": building}
    inside = floor["children"]["building_elements"]
    assert (inside["count"], {one["source_key"] for one in inside["items"]}) == (3, {"room-2", "wall-2", "door-2"})
    assert [one["source_key"] for one in floor["parents"]["building_elements"]] == ["site", "house"]
    page = housed.client.get(f"/objects/{given['storey-2']}/children/building_elements?limit=2").json()
    assert (page["count"], len(page["items"])) == (3, 2)
    rest = housed.client.get(
        f"/objects/{given['storey-2']}/children/building_elements?limit=2&after={page['next']}"
    ).json()
    assert {one["source_key"] for one in page["items"] + rest["items"]} == {"room-2", "wall-2", "door-2"}
    assert rest["next"] is None
    table = "thing,element,from\nT-2,room-2,2026-03-01T00:00:00Z\n"
    housed.client.post("/bim/bindings?model=house", content=table.encode(), headers=housed.signed_in)
    assert [one["thing"] for one in known(housed, given["room-2"])["things"]] == ["T-2"]


def test_what_is_graded_has_no_code_for_a_stranger(housed: City) -> None:
    assign(housed)
    given = codes(housed)
    housed.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key = 'storey-2'")
    for element in ("storey-2", "room-2"):
        assert housed.client.get(f"/objects/{given[element]}").status_code == 404
    inside = known(housed, given["house"])["children"]["building_elements"]
    assert (inside["count"], [one["code"] for one in inside["items"]]) == (1, [given["storey-1"]])


def test_a_code_is_retired_with_its_row_and_never_given_again(housed: City, tmp_path: Path) -> None:
    assign(housed)
    before = codes(housed)
    without = [part for part in house() if part[0].id not in ("storey-2", "room-2", "wall-2", "door-2")]
    newer = [(replace(one, id=f"new-{one.id}", parent=_new(one.parent)), body) for one, body in storey(2)]
    load_house(housed.database, all_layers(), tmp_path, without + newer, date=SUMMER)
    assert assign(housed) == {"layer": "building_elements", "given": 2, "retired": 2, "merged": 0, "without": 0}
    given = codes(housed)
    assert given["new-storey-2"] == f"{before['house']}003", "2层 is taken, and its number is never given again"
    gone = known(housed, before["storey-2"])
    assert (gone["state"], gone["retired"]["why"], gone["successors"]) == ("retired", "gone", [])
    load_house(housed.database, all_layers(), tmp_path, date=AUTUMN)
    assign(housed)
    assert codes(housed) == before, "what comes back has its code again"


def test_storeys_without_numbers_are_counted_from_the_ground_up_and_down(db: Database, tmp_path: Path) -> None:
    levels = {"Keller": -6.0, "Tiefkeller": -9.0, "Erdgeschoss": 0.0, "Dach": 9.0, "Mitte": 3.0}
    parts = house()[:2]
    for name, floor in levels.items():
        for one, body in storey(1):
            if body is not None:
                body.matrix[2, 3] += floor
            named = replace(one, name=name) if one.kind == "storey" else one
            parent = "house" if one.kind == "storey" else name
            parts.append((replace(named, id=name if one.kind == "storey" else f"{name} {one.id}", parent=parent), body))
    load_house(db, all_layers(), tmp_path, parts)
    with open_server(db, tmp_path / "home") as city:
        assign(city)
        given = codes(city)
    assert {name: str(given[name])[17:] for name in levels} == {
        "Keller": "901", "Tiefkeller": "902", "Erdgeschoss": "001", "Mitte": "002", "Dach": "003",
    }  # fmt: skip


def _new(parent: str | None) -> str | None:
    return "new-storey-2" if parent == "storey-2" else parent


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("1层", 1), ("12F", 12), ("Level 3", 3), ("L10", 10), ("第5层", 5), ("B1", 901), ("地下2层", 902), ("-1F", 901),
        ("３层", 3), ("Roof", None), ("0", None), ("Level 0", None), ("12号", None), ("B0", None), (None, None),
    ],
)  # fmt: skip
def test_names_of_storeys_state_their_numbers(tx: Any, name: str | None, number: int | None) -> None:
    found = tx.exec_driver_sql("SELECT onemap.storey_of_name(%(name)s)", {"name": name}).scalar_one()
    assert found == number
