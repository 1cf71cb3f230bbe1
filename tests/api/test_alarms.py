"""Rules over HTTP, and the alarms that they raise, as people of each kind meet them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from city import City, open_server
from mast import Service, datastream, thing
from sqlalchemy import text

from api.client import Client
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from twin.sensing.alarms import judge

RULES, ITEMS = "/sensing/alarm-rules", "/collections/alarms/items"
GALE = {
    "kind": "threshold", "title": {"zh": "八级大风", "en": "gale"}, "level": 3, "property": "wind speed", "unit": "m/s",
    "limit": 17.2, "clear": 15,
}  # fmt: skip
Headers = dict[str, str]


@pytest.fixture
def service(db, tmp_path) -> Iterator[Service]:
    """Yield a city with one mast."""
    with open_server(db, tmp_path) as city:
        service = Service(city, city.signed_in)
        service.make("Things", thing("滨江杆"))
        yield service


@pytest.fixture
def city(service: Service) -> City:
    return service.city


@pytest.fixture
def member(city: City) -> Callable[..., Headers]:
    """Return the headers of a new person."""

    def add(name: str, clearance: Grade = Grade.OPEN, role: str = "steward") -> Headers:
        with city.database.writer.begin() as connection:
            token = people.add(connection, name, Rights((role,) if role else (), clearance))
        return {"Authorization": f"Bearer {token}"}

    return add


def make(city: City, headers: Headers | None = None, **given: Any) -> dict[str, Any]:
    answer = city.client.post(RULES, json=GALE | given, headers=headers or city.signed_in)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def observe(service: Service, *values: float, stream: int = 1) -> None:
    """Observe values at instants that no others share, and judge."""
    for value in values:
        document = {"result": value, "phenomenonTime": datetime.now(UTC).isoformat()}
        service.make(f"Datastreams({stream})/Observations", document)
    with service.city.database.writer.begin() as connection:
        judge(connection)


def items(city: City, query: str = "", headers: Headers | None = None) -> list[dict[str, Any]]:
    answer = city.client.get(f"{ITEMS}?f=json{query}", headers=headers or {})
    assert answer.status_code == 200, answer.text
    return [one["properties"] | {"id": one["id"]} for one in answer.json()["features"]]


def test_a_rule_raises_an_alarm_on_the_map_which_is_acknowledged_and_cleared(service: Service, city: City, member):
    rule = make(city)
    assert (rule["judges"], rule["of_other_units"], rule["duration"]) == (1, [], "PT0S")
    observe(service, 12.0, 18.3)
    (alarm,) = items(city)
    assert (alarm["state"], alarm["level"], alarm["name"], alarm["unit"]) == ("raised", 3, "滨江杆", "m/s")
    assert alarm["message_zh"] == "八级大风：滨江杆 gusts，18.3 m/s（限值 ≥ 17.2 m/s）"
    tile = city.client.get("/tiles/alarms/14/13721/6696.mvt")
    assert "滨江杆".encode() in tile.content
    steward = member("值班员")
    path = f"/sensing/alarms/{alarm['id']}/acknowledge"
    assert city.client.post(path, headers=steward).json()["state"] == "acknowledged"
    (alarm,) = items(city, headers=city.signed_in)
    assert (alarm["state"], alarm["acknowledged_by"]) == ("acknowledged", "值班员")
    assert "acknowledged_by" not in items(city)[0]
    assert city.client.post(path, headers=steward).status_code == 409
    observe(service, 14.0)
    assert items(city) == []
    assert city.client.post(path, headers=steward).status_code == 409
    past = items(city, "&datetime=2020-01-01T00:00:00Z/..")
    assert "cleared" in {one["state"] for one in past}


def test_whoever_may_not_is_refused(service: Service, city: City, member):
    make(city)
    observe(service, 20.0)
    number = items(city)[0]["id"]
    reader = member("读者", role="")
    for method, path, body in (
        ("POST", RULES, GALE),
        ("PATCH", f"{RULES}/1", {"limit": 1}),
        ("DELETE", f"{RULES}/1", None),
        ("POST", f"/sensing/alarms/{number}/acknowledge", None),
    ):
        assert city.client.request(method, path, json=body).status_code == 401, path
        assert city.client.request(method, path, json=body, headers=reader).status_code == 403, path
    assert city.client.post("/sensing/alarms/999/acknowledge", headers=city.signed_in).status_code == 404
    assert city.client.delete(f"{RULES}/999", headers=city.signed_in).status_code == 404


def test_acts_are_in_the_audit(service: Service, city: City):
    make(city)
    observe(service, 20.0)
    city.client.patch(f"{RULES}/1", json={"limit": 18}, headers=city.signed_in)
    city.client.post(f"/sensing/alarms/{items(city)[0]['id']}/acknowledge", headers=city.signed_in)
    city.client.delete(f"{RULES}/1", headers=city.signed_in)
    with city.database.owner.connect() as connection:
        rows = connection.execute(text("SELECT detail FROM onemap.audit WHERE resource = 'sensing' ORDER BY id"))
        acts = [row.detail["act"] for row in rows if "act" in row.detail]
    assert acts == ["make alarm rule", "change alarm rule", "acknowledge alarm", "remove alarm rule"]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"kind": "noise"}, "kind"),
        ({"level": 5}, "level"),
        ({"level": True}, "level"),
        ({"title": "x"}, "title"),
        ({"limit": None}, "limit"),
        ({"limit": "17"}, "limit"),
        ({"clear": 18}, "clear"),
        ({"clear": 17.2}, "clear"),
        ({"unit": None}, "unit"),
        ({"duration": "10"}, "duration"),
        ({"duration": "P9999D"}, "duration"),
        ({"property": None}, "property"),
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, "area"),
        ({"datastreams": [99]}, "datastreams"),
        ({"datastreams": []}, "datastreams"),
        ({"side": "either"}, "side"),
        ({"rest": 0}, "rest"),
        ({"colour": "red"}, "colour"),
        ({"grade": "secret"}, "grade"),
        ({"kind": "rate"}, "duration"),
        ({"kind": "silence", "duration": "PT5M"}, "limit"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(city: City, change, parameter):
    answer = city.client.post(RULES, json=GALE | change, headers=city.signed_in)
    assert (answer.status_code, answer.json().get("parameter")) == (400, parameter), answer.text


def test_a_datastream_of_another_unit_is_never_judged_and_that_is_said(service: Service, city: City):
    kilometres = {"name": "kilometre per hour", "symbol": "km/h", "definition": "ucum:km/h"}
    service.make("Things", thing("另一杆", Datastreams=[datastream(unitOfMeasurement=kilometres)]))
    rule = make(city)
    assert (rule["judges"], rule["of_other_units"]) == (1, [{"unit": "km/h", "datastreams": 1}])
    observe(service, 99.0, stream=2)
    assert items(city) == []
    answer = city.client.post(RULES, json=GALE | {"datastreams": [2]}, headers=city.signed_in)
    assert answer.status_code == 400
    assert "km/h" in answer.json()["detail"]
    assert "nothing is converted" in answer.json()["detail"]


def test_a_notebook_makes_rules_and_reads_alarms(service: Service, city: City):
    with Client(str(city.client.base_url), city.token) as client:
        number = client.alarms.make(GALE)
        client.alarms.change(number, limit=20)
        assert client.alarms.rules().loc[number, ["judges", "limit"]].tolist() == [1, 20]
        observe(service, 19.0)
        assert client.layer("alarms").empty
        observe(service, 21.0)
        (alarm,) = client.layer("alarms").index
        client.alarms.acknowledge(int(alarm))
        assert client.layer("alarms").loc[alarm, "state"] == "acknowledged"
        client.alarms.remove(number)
        assert client.alarms.rules().empty


def test_what_stands_is_judged_by_the_new_limits_of_a_changed_rule(service: Service, city: City):
    make(city)
    observe(service, 20.0)
    city.client.patch(f"{RULES}/1", json={"limit": 30, "clear": 25}, headers=city.signed_in)
    observe(service)
    assert items(city) == []
    city.client.patch(f"{RULES}/1", json={"limit": 19, "clear": None}, headers=city.signed_in)
    observe(service)
    assert [one["limit_value"] for one in items(city)] == [19.0]
    city.client.patch(f"{RULES}/1", json={"enabled": False}, headers=city.signed_in)
    observe(service)
    assert items(city) == []


def test_datastreams_that_are_made_later_or_change_come_under_the_rules(service: Service, city: City):
    make(city, property=None, category="wind_mast")
    number = service.make("Things", thing("新杆", properties={"category": "wind_mast"}))
    observe(service, 20.0, stream=2)
    assert [one["name"] for one in items(city)] == ["新杆"]
    service.send("PATCH", f"Things({number})", {"properties": {"category": "other"}})
    observe(service)
    assert items(city) == []
    service.send("PATCH", f"Things({number})", {"properties": {"category": "wind_mast"}})
    observe(service)
    assert len(items(city)) == 1
    service.send("DELETE", f"Things({number})")
    observe(service)
    assert items(city) == []
    assert len(items(city, "&datetime=2020-01-01T00:00:00Z/..")) == 2
