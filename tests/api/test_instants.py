"""When a layer changed, as a time line asks for it."""

from datetime import UTC, datetime

import pytest
from city import City
from sqlalchemy import text

ROUTE = "/collections/buildings/instants"
BOX = "ST_Multi(ST_MakeEnvelope(121.504, 31.236, 121.505, 31.237, 4490))"
BEGAN, GREW, WENT = "2021-05-01T00:00:00Z", "2023-05-01T00:00:00Z", "2025-05-01T00:00:00Z"


def tower(city: City, begins: str, ends: str | None, height_m: int, fid: int = 900) -> None:
    end = "NULL" if ends is None else f"'{ends}'"
    city.sql(
        "INSERT INTO onemap.buildings (fid, name, height_m, dataset, geom, valid) OVERRIDING SYSTEM VALUE"
        f" VALUES ({fid}, '在建塔楼', {height_m}, 'survey', {BOX}, tstzrange('{begins}', {end}))"
    )


def asked(city: City, headers: dict[str, str] | None = None, **given: object) -> dict:
    answer = city.client.get(ROUTE, params=given, headers=headers or {})
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()
    return found


def test_a_life_is_an_addition_a_change_and_a_removal(own_city: City) -> None:
    tower(own_city, BEGAN, GREW, 30)
    tower(own_city, GREW, WENT, 90)
    told = asked(own_city)
    assert told["grain"] == "instant"
    assert told["instants"][:3] == [
        {"at": BEGAN, "added": 1, "removed": 0, "changed": 0},
        {"at": GREW, "added": 0, "removed": 0, "changed": 1},
        {"at": WENT, "added": 0, "removed": 1, "changed": 0},
    ]
    assert told["first"] == BEGAN
    assert told["last"] > "2026", "the towers of the fixture begin now"


def test_bins_hold_all_that_changed(own_city: City) -> None:
    tower(own_city, BEGAN, WENT, 30)
    told = asked(own_city, bins=7)
    assert len(told["bins"]) == 7
    for number in ("added", "removed", "changed"):
        assert sum(one[number] for one in told["bins"]) == sum(one[number] for one in told["instants"])
    assert (told["bins"][0]["from"], told["bins"][0]["added"]) == (BEGAN, 1)


def test_an_edit_is_in_the_next_answer_and_on_the_axis_of_what_is_known(own_city: City) -> None:
    before = asked(own_city)
    own_city.sql("UPDATE onemap.buildings SET floors = 129 WHERE name = '上海中心大厦'")
    assert asked(own_city)["instants"] == before["instants"], "a correction does not change the world"
    known = asked(own_city, axis="known")
    assert known["grain"] == "minute"
    assert sum(one["changed"] for one in known["instants"]) == 1
    assert sum(one["added"] for one in known["instants"]) == 3
    tower(own_city, BEGAN, None, 30)
    assert asked(own_city)["first"] == BEGAN


def test_a_younger_state_of_a_thing_is_one_change_of_what_is_known(own_city: City) -> None:
    tower(own_city, BEGAN, None, 30)
    own_city.sql(f"UPDATE onemap.buildings SET valid = tstzrange('{BEGAN}', '{GREW}') WHERE fid = 900")
    tower(own_city, GREW, None, 90)
    tower(own_city, BEGAN, None, 5, fid=901)
    own_city.sql("DELETE FROM onemap.buildings WHERE fid = 901")
    known = asked(own_city, axis="known")["instants"]
    assert [sum(one[kind] for one in known) for kind in ("added", "removed")] == [3 + 2, 1]
    assert sum(one["changed"] for one in known) in {1, 2}, "two where a minute ends in between"


def test_what_was_not_known_then_is_not_told(own_city: City) -> None:
    with own_city.database.owner.connect() as connection:
        then: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    tower(own_city, BEGAN, None, 30)
    assert BEGAN not in {one["at"] for one in asked(own_city, as_of=then.astimezone(UTC).isoformat())["instants"]}


def test_graded_rows_count_for_those_alone_who_see_them(own_city: City) -> None:
    everybody, mine = asked(own_city), asked(own_city, own_city.signed_in)
    assert sum(one["added"] for one in mine["instants"]) == sum(one["added"] for one in everybody["instants"]) + 1


def test_many_instants_are_told_by_minutes(own_city: City) -> None:
    own_city.sql(
        "INSERT INTO onemap.poi (name, dataset, geom, valid)"
        " SELECT '点', 'many', ST_SetSRID(ST_MakePoint(121.5, 31.2), 4490),"
        " tstzrange('2020-01-01T00:00:00Z'::timestamptz + n * interval '20 seconds', NULL)"
        " FROM generate_series(1, 5000) AS n"
    )
    told = own_city.client.get("/collections/poi/instants").json()
    assert told["grain"] == "minute"
    assert sum(one["added"] for one in told["instants"]) == 5000
    assert not told["truncated"]


@pytest.mark.parametrize(
    ("given", "status"),
    [({"axis": "sideways"}, 400), ({"bins": "0"}, 400), ({"bins": "501"}, 400), ({"as_of": "gestern"}, 400)],
)
def test_what_cannot_be_asked_is_told(city: City, given: dict, status: int) -> None:
    assert city.client.get(ROUTE, params=given).status_code == status


def test_a_layer_that_may_not_be_seen_is_not_there(city: City) -> None:
    assert city.client.get("/collections/nothing/instants").status_code == 404
