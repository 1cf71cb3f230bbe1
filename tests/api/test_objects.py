"""Objects by their codes, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from city import City, open_city

from api.client import Client
from layers.errors import InputError, NotFound


@pytest.fixture(scope="module")
def coded(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city whose buildings have codes, given by the administrator over HTTP."""
    folder: Path = tmp_path_factory.mktemp("coded")
    with server.copy_of(template) as database, open_city(database, folder) as city:
        answer = city.client.post("/codes/buildings?division=310115", headers=city.signed_in)
        assert answer.json() == {"layer": "buildings", "given": 4, "retired": 0, "merged": 0, "without": 0}
        yield city


def code_of(city: City, name: str) -> str:
    features = city.client.get("/collections/buildings/items", params={"name": name, "f": "json"}).json()["features"]
    return str(features[0]["properties"]["code"])


def test_an_object_is_found_by_its_code_and_by_the_key_of_its_source(coded: City) -> None:
    code = code_of(coded, "金茂大厦")
    with Client(str(coded.client.base_url)) as client:
        found = client.object(code)
    told = {each["name"]: each["value"] for each in found["attributes"]}
    assert (told["name"], told["height_m"]) == ("金茂大厦", 420.5)
    assert found["geometry"]["type"] == "MultiPolygon"
    assert found["grids"]["beidou"]["5"].startswith("N51H")
    by_key = coded.client.get("/objects", params={"key": "tower/420.5"}).json()["objects"]
    assert [(each["layer"], each["code"]) for each in by_key] == [("buildings", code)]


def test_what_lies_in_it_is_paged(coded: City) -> None:
    coded.sql(
        "INSERT INTO onemap.poi (name, source_key, geom) SELECT '店' || n, 'shop/' || n, "
        "ST_SetSRID(ST_MakePoint(121.5012, 31.2372), 4490) FROM generate_series(1, 12) AS n"
    )
    code = code_of(coded, "金茂大厦")
    inside = coded.client.get(f"/objects/{code}").json()["children"]["poi"]
    assert (inside["count"], len(inside["items"])) == (12, 10)
    rest = coded.client.get(f"/objects/{code}/children/poi", params={"after": inside["next"]}).json()
    assert [each["name"] for each in rest["items"]] == ["店11", "店12"]
    assert rest["next"] is None


def test_what_may_not_be_seen_is_as_unknown_as_what_is_not_there(coded: City) -> None:
    with coded.database.owner.connect() as connection:
        hidden = connection.exec_driver_sql("SELECT code FROM onemap.buildings WHERE name = '内部楼'").scalar()
    url = str(coded.client.base_url)
    with Client(url) as client, pytest.raises(NotFound, match="no object has it"):
        client.object(str(hidden))
    with Client(url, coded.token) as client:
        assert client.object(str(hidden))["layer"]["id"] == "buildings"
    with Client(url) as client, pytest.raises(InputError, match="digits 1 and 2 are 99"):
        client.object("99011500500120003")


def test_giving_codes_is_for_stewards(coded: City) -> None:
    answer = coded.client.post("/codes/buildings")
    assert (answer.status_code, "administrator or steward" in answer.json()["detail"]) == (401, True)
