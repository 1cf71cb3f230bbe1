"""Observations as files: the same in every form, only what the asker sees, and read back as they are."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow.parquet
import pytest
from city import City, open_server
from planted import add_people
from sensing import add_location, add_stream, add_thing, at
from sqlalchemy import text

from api.client import Client
from layers.access import ANONYMOUS
from layers.errors import InputError, NotFound
from twin.sensing.entities.view import View
from twin.sensing.export import Wanted, forms, read_pages, refreshed
from twin.sensing.ingest import ingest
from twin.sensing.reading import ANY, CATEGORY, Reading

PATH = "/sensing/observations"


@pytest.fixture(scope="module")
def city(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with masts that tests add."""
    with server.copy_of(template) as database, open_server(database, tmp_path_factory.mktemp("home")) as city:
        yield city


@pytest.fixture(scope="module")
def streams(city: City) -> tuple[int, int]:
    """Make a mast with numbers and words, of which the first moved."""
    with city.database.owner.begin() as connection:
        thing = add_thing(connection, "=mast")
        add_location(connection, thing)
        air, sky = add_stream(connection, thing), add_stream(connection, thing, "sky, 天空", CATEGORY)
        readings = [Reading(air, at(m), m - 1.5, quality={"flag": "ok"} if m else None) for m in range(3)]
        readings += [Reading(air, at(2), 7, 1), Reading(air, at(60), 8.25, time_end=at(120))]
        ingest(connection, [*readings, Reading(sky, at(0), "-clear"), Reading(sky, at(1), 'a "b",\nc')])
    return air, sky


def ask(city: City, who: dict[str, str] | None = None, status: int = 200, **query: Any) -> httpx.Response:
    answer = city.client.get(PATH, params=query, headers=who or {})
    assert answer.status_code == status, answer.text
    return answer


def table(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def named(streams: tuple[int, int]) -> str:
    return ",".join(map(str, streams))


def test_a_table_has_name_unit_thing_zone_and_quality(city, streams):
    answer = ask(city, datastreams=named(streams))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith('filename="observations.csv"')
    lines = table(answer)
    assert [(one["datastream"], one["time"], one["result"], one["sequence"]) for one in lines[:4]] == [
        (str(streams[0]), "2026-03-01T12:00:00+08:00", "-1.5", "0"),
        (str(streams[0]), "2026-03-01T12:01:00+08:00", "-0.5", "0"),
        (str(streams[0]), "2026-03-01T12:02:00+08:00", "0.5", "0"),
        (str(streams[0]), "2026-03-01T12:02:00+08:00", "7", "1"),
    ]
    assert (lines[1]["quality"], lines[1]["unit"], lines[1]["name"]) == ('{"flag":"ok"}', "°C", "air")
    assert lines[4]["time_end"] == "2026-03-01T14:00:00+08:00"
    # What a spreadsheet would run is a text.
    assert (lines[0]["thing_name"], lines[5]["result"], lines[6]["result"]) == ("'=mast", "'-clear", 'a "b",\nc')


def test_all_forms_say_the_same(city, streams):
    asked = {"datastreams": named(streams), "zone": "UTC"}
    rows = [json.loads(line) for line in ask(city, f="ndjson", **asked).text.splitlines()]
    collection = ask(city, f="geojson", **asked).json()
    assert [one["properties"] for one in collection["features"]] == rows
    assert collection["features"][0]["geometry"] == {"type": "Point", "coordinates": [121.5, 31.2]}
    parquet = pyarrow.parquet.read_table(io.BytesIO(ask(city, f="parquet", **asked).content))
    assert str(parquet.schema.field("time").type) == "timestamp[us, tz=UTC]"
    for row, line, cells in zip(rows, table(ask(city, **asked)), parquet.to_pylist(), strict=True):
        assert row["phenomenonTime"].partition("/")[0] == line["time"] == cells["time"].isoformat()
        assert row["result"] == (cells["text"] if cells["result"] is None else cells["result"])
        assert line["result"].removeprefix("'") == str(row["result"])
        assert (row["unit"], row["thing"]) == (cells["unit"], cells["thing"])
    assert parquet.num_rows == 7


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_what_was_exported_is_known_when_it_comes_back(city, streams, form):
    answer = ask(city, datastreams=named(streams), f=form)
    headers = city.signed_in | {"Content-Type": answer.headers["content-type"]}
    told = city.client.post(PATH, content=answer.content, headers=headers).json()
    assert (told["read"], told["known"], told["refused"]) == (7, 7, 0), told


def test_times_are_those_of_an_interval_closed_at_both_ends(city, streams):
    within = ask(city, datastreams=streams[0], datetime=f"{at(1).isoformat()}/{at(2).isoformat()}")
    assert [one["result"] for one in table(within)] == ["-0.5", "0.5", "7"]
    assert table(ask(city, datastreams=streams[0], datetime="2001-01-01/..", zone="+05:30"))[0]["time"].endswith(
        "+05:30"
    )
    assert table(ask(city, datastreams=streams[0], datetime="2001-01-01")) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"datastreams": "1", "things": "1"}, 400),
        ({"datastreams": "x"}, 400),
        ({"datastreams": "1", "f": "xlsx"}, 400),
        ({"datastreams": "1", "zone": "Mars"}, 400),
        ({"datastreams": "1", "datetime": "soon"}, 400),
        ({"datastreams": ",".join(map(str, range(1, 1100)))}, 400),
        ({"datastreams": "99999999"}, 404),
        ({"things": "99999999"}, 404),
    ],
)
def test_what_cannot_be_asked_is_told(city, streams, query, status):
    ask(city, status=status, **query)


