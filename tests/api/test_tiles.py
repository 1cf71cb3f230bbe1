import gzip
import threading
from datetime import timedelta

import mapbox_vector_tile
import pytest
from sqlalchemy import text

import tiles.app
from layers.ops.provision import connect
from layers.temporal import When
from tiles.server import etag_of

TILE = "/tiles/buildings/14/13721/6694.mvt"
BOTH = "/tiles/buildings,roads/14/13721/6694.mvt"
THIRTY = ",".join(f"layer{number}" for number in range(30))
FAR = "/tiles/buildings/14/13722/6694.mvt"


def names(body: bytes, layer: str = "buildings") -> set[str]:
    return {feature["properties"].get("name") for feature in mapbox_vector_tile.decode(body)[layer]["features"]}


def test_a_tile_shows_what_is_open_to_everybody(city) -> None:
    answer = city.client.get(TILE)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert names(answer.content) == {"上海中心大厦", "上海环球金融中心", "金茂大厦"}


def test_an_administrator_sees_the_graded_rows_in_a_tile_of_their_own(city) -> None:
    anonymous, signed_in = city.client.get(TILE), city.client.get(TILE, headers=city.signed_in)
    assert names(signed_in.content) - names(anonymous.content) == {"内部楼"}
    assert signed_in.headers["etag"] != anonymous.headers["etag"]
    assert "private" in signed_in.headers["cache-control"]


def test_both_paths_lead_to_the_same_tile(city) -> None:
    ogc = city.client.get("/collections/buildings/tiles/WebMercatorQuad/14/6694/13721")
    assert ogc.content == city.client.get(TILE).content


def test_several_layers_share_one_tile(city) -> None:
    body = city.client.get(BOTH).content
    assert set(mapbox_vector_tile.decode(body)) == {"buildings", "roads"}
    assert names(body, "roads") == {"世纪大道", "花园石桥路"}


def test_a_tile_comes_compressed_to_who_takes_it(city) -> None:
    plain = city.client.get(TILE, headers={"accept-encoding": "identity"})
    with city.client.stream("GET", TILE, headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


def test_an_unchanged_tile_is_answered_by_304(city) -> None:
    for path in (TILE, BOTH):
        etag = city.client.get(path).headers["etag"]
        again = city.client.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


def test_the_next_tile_shows_an_edit_and_an_untouched_one_keeps_its_tag(own_city) -> None:
    etags = {path: own_city.client.get(path).headers.get("etag") for path in (TILE, BOTH, FAR)}
    own_city.sql("UPDATE onemap.buildings SET name = '改名大厦' WHERE name_en = 'Jin Mao Tower'")
    after = own_city.client.get(TILE, headers={"if-none-match": etags[TILE]})
    assert after.status_code == 200
    assert "改名大厦" in names(after.content)
    assert "改名大厦" in names(own_city.client.get(BOTH).content)
    assert own_city.client.get(FAR).headers.get("etag") == etags[FAR]


def test_truncate_empties_the_next_tile(own_city) -> None:
    assert own_city.client.get(TILE).status_code == 200
    own_city.sql("TRUNCATE onemap.buildings")
    assert own_city.client.get(TILE).status_code == 204


def test_an_edit_that_is_not_committed_does_not_show_and_then_does(own_city) -> None:
    with own_city.database.owner.connect() as connection, connection.begin() as transaction:
        connection.execute(text("UPDATE onemap.buildings SET name = '未提交' WHERE name_en = 'Jin Mao Tower'"))
        assert "未提交" not in names(own_city.client.get(TILE).content)
        transaction.commit()
    assert "未提交" in names(own_city.client.get(TILE).content)


def test_readers_never_see_an_older_tile_after_a_newer_one_under_concurrent_edits(own_city) -> None:
    """Each edit counts up; what a reader sees after an edit was committed is never less than that edit."""
    committed, failures, stop = [0], [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            least = committed[0]
            shown = mapbox_vector_tile.decode(own_city.client.get(TILE).content)["buildings"]["features"]
            floors = next(f["properties"]["floors"] for f in shown if f["properties"]["name_en"] == "Shanghai Tower")
            if floors - 128 < least:
                failures.append((least, floors))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 40):
        own_city.sql("UPDATE onemap.buildings SET floors = floors + 1 WHERE name_en = 'Shanghai Tower'")
        committed[0] = number
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_an_empty_tile_is_204_and_keeps_a_tag(city) -> None:
    answer = city.client.get("/tiles/buildings/14/1/1.mvt")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["etag"]


def test_a_layer_outside_its_zooms_is_left_out_and_said_so(city) -> None:
    answer = city.client.get("/tiles/buildings,water/8/214/104.mvt")
    assert answer.headers["twin-omitted"] == "buildings; minzoom=12"


def test_a_cut_tile_says_which_layer_is_not_whole(city_with) -> None:
    with city_with(tile_features=1) as city:
        assert city.client.get(BOTH).headers["twin-truncated"] == "buildings, roads"
        assert "twin-truncated" not in city.client.get("/tiles/roads/14/1/1.mvt").headers


def test_tiles_that_were_cut_in_other_layers_have_other_tags() -> None:
    cut = [(), ("gathering_places",), ("gathering_places", "roads"), ("roads",)]
    assert len({etag_of(b"the same", names) for names in cut}) == len(cut)


def test_a_tile_of_the_past_is_another_tile(own_city) -> None:
    with own_city.database.reader.connect() as connection:
        then = connection.execute(text("SELECT clock_timestamp()")).scalar_one().isoformat()
    own_city.sql("UPDATE onemap.buildings SET name = '后来' WHERE name_en = 'Jin Mao Tower'")
    past = own_city.client.get(TILE, params={"as_of": then})
    assert "金茂大厦" in names(past.content)
    assert "后来" in names(own_city.client.get(TILE).content)
    assert own_city.client.get(TILE, params={"datetime": "1990-01-01"}).status_code == 204


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/tiles/buildings/30/1/1.mvt", 400, "z: 30 is out of range; it goes from 0 to 22"),
        ("/tiles/buildings/14/16384/1.mvt", 400, "x: 16384 is out of range at zoom 14; it goes from 0 to 16383"),
        ("/tiles/buildings/14/1/abc.mvt", 400, "y: 'abc' is not a whole number from 0 to 16383 at zoom 14"),
        ("/tiles/nope/14/1/1.mvt", 404, "there is no layer 'nope'; GET /collections lists the layers"),
        ("/tiles/roads,roads/14/1/1.mvt", 400, "layers: 'roads,roads' names a layer twice"),
        (
            "/tiles/" + ",".join(f"l{i}" for i in range(30)) + "/14/1/1.mvt",
            400,
            "layers: 30 layers in one tile are too many",
        ),
        (TILE + "?datetime=2026-13-01", 400, "datetime: '2026-13-01' names no instant of the calendar"),
        (TILE + "?limit=1000000", 400, "limit: tiles do not have this parameter"),
    ],
)
def test_a_bad_tile_request_gets_its_reason_as_problem_json(city, path: str, status: int, detail: str) -> None:
    answer = city.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_an_error_of_the_database_is_an_error_and_not_an_empty_tile(own_city) -> None:
    own_city.sql("ALTER TABLE onemap.buildings RENAME TO elsewhere")
    answer = own_city.client.get(TILE)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "something went wrong on our side; it is in the log"
    own_city.sql("ALTER TABLE onemap.elsewhere RENAME TO buildings")
    assert own_city.client.get(TILE).status_code == 200


