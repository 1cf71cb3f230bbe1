"""Entities are made, changed and removed by the documents of SensorThings."""

import pytest
from mast import ROOT, Service, datastream, location, observations, observed, point, sensor, thing


def test_a_thing_is_made_with_all_that_its_document_has_within_it(service: Service):
    made = datastream(Observations=observations(3, 4, 5))
    number = service.make("Things", thing("deep", Datastreams=[made], properties={"floor": 3}))
    found = service.get(f"Things({number})", expand="Locations,Datastreams/Observations,Datastreams/Sensor")
    assert (found["name"], found["description"], found["properties"]) == ("deep", "of steel", {"floor": 3})
    assert found["Locations"][0]["location"] == point()
    (stream,) = found["Datastreams"]
    assert stream["unitOfMeasurement"] == made["unitOfMeasurement"]
    assert stream["observationType"] == made["observationType"]
    assert stream["phenomenonTime"] == "2026-03-01T00:00:00Z/2026-03-01T02:00:00Z"
    assert stream["Sensor"]["metadata"] == "http://example.org"
    assert [one["result"] for one in stream["Observations"]] == [3, 4, 5]


def test_what_cannot_be_made_within_a_document_leaves_nothing_of_it(service: Service):
    before = service.get("Things", count="true", top=0)["@iot.count"]
    broken = thing(Datastreams=[datastream(), datastream(unitOfMeasurement=7)])
    answer = service.send("POST", "Things", broken)
    assert answer.status_code == 400
    assert "unitOfMeasurement" in answer.json()["detail"]
    assert service.get("Things", count="true", top=0)["@iot.count"] == before


@pytest.mark.parametrize(
    ("path", "document", "said"),
    [
        ("Things", {"description": "x"}, "name"),
        ("Things", {"name": 7, "description": "x"}, "name"),
        ("Things", {"name": "x", "description": "x", "colour": "red"}, "colour"),
        ("Things", {"name": "x", "description": "x", "properties": [1]}, "properties"),
        ("Things", [1], "JSON object"),
        ("Locations", location() | {"location": {"type": "Point", "coordinates": ["a", 2]}}, "GeoJSON"),
        ("Locations", location() | {"location": point(500)}, "longitude"),
        ("Datastreams", datastream(), "Thing"),
        ("Datastreams", datastream(Thing={"@iot.id": 10**9}), "Thing"),
        ("Observations", {"result": 1}, "Datastream"),
        ("Observations", {"result": 1, "Datastream": {"@iot.id": 10**9}}, "Datastream"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(service: Service, path, document, said):
    answer = service.send("POST", path, document)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"phenomenonTime": "2026-03-01T00:00:00"}, "phenomenonTime"),
        ({"phenomenonTime": "9999-03-01T00:00:00Z"}, "year"),
        ({"phenomenonTime": "2026-03-02T00:00:00Z/2026-03-01T00:00:00Z"}, "before"),
        ({"result": "fast"}, "result"),
        ({"result": None}, "result"),
        ({"parameters": {"sky": "a\0b"}}, "parameters: it has the character NUL"),
        ({"parameters": 5}, "parameters: this is not a JSON object"),
        ({"sequence": "first"}, "sequence"),
        ({"validTime": "2026-03-01T00:00:00Z"}, "validTime"),
        ({"Datastream": {"@iot.id": 10**9}}, "Datastream: the document says 1000000000, and its address"),
    ],
)
def test_an_observation_that_cannot_be_kept_is_refused_with_its_reason(service: Service, change, said):
    number = service.make("Things", thing())
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    document = {"phenomenonTime": "2026-03-01T00:00:00Z", "result": 1} | change
    answer = service.send("POST", f"Datastreams({stream['@iot.id']})/Observations", document)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_an_observation_that_is_sent_again_is_the_same_and_another_result_is_another(service: Service):
    number = service.make("Things", thing())
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    path = f"Datastreams({stream['@iot.id']})/Observations"
    first, again = (service.make(path, observations(1.5)[0]) for _ in range(2))
    other = service.make(path, observations(2.5)[0])
    assert first == again != other
    assert service.get(path, count="true")["@iot.count"] == 2


