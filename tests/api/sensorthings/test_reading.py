"""Sets, entities and their parts are read by the addresses and options of SensorThings."""

from typing import Any
from urllib.parse import unquote

import pytest
from mast import ROOT, Service, datastream, location, observations, observed, point, sensor, thing


@pytest.fixture(scope="module")
def masts(service: Service) -> list[int]:
    """Make five masts, the first with two datastreams of 24 and of 3 observations; return their numbers."""
    numbers = []
    for number in range(5):
        streams = [datastream(f"gusts {number}", Observations=observations(*map(float, range(24))))]
        if number == 0:
            wet = [
                one | {"result": kind}
                for one, kind in zip(observations(0, 0, 0), ("rain", "hail", "rain"), strict=True)
            ]
            streams.append(
                datastream("weather", "CategoryObservation", ObservedProperty=observed("wet"), Observations=wet)
            )
        document = thing(
            f"mast {number}",
            Locations=[location(f"roof {number}", 121.5 + number / 100)],
            Datastreams=streams,
            properties={"floor": number, "tags": {"colour": "red" if number % 2 else "blue"}, "ok": number > 2},
        )
        numbers.append(service.make("Things", document))
    return numbers


def test_the_root_names_the_sets_and_what_of_the_standard_holds(stranger: Service, masts):
    for address in ("", "/"):
        told = stranger.city.client.get(ROOT + address).json()
        assert [one["name"] for one in told["value"]] == [
            "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties",
            "Observations", "FeaturesOfInterest",
        ]  # fmt: skip
        assert all(stranger.ask(one["url"]).status_code == 200 for one in told["value"])
    conformance = told["serverSettings"]["conformance"]
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel" in conformance
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/batch-request/batch-request" in conformance
    assert not [one for one in conformance if "multi-datastream" in one or "mqtt" in one]


def test_every_link_of_every_entity_leads_to_what_is_there(stranger: Service, masts):
    for entry in stranger.get("")["value"]:
        for one in stranger.get(entry["url"], top=3)["value"]:
            assert stranger.get(one["@iot.selfLink"]) == one
            links = [value for name, value in one.items() if name.endswith("@iot.navigationLink")]
            assert links
            for link in links:
                stranger.get(link)


def test_a_long_set_comes_in_pages_that_have_each_entity_once(stranger: Service, masts):
    for query in ({}, {"orderby": "result desc"}, {"orderby": "phenomenonTime desc"}, {"orderby": "result,id"}):
        seen: list[Any] = []
        page = stranger.get("Observations", top=10, count="true", **query)
        while True:
            assert page["@iot.count"] == 123
            seen += [one["@iot.id"] for one in page["value"]]
            if "@iot.nextLink" not in page:
                break
            page = stranger.get(page["@iot.nextLink"])
        assert len(seen) == len(set(seen)) == 123, query


def test_a_page_of_one_datastream_goes_by_its_time(stranger: Service, masts):
    (stream,) = stranger.get(f"Things({masts[1]})/Datastreams")["value"]
    path = f"Datastreams({stream['@iot.id']})/Observations"
    newest = stranger.get(path, orderby="phenomenonTime desc", top=3)
    assert [one["result"] for one in newest["value"]] == [23, 22, 21]
    assert [one["result"] for one in stranger.get(newest["@iot.nextLink"])["value"]] == [20, 19, 18]
    assert [one["result"] for one in stranger.get(path, skip=22)["value"]] == [22, 23]


@pytest.mark.parametrize(
    "orderby", ["properties/floor desc", "properties/none,name", "name desc,id", "properties/tags"]
)
def test_any_order_comes_in_pages(stranger: Service, masts, orderby: str):
    whole = stranger.names("Things", orderby=orderby)
    page = stranger.get("Things", orderby=orderby, top=2)
    seen = [one["name"] for one in page["value"]]
    while "@iot.nextLink" in page:
        page = stranger.get(page["@iot.nextLink"])
        seen += [one["name"] for one in page["value"]]
    assert seen == whole
    assert sorted(seen) == [f"mast {number}" for number in range(5)]


