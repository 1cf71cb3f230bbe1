"""What is hidden moves nothing of what a stranger is told, while it is there and after it is gone."""

import pytest
from mast import Service, datastream, location, observations, observed, sensor, thing

SETS = (
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
    "FeaturesOfInterest",
)  # fmt: skip
SECRET = "秘"
QUERIES = [
    *((path, {"count": "true", "top": 1000}) for path in SETS),
    *((path, {"count": "true", "filter": "id gt 0", "orderby": "id desc"}) for path in SETS),
    ("Things", {"expand": "Datastreams($count=true;$expand=Observations($count=true)),Locations,HistoricalLocations"}),
    ("Things", {"filter": "Locations/name ne 'x'", "count": "true"}),
    ("Things", {"filter": f"contains(Datastreams/name,'{SECRET}')", "count": "true"}),
    ("Locations", {"filter": "geo.distance(location, geography'POINT (121.9 31.2)') lt 1000", "count": "true"}),
    ("Locations", {"expand": "Things($count=true),HistoricalLocations($expand=Thing;$count=true)"}),
    ("Sensors", {"expand": "Datastreams($expand=Thing,Observations;$count=true)"}),
    ("Sensors", {"filter": f"contains(Datastreams/Thing/name,'{SECRET}')", "count": "true"}),
    ("ObservedProperties", {"expand": "Datastreams($count=true)"}),
    ("FeaturesOfInterest", {"expand": "Observations($count=true;$expand=Datastream)"}),
    ("Observations", {"expand": "Datastream($expand=Thing),FeatureOfInterest"}),
    ("Observations", {"filter": "result gt 1000", "count": "true"}),
    ("Observations", {"orderby": "result desc", "top": 1}),
    ("Observations", {"resultFormat": "dataArray"}),
    ("Locations/$ref", {}),
]


def told(stranger: Service) -> list[str]:
    return [stranger.ask(path, **query).text for path, query in QUERIES]


@pytest.fixture(scope="module")
def shared(service: Service) -> dict[str, int]:
    """Make an open mast, and a sensor, a property and a location that it shares with others."""
    number = service.make("Things", thing("open", Datastreams=[datastream(Observations=observations(1, 2))]))
    (stream,) = service.get(f"Things({number})/Datastreams", expand="Sensor,ObservedProperty")["value"]
    (place,) = service.get(f"Things({number})/Locations")["value"]
    return {
        "Thing": number,
        "Sensor": stream["Sensor"]["@iot.id"],
        "ObservedProperty": stream["ObservedProperty"]["@iot.id"],
        "Location": place["@iot.id"],
    }


def hidden(**more: object) -> dict[str, object]:
    own = datastream(f"{SECRET}流", Sensor=sensor(f"{SECRET}器"), ObservedProperty=observed(f"{SECRET}性"))
    own["Observations"] = observations(5000, 6000)
    place = location(f"{SECRET}位", 121.9)
    return thing(f"{SECRET}机", Locations=[place], Datastreams=[own], properties={"grade": "internal"}) | more


def test_a_hidden_thing_moves_nothing(service: Service, stranger: Service, shared: dict[str, int]):
    before = told(stranger)
    number = service.make("Things", hidden())
    # It hears of what it has in common with what is open; those who see that hear of it nothing.
    refs = {link: {"@iot.id": shared[link]} for link in ("Sensor", "ObservedProperty")}
    service.make("Datastreams", datastream(f"{SECRET}乙", Thing={"@iot.id": number}, **refs))
    service.make(f"Things({number})/Locations", location(f"{SECRET}移", 121.8))
    assert told(stranger) == before
    assert SECRET in service.ask("Things", expand="Datastreams,Locations").text
    for path in (f"Things({number})", f"Things({number})/name", f"Things({number})/Datastreams/$ref"):
        assert stranger.ask(path).status_code == 404
    assert service.send("DELETE", f"Things({number})").status_code == 200
    assert told(stranger) == before


def test_an_open_thing_may_have_a_hidden_datastream(service: Service, stranger: Service, shared: dict[str, int]):
    before = told(stranger)
    own = datastream(
        f"{SECRET}暗",
        Thing={"@iot.id": shared["Thing"]},
        Sensor=sensor(f"{SECRET}器"),
        ObservedProperty=observed(f"{SECRET}性"),
        properties={"grade": "restricted"},
        Observations=observations(7000),
    )
    number = service.make("Datastreams", own)
    assert told(stranger) == before
    assert service.send("DELETE", f"Datastreams({number})").status_code == 200
    assert told(stranger) == before


def test_what_is_hidden_later_is_gone_with_all_that_it_was(service: Service, stranger: Service, shared: dict[str, int]):
    before = told(stranger)
    number = service.make("Things", hidden(properties={}))
    assert told(stranger) != before
    service.send("PATCH", f"Things({number})", {"properties": {"grade": "internal"}})
    assert told(stranger) == before


def test_readings_of_what_is_hidden_are_on_no_map(service: Service, stranger: Service, shared: dict[str, int]):
    city = service.city
    service.make("Things", hidden())
    for layer in ("things", "datastreams", "readings"):
        items = city.client.get(f"/collections/{layer}/items")
        assert items.status_code == 200
        assert SECRET not in items.text
        assert SECRET in city.client.get(f"/collections/{layer}/items?limit=1000", headers=service.headers).text
        tile = city.client.get(f"/tiles/{layer}/14/13739/6696.mvt")
        assert SECRET.encode() not in tile.content
