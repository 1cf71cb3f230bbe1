"""Rooms and elements have the colour of what their sensors observed last, as far as the reader sees it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from box_model import load_house
from city import City, open_server
from gltf import Glb
from sensing import add_stream, add_thing
from sqlalchemy import text

from api.layers import all_layers
from bim.tileset.coloring import linear_rgb
from layers.store.engine import Database
from twin.sensing.ingest import ingest
from twin.sensing.reading import Reading

SPRING, MAY = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, 4, tzinfo=UTC)
HEAT, CARBON = 'reading:"气温"."°C"', 'reading:"二氧化碳"."ppm"'
Json = dict[str, Any]


@pytest.fixture
def sensed(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city with a house: 21.5 °C in the one room, 26.2 °C and 900 ppm in the other, a door that is shut."""
    load_house(db, all_layers(), tmp_path, date=SPRING)
    with db.owner.begin() as connection:
        first, second, door = (add_thing(connection, name) for name in ("T-1", "T-2", "D-1"))
        streams = [
            stream(connection, first, "气温", "°C"), stream(connection, second, "气温", "°C"),
            stream(connection, second, "二氧化碳", "ppm"),
        ]  # fmt: skip
        given = [Reading(*one) for one in zip(streams, [MAY] * 3, (21.5, 26.2, 900.0), strict=True)]
        assert ingest(connection, given).new == 3
        connection.execute(text("UPDATE onemap.things SET source_key = name WHERE name <> 'D-1'"))
    with open_server(db, tmp_path / "home") as city:
        table = f"thing,element,from\nT-1,room-1,{SPRING.isoformat()}\nT-2,room-2,{SPRING.isoformat()}\n"
        table += f"Things({door}),door-1,{SPRING.isoformat()}\n"
        stated = city.client.post("/bim/bindings?model=house", content=table.encode(), headers=city.signed_in)
        assert stated.status_code == 200, stated.text
        yield city


def stream(connection: Any, thing: int, observed: str, unit: str) -> int:
    number = add_stream(connection, thing, observed)
    named = text("UPDATE onemap.datastreams SET property_name = :observed, unit_symbol = :unit WHERE fid = :number")
    connection.execute(named, {"observed": observed, "unit": unit, "number": number})
    return number


def observe(city: City, observed: str, thing: str, value: Any, minutes: float) -> None:
    found = text(
        "SELECT d.fid FROM onemap.datastreams AS d JOIN onemap.things AS t ON t.fid = d.thing"
        " WHERE t.name = :thing AND d.property_name = :observed"
    )
    with city.database.owner.begin() as connection:
        number = connection.execute(found, {"thing": thing, "observed": observed}).scalar_one()
        assert ingest(connection, [Reading(number, MAY + timedelta(minutes=minutes), value)]).new == 1