def test_a_sequence_tells_apart_what_was_observed_at_one_instant(service: Service):
    number = service.make("Things", thing())
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    path = f"Datastreams({stream['@iot.id']})/Observations"
    first, second = (service.make(path, observations(1.5)[0] | {"sequence": place}) for place in range(2))
    assert first != second == service.make(path, observations(1.5)[0] | {"sequence": 1})
    refused = service.send("POST", path, observations(2.5)[0] | {"sequence": 1})
    assert (refused.status_code, "has another result" in refused.json()["detail"]) == (409, True)
    assert service.send("PATCH", f"Observations({first})", {"sequence": 1}).status_code == 400


@pytest.mark.parametrize("path", ["Things", "Datastreams(1)/Observations", "CreateObservations"])
def test_a_document_that_is_too_deep_is_refused_with_a_sentence(service: Service, path: str):
    for depth in (100, 900, 5000):
        nested = "[" * depth + "]" * depth
        answer = service.city.client.post(
            f"{ROOT}/{path}",
            content=f'{{"name": "x", "description": "x", "result": 1, "properties": {nested}}}',
            headers=service.headers,
        )
        assert (answer.status_code, "JSON" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"result": "fast"}, "result"), ({"result": None}, "result"),
        ({"phenomenonTime": "9999-03-01T00:00:00Z"}, "year"),
        ({"parameters": {"a": "\0"}}, "NUL"),
        ({"validTime": "2026-03-02T00:00:00Z/2026-03-01T00:00:00Z"}, "before"),
    ],
)  # fmt: skip
def test_an_observation_becomes_nothing_that_could_not_have_come_in(service: Service, change, said):
    number = service.make("Things", thing(Datastreams=[datastream(Observations=observations(1))]))
    (made,) = service.get(f"Things({number})/Datastreams", expand="Observations")["value"][0]["Observations"]
    answer = service.send("PATCH", f"Observations({made['@iot.id']})", change)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.text


def test_an_observation_keeps_its_number_in_another_month(service: Service):
    number = service.make("Things", thing(Datastreams=[datastream(Observations=observations(1, 2))]))
    (stream,) = service.get(f"Things({number})/Datastreams", expand="Observations($orderby=result)")["value"]
    path, all_of_them = f"Observations({stream['Observations'][0]['@iot.id']})", f"Things({number})/Datastreams"
    for time in ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-03-01T01:00:00Z"):
        changed = service.send("PATCH", path, {"phenomenonTime": time})
        assert (changed.status_code, changed.json()["phenomenonTime"]) == (200, time)
        assert service.get(path, expand="Datastream")["result"] == 1
        (stream,) = service.get(all_of_them, expand="Observations($count=true)")["value"]
        assert stream["Observations@iot.count"] == 2
    service.send("PATCH", path, {"phenomenonTime": "2026-04-01T00:00:00Z"})
    assert service.send("DELETE", path).status_code == 200
    assert service.ask(path).status_code == 404
    assert noted(service) == 0
    (other,) = {f"Observations({one['@iot.id']})" for one in stream["Observations"]} - {path}
    service.send("PATCH", other, {"phenomenonTime": "2026-04-01T00:00:00Z"})
    assert noted(service) == 1
    assert service.send("DELETE", f"Things({number})").status_code == 200
    assert noted(service) == 0


def noted(service: Service) -> int:
    """Return of how many observations it is noted in which month they are."""
    with service.city.database.owner.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM onemap.moved_observation").scalar_one())


