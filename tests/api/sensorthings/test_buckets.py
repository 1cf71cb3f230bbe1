"""Buckets over HTTP: in the time of Shanghai, with units, and only of what is seen."""

import pytest
from mast import Service, datastream, observations, thing


@pytest.fixture(scope="module")
def numbers(service: Service) -> tuple[int, int]:
    """Make an open datastream and one that is graded, and return their numbers."""
    made = []
    for grade in ("open", "internal"):
        streams = [datastream(Observations=observations(1, 2, 6))]
        number = service.make("Things", thing(grade, Datastreams=streams, properties={"grade": grade}))
        (stream,) = service.get(f"Things({number})/Datastreams")["value"]
        made.append(stream["@iot.id"])
    return made[0], made[1]


def test_buckets_say_what_they_are_of(service: Service, stranger: Service, numbers: tuple[int, int]):
    answer = stranger.city.client.get(f"/sensing/buckets?datastreams={numbers[0]}&every=PT6H").json()
    (series,) = answer["series"]
    assert answer["every"] == "PT6H"
    assert {name: series[name] for name in ("datastream", "unit", "thing_name")} == {
        "datastream": numbers[0], "unit": "m/s", "thing_name": "open",
    }  # fmt: skip
    (bucket,) = series["buckets"]
    assert bucket["start"] == "2026-03-01T06:00:00+08:00"
    assert {name: bucket[name] for name in ("count", "mean", "min", "max", "first", "last")} == {
        "count": 3, "mean": 3.0, "min": 1.0, "max": 6.0, "first": 1.0, "last": 6.0,
    }  # fmt: skip


def test_buckets_are_a_table_for_spreadsheets(stranger: Service, numbers: tuple[int, int]):
    answer = stranger.city.client.get(f"/sensing/buckets?datastreams={numbers[0]}&every=PT6H&f=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    head, line = answer.text.splitlines()
    assert head == "datastream,name,unit,start,count,mean,min,max,first,last"
    assert line == f"{numbers[0]},gusts,m/s,2026-03-01T06:00:00+08:00,3,3.0,1.0,6.0,1.0,6.0"


def test_what_is_hidden_is_not_there(stranger: Service, numbers: tuple[int, int]):
    def told(number: int) -> tuple[int, str]:
        answer = stranger.city.client.get(f"/sensing/buckets?datastreams={number}")
        return answer.status_code, answer.text.replace(str(number), "N")

    assert told(numbers[1]) == told(10**9)
    assert told(numbers[1])[0] == 404


@pytest.mark.parametrize("last", ["9999-12-31", "9999-12-31T23:59:59.999999Z"])
def test_buckets_go_to_the_end_of_the_calendar(stranger: Service, numbers: tuple[int, int], last: str):
    query = f"datastreams={numbers[0]}&every=P1Y&datetime=2026-01-01/{last}"
    (series,) = stranger.city.client.get(f"/sensing/buckets?{query}").json()["series"]
    assert [bucket["count"] for bucket in series["buckets"]] == [3]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("datastreams=x", "datastreams"),
        ("datastreams=9999999999999999999999", "datastreams"),
        # Longer than PostgreSQL keeps, and its first twenty digits are not.
        ("datastreams=0123456789012345678901", "datastreams"),
        ("datastreams=1&every=P9D", "every"),
        ("datastreams=1&datetime=yesterday", "datetime"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(stranger: Service, asked: str, place: str):
    answer = stranger.city.client.get(f"/sensing/buckets?{asked}")
    assert answer.status_code == 400
    assert place in answer.text
