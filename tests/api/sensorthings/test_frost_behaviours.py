"""What FROST's documentation says of its behaviour, and ours; the table stands in docs/sensing-conformance.md."""

import re
from pathlib import Path
from typing import Any

import pytest
from mast import ROOT, Service, datastream, location, observations, point, thing

TABLE = Path(__file__).parents[3] / "docs" / "sensing-conformance.md"


@pytest.fixture(scope="module")
def mast(service: Service) -> int:
    """Make a mast with a datastream of six observations; return its number."""
    own = datastream(Observations=observations(1, 2, 3, 4, 5, 6))
    return service.make("Things", thing("frosty", Datastreams=[own], properties={"floor": 3, "tags": ["a", "b"]}))


@pytest.fixture(scope="module")
def stream(service: Service, mast: int) -> int:
    return int(service.get(f"Things({mast})/Datastreams")["value"][0]["@iot.id"])


def results(service: Service, path: str, **query: Any) -> list[Any]:
    return [one["result"] for one in service.get(path, **query)["value"]]


def refused(service: Service, method: str, path: str, document: Any = None) -> str:
    answer = service.send(method, path, document)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["detail"])


def test_every_row_of_the_table_has_its_test() -> None:
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if "| `test_" in line]
    named = {name for line in rows for name in re.findall(r"`(test_\w+)`", line)}
    there = {name for name in globals() if name.startswith("test_")} - {"test_every_row_of_the_table_has_its_test"}
    assert named == there


def test_texts_are_counted_from_0(stranger: Service, mast: int) -> None:
    assert stranger.names("Things", filter="substring(name, 1) eq 'rosty'") == ["frosty"]
    assert stranger.names("Things", filter="indexof(name, 'r') eq 1 and name eq 'frosty'") == ["frosty"]


def test_observations_of_a_datastream_come_by_their_time(stranger: Service, stream: int) -> None:
    assert results(stranger, f"Datastreams({stream})/Observations") == [1, 2, 3, 4, 5, 6]


def test_a_version_that_is_not_there_is_not_found(stranger: Service) -> None:
    for version in ("v9.9", "v1.0", "v1.1x"):
        assert stranger.city.client.get(f"/sensorthings/{version}/Things").status_code == 404


def test_a_json_patch_that_changes_nothing_is_no_error(service: Service, mast: int, stream: int) -> None:
    kind = "application/json-patch+json"
    same = [{"op": "replace", "path": "/name", "value": "frosty"}]
    for path, patch in ((f"Things({mast})", []), (f"Things({mast})", same), (f"Datastreams({stream})", [])):
        assert service.send("PATCH", path, patch, kind).status_code == 200


def test_a_link_that_is_said_twice_is_one(service: Service, mast: int) -> None:
    (place,) = service.get(f"Things({mast})/Locations")["value"]
    twice = {"Locations": [{"@iot.id": place["@iot.id"]}] * 2}
    assert service.send("PATCH", f"Things({mast})", twice).status_code == 200
    assert len(service.get(f"Things({mast})/Locations")["value"]) == 1


def test_a_document_and_its_address_name_the_same(service: Service, stream: int) -> None:
    other = service.make("Things", thing("other"))
    said = {"result": 1, "Datastream": {"@iot.id": stream + 1000}}
    assert "its address" in refused(service, "POST", f"Datastreams({stream})/Observations", said)
    assert "its address" in refused(service, "POST", f"Things({other})/Datastreams", datastream(Thing={"@iot.id": 1}))


def test_a_count_is_the_same_on_every_page(stranger: Service, stream: int) -> None:
    page = stranger.get(f"Datastreams({stream})/Observations", top=2, count="true")
    counts = [page["@iot.count"]]
    while "@iot.nextLink" in page:
        page = stranger.get(page["@iot.nextLink"])
        counts.append(page["@iot.count"])
    assert counts == [6, 6, 6]


def test_a_count_is_told_where_it_is_asked_for(stranger: Service, stream: int) -> None:
    path = f"Datastreams({stream})/Observations"
    assert "@iot.count" not in stranger.get(path)
    assert "@iot.count" not in stranger.get(path, count="false")
    assert stranger.get(path, count="true", top=0) == {"@iot.count": 6, "value": []}