def test_an_observation_of_a_thing_that_is_nowhere_says_what_it_is_of(service: Service):
    number = service.make("Things", thing(Locations=[]))
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    path = f"Datastreams({stream['@iot.id']})/Observations"
    refused = service.send("POST", path, {"result": 1})
    assert (refused.status_code, "FeatureOfInterest" in refused.json()["detail"]) == (400, True)
    feature = {"name": "cloud", "description": "", "encodingType": "application/geo+json", "feature": point()}
    assert service.make(path, {"result": 1, "FeatureOfInterest": feature})


def test_a_change_names_locations_that_are_there(service: Service):
    number = service.make("Things", thing())
    inline = service.send("PATCH", f"Things({number})", {"Locations": [location("new")]})
    assert (inline.status_code, "POST" in inline.json()["detail"]) == (400, True)
    other = service.make("Locations", location("other", 121.8))
    assert service.send("PATCH", f"Things({number})", {"Locations": [{"@iot.id": other}]}).status_code == 200
    assert service.names(f"Things({number})/Locations") == ["other"]


def test_an_observation_that_is_put_has_nothing_of_the_one_before(service: Service):
    span = "2026-03-01T00:00:00Z/2026-03-01T01:00:00Z"
    said = {"phenomenonTime": span, "result": 1, "resultTime": "2026-03-01T01:00:00Z", "validTime": span}
    own = datastream(Observations=[said | {"parameters": {"a": 1}, "resultQuality": "good"}])
    number = service.make("Things", thing(Datastreams=[own]))
    (made,) = service.get(f"Things({number})/Datastreams", expand="Observations")["value"][0]["Observations"]
    put = service.send("PUT", f"Observations({made['@iot.id']})", {"phenomenonTime": span, "result": 2}).json()
    told = {name: value for name, value in put.items() if "@" not in name}
    assert told == {"phenomenonTime": span, "result": 2, "resultTime": None}


def test_an_observation_is_of_the_place_of_its_thing(service: Service):
    number = service.make("Things", thing())
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    made = service.make(f"Datastreams({stream['@iot.id']})/Observations", {"result": 7.5})
    feature = service.get(f"Observations({made})/FeatureOfInterest")
    assert feature["feature"] == point()
    assert [
        one["@iot.id"] for one in service.get(f"FeaturesOfInterest({feature['@iot.id']})/Observations")["value"]
    ] == [made]


def test_a_thing_that_is_put_elsewhere_was_where_it_was(service: Service):
    number = service.make("Things", thing())
    elsewhere = service.make(f"Things({number})/Locations", location("yard", 121.6))
    assert service.names(f"Things({number})/Locations") == ["yard"]
    history = service.get(f"Things({number})/HistoricalLocations", expand="Locations", orderby="time desc")["value"]
    assert [one["Locations"][0]["name"] for one in history] == ["yard", "roof"]
    assert [one["@iot.id"] for one in service.get(f"Locations({elsewhere})/Things")["value"]] == [number]
    on_map = service.city.client.get(f"/collections/things/items/{number}", headers=service.headers).json()
    assert on_map["geometry"] == point(121.6)


def test_a_location_that_is_corrected_moves_its_things(service: Service):
    number = service.make("Things", thing())
    (place,) = service.get(f"Things({number})/Locations")["value"]
    assert service.send("PATCH", f"Locations({place['@iot.id']})", {"location": point(121.7)}).status_code == 200
    on_map = service.city.client.get(f"/collections/things/items/{number}", headers=service.headers).json()
    assert on_map["geometry"] == point(121.7)


def test_patch_changes_what_it_says_and_put_all(service: Service):
    number = service.make("Things", thing(properties={"floor": 3}))
    changed = service.send("PATCH", f"Things({number})", {"name": "renamed"}).json()
    assert (changed["name"], changed["description"], changed["properties"]) == ("renamed", "of steel", {"floor": 3})
    replaced = service.send("PUT", f"Things({number})", {"name": "new", "description": "of wood"}).json()
    assert (replaced["name"], replaced["description"], "properties" in replaced) == ("new", "of wood", False)
    assert service.send("PUT", f"Things({number})", {"name": "new"}).status_code == 400


