"""Devices with secrets of their own: what they may do by MQTT and HTTP, and what becomes of one that misbehaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from brokers import prepared_broker
from city import City, open_server
from database_server import Server
from mqtt_client import MqttClient
from sensing import add_stream, add_thing
from yard import LATER, NOON, Yard, message, open_yard, topic

from api.serve.broker import Broker
from layers.ops.process import wait_until

ROOT, STA = "/sensing/devices", "/sensorthings/v1.1"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def broker(session_folder: Path) -> Broker:
    return prepared_broker(session_folder / "of_devices")


@pytest.fixture
def yard(server: Server, template: str, broker: Broker) -> Iterator[Yard]:
    with open_yard(server, template, broker) as yard:
        yield yard


@pytest.fixture
def city(yard: Yard, tmp_path: Path) -> Iterator[City]:
    with open_server(yard.database, tmp_path) as city:
        yield city


def add(city: City, name: str = "mast-7", **terms: Any) -> str:
    answer = city.client.post(ROOT, headers=city.signed_in, json={"name": name, **terms})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["secret"])


def act(city: City, name: str, what: str, body: Json | None = None) -> Json:
    answer = city.client.post(f"{ROOT}/{name}/{what}", headers=city.signed_in, json=body or {})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def as_device(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def listening(yard: Yard, name: str, secret: str) -> MqttClient:
    """Return a device that hears what becomes of what it sends."""
    assert wait_until(lambda: yard.admits(name, secret), 30)
    device = yard.client(name, secret)
    device.subscribe("v1.1/+/Observations/ack")
    return device


def heard(device: MqttClient) -> Json:
    return dict(orjson.loads(device.next()[1]))


def test_a_device_publishes_to_its_own_datastreams_alone(yard: Yard, city: City) -> None:
    with yard.database.owner.begin() as connection:
        other = add_stream(connection, add_thing(connection, "other"))
    secret = add(city, things=[yard.thing])
    device, gateway = listening(yard, "mast-7", secret), yard.client("gateway")
    gateway.subscribe("v1.1/+/Observations/ack")
    for stream in (yard.air, yard.secret):
        device.publish(topic(stream), message(21.5))
        assert heard(device)["state"] == "kept"
    assert str(device.publish(topic(other), message(21.5))) == "Not authorized"
    gateway.publish(topic(other), message(1.0))
    assert [heard(gateway)["state"] for _ in range(3)] == ["kept"] * 3
    assert device.heard.empty()
    assert (yard.kept(yard.air), yard.kept(other)) == ([21.5], [1.0])

    # A datastream that its thing gets later is its own as well.
    with yard.database.owner.begin() as connection:
        later = add_stream(connection, yard.thing, "later")
    assert wait_until(lambda: str(device.publish(topic(later), message(1.0))) != "Not authorized", 30, 0.5)
    assert heard(device)["state"] == "kept"


def test_over_http_a_device_makes_observations_of_its_own_and_nothing_else(yard: Yard, city: City) -> None:
    secret = add(city, datastreams=[yard.air, yard.secret])
    ask = lambda method, path, body: city.client.request(method, STA + path, headers=as_device(secret), json=body)  # noqa: E731
    made = ask("POST", f"/Datastreams({yard.secret})/Observations", {"result": 5, "phenomenonTime": NOON})
    assert made.status_code == 201, made.text
    assert made.headers["location"].endswith(f"Observations({made.json()['@iot.id']})")
    body = {"result": 6, "phenomenonTime": NOON, "Datastream": {"@iot.id": yard.air}}
    assert ask("POST", "/Observations", body).json() == ask("POST", "/Observations", body).json()
    assert ask("POST", "/Observations", body | {"result": 7}).status_code == 409
    arrays = [
        {
            "Datastream": {"@iot.id": stream},
            "components": ["phenomenonTime", "result"],
            "dataArray": [[LATER, 8], [NOON]],
        }
        for stream in (yard.air, yard.sky)
    ]
    told = ask("POST", "/CreateObservations", arrays).json()
    assert "Observations(" in told[0]
    assert [one.startswith("error: ") for one in told] == [False, True, True, True]
    assert "is none of those of device mast-7" in told[2]
    assert yard.kept(yard.air) == [6, 8]
    refused = [
        ask("POST", f"/Datastreams({yard.sky})/Observations", {"result": "晴"}),
        ask("POST", "/Things", {"name": "x", "description": "y"}),
        ask("PATCH", f"/Datastreams({yard.air})", {"name": "x"}),
        ask("DELETE", f"/Datastreams({yard.air})", None),
        city.client.get(ROOT, headers=as_device(secret)),
        city.client.post(ROOT, headers=as_device(secret), json={"name": "evil", "things": [yard.thing]}),
    ]
    assert [one.status_code for one in refused] == [400, 403, 403, 403, 403, 403]
    # It reads what everybody reads.
    shown = city.client.get(f"{STA}/Datastreams", headers=as_device(secret)).json()["value"]
    assert {one["@iot.id"] for one in shown} == {yard.air, yard.sky}


def test_secrets_are_shown_once_replaced_and_withdrawn(yard: Yard, city: City) -> None:
    secret = add(city, things=[yard.thing])
    first = listening(yard, "mast-7", secret)
    said = city.client.get(ROOT, headers=city.signed_in).text
    files = [(yard.broker.folder / name).read_text() for name in ("secrets", "rights")]
    assert all(secret not in text for text in (said, *files))
    assert [
        tuple(row)
        for row in yard.rows("SELECT 1 FROM onemap.device AS d WHERE d::text LIKE '%' || :s || '%'", s=secret)
    ] == []

    another = act(city, "mast-7", "rotate")["secret"]
    assert first.lost.wait(30)
    assert not yard.admits("mast-7", secret)
    assert wait_until(lambda: yard.admits("mast-7", another), 30)
    act(city, "mast-7", "block", {"reason": "stolen"})
    assert wait_until(lambda: not yard.admits("mast-7", another), 30)
    denied = city.client.post(
        f"{STA}/Datastreams({yard.air})/Observations", headers=as_device(another), json={"result": 1}
    )
    assert (denied.status_code, "blocked: stolen" in denied.text) == (403, True)
    act(city, "mast-7", "release")
    assert wait_until(lambda: yard.admits("mast-7", another), 30)
    assert city.client.delete(f"{ROOT}/mast-7", headers=city.signed_in).status_code == 204
    assert wait_until(lambda: not yard.admits("mast-7", another), 30)
    assert city.client.get(ROOT, headers=city.signed_in).json() == {"devices": []}


def test_a_message_that_is_sent_again_is_known_and_one_that_was_changed_is_refused(yard: Yard, city: City) -> None:
    device = listening(yard, "mast-7", add(city, things=[yard.thing]))
    for result in (1.0, 1.0, 666.0):
        device.publish(topic(yard.air), message(result))
    answers = [heard(device) for _ in range(3)]
    assert [one["state"] for one in answers] == ["kept", "known", "refused"]
    assert "has another result" in answers[2]["reason"]
    device.publish(topic(yard.air), orjson.dumps([{"result": value, "phenomenonTime": LATER} for value in (2, 3)]))
    assert [heard(device)["state"] for _ in range(2)] == ["kept", "refused"]
    assert yard.kept(yard.air) == [1.0, 2.0]


def test_what_is_older_than_a_device_may_send_is_refused(yard: Yard, city: City) -> None:
    device = listening(yard, "mast-7", add(city, things=[yard.thing], oldest_s=3600))
    device.publish(topic(yard.air), message(1.0))
    assert "is older than the 1:00:00 that device mast-7 may send" in heard(device)["reason"]
    device.publish(topic(yard.air), b"2.5")
    assert heard(device)["state"] == "kept"


@pytest.mark.parametrize("fault", ["it floods", "it sends nonsense"])
def test_a_device_that_misbehaves_is_put_in_quarantine_and_others_are_not(yard: Yard, city: City, fault: str) -> None:
    bad = listening(yard, "bad", add(city, "bad", datastreams=[yard.air], per_minute=200))
    good = listening(yard, "good", add(city, "good", datastreams=[yard.sky]))
    one = {"result": 1.0} if fault == "it floods" else {"result": "hot"}
    times = [f"2026-03-01T12:{minute:02}:{second:02}Z" for minute in range(4) for second in range(60)]
    flood = times[:210] if fault == "it floods" else times[:101]
    bad.publish(topic(yard.air), orjson.dumps([one | {"phenomenonTime": time} for time in flood]))
    assert heard(bad)["state"] == "refused"
    assert wait_until(lambda: yard.rows("SELECT state FROM onemap.device WHERE name = 'bad'") == [("quarantined",)], 20)
    bad.publish(topic(yard.air), message(1.0))
    assert wait_until(lambda: "is in quarantine until somebody releases it" in heard(bad)["reason"], 20)
    good.publish(topic(yard.sky), message("晴"))
    assert heard(good)["state"] == "kept"
    assert yard.counted["quarantined"] == 1
    trail = "SELECT detail->>'reason' FROM onemap.audit WHERE allowed = 'no' AND detail->>'quarantine' = 'bad'"
    assert len(yard.rows(trail)) == 1
    act(city, "bad", "release")
    assert wait_until(lambda: _kept_again(bad, yard), 20)


def _kept_again(device: MqttClient, yard: Yard) -> bool:
    device.publish(topic(yard.air), message(2.0, LATER))
    return heard(device)["state"] in ("kept", "known")


def test_a_datastream_has_one_device_and_stewards_bind_what_they_see(yard: Yard, city: City) -> None:
    add(city, things=[yard.thing])
    for terms in ({"things": [yard.thing]}, {"datastreams": [yard.air]}):
        answer = city.client.post(ROOT, headers=city.signed_in, json={"name": "again", **terms})
        assert (answer.status_code, "has the device 'mast-7' already" in answer.text) == (409, True)
    with yard.database.owner.begin() as connection:
        vault = add_thing(connection, "vault", grade=3)
    steward = {"name": "steward", "roles": ["steward"], "clearance": "internal"}
    token = city.client.post("/users", headers=city.signed_in, json=steward).json()["token"]
    asked = {"name": "vault-1", "things": [vault]}
    answer = city.client.post(ROOT, headers=as_device(token), json=asked)
    assert (answer.status_code, answer.json()["detail"]) == (404, f"there is no thing {vault}")
    add(city, **asked)
    shown = city.client.get(ROOT, headers=as_device(token)).json()["devices"]
    assert [one["name"] for one in shown] == ["mast-7"]
    assert city.client.delete(f"{ROOT}/vault-1", headers=as_device(token)).status_code == 404
    assert {one["name"] for one in city.client.get("/users", headers=city.signed_in).json()["users"]} == {
        "administrator",
        "steward",
    }


def test_a_steward_binds_no_device_to_what_is_hidden_from_him_and_hears_of_none(yard: Yard, city: City) -> None:
    with yard.database.owner.begin() as connection:
        mixed, vault = add_thing(connection, "mixed"), add_thing(connection, "vault", grade=3)
        seen, hidden = (add_stream(connection, mixed, name, grade=grade) for name, grade in (("a", 0), ("b", 3)))
    steward = {"name": "steward", "roles": ["steward"], "clearance": "internal"}
    token = city.client.post("/users", headers=city.signed_in, json=steward).json()["token"]

    def asked(**terms: Any) -> tuple[int, str]:
        answer = city.client.post(ROOT, headers=as_device(token), json={"name": "mine", **terms})
        return answer.status_code, str(answer.json().get("detail", ""))

    status, told = asked(things=[mixed])
    assert (status, "more than you may see" in told, str(hidden) in told.replace(str(mixed), "")) == (403, True, False)
    add(city, "in-the-vault", things=[vault], datastreams=[seen])
    assert asked(datastreams=[seen]) == (409, f"datastream {seen} has a device already; each datastream has one")
    act(city, "in-the-vault", "block", {"reason": "stolen"})
    assert city.client.delete(f"{ROOT}/in-the-vault", headers=city.signed_in).status_code == 204
    assert asked(datastreams=[seen])[0] == 201