def test_what_is_expanded_is_sorted_cut_counted_and_has_a_next_page(stranger: Service, masts):
    expand = (
        "Datastreams($orderby=name;$count=true;$expand=Observations($top=2;$orderby=phenomenonTime desc;$count=true))"
    )
    for one in stranger.get("Things", expand=expand, orderby="id")["value"]:
        assert one["Datastreams@iot.count"] == len(one["Datastreams"])
        gusts = one["Datastreams"][0]
        assert [inner["result"] for inner in gusts["Observations"]] == [23, 22]
        assert gusts["Observations@iot.count"] == 24
        following = stranger.get(gusts["Observations@iot.nextLink"])
        assert [inner["result"] for inner in following["value"]] == [21, 20]


def test_expanding_many_things_takes_one_statement_for_each_level(service: Service, masts):
    asked: list[str] = []
    from sqlalchemy import event

    engine = service.city.database.reader

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        service.get("Things", expand="Datastreams/Observations($top=1),Locations")
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    assert len(asked) == 4


def test_links_to_one_are_expanded_as_objects(stranger: Service, masts):
    one = stranger.get("Observations", top=1, expand="Datastream/Thing,FeatureOfInterest")["value"][0]
    assert one["Datastream"]["Thing"]["name"].startswith("mast")
    assert one["FeatureOfInterest"]["feature"]["type"] == "Point"


def test_only_what_is_selected_is_told(stranger: Service, masts):
    (one, *_) = stranger.get("Things", select="name,id", orderby="id")["value"]
    assert one == {"name": "mast 0", "@iot.id": masts[0]}
    (one, *_) = stranger.get("Things", select="name", expand="Locations($select=name)", orderby="id")["value"]
    assert one == {"name": "mast 0", "Locations": [{"name": "roof 0"}]}
    assert stranger.ask("Things", select="none").status_code == 400


def test_properties_values_and_references_have_addresses(stranger: Service, masts):
    path = f"Things({masts[0]})"
    assert stranger.get(f"{path}/name") == {"name": "mast 0"}
    assert stranger.ask(f"{path}/name/$value").text == "mast 0"
    assert stranger.ask(f"{path}/properties/$value").json()["floor"] == 0
    assert stranger.get(f"{path}/properties/tags/colour") == {"colour": "blue"}
    assert stranger.get(f"{path}/id") == {"id": masts[0]}
    refs = stranger.get(f"{path}/Datastreams/$ref")["value"]
    assert [list(one) for one in refs] == [["@iot.selfLink"]] * 2
    observation = stranger.get("Observations", top=1)["value"][0]["@iot.id"]
    assert stranger.ask(f"Observations({observation})/resultTime").status_code == 204
    assert stranger.ask(f"Observations({observation})/result/$value").text == "0"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Thing", 404), ("Things(0)", 404), ("Things(99999999999999999999)", 400), ("Things('a')", 404),
        ("Things/Datastreams", 400), ("Things(1", 400), ("Sensors(1)/Thing", 404), ("Things?$filter=name", 400),
        ("Things?$filter=name eq", 400), ("Things?$expand=Sensors", 400), ("Things?$orderby=colour", 400),
        ("Things?$top=-1", 400), ("Things?$top=x", 400), ("Things?$skiptoken=abc", 400), ("Things?$none=1", 400),
        ("Things?$skiptoken=WzFd", 200), ("Things?$skiptoken=W10", 400), ("Observations(5)", 404),
        ("Things/$value", 400),
        ("Observations?$resultFormat=xml", 400), ("Things?$resultFormat=dataArray", 400),
        ("Things?$filter=geo.distance(name, geography'POINT (1 2)') lt 5", 400),
        ("Locations?$filter=st_within(location, geography'CIRCLE (1)')", 400),
        ("Things?$orderby=Datastreams/name", 400), ("Observations?$filter=result gt 1 and phenomenonTime", 400),
        ("Things?$filter=st_relate(name, name, 'T')", 400), ("Locations?$orderby=location", 200),
        ("Things?$orderby=Locations/location", 400),
        ("Things?$filter=properties/floor div 0 gt 1", 200), ("Things?$filter=id gt 1e308 mul 10", 400),
        ("Things?$expand=Datastreams($expand=Thing($expand=Datastreams($expand=Thing($expand=Datastreams))))", 200),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_no_fault_of_the_server(stranger: Service, masts, path: str, status: int):
    answer = stranger.city.client.get(f"{ROOT}/{path}")
    assert answer.status_code == status, answer.text
    assert status in (200, 204) or answer.json()["detail"]