def test_a_page_has_a_hundred_unless_asked_and_a_thousand_at_most(service: Service) -> None:
    many = [{"name": f"n{n}", "description": "", "definition": f"http://example.org/{n}"} for n in range(1001)]
    for at in range(0, 1001, 500):
        part = [
            {"id": str(n), "method": "post", "url": "ObservedProperties", "body": one, "atomicityGroup": "all"}
            for n, one in enumerate(many[at : at + 500])
        ]
        assert service.send("POST", "$batch", {"requests": part}).status_code == 200
    assert len(service.get("ObservedProperties")["value"]) == 100
    assert len(service.get("ObservedProperties", top=5000)["value"]) == 1000


def test_the_number_is_ours_whatever_a_document_says(service: Service) -> None:
    number = service.make("Things", thing("numbered") | {"@iot.id": 10**9})
    assert number != 10**9
    assert service.ask(f"Things({10**9})").status_code == 404


def test_what_is_made_changed_and_removed_answers_201_200_and_200(service: Service) -> None:
    made = service.send("POST", "Things", thing("brief"))
    path = made.headers["location"].rpartition("/")[2]
    changed, removed = service.send("PATCH", path, {"name": "briefer"}), service.send("DELETE", path)
    assert [one.status_code for one in (made, changed, removed)] == [201, 200, 200]


def test_a_past_place_moves_nothing_and_a_newer_one_does(service: Service) -> None:
    number = service.make("Things", thing("mover"))
    old, new = (service.make("Locations", location(name, 121.6)) for name in ("old", "new"))
    for time, place, there in (("2020-01-01T00:00:00Z", old, "roof"), ("2100-01-01T00:00:00Z", new, "new")):
        service.make(
            "HistoricalLocations", {"time": time, "Thing": {"@iot.id": number}, "Locations": [{"@iot.id": place}]}
        )
        assert service.names(f"Things({number})/Locations") == [there]


def test_a_feature_is_made_from_a_location_once(service: Service, stream: int) -> None:
    for hour in (1, 2):
        service.make(
            f"Datastreams({stream})/Observations", {"result": 9, "phenomenonTime": f"2026-04-01T0{hour}:00:00Z"}
        )
    found = service.get("Observations", filter="result eq 9", expand="FeatureOfInterest")["value"]
    assert len({one["FeatureOfInterest"]["@iot.id"] for one in found}) == 1
    assert found[0]["FeatureOfInterest"]["feature"] == point()
    for one in found:
        service.send("DELETE", f"Observations({one['@iot.id']})")


def test_times_of_a_datastream_follow_its_observations(service: Service, stream: int) -> None:
    told = service.get(f"Datastreams({stream})")
    assert told["phenomenonTime"] == "2026-03-01T00:00:00Z/2026-03-01T05:00:00Z"
    assert "observedArea" not in told
    assert "resultTime" not in told


def test_a_result_beside_a_text_is_compared_as_it_is_written(stranger: Service, stream: int) -> None:
    path = f"Datastreams({stream})/Observations"
    assert results(stranger, path, filter="result eq '3'") == [3]
    assert results(stranger, path, filter="result gt 4") == [5, 6]
    assert results(stranger, path, filter="result gt 4 and substringof('5', result)") == [5]


def test_intervals_and_durations_are_compared(stranger: Service, stream: int) -> None:
    path = f"Datastreams({stream})/Observations"
    night = "2026-03-01T01:00:00Z/2026-03-01T03:00:00Z"
    assert results(stranger, path, filter=f"during(phenomenonTime, {night})") == [2, 3, 4]
    assert results(stranger, path, filter=f"before(phenomenonTime, {night})") == [1]
    assert results(stranger, path, filter=f"after(phenomenonTime, {night})") == [5, 6]
    assert results(stranger, path, filter="phenomenonTime add duration'PT2H' gt 2026-03-01T06:00:00Z") == [6]
    assert len(results(stranger, path, filter="phenomenonTime lt now() sub duration'P1D'")) == 6


def test_shapes_are_related_by_a_pattern(stranger: Service, mast: int) -> None:
    pattern = "st_relate(location, geography'POINT (121.5 31.2)', '0FFFFFFF2') and name eq 'roof'"
    assert "roof" in stranger.names("Locations", filter=pattern)