def told(city: City, path: str, **asked: Any) -> Json:
    answer = city.client.get(f"/bim/models/house/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def rooms(city: City, storey: int, by: str, **asked: str) -> Any:
    """Return the answer with the rooms of a storey, coloured."""
    given = {"storey": f"storey-{storey}", "part": "spaces", "by": by, **asked}
    answer = city.client.get("/3dtiles/house/content.glb", params=given)
    assert answer.status_code == 200, answer.text
    return answer


def material(answer: Any) -> list[float]:
    (found,) = Glb(answer.content).document["materials"]
    color: list[float] = found["pbrMetallicRoughness"]["baseColorFactor"][:3]
    return color


def step_of(legend: Json, value: float) -> Any:
    """Return the linear colour of the step of a legend that a value is in."""
    (color,) = [
        one["color"] for one in legend["entries"] if one["from"] <= value and (one["to"] is None or value < one["to"])
    ]
    return linear_rgb(color).tolist()


def test_what_is_observed_in_a_building_is_listed_with_what_to_ask_for_and_each_newest_reading(sensed: City) -> None:
    found = told(sensed, "readings")
    assert [(one["by"], one["elements"]) for one in found["observed"]] == [(HEAT, 2), (CARBON, 1)]
    assert found["count"] == 3
    (one,) = told(sensed, "readings", element="room-1")["readings"]
    assert {key: one[key] for key in ("element", "thing", "property", "value", "unit", "time")} == {
        "element": "room-1", "thing": "T-1", "property": "气温", "value": 21.5, "unit": "°C",
        "time": "2026-05-01T04:00:00Z",
    }  # fmt: skip
    assert len(told(sensed, "readings", limit="1")["readings"]) == 1


def test_rooms_have_the_colour_of_their_newest_value_and_the_legend_says_its_class_and_unit(sensed: City) -> None:
    legend = told(sensed, "legend", by=HEAT)
    assert (legend["unit"], legend["elements"], legend["oldest"]) == ("°C", 2, "2026-05-01T04:00:00Z")
    assert [entry["from"] for entry in legend["entries"]] == [20, 22, 24, 26, 28], "steps are round"
    cold, warm = rooms(sensed, 1, HEAT), rooms(sensed, 2, HEAT)
    assert material(cold) == pytest.approx(step_of(legend, 21.5), abs=0.01)
    assert material(warm) == pytest.approx(step_of(legend, 26.2), abs=0.01)
    assert material(cold) != material(warm)
    observe(sensed, "气温", "T-1", 21.9, 1)
    assert rooms(sensed, 1, HEAT).headers["etag"] == cold.headers["etag"], "in its class, nothing is drawn anew"
    assert told(sensed, "legend", by=HEAT)["state"] == legend["state"]
    observe(sensed, "气温", "T-1", 19.9, 2)
    later = told(sensed, "legend", by=HEAT)
    assert later["state"] != legend["state"]
    assert later["newest"] == "2026-05-01T04:02:00Z"
    assert material(rooms(sensed, 1, HEAT)) == pytest.approx(step_of(later, 19.9), abs=0.01)
    assert material(rooms(sensed, 2, HEAT)) == pytest.approx(step_of(later, 26.2), abs=0.01)


def test_what_has_no_sensor_of_the_kind_is_grey_and_nothing_at_all_is_no_error(sensed: City) -> None:
    nothing = rooms(sensed, 1, 'reading:"noise"."dB"')
    assert material(rooms(sensed, 1, CARBON)) == pytest.approx([0.584, 0.584, 0.584], abs=0.01)
    assert len(set(material(nothing))) == 1
    assert told(sensed, "legend", by='reading:"noise"."dB"')["elements"] == 0


def test_a_moment_of_the_past_has_the_colours_of_what_had_been_observed_by_then(sensed: City) -> None:
    then = "2026-05-01T04:01:00Z"
    before = rooms(sensed, 1, HEAT, datetime=then)
    observe(sensed, "气温", "T-1", 25.4, 2)
    assert rooms(sensed, 1, HEAT, datetime=then).headers["etag"] == before.headers["etag"]
    assert told(sensed, "readings", element="room-1", datetime=then)["readings"][0]["value"] == 21.5
    assert told(sensed, "readings", element="room-1", datetime="2026-04-01T00:00:00Z")["readings"] == []


@pytest.mark.parametrize("hidden", ["datastreams", "things"])
def test_what_a_reader_may_not_see_colours_nothing_and_moves_no_legend_and_no_tag(sensed: City, hidden: str) -> None:
    key = {"datastreams": "thing = (SELECT fid FROM onemap.things WHERE name = 'T-2')", "things": "name = 'T-2'"}
    sensed.sql(f"UPDATE onemap.{hidden} SET grade = 2 WHERE {key[hidden]}")

    def seen() -> tuple[Json, Json, list[str]]:
        tags = [rooms(sensed, storey, by).headers["etag"] for storey in (1, 2) for by in (HEAT, CARBON)]
        return told(sensed, "readings"), told(sensed, "legend", by=HEAT), tags

    listed, legend, tags = seen()
    assert {one["thing"] for one in listed["readings"]} == {"T-1"}
    assert [one["by"] for one in listed["observed"]] == [HEAT]
    assert legend["elements"] == 1
    observe(sensed, "气温", "T-2", 35.0, 5)
    assert seen() == (listed, legend, tags)
    everything = sensed.client.get("/bim/models/house/readings", headers=sensed.signed_in).json()
    assert everything["count"] == 3


def test_a_binding_that_is_hidden_or_has_ended_colours_nothing(sensed: City) -> None:
    sensed.sql("UPDATE onemap.bim_binding SET grade = 2 WHERE thing = 'T-2'")
    assert {one["element"] for one in told(sensed, "readings")["readings"]} == {"room-1"}
    sensed.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key = 'room-1'")
    assert told(sensed, "readings") == {"count": 0, "observed": [], "readings": []}


def test_a_thing_without_a_key_is_known_by_its_number_and_words_have_a_colour_each(sensed: City) -> None:
    with sensed.database.owner.begin() as connection:
        thing = connection.execute(text("SELECT fid FROM onemap.things WHERE name = 'D-1'")).scalar_one()
        number = stream(connection, thing, "门磁", "")
        connection.execute(
            text("UPDATE onemap.datastreams SET observation_type = :kind WHERE fid = :number"),
            {"kind": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CategoryObservation", "number": number},
        )
        assert ingest(connection, [Reading(number, MAY, "shut")]).new == 1
    legend = told(sensed, "legend", by='reading:"门磁"')
    assert [entry["value"] for entry in legend["entries"]] == ["shut", None]


def test_what_is_no_reading_is_refused(sensed: City) -> None:
    for by in ("reading:", "reading:.x", 'reading:"a"b"', "reading:a.b.c", "reading:" + "x" * 300):
        for path in ("/bim/models/house/legend", "/3dtiles/house/tileset.json", "/3dtiles/house/content.glb"):
            answer = sensed.client.get(path, params={"by": by})
            assert answer.status_code == 400, (path, by)
            assert answer.json()["parameter"] == "by"
