import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import breeze
import numpy as np
import pytest
from city import City, open_server

from api.client import Client
from layers.errors import Conflict, InputError, NotFound, Unauthenticated, Unavailable
from layers.ops.jobs import run_worker
from layers.store.engine import Database
from twin.runs.calculate import run_kind
from twin.scenarios.wind.library.build import Plan, library_folder, solve_one
from twin.scenarios.wind.library.quality import Quality
from twin.scenarios.wind.service.status import surveyed


@pytest.fixture
def client(city):
    with Client(str(city.client.base_url)) as client:
        yield client


def test_a_layer_becomes_a_geodataframe(client: Client) -> None:
    frame = client.layer("buildings")
    assert frame.crs.to_epsg() == 4490
    assert frame.index.name == "fid"
    tower = frame[frame.name_en == "Shanghai Tower"].iloc[0]
    assert (tower.height_m, tower.floors) == (632, 128)
    assert tower.geometry.bounds == pytest.approx((121.5009, 31.2352, 121.5017, 31.2360))


def test_all_pages_are_read(city_with) -> None:
    with city_with(items_limit=1) as city, Client(str(city.client.base_url)) as client:
        assert len(client.layer("buildings")) == 3


def test_boxes_and_columns_narrow_it_down(client: Client) -> None:
    assert list(client.layer("buildings", bbox=(121.5009, 31.2368, 121.5016, 31.2380)).name) == ["金茂大厦"]
    assert list(client.layer("buildings", use="hotel").name) == ["金茂大厦"]
    assert client.layer("buildings", use="farm").empty


def test_a_token_shows_more(city) -> None:
    with Client(str(city.client.base_url), city.token) as client:
        assert "内部楼" in set(client.layer("buildings").name)


def test_search_and_titles(client: Client) -> None:
    assert client.search("上海中心")[0]["name_en"] == "Shanghai Tower"
    assert client.layers()["roads"] == "道路 Roads"


def test_the_servers_sentence_is_raised(client: Client) -> None:
    with pytest.raises(NotFound, match="no layer 'nope'"):
        client.layer("nope")
    with pytest.raises(InputError, match="no such column"):
        client.layer("buildings", colour="red")


def test_no_server_is_said_with_the_way_out() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(Unavailable, match="twin up"):
        client.layers()


