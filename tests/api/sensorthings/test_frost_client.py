"""The client library of FROST, as it comes, uses our service."""

import frost_sta_client as fsc
import pytest
from frost_sta_client.model.ext.data_array_document import DataArrayDocument
from frost_sta_client.model.ext.data_array_value import DataArrayValue
from frost_sta_client.service.auth_handler import AuthHandler
from geojson import Point
from mast import ROOT, Service
from requests.auth import AuthBase
from requests.exceptions import HTTPError
from requests.models import PreparedRequest

# The library calls what its own libraries call deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Bearer(AuthHandler, AuthBase):
    """The library has HTTP Basic alone."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers

    def add_auth_header(self) -> AuthBase:
        return self

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self.headers)
        return request


@pytest.fixture(scope="module")
def frost(service: Service) -> fsc.SensorThingsService:
    return fsc.SensorThingsService(
        f"{str(service.city.client.base_url).rstrip('/')}{ROOT}", auth_handler=Bearer(service.headers)
    )


@pytest.fixture(scope="module")
def stream(frost: fsc.SensorThingsService) -> fsc.Datastream:
    """Make a thing with a location, and a datastream with its sensor, by deep insert."""
    thing = fsc.Thing("mast", "of steel", properties={"floor": 3})
    thing.locations = [
        fsc.Location(name="roof", description="up", encoding_type="application/geo+json", location=Point((121.5, 31.2)))
    ]
    frost.create(thing)
    made = fsc.Datastream(
        name="gusts",
        description="every minute",
        observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        unit_of_measurement=fsc.UnitOfMeasurement(name="metre per second", symbol="m/s", definition="ucum:m/s"),
    )
    made.thing = thing
    made.sensor = fsc.Sensor(
        name="cup", description="turns", encoding_type="application/pdf", metadata="http://example.org"
    )
    made.observed_property = fsc.ObservedProperty(
        name="wind speed", definition="http://example.org/wind", description="of the air"
    )
    frost.create(made)
    for minute in range(30):
        time = f"2026-03-01T00:{minute:02}:00Z"
        frost.create(fsc.Observation(phenomenon_time=time, result=float(minute), datastream=made))
    return made


def test_what_it_makes_it_finds(frost: fsc.SensorThingsService, stream: fsc.Datastream):
    (thing,) = frost.things().query().filter("name eq 'mast'").expand("Datastreams,Locations").list()
    assert (thing.id, thing.properties) == (stream.thing.id, {"floor": 3})
    assert [one.name for one in thing.datastreams] == ["gusts"]
    assert thing.locations.entities[0].location["coordinates"] == [121.5, 31.2]
    assert frost.datastreams().find(stream.id).unit_of_measurement.symbol == "m/s"


def test_it_goes_through_all_pages(frost: fsc.SensorThingsService, stream: fsc.Datastream):
    assert [one.result for one in frost.observations().query().top(7).list()] == list(range(30))
    newest = frost.observations().query().orderby("phenomenonTime", "desc").top(1).count().list()
    assert (newest.count, newest.entities[0].result) == (30, 29)
    found = frost.observations().query().filter("result gt 27 and Datastream/Thing/name eq 'mast'").list()
    assert [one.result for one in found] == [28, 29]


def test_it_expands_what_is_nested(frost: fsc.SensorThingsService, stream: fsc.Datastream):
    expand = "Datastreams($expand=Observations($top=2;$orderby=phenomenonTime desc))"
    (thing,) = frost.things().query().filter(f"id eq {stream.thing.id}").expand(expand).list()
    (inner,) = thing.datastreams
    assert [one.result for one in inner.observations.entities] == [29, 28]


def test_it_writes_arrays_changes_and_removes(frost: fsc.SensorThingsService, stream: fsc.Datastream):
    array = DataArrayValue()
    array.datastream = stream
    array.components = {array.Property.PHENOMENON_TIME, array.Property.RESULT}
    for day in range(1, 6):
        time = f"2026-04-{day:02}T00:00:00Z"
        array.add_observation(fsc.Observation(phenomenon_time=time, result=float(day), datastream=stream))
    document = DataArrayDocument()
    document.add_data_array_value(array)
    made = frost.observations().create(document)
    assert len(made) == 5
    assert frost.observations().query().filter("phenomenonTime ge 2026-04-01T00:00:00Z").count().list().count == 5
    found = frost.datastreams().find(stream.id)
    found.name = "renamed"
    frost.update(found)
    assert frost.datastreams().find(stream.id).name == "renamed"
    frost.delete(stream)
    assert frost.observations().query().count().list().count == 0
    with pytest.raises(HTTPError, match="404"):
        frost.datastreams().find(stream.id)
