"""What changed in a layer between two instants."""

from datetime import UTC, datetime

import pytest
from city import City
from sqlalchemy import text

CHANGES = "/collections/buildings/changes"
LONG_AGO = "2000-01-01T00:00:00Z"


def instant(city: City) -> str:
    """Return this moment by the database's clock."""
    with city.database.owner.connect() as connection:
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found.astimezone(UTC).isoformat().replace("+00:00", "Z")


def asked(city: City, **given: str) -> dict:
    answer = city.client.get(CHANGES, params=given)
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()
    return found


def test_what_has_begun_since_then_is_added(own_city: City) -> None:
    all_of_it = asked(own_city, since=LONG_AGO)
    assert (all_of_it["added"], all_of_it["removed"], all_of_it["changed"]) == (3, 0, 0)
    assert {one["properties"]["kind"] for one in all_of_it["features"]} == {"added"}
    then = instant(own_city)
    assert asked(own_city, since=then)["features"] == []


def test_a_correction_is_a_change_of_what_is_known_with_both_values(own_city: City) -> None:
    then = instant(own_city)
    own_city.sql("UPDATE onemap.buildings SET floors = 129 WHERE name = '上海中心大厦'")
    own_city.sql("DELETE FROM onemap.buildings WHERE name = '金茂大厦'")
    now = instant(own_city)
    found = asked(own_city, since=then, until=then, known_since=then)
    assert (found["added"], found["removed"], found["changed"]) == (0, 1, 1)
    assert found["changed_by_column"] == {"floors": 1}
    kinds = {one["properties"]["kind"]: one for one in found["features"]}
    assert kinds["changed"]["properties"]["columns"] == {"floors": {"old": 128, "new": 129}}
    assert kinds["removed"]["properties"]["columns"]["name"] == {"old": "金茂大厦"}
    assert kinds["removed"]["geometry"]["type"] == "MultiPolygon"
    assert asked(own_city, since=now, until=now)["features"] == [], "the world itself did not change"


def test_a_moved_outline_is_a_change_of_the_geometry(own_city: City) -> None:
    then = instant(own_city)
    own_city.sql("UPDATE onemap.buildings SET geom = ST_Translate(geom, 0.0001, 0) WHERE name = '金茂大厦'")
    found = asked(own_city, since=then, until=then, known_since=then)
    assert found["changed_by_column"] == {"geometry": 1}
    assert found["features"][0]["properties"]["differs"] == ["geometry"]


def test_pages_follow_one_another(own_city: City) -> None:
    first = asked(own_city, since=LONG_AGO, limit="2")
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = own_city.client.get(following).json()
    fids = [one["id"] for one in (*first["features"], *second["features"])]
    assert len(fids) == len(set(fids)) == 3
    assert all(link["rel"] != "next" for link in second["links"])


def test_graded_rows_change_for_those_alone_who_see_them(own_city: City) -> None:
    mine = own_city.client.get(CHANGES, params={"since": LONG_AGO}, headers=own_city.signed_in).json()
    assert mine["added"] == 4


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"since": "gestern"}, "since"),
        ({"since": LONG_AGO, "until": "1999-01-01T00:00:00Z"}, "until"),
        ({"since": LONG_AGO, "known_since": "x"}, "known_since"),
        ({"since": LONG_AGO, "bbox": "1,2"}, "bbox"),
    ],
)
def test_what_is_no_time_is_told(city: City, given: dict, parameter: str) -> None:
    answer = city.client.get(CHANGES, params=given)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
