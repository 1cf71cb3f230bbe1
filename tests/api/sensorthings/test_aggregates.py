"""Cells over HTTP: features with unit and numbers, and refusals that name their place."""

import pytest
from mast import Service, datastream, observations, thing

DAY = "datetime=2026-03-01T00:00:00Z/2026-03-01T23:59:59Z"


@pytest.fixture(scope="module")
def made(service: Service) -> int:
    streams = [datastream(Observations=observations(1, 2, 6))]
    number = service.make("Things", thing("open", Datastreams=streams))
    (stream,) = service.get(f"Things({number})/Datastreams", expand="ObservedProperty")["value"]
    # What was observed before the thing was put there is of no place.
    service.city.sql("UPDATE onemap.things SET valid = '[2020-01-01Z,)'")
    service.city.sql("UPDATE onemap.datastreams SET valid = '[2020-01-01Z,)'")
    return int(stream["ObservedProperty"]["@iot.id"])


def test_cells_are_features_with_a_unit(stranger: Service, made: int):
    answer = stranger.city.client.get(f"/sensing/aggregates?property={made}&{DAY}&grid=h3:9").json()
    (cell,) = answer["features"]
    assert (answer["grid"], answer["level"]) == ("h3", 9)
    assert cell["geometry"]["type"] == "Polygon"
    expected = {"unit": "m/s", "datastreams": 1, "count": 3, "mean": 3.0, "min": 1.0, "max": 6.0}
    assert cell["properties"] == {"code": cell["id"]} | expected
    assert stranger.city.client.get(f"/sensing/aggregates?property={made}").json()["features"] == []


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("grid=h3", "grid"),
        ("grid=h4:9", "grid"),
        ("grid=h3:99", "level"),
        ("datetime=2026-03-01T00:00:00Z/..", "datetime"),
        ("bbox=1,2", "bbox"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(stranger: Service, asked: str, place: str):
    answer = stranger.city.client.get(f"/sensing/aggregates?property=1&{asked}")
    assert answer.status_code == 400
    assert place in answer.text
