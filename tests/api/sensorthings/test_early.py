"""What can be read of SensorThings 2.0: the rows of 1.1 by the names that they have there."""

from typing import Any

import pytest
from mast import Service, datastream, observations, observed, thing

EARLY = "/sensorthings/v2.0"
SETS = [
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
    "Features",
]  # fmt: skip


@pytest.fixture(scope="module")
def mast(service: Service) -> int:
    """Make a mast with a datastream of numbers and one of kinds of weather; return its number."""
    span = "2026-03-02T00:00:00Z/2026-03-02T01:00:00Z"
    gusts = [*observations(1, 2), {"result": 3, "phenomenonTime": span, "parameters": {"height": 10}}]
    weather = datastream("weather", "CategoryObservation", ObservedProperty=observed("wet"))
    return service.make("Things", thing(Datastreams=[datastream(Observations=gusts), weather]))


def get(service: Service, path: str, **query: Any) -> Any:
    address = path if path.startswith("http") else f"{EARLY}/{path}"
    asked = {f"${name}": str(value) for name, value in query.items()}
    answer = service.city.client.get(address, params=asked or None, headers=service.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_root_names_the_sets_and_claims_nothing(stranger: Service) -> None:
    told = get(stranger, "")
    assert [one["name"] for one in told["value"]] == SETS
    assert (told["serverSettings"]["conformance"], told["serverSettings"]["status"][:5]) == ([], "early")


def test_every_link_of_every_entity_leads_to_what_is_there(stranger: Service, mast: int) -> None:
    for name in SETS:
        for one in get(stranger, name, top=3)["value"]:
            assert not [key for key in one if "@iot" in key]
            assert get(stranger, one["@id"]) == one
            links = [value for key, value in one.items() if key.endswith("@navigationLink")]
            assert links
            for link in links:
                get(stranger, link)


def test_a_datastream_has_a_type_of_results_and_properties_that_are_observed(stranger: Service, mast: int) -> None:
    gusts, weather = get(stranger, f"Things({mast})/Datastreams", expand="ObservedProperties", orderby="name")["value"]
    unit = {"label": "metre per second", "symbol": "m/s", "code": "m/s"}
    assert gusts["resultType"] == {"type": "Quantity", "uom": unit}
    assert weather["resultType"] == {"type": "Category"}
    assert [one["name"] for one in gusts["ObservedProperties"]] == ["wind speed"]
    assert not {"observationType", "unitOfMeasurement"} & gusts.keys()
    assert gusts["phenomenonTime"] == {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T01:00:00Z"}


def test_an_observation_has_properties_and_a_time_of_two_ends(stranger: Service, mast: int) -> None:
    asked = {"filter": f"properties/height eq 10 and Datastream/Thing/id eq {mast}"}
    (one,) = get(stranger, "Observations", expand="ProximateFeatureOfInterest", count="true", **asked)["value"]
    assert one["phenomenonTime"] == {"start": "2026-03-02T00:00:00Z", "end": "2026-03-02T01:00:00Z"}
    assert (one["properties"], one["result"]) == ({"height": 10}, 3)
    assert one["ProximateFeatureOfInterest"]["feature"]["type"] == "Point"
    assert (
        get(stranger, f"Features({one['ProximateFeatureOfInterest']['id']})/Observations", count="true")["@count"] == 3
    )


def test_pages_counts_and_selections_have_their_names(stranger: Service, mast: int) -> None:
    page = get(stranger, "Observations", top=2, count="true", select="id,result")
    assert (page["@count"], sorted(page["value"][0])) == (3, ["id", "result"])
    assert len(get(stranger, page["@nextLink"])["value"]) == 1
    (told,) = get(stranger, "Things", expand="Datastreams($top=1;$count=true)")["value"]
    assert told["Datastreams@count"] == 2
    assert len(get(stranger, told["Datastreams@nextLink"])["value"]) == 1
    assert get(stranger, f"Things({mast})/id") == {"id": mast}


def test_nothing_is_written_by_it_and_names_of_1_1_are_not_there(service: Service, mast: int) -> None:
    assert service.city.client.post(f"{EARLY}/Things", json=thing(), headers=service.headers).status_code == 405
    for path in (
        "FeaturesOfInterest",
        "Datastreams?$filter=observationType eq 'x'",
        "Observations?$expand=FeatureOfInterest",
    ):
        assert service.city.client.get(f"{EARLY}/{path}", headers=service.headers).status_code in (400, 404)