def test_observations_come_as_arrays(stranger: Service, masts):
    told = stranger.get("Observations", resultFormat="dataArray", top=50, select="phenomenonTime,result", count="true")
    assert told["@iot.count"] == 123
    (first, *_) = told["value"]
    assert first["components"] == ["phenomenonTime", "result"]
    assert first["dataArray"][0] == ["2026-03-01T00:00:00Z", 0]
    assert sum(array["dataArray@iot.count"] for array in told["value"]) == 50
    following = stranger.get(told["@iot.nextLink"])
    assert sum(array["dataArray@iot.count"] for array in following["value"]) == 50
    assert "resultFormat=dataArray" in unquote(told["@iot.nextLink"])


ALL = {0, 1, 2, 3, 4}
STRIP = "POLYGON ((121.505 31, 121.525 31, 121.525 32, 121.505 32, 121.505 31))"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("name eq 'mast 1'", {1}),
        ("name ne 'mast 1'", ALL - {1}),
        ("name in ('mast 1','mast 2')", {1, 2}),
        ("not (name eq 'mast 1' or name eq 'mast 2')", {0, 3, 4}),
        ("properties/floor gt 2", {3, 4}),
        ("properties/floor add 1 eq 2", {1}),
        ("properties/floor mod 2 eq 1", {1, 3}),
        ("properties/floor eq 'a'", set()),
        ("properties/tags/colour eq 'red'", {1, 3}),
        ("properties/none eq null", ALL),
        ("properties/floor ne null", ALL),
        ("properties/ok", {3, 4}),
        ("properties/ok eq false", {0, 1, 2}),
        ("description eq null", set()),
        ("startswith(name,'mast') and endswith(name,'3')", {3}),
        ("substringof('t 2', name)", {2}),
        ("contains(name, 't 2')", {2}),
        ("indexof(name, ' ') eq 4 and length(name) eq 6", ALL),
        ("substring(name, 5) eq '4'", {4}),
        ("substring(name, 5, 1) eq '4'", {4}),
        ("toupper(name) eq 'MAST 0' or tolower(concat(name, 'X')) eq 'mast 1x'", {0, 1}),
        ("trim(concat(' ', name)) eq name", ALL),
        ("round(properties/floor div 2) eq 2", {3, 4}),
        ("floor(properties/floor div 2) eq 1", {2, 3}),
        ("ceiling(properties/floor div 2) eq 1", {1, 2}),
        ("Locations/name eq 'roof 2'", {2}),
        ("geo.distance(Locations/location, geography'POINT (121.5 31.2)') lt 1500", {0, 1}),
        ("geo.distance(Locations/location, geography'POINT (121.5 31.2)') le 0", {0}),
        ("geo.distance(Locations/location, geography'POINT (121.5 31.2)') lt 0", set()),
        ("geo.distance(Locations/location, geography'POINT (121.5 31.2)') lt -1", set()),
        ("1500 gt geo.distance(geography'POINT (121.5 31.2)', Locations/location)", {0, 1}),
        ("geo.distance(Locations/location, geography'POINT (121.5 31.2)') gt 1500", {2, 3, 4}),
        ("not geo.distance(Locations/location, geography'POINT (121.5 31.2)') le 1500", {2, 3, 4}),
        ("geo.distance(Locations/location, geography'POINT (121.5 31.2)') lt 1e300", ALL),
        (f"st_within(Locations/location, geography'{STRIP}')", {1, 2}),
        ("geo.intersects(Locations/location, geography'POINT (121.51 31.2)')", {1}),
        ("st_equals(Locations/location, geography'POINT (121.51 31.2)')", {1}),
        ("st_disjoint(Locations/location, geography'POINT (121.51 31.2)')", ALL - {1}),
        ("st_relate(Locations/location, geography'POINT (121.51 31.2)', '0FFFFFFF2')", {1}),
        ("Datastreams/Observations/result eq 'hail'", {0}),
        ("Datastreams/ObservedProperty/name eq 'wet'", {0}),
        ("Datastreams/unitOfMeasurement/symbol eq 'm/s'", ALL),
        ("Datastreams/name eq Locations/name", set()),
        ("Datastreams/phenomenonTime lt 2026-03-01T12:00:00Z", {0}),
        ("Datastreams/phenomenonTime ge 2026-03-01T00:00:00Z and id gt 0", ALL),
        ("overlaps(Datastreams/phenomenonTime, 2026-03-01T20:00:00Z/2026-03-01T21:00:00Z)", ALL),
        ("during(Datastreams/phenomenonTime, 2026-03-01T00:00:00Z/2026-03-01T03:00:00Z)", {0}),
    ],
)  # fmt: skip
def test_things_are_found_by_a_filter(stranger: Service, masts, condition: str, found: set[int]):
    told = stranger.get("Things", filter=condition, count="true")
    assert {masts.index(one["@iot.id"]) for one in told["value"]} == found
    assert told["@iot.count"] == len(found)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("result gt 20", 15),
        ("result eq 'rain'", 2),
        ("result gt '20'", 5 * 10 + 3),
        ("result eq '23'", 5),
        ("result ne '23'", 118),
        ("result in ('23','rain')", 7),
        ("result gt 20 and Datastream/Thing/name eq 'mast 1'", 3),
        ("phenomenonTime ge 2026-03-01T22:00:00Z", 10),
        ("phenomenonTime ge 2026-03-02T06:00:00+08:00", 10),
        ("phenomenonTime lt 2026-03-01T01:00:00Z", 6),
        ("phenomenonTime eq 2026-03-01T23:00:00Z", 5),
        ("phenomenonTime ge 2026-03-01", 123),
        ("hour(phenomenonTime) eq 23", 5),
        ("year(phenomenonTime) eq 2026 and month(phenomenonTime) eq 3 and day(phenomenonTime) eq 1", 123),
        ("minute(phenomenonTime) eq 0 and second(phenomenonTime) eq 0 and fractionalseconds(phenomenonTime) eq 0", 123),
        ("date(phenomenonTime) eq 2026-03-01", 123),
        ("time(phenomenonTime) gt 22:30:00", 5),
        ("phenomenonTime lt now() and phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime()", 123),
        ("phenomenonTime add duration'PT1H' gt 2026-03-01T23:30:00Z", 5),
        ("now() sub phenomenonTime gt duration'P1D'", 123),
        ("totaloffsetminutes(phenomenonTime) eq 0", 123),
        ("resultTime eq null", 123),
        ("-result lt -22", 5),
        ("Datastream/Thing/properties/floor eq 0", 27),
        ("before(phenomenonTime, 2026-03-01T01:00:00Z) or after(phenomenonTime, 2026-03-01T22:30:00Z)", 11),
        ("FeatureOfInterest/name eq 'roof 4'", 24),
    ],
)  # fmt: skip
def test_observations_are_found_by_a_filter(stranger: Service, masts, condition: str, count: int):
    assert stranger.get("Observations", filter=condition, count="true", top=0)["@iot.count"] == count


def test_a_filter_holds_within_what_is_expanded(stranger: Service, masts):
    (one, *_) = stranger.get("Datastreams", orderby="id", expand="Observations($filter=result gt 21;$count=true)")[
        "value"
    ]
    assert [inner["result"] for inner in one["Observations"]] == [22, 23]
    assert one["Observations@iot.count"] == 2


def test_nothing_of_a_sensor_that_is_alone_is_lost(service: Service, stranger: Service, masts):
    service.make("Sensors", sensor("lonely"))
    service.make("Locations", location("lonely", 121.9))
    assert "lonely" in stranger.names("Sensors", top=1000)
    (place,) = stranger.get("Locations", filter="name eq 'lonely'")["value"]
    assert place["location"] == point(121.9)
