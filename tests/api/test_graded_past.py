"""A grade raised in one place hides the past of the thing everywhere, in tiles that were made before as well."""

import pytest
from city import City

HERE, ELSEWHERE = 121.5013, 121.6013
PAST = "2022-01-01T00:00:00Z"
# Of the cell in which the thing was, and of the one round it.
TILES = ("/tiles/buildings/14/13721/6694.mvt", "/tiles/buildings/12/3430/1673.mvt")


def put(city: City, lon: float, begins: str, ends: str | None, grade: int = 0) -> None:
    """Put a slice of the thing 900 on the map."""
    end = "NULL" if ends is None else f"'{ends}'"
    city.sql(
        "INSERT INTO onemap.buildings (fid, name, dataset, grade, geom, valid) OVERRIDING SYSTEM VALUE VALUES"
        f" (900, 'MOVED', 'survey', {grade}, ST_Multi(ST_MakeEnvelope({lon}, 31.2356, {lon + 0.0004}, 31.236, 4490)),"
        f" tstzrange('{begins}', {end}))"
    )


@pytest.fixture
def moved(own_city: City) -> City:
    """Return a city in which a thing was here until 2023, and is elsewhere since."""
    put(own_city, HERE, "2020-01-01T00:00:00Z", "2023-01-01T00:00:00Z")
    put(own_city, ELSEWHERE, "2023-01-01T00:00:00Z", None)
    return own_city


def raise_newest(city: City) -> None:
    city.sql("UPDATE onemap.buildings SET grade = 2 WHERE fid = 900 AND upper_inf(valid)")


def delete_newest_open(city: City) -> None:
    """Let a graded slice be the newest, by deleting the open one after it."""
    city.sql("DELETE FROM onemap.buildings WHERE fid = 900 AND upper_inf(valid)")


@pytest.mark.parametrize("path", TILES)
@pytest.mark.parametrize("query", [f"datetime={PAST}", f"datetime={PAST}&as_of={{now}}"], ids=["datetime", "as_of"])
def test_a_tile_of_the_past_forgets_what_was_graded_elsewhere(moved: City, path: str, query: str) -> None:
    with moved.database.owner.connect() as connection:
        instant = connection.exec_driver_sql('SELECT to_char(now(), \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')').scalar_one()
    url = f"{path}?{query.format(now=instant)}"
    before = moved.client.get(url)
    assert b"MOVED" in before.content
    raise_newest(moved)
    after = moved.client.get(url, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code in (200, 204)
    assert b"MOVED" not in after.content


@pytest.mark.parametrize("path", TILES)
def test_a_tile_of_the_past_shows_again_what_is_open_again(moved: City, path: str) -> None:
    url = f"{path}?datetime={PAST}"
    raise_newest(moved)
    assert b"MOVED" not in moved.client.get(url).content
    moved.sql("UPDATE onemap.buildings SET grade = 0 WHERE fid = 900 AND upper_inf(valid)")
    assert b"MOVED" in moved.client.get(url).content


def test_a_newer_open_slice_shows_the_past_and_its_end_hides_it_again(own_city: City) -> None:
    put(own_city, HERE, "2020-01-01T00:00:00Z", "2023-01-01T00:00:00Z")
    put(own_city, ELSEWHERE, "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", grade=2)
    url = f"{TILES[0]}?datetime={PAST}"
    assert b"MOVED" not in own_city.client.get(url).content
    put(own_city, ELSEWHERE + 0.1, "2024-01-01T00:00:00Z", None)
    assert b"MOVED" in own_city.client.get(url).content
    delete_newest_open(own_city)
    assert b"MOVED" not in own_city.client.get(url).content


def test_what_was_removed_stays_hidden_whichever_slice_went_last(moved: City) -> None:
    raise_newest(moved)
    # The row of the open slice now comes after the graded one.
    moved.sql("UPDATE onemap.buildings SET class = 'yes' WHERE fid = 900 AND NOT upper_inf(valid)")
    with moved.database.owner.connect() as connection:
        instant = connection.exec_driver_sql('SELECT to_char(now(), \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')').scalar_one()
    url = f"{TILES[0]}?datetime={PAST}&as_of={instant}"
    assert b"MOVED" not in moved.client.get(url).content
    moved.sql("DELETE FROM onemap.buildings WHERE name LIKE 'MOVED'")
    assert b"MOVED" not in moved.client.get(url).content


@pytest.mark.parametrize(("grid", "level"), [("beidou", 5), ("h3", 8)])
def test_a_grid_of_the_past_forgets_it_too(moved: City, grid: str, level: int) -> None:
    path = "/collections/buildings/grid/tiles/14/13721/6694.mvt"
    url = f"{path}?grid={grid}&level={level}&datetime={PAST}"
    before = moved.client.get(url)
    assert before.status_code == 200
    raise_newest(moved)
    assert moved.client.get(url).content != before.content
