"""The wind scenario over HTTP, on the bundled sample, with fields solved on coarse cells."""

import io

import mapbox_vector_tile
import numpy as np
import pytest
from city import City
from PIL import Image
from small_library import COARSE, Quiet
from windy import Windy

from twin.scenarios.wind.library.build import Plan, build, library_folder
from twin.scenarios.wind.library.quality import PREVIEW
from twin.scenarios.wind.service.status import surveyed

EAST = {"speed": 25, "from": 90}
RUNS = "/scenarios/wind/runs"
BLOCK = [[121.4990, 31.2400], [121.4995, 31.2400], [121.4995, 31.2404], [121.4990, 31.2404], [121.4990, 31.2400]]


@pytest.fixture(scope="module")
def city(windy: Windy) -> City:
    return windy.city


@pytest.fixture(scope="module")
def gale(windy: Windy) -> dict:
    """Return a run of two hours of strong wind from the east."""
    run = windy.run(wind={"speed_ms": 28, "from_deg": 90, "at": "2026-09-15T14:00:00+08:00"}, hours=2)
    assert run["state"] == "done", run
    return run


def test_gusts_come_as_numbers_that_scale_with_the_speed(city: City) -> None:
    answer = city.client.get("/scenarios/wind/field", params=EAST)
    shape = tuple(map(int, answer.headers["twin-shape"].split(",")))
    u, v, gust = np.frombuffer(answer.content, "<f4").reshape(shape)
    assert shape[0] == 3
    assert np.isnan(gust).mean() > 0.05, "buildings are blank"
    assert np.nanmean(u) < 0, "wind from the east blows westward"
    assert abs(np.nanmean(v)) < abs(np.nanmean(u))
    slower = np.frombuffer(city.client.get("/scenarios/wind/field", params=EAST | {"speed": 5}).content, "<f4")
    np.testing.assert_allclose(slower.reshape(shape)[2] * 5, gust, rtol=1e-4)


def test_gusts_come_as_a_picture_with_clear_buildings(city: City) -> None:
    answer = city.client.get("/scenarios/wind/field", params=EAST | {"f": "png"})
    picture = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))
    assert answer.headers["content-type"] == "image/png"
    assert 0.05 < (picture[:, :, 3] == 0).mean() < 0.9
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) >= 4


def test_facades_have_a_demand_each_that_grows_with_the_square_of_the_speed(city: City) -> None:
    answer = city.client.get("/scenarios/wind/facades")
    cells = answer.json()["features"]
    etas = np.frombuffer(city.client.get("/scenarios/wind/facades/eta", params=EAST).content, "<f4")
    twice = np.frombuffer(city.client.get("/scenarios/wind/facades/eta", params=EAST | {"speed": 50}).content, "<f4")
    assert len(cells) == len(etas) > 1000
    assert any("上海中心" in cell["properties"]["name"] for cell in cells)
    np.testing.assert_allclose(twice, 4 * etas, rtol=1e-3)
    tag = answer.headers["etag"]
    for known, status in ((tag, 304), (f'"other", W/{tag}', 304), ("*", 304), ('"other"', 200)):
        again = city.client.get("/scenarios/wind/facades", headers={"If-None-Match": known})
        assert again.status_code == status, known


def test_a_section_and_a_profile_show_the_wind_by_height(city: City) -> None:
    line = {"from_lon": 121.4990, "from_lat": 31.2356, "to_lon": 121.5040, "to_lat": 31.2356}
    section = city.client.get("/scenarios/wind/section", params=EAST | line).json()
    assert len(section["gust_ms"]) == len(section["z_m"]) == len(section["inside"])
    assert any(any(row) for row in section["inside"]), "Shanghai Tower stands in the line"
    profile = city.client.get("/scenarios/wind/profile", params=EAST | {"lon": 121.5060, "lat": 31.2340}).json()
    assert profile["mean_ms"][-1] > profile["mean_ms"][0] > 0
    assert profile["from_deg"][-1] == pytest.approx(90, abs=25)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [({"speed": 300, "from": 90}, "speed"), ({"speed": 20, "from": 400}, "from"), ({"speed": "x", "from": 0}, "speed")],
)
def test_a_wind_that_is_none_is_refused_by_name(city: City, query: dict, parameter: str) -> None:
    answer = city.client.get("/scenarios/wind/field", params=query)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter


def test_a_direction_without_fields_tells_the_way_out(city: City) -> None:
    answer = city.client.get("/scenarios/wind/field", params={"speed": 20, "from": 300})
    assert answer.status_code == 404
    assert "POST /scenarios/wind/library" in answer.json()["detail"]