@pytest.fixture
def town(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a server whose only scenario is a breeze."""
    with open_server(db, tmp_path, breeze.scenarios) as city:
        yield city


@pytest.fixture
def duty(town: City) -> Iterator[Client]:
    with Client(str(town.client.base_url), town.token) as client:
        yield client


@pytest.fixture
def work(town: City, tmp_path: Path) -> Callable[[], None]:
    kind = run_kind(breeze.scenarios, tmp_path / "scenarios")
    return lambda: asyncio.run(run_worker(town.database, [kind], until_empty=True))


@pytest.fixture
def start(duty: Client, work: Callable[[], None]) -> Callable[..., dict]:
    """Return what asks for a run in another thread, lets the worker do it, and returns what the client did."""

    def start(**request: object) -> dict:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(duty.run, "wind", request, "试算", 30)
            while duty.runs("wind").empty:
                time.sleep(0.02)
            work()
            return asked.result()

    return start


def test_a_run_is_waited_for_and_its_list_is_a_table(duty: Client, start: Callable[..., dict]) -> None:
    run = start(speed_ms=20)
    assert (run["state"], run["title"], run["summary"]["red"]) == ("done", "试算", 1)
    runs = duty.runs("wind")
    assert list(runs.index) == [run["id"]]
    assert (runs.state.iloc[0], runs.title.iloc[0]) == ("done", "试算")
    things = duty.objects("wind", run["id"])
    assert things.index.name == "rank"
    assert list(things.name) == ["塔吊1", "塔吊2", "塔吊3"]
    assert list(duty.objects("wind", run["id"], limit=1).level) == [4]


def test_a_run_that_fails_is_raised_with_its_reason(start: Callable[..., dict]) -> None:
    with pytest.raises(Conflict, match="this wind is too much for a test"):
        start(end="refused")


def test_a_run_need_not_be_waited_for_and_may_take_too_long(duty: Client) -> None:
    assert duty.run("wind", {}, wait_s=0)["state"] == "queued"
    with pytest.raises(Unavailable, match=r"still queued after 0\.1 s"):
        duty.run("wind", {}, wait_s=0.1)
    with pytest.raises(InputError, match="speed_ms"):
        duty.run("wind", {"speed_ms": 300}, wait_s=0)


def test_runs_are_for_those_who_may_start_them(town: City) -> None:
    with Client(str(town.client.base_url)) as anybody:
        assert anybody.runs("wind").empty
        with pytest.raises(Unauthenticated):
            anybody.run("wind", {})


def test_a_field_is_arrays_with_the_south_first(own_city: City, tmp_path: Path) -> None:
    with Client(str(own_city.client.base_url)) as client:
        with pytest.raises(NotFound, match="there is no wind field"):
            client.field(20, 90)
        district = surveyed(own_city.database)[1].district
        coarse = Quality("preview", 50.0, 40.0, 80.0, 1.5, 1.5, 2, 0.0)
        folder = library_folder(tmp_path / "scenarios", district, coarse)
        solve_one(Plan(district, coarse, (90.0,), folder), 90.0, lambda *_: None)
        field = client.field(20, 90)
        west, south, east, north = field.bounds
        assert west < 121.5025 < east
        assert south < 31.2375 < north
        assert field.u.shape == field.v.shape == field.gust.shape == (200, 200)
        assert np.nanmedian(field.u) < 0, "wind from the east blows to the west"
        # Shanghai Tower stands 200 m south of the middle, so in the lower half of the rows.
        solid = np.argwhere(np.isnan(field.gust))
        assert solid[:, 0].mean() < 100
        assert np.allclose(client.field(10, 90).gust * 2, field.gust, equal_nan=True, atol=1e-4)


def test_when_a_layer_changed_is_a_table(city: City) -> None:
    with Client(str(city.client.base_url)) as client:
        world, known = client.instants("buildings"), client.instants("buildings", axis="known")
    assert world[["added", "removed", "changed"]].sum().tolist() == [3, 0, 0]
    assert known["added"].sum() == 3
    assert str(world.index.tz) == "UTC"


def test_buildings_come_as_tables_and_files(sample_city: City, tmp_path: Path) -> None:
    with Client(str(sample_city.client.base_url)) as client:
        models = client.buildings.models()
        assert list(models.index) == ["office-block"]
        storeys = client.buildings.storeys("office-block")
        assert len(storeys) == 6
        doors = client.buildings.elements("office-block", class_="IfcDoor")
        assert len(doors) == client.buildings.model("office-block")["counts"]["element"]["IfcDoor"]
        assert set(doors.storey) <= set(storeys.index)
        third = client.buildings.elements("office-block", storey=storeys.index[2], kind="space")
        room = client.buildings.element("office-block", third.index[0])
        assert room["quantities"]["Qto_SpaceBaseQuantities"]["NetFloorArea"] > 0
        path = client.buildings.extract("office-block", tmp_path / "third.glb", storey=storeys.index[2])
        assert path.read_bytes()[:4] == b"glTF"
        assert client.buildings.elements("office-block", class_="IfcRoof", name="nothing of that").empty
        with pytest.raises(NotFound, match="no building model 'tower'"):
            client.buildings.model("tower")


def test_annotations_are_written_read_as_a_table_and_settled(own_city: City) -> None:
    with Client(str(own_city.client.base_url), own_city.token) as client:
        assert client.annotations.table().empty
        there = [121.5013, 31.2356, 12.5]
        fid = client.search("上海中心大厦")[0]["fid"]
        number = client.annotations.write("塔冠灯光过亮", there, {"layer": "buildings", "fid": fid}, "internal")
        client.annotations.answer(number, "已调暗")
        client.annotations.resolve(number)
        table = client.annotations.table(bbox=(121.5, 31.23, 121.51, 31.24), state="resolved")
        row = table.loc[number]
        assert (row["text"], row["about"]["name"], row["grade"]) == ("塔冠灯光过亮", "上海中心大厦", "internal")
        assert (row.geometry.x, row.geometry.y, row.geometry.z) == pytest.approx(there)
        assert [one["text"] for one in row["answers"]] == ["已调暗"]
        client.annotations.reopen(number)
        client.annotations.correct(number, text="塔冠灯光夜间过亮")
        assert client.annotations.table().loc[number, "text"] == "塔冠灯光夜间过亮"
        client.annotations.remove(number)
        assert client.annotations.table().empty
        with pytest.raises(NotFound):
            client.annotations.resolve(number)