def test_a_json_patch_changes_parts(service: Service):
    number = service.make("Things", thing(properties={"floor": 3, "tags": ["a"]}))
    operations = [
        {"op": "replace", "path": "/properties/floor", "value": 4},
        {"op": "add", "path": "/properties/tags/-", "value": "b"},
        {"op": "test", "path": "/name", "value": "mast"},
    ]
    path, kind = f"Things({number})", "application/json-patch+json"
    changed = service.send("PATCH", path, operations, kind).json()
    assert changed["properties"] == {"floor": 4, "tags": ["a", "b"]}
    wrong = service.send("PATCH", path, [{"op": "remove", "path": "/properties/none"}], kind)
    assert (wrong.status_code, "operation 0" in wrong.json()["detail"]) == (400, True)


def test_a_datastream_is_given_another_sensor(service: Service):
    number = service.make("Things", thing())
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    other = service.make("Sensors", sensor("sonic"))
    path = f"Datastreams({stream['@iot.id']})"
    assert service.send("PATCH", path, {"Sensor": {"@iot.id": other}}).status_code == 200
    assert service.get(f"{path}/Sensor")["name"] == "sonic"
    assert service.send("PATCH", path, {"Sensor": {"@iot.id": 10**9}}).status_code == 400


def test_a_document_with_the_number_of_an_entity_is_that_entity_whatever_else_it_says(service: Service):
    made = service.get(f"Things({service.make('Things', thing('once'))})")
    service.make("Datastreams", datastream("second", Thing=made | {"name": "twice"}))
    assert service.names("Things", filter="name in ('once','twice')") == ["once"]
    assert service.names(f"Things({made['@iot.id']})/Datastreams") == ["gusts", "second"]