def test_building_fields_takes_a_duty_officer_and_is_joined_when_it_waits_already(city: City) -> None:
    assert city.client.post("/scenarios/wind/library", json={}).status_code == 401
    wrong = city.client.post("/scenarios/wind/library", json={"quality": "best"}, headers=city.signed_in)
    assert wrong.status_code == 400
    first = city.client.post("/scenarios/wind/library", json={"quality": "fine"}, headers=city.signed_in).json()
    second = city.client.post("/scenarios/wind/library", json={"quality": "fine"}, headers=city.signed_in).json()
    assert first["job"] == second["job"]
    assert city.client.get("/scenarios/wind").json()["status"]["building"]["job"] == first["job"]
    city.client.delete(f"/jobs/{first['job']}", headers=city.signed_in)


def test_a_run_ranks_towers_with_reasons_and_drafts_tasks(city: City, gale: dict) -> None:
    objects = city.client.get(f"{RUNS}/{gale['id']}/objects", params={"limit": 200}).json()["objects"]
    assert [row["rank"] for row in objects] == sorted(row["rank"] for row in objects)
    levels = [row["level"] for row in objects]
    assert levels == sorted(levels, reverse=True)
    towers = [row for row in objects if row["kind"] == "facade"]
    assert towers
    assert "η=" in towers[0]["reason"]["zh"]
    assert "m/s" in towers[0]["reason"]["en"]
    assert any("须现场核实" in row["reason"]["zh"] for row in objects)
    tasks = city.client.get(f"{RUNS}/{gale['id']}/tasks").json()["tasks"]
    assert tasks
    assert len(gale["summary"]["steps"]) == 2


def test_a_runs_streets_and_facades_are_layers_with_tiles(city: City, gale: dict) -> None:
    for layer in ("wind_streets", "wind_facades", "wind_objects"):
        own = f"{layer}-{gale['id']}"
        tile = city.client.get(f"/tiles/{own}/15/27443/13388.mvt")
        assert tile.status_code == 200, own
        assert mapbox_vector_tile.decode(tile.content)[own]["features"]
        items = city.client.get(f"/collections/{own}/items", params={"limit": 3}).json()
        assert items["features"][0]["properties"]["level"] >= 0


def test_a_new_tower_changes_the_wind_around_it_and_the_fields_go_with_the_run(windy: Windy) -> None:
    city, home = windy.city, windy.home
    tower = {"name": "新塔楼", "height_m": 200, "outline": {"type": "Polygon", "coordinates": [BLOCK]}}
    wind = {"speed_ms": 28, "from_deg": 90, "at": "2026-09-15T14:00:00+08:00"}
    # The fields of the changed district are put where its run will look, on coarse cells.
    from twin.scenarios.wind.service.city import city_of
    from twin.scenarios.wind.service.request import ChangeIn
    from twin.scenarios.wind.service.run import change_of

    found, before = surveyed(city.database)
    change = change_of(ChangeIn.model_validate({"add": [tower]}), found.site)
    after = city_of(found, change)
    assert after.district.version != before.district.version
    folder = library_folder(home / "changed", after.district, PREVIEW)
    build(Plan(after.district, COARSE, (90.0,), folder), Quiet())
    from twin.scenarios.wind.service.lookup import Scene, WindQuery

    old = Scene(found, before, home / "scenarios").library(WindQuery(28, 90)).map(WindQuery(28, 90))
    new = Scene(found, after, home / "changed").library(WindQuery(28, 90)).map(WindQuery(28, 90))
    assert np.nanmax(np.abs(new.gust - old.gust)) > 2
    assert np.isnan(new.gust).sum() > np.isnan(old.gust).sum()
    outside = dict(tower, outline={"type": "Polygon", "coordinates": [[[120, 30], [121, 30], [121, 31], [120, 30]]]})
    refused = windy.run(wind=wind, change={"add": [outside]})
    assert refused["state"] == "failed"
    assert not (home / "scenarios" / "runs" / str(refused["id"])).exists()


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({}, "exactly one of"),
        ({"wind": {"speed_ms": 300, "from_deg": 0}}, "less than or equal to 90"),
        ({"wind": {"speed_ms": 20, "from_deg": 0}, "typhoon": "design"}, "exactly one of"),
        ({"typhoon": "design", "start": "2026-09-15T14:00:00"}, "offset"),
    ],
)
def test_a_request_that_cannot_be_used_is_refused_before_it_is_kept(city: City, request_: dict, said: str) -> None:
    before = len(city.client.get(RUNS).json()["runs"])
    answer = city.client.post(RUNS, json=request_, headers=city.signed_in)
    assert answer.status_code == 400, answer.text
    assert said in answer.json()["detail"]
    assert len(city.client.get(RUNS).json()["runs"]) == before