def test_what_is_hidden_is_not_there(city, streams):
    with city.database.owner.begin() as connection:
        thing = add_thing(connection, "hidden", grade=2)
        secret, half = add_stream(connection, thing), add_stream(connection, add_thing(connection), grade=2)
        ingest(connection, [Reading(number, at(0), 1.0) for number in (secret, half)])
    for number in (secret, half):
        hidden = ask(city, status=404, datastreams=f"{streams[0]},{number}").json()["detail"]
        nothing = ask(city, status=404, datastreams=f"{streams[0]},99999999").json()["detail"]
        assert hidden.replace(str(number), "N") == nothing.replace("99999999", "N")
    ask(city, status=404, things=thing)
    person = {"Authorization": f"Bearer {add_people(city.database)['nobody-internal'][1]}"}
    assert len(table(ask(city, person, things=thing))) == 1


def test_a_long_series_is_read_page_by_page_and_ends_when_it_is_graded_higher(city, monkeypatch):
    monkeypatch.setattr("twin.sensing.export.pages._ROWS", 100)
    start = datetime(2026, 1, 31, 23, tzinfo=UTC)
    with city.database.owner.begin() as connection:
        thing = add_thing(connection)
        stream = add_stream(connection, thing)
        ingest(connection, [Reading(stream, start + timedelta(minutes=m // 2), float(m), m % 2) for m in range(250)])
    assert [float(one["result"]) for one in table(ask(city, datastreams=stream))] == list(range(250))
    read = read_pages(city.database.reader.connect, lambda: refreshed(View.of(ANONYMOUS)), Wanted((stream,)))
    assert len(next(read)[1]) == 100
    with city.database.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.things SET grade = 3 WHERE fid = :fid"), {"fid": thing})
    with pytest.raises(NotFound):
        next(read)


def test_each_observation_is_of_the_place_where_it_was_made(city):
    with city.database.owner.begin() as connection:
        thing = add_thing(connection)
        add_location(connection, thing)
        stream = add_stream(connection, thing, kind=ANY)
        ingest(connection, [Reading(stream, at(0), 1.0)])
        moved = (
            "INSERT INTO onemap.location (name, encoding_type, document, geom) VALUES ('quay', 'application/geo+json',"
            " '{}', ST_SetSRID(ST_MakePoint(121.6, 31.3), 4490)) RETURNING id"
        )
        number = connection.execute(text(moved)).scalar_one()
        placed = "INSERT INTO onemap.historical_location (thing, time, locations) VALUES (:thing, now(), :all)"
        connection.execute(text(placed), {"thing": thing, "all": [number]})
        ingest(connection, [Reading(stream, at(1), [1, "x"])])
    features = ask(city, datastreams=stream, f="geojson").json()["features"]
    assert [one["geometry"]["coordinates"] for one in features] == [[121.5, 31.2], [121.6, 31.3]]
    assert features[1]["properties"]["result"] == [1, "x"]


def test_a_datastream_without_observations_is_an_empty_file_of_its_form(city):
    with city.database.owner.begin() as connection:
        stream = add_stream(connection, add_thing(connection))
    assert table(ask(city, datastreams=stream)) == []
    assert ask(city, datastreams=stream, f="geojson").json() == {"type": "FeatureCollection", "features": []}
    assert ask(city, datastreams=stream, f="ndjson").text == ""
    assert pyarrow.parquet.read_table(io.BytesIO(ask(city, datastreams=stream, f="parquet").content)).num_rows == 0
    head = city.client.head(PATH, params={"datastreams": stream})
    assert (head.status_code, head.content) == (200, b"")


def test_every_form_has_a_suffix_of_its_own():
    assert sorted(forms()) == ["csv", "geojson", "ndjson", "parquet"]
    assert len({one.suffix for one in forms().values()}) == 4


def test_a_client_gets_frames(city, streams):
    with Client(str(city.client.base_url)) as client:
        frame = client.observations(datastreams=streams, datetime="2026-03-01")
        assert (str(frame.time.dtype), len(frame)) == ("datetime64[us, Asia/Shanghai]", 7)
        air = frame[frame.datastream == streams[0]]
        assert (air.result.mean(), set(air.unit), set(air.thing_name)) == (pytest.approx(2.75), {"°C"}, {"=mast"})
        thing = int(air.thing.iloc[0])
        assert len(client.observations(things=[thing])) == 7
        newest = client.latest(thing=thing)
        assert newest.loc[streams[0], "value"] == 8.25
        assert newest.loc[streams[0], "time"] == at(60)
        assert client.latest(thing=10**9).empty
        with pytest.raises(InputError, match="either datastreams or things"):
            client.observations(datastreams=[])
