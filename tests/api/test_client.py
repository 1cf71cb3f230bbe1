import pytest

from api.client import Client
from layers.errors import InputError, NotFound, Unavailable


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