def test_an_observation_that_is_changed_changes_the_latest_reading(service: Service):
    number = service.make("Things", thing(Datastreams=[datastream(Observations=observations(1, 2))]))
    path = f"Things({number})/Datastreams"
    (stream,) = service.get(path, expand="Observations($orderby=phenomenonTime desc)")["value"]
    newest = stream["Observations"][0]["@iot.id"]
    assert service.send("PATCH", f"Observations({newest})", {"result": 9.5}).json()["result"] == 9.5
    readings = service.city.client.get(
        f"/collections/readings/items/{stream['@iot.id']}", headers=service.headers
    ).json()
    assert readings["properties"]["value"] == 9.5
    assert service.send("DELETE", f"Observations({newest})").status_code == 200
    (after,) = service.get(path)["value"]
    assert after["phenomenonTime"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize("link", ["Things", "Sensors", "ObservedProperties"])
def test_what_goes_takes_along_what_cannot_be_without_it(service: Service, link: str):
    number = service.make("Things", thing(Datastreams=[datastream(Observations=observations(1))]))
    (stream,) = service.get(f"Things({number})/Datastreams", expand="Thing,Sensor,ObservedProperty,Observations")[
        "value"
    ]
    one = {"Things": "Thing", "Sensors": "Sensor", "ObservedProperties": "ObservedProperty"}[link]
    assert service.send("DELETE", f"{link}({stream[one]['@iot.id']})").status_code == 200
    for path in (f"Datastreams({stream['@iot.id']})", f"Observations({stream['Observations'][0]['@iot.id']})"):
        assert service.ask(path).status_code == 404


def test_a_thing_without_its_location_is_nowhere_and_still_there(service: Service):
    number = service.make("Things", thing("homeless"))
    (place,) = service.get(f"Things({number})/Locations")["value"]
    service.send("DELETE", f"Locations({place['@iot.id']})")
    assert service.get(f"Things({number})/Locations")["value"] == []
    assert service.get(f"Things({number})")["name"] == "homeless"


def test_arrays_of_observations_are_kept_line_by_line(service: Service):
    number = service.make("Things", thing())
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    times = [f"2026-03-05T{hour:02}:00:00Z" for hour in range(4)]
    array = {
        "Datastream": {"@iot.id": stream["@iot.id"]},
        "components": ["phenomenonTime", "result", "parameters"],
        "dataArray@iot.count": 4,
        "dataArray": [[times[0], 1, None], ["2026-03-05", 2, None], [times[2], "x", None], [times[3], 4, {"n": 1}]],
    }
    unknown = {"Datastream": {"@iot.id": 10**9}, "components": ["result"], "dataArray": [[1]]}
    told = service.send("POST", "CreateObservations", [array, unknown])
    assert told.status_code == 201
    first, second, third, fourth, fifth = told.json()
    assert [one.startswith("http") for one in (first, fourth)] == [True, True]
    assert [one.split(":")[:2] for one in (second, third, fifth)] == [
        ["error", " phenomenonTime"],
        ["error", " result"],
        ["error", " datastream"],
    ]
    assert service.get(fourth)["parameters"] == {"n": 1}
    assert service.send("POST", "CreateObservations", [array]).json()[0] == first


def test_grade_owner_and_kind_of_a_thing_are_properties(service: Service, stranger: Service):
    said = {"owner": "waterworks", "category": "manhole", "grade": "internal", "floor": 1}
    number = service.make("Things", thing("secret", properties=said))
    assert service.get(f"Things({number})")["properties"] == said
    assert stranger.ask(f"Things({number})").status_code == 404
    service.send("PATCH", f"Things({number})", {"properties": said | {"grade": "open"}})
    assert stranger.get(f"Things({number})")["properties"] == {"category": "manhole", "floor": 1}
    assert stranger.ask("Things", filter="properties/owner eq 'waterworks'").json()["value"] == []


def test_a_datastream_keeps_its_own_grade_when_its_thing_is_graded_lower(service: Service, stranger: Service):
    own = datastream("own", properties={"grade": "conditional", "height": 10})
    number = service.make("Things", thing(Datastreams=[own, datastream("other")], properties={"grade": "internal"}))
    (first, second) = service.get(f"Things({number})/Datastreams", orderby="id")["value"]
    assert first["properties"] == {"grade": "internal", "stated_grade": "conditional", "height": 10}
    assert second["properties"] == {"grade": "internal", "stated_grade": "open"}
    # What was read is written back, and says nothing new of the grade.
    for one in (first, second):
        told = one["properties"] | {"floor": 1}
        changed = service.send("PATCH", f"Datastreams({one['@iot.id']})", {"properties": told}).json()
        assert changed["properties"] == told
    service.send("PATCH", f"Things({number})", {"properties": {"grade": "open"}})
    assert stranger.names(f"Things({number})/Datastreams") == ["other"]
    assert service.get(f"Datastreams({first['@iot.id']})")["properties"]["grade"] == "conditional"


def test_nobody_writes_without_the_right_and_what_is_written_is_told(service: Service, stranger: Service):
    assert stranger.send("POST", "Things", thing()).status_code == 401
    assert stranger.send("DELETE", "Things(1)").status_code == 401
    number = service.make("Sensors", sensor())
    with service.city.database.owner.connect() as connection:
        told = connection.exec_driver_sql("SELECT detail FROM onemap.audit ORDER BY id DESC LIMIT 1").scalar_one()
    assert told == {
        "what": "create",
        "path": "Sensors",
        "made": f"{str(service.city.client.base_url).rstrip('/')}{ROOT}/Sensors({number})",
    }
    assert service.send("PATCH", "Things", {"name": "x"}).status_code == 400
    assert service.send("POST", f"Sensors({number})", sensor()).status_code == 400
    assert service.send("PATCH", f"Observations({10**15})", {"result": 1}).status_code == 404
    assert observed()["name"]