def test_tilejson_leads_to_the_tiles(city) -> None:
    document = city.client.get("/tiles/buildings,roads.json").json()
    assert document["tilejson"] == "3.0.0"
    assert [layer["id"] for layer in document["vector_layers"]] == ["buildings", "roads"]
    assert "height_m" in document["vector_layers"][0]["fields"]
    path = document["tiles"][0].format(z=14, x=13721, y=6694)
    assert city.client.get(path).status_code == 200
    west, south, east, north = document["bounds"]
    assert west < 121.5013 < east
    assert south < 31.2356 < north


def test_tilesets_are_described_as_ogc_has_it(city) -> None:
    tileset = city.client.get("/collections/roads/tiles").json()["tilesets"][0]
    template = next(link["href"] for link in tileset["links"] if link["rel"] == "item")
    path = template.format(tileMatrix=14, tileRow=6694, tileCol=13721)
    assert city.client.get(path).status_code == 200
    matrices = city.client.get("/tileMatrixSets/WebMercatorQuad").json()["tileMatrices"]
    # The scale denominator of zoom 0 in OGC 17-083r4, table D.1.
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.0287178, rel=1e-9)


def test_a_row_that_begins_while_a_tile_is_made_shows_in_the_next(own_city, monkeypatch) -> None:
    """The clock of the web process may lag: no tile may be filed under a version that it does not show."""
    own_city.sql(
        "INSERT INTO onemap.validity_boundary (layer, at) "
        "VALUES ('buildings', clock_timestamp() - interval '10 seconds')"
    )
    own_city.sql(
        "UPDATE onemap.buildings SET valid = tstzrange(clock_timestamp() - interval '10 seconds', NULL) "
        "WHERE name_en = 'Jin Mao Tower'"
    )
    real = tiles.app.now
    late = timedelta(minutes=1)
    monkeypatch.setattr(tiles.app, "now", lambda: When(*[real().first - late] * 2))
    before = own_city.client.get(TILE)
    assert before.status_code == 204 or "金茂大厦" not in names(before.content)
    monkeypatch.setattr(tiles.app, "now", real)
    assert "金茂大厦" in names(own_city.client.get(TILE).content)


def test_after_every_connection_died_all_doors_answer_as_before(own_city, server) -> None:
    """As when PostgreSQL was started again, or another database was restored under the same name."""
    paths = (TILE, BOTH, "/collections/buildings/items", "/search?q=上海中心", "/catalog")
    assert [own_city.client.get(path).status_code for path in paths] == [200] * 5
    every = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'twin_reader' AND datname = %s"
    with connect(server.admin) as connection:
        ended = connection.execute(every, [own_city.database.owner.url.database]).fetchall()
    assert len(ended) >= 3
    assert [own_city.client.get(path).status_code for path in paths] == [200] * 5


def test_a_tile_of_a_stated_time_holds_until_an_edit_and_no_longer(own_city) -> None:
    """Instants that have passed, or that lie before the stated time, are in its version the same way as in its key."""
    own_city.sql(
        "INSERT INTO onemap.validity_boundary (layer, at) SELECT 'buildings', now() + d * interval '1 day' FROM "
        "unnest(ARRAY[-3, -2, 3, 4]) AS d"
    )
    for stated in ("2060-01-01T00:00:00Z", "2026-11-24T00:00:00Z/.."):
        asked = {"datetime": stated}
        etag = own_city.client.get(TILE, params=asked).headers["etag"]
        assert own_city.client.get(TILE, params=asked, headers={"if-none-match": etag}).status_code == 304
        for number in range(4):
            own_city.sql(f"UPDATE onemap.buildings SET name = '改{number}' WHERE name_en = 'Jin Mao Tower'")
            assert f"改{number}" in names(own_city.client.get(TILE, params=asked).content)