def test_a_condition_along_links_holds_for_one_of_many(stranger: Service, mast: int) -> None:
    assert stranger.names("Things", filter="Datastreams/Observations/result eq 6 and name eq 'frosty'") == ["frosty"]


def test_things_are_sorted_by_what_their_properties_have(stranger: Service, mast: int) -> None:
    assert stranger.names("Things", orderby="properties/floor", top=1) == ["frosty"]


def test_observations_are_not_sorted_by_what_a_link_leads_to(stranger: Service) -> None:
    answer = stranger.ask("Observations", orderby="Datastream/name")
    assert (answer.status_code, "their own properties" in answer.json()["detail"]) == (400, True)


def test_links_are_expanded_by_paths_and_by_options(stranger: Service, mast: int) -> None:
    paths = stranger.get(f"Things({mast})", expand="Datastreams/Observations,Datastreams/Sensor")
    (stream,) = paths["Datastreams"]
    assert (len(stream["Observations"]), stream["Sensor"]["name"]) == (6, "cup")
    options = stranger.get(
        f"Things({mast})", expand="Datastreams($select=name;$expand=Observations($top=1;$count=true))"
    )
    (stream,) = options["Datastreams"]
    assert (stream["name"], stream["Observations@iot.count"], len(stream["Observations"])) == ("gusts", 6, 1)


def test_the_number_can_be_selected_by_either_name(stranger: Service, mast: int) -> None:
    for name in ("id", "@iot.id"):
        assert stranger.get(f"Things({mast})", select=name) == {"@iot.id": mast}


def test_addresses_go_along_links(stranger: Service, mast: int, stream: int) -> None:
    (newest, *_) = stranger.get(f"Datastreams({stream})/Observations", orderby="phenomenonTime desc", top=1)["value"]
    assert newest["result"] == 6
    assert stranger.ask(f"Observations({newest['@iot.id']})/Datastream/Thing/name/$value").text == "frosty"
    assert len(stranger.get(f"Datastreams({stream})/Observations/$ref")["value"]) == 6


def test_a_json_batch_refers_back(service: Service) -> None:
    requests = [
        {"id": "a", "method": "post", "url": "Things", "body": thing("back")},
        {"id": "b", "method": "get", "url": "$a/name/$value"},
    ]
    told = service.send("POST", "$batch", {"requests": requests}).json()["responses"]
    assert (told[0]["status"], told[1]["body"]) == (201, "back")


def test_sets_are_not_removed_by_a_filter(service: Service, stream: int) -> None:
    said = refused(service, "DELETE", f"Datastreams({stream})/Observations?$filter=result lt 4")
    assert "not one entity" in said
    assert len(results(service, f"Datastreams({stream})/Observations")) == 6


def test_there_is_no_selection_of_what_is_different(stranger: Service) -> None:
    assert stranger.ask("Things", select="distinct:name").status_code == 400


def test_formats_besides_json_are_those_of_the_map(stranger: Service, mast: int) -> None:
    for form in ("CSV", "GeoJSON"):
        answer = stranger.ask("Things", resultFormat=form)
        assert (answer.status_code, "dataArray" in answer.json()["detail"]) == (400, True)
    assert stranger.city.client.get("/collections/things/items").json()["type"] == "FeatureCollection"


def test_an_option_that_is_not_there_is_refused(stranger: Service) -> None:
    answer = stranger.city.client.get(f"{ROOT}/Things?$search=mast")
    assert (answer.status_code, "$search" in answer.json()["detail"]) == (400, True)


def test_observations_come_and_go_as_arrays(service: Service, stream: int) -> None:
    told = service.get(f"Datastreams({stream})/Observations", resultFormat="dataArray", select="id,result", top=2)
    (array,) = told["value"]
    assert (array["components"], [line[1] for line in array["dataArray"]]) == (["id", "result"], [1, 2])


def test_a_location_has_one_document_in_its_own_encoding(service: Service) -> None:
    odd = {"name": "odd", "description": "", "encodingType": "text/plain", "location": "behind the house"}
    number = service.make("Locations", odd)
    told = service.get(f"Locations({number})")
    assert {name: told[name] for name in odd} == odd
