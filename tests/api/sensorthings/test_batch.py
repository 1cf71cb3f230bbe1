"""Many requests in one, as multipart documents and as JSON; change sets have an effect as a whole or none."""

from contextlib import suppress
from email.message import Message
from email.parser import BytesParser
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mast import ROOT, Service, datastream, location, observed, sensor, thing

from api.sensorthings.batch import read_json, read_multipart
from layers.errors import InputError

_PATH = f"{ROOT}/$batch"


def request(line: str, document: Any = None, name: str = "", kind: str = "application/json") -> str:
    """Return a part with a request."""
    body = "" if document is None else orjson.dumps(document).decode()
    named = f"Content-ID: {name}\r\n" if name else ""
    return f"Content-Type: application/http\r\n{named}\r\n{line} HTTP/1.1\r\nContent-Type: {kind}\r\n\r\n{body}"


def parts(*each: str, boundary: str = "whole") -> str:
    return "".join(f"--{boundary}\r\n{one}\r\n" for one in each) + f"--{boundary}--\r\n"


def change_set(*each: str) -> str:
    return f"Content-Type: multipart/mixed; boundary=set\r\n\r\n{parts(*each, boundary='set')}"


def send(service: Service, *each: str, **headers: str) -> list[Any]:
    """Send a multipart batch and return what came of each part: (status, document), and of a change set a list."""
    kind = {"Content-Type": "multipart/mixed; boundary=whole"}
    answer = service.city.client.post(
        _PATH, content=parts(*each).encode(), headers=service.headers | kind | {"Prefer": headers.get("prefer", "")}
    )
    assert answer.status_code == 200, answer.text
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    return [told(part) for part in BytesParser().parsebytes(head + answer.content).get_payload()]  # type: ignore[arg-type,union-attr]


def told(part: Message) -> Any:
    if part.is_multipart():
        return [told(one) for one in part.get_payload()]  # type: ignore[arg-type,union-attr]
    head, _, body = str(part.get_payload()).partition("\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body) if body.strip() else None


def send_json(service: Service, *requests: dict[str, Any], prefer: str = "") -> list[dict[str, Any]]:
    answer = service.city.client.post(_PATH, json={"requests": requests}, headers=service.headers | {"Prefer": prefer})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["responses"])


def count(service: Service, path: str = "Things") -> int:
    return int(service.get(path, count="true", top=0)["@iot.count"])


def test_parts_are_done_one_after_the_other_and_refer_to_what_was_made(service: Service):
    whole = change_set(
        request("POST Things", thing("batched", Datastreams=[]), "mast"),
        request("POST Sensors", sensor("batched cup"), "cup"),
        request("POST /v1.1/ObservedProperties", observed("batched speed"), "speed"),
        request(
            "POST $mast/Datastreams",
            datastream(Sensor={"@iot.id": "$cup"}, ObservedProperty={"@iot.id": "$speed"}), "gusts",
        ),
        request("POST Observations", {"result": 7, "Datastream": {"@iot.id": "$gusts"}}),
    )  # fmt: skip
    query = "$filter=name eq 'batched'&$expand=Datastreams/Observations,Datastreams/Sensor"
    made, (status, found) = send(service, whole, request(f"GET {ROOT}/Things?{query}"))
    assert [one[0] for one in made] == [201] * 5
    assert status == 200
    (one,) = found["value"]
    assert one["@iot.id"] == made[0][1]["@iot.id"]
    assert one["Datastreams"][0]["Sensor"]["name"] == "batched cup"
    assert [inner["result"] for inner in one["Datastreams"][0]["Observations"]] == [7]


def test_a_change_set_has_an_effect_as_a_whole_or_none(service: Service):
    before = count(service)
    broken = change_set(request("POST Things", thing("half"), "a"), request("POST Things", {"name": "x"}, "b"))
    ((status, problem),) = send(service, broken)
    assert (status, problem["detail"]) == (400, "description: Thing has to have it")
    assert count(service) == before
    ((status, problem),) = send(service, change_set(request("POST Things", thing("half")), request("GET Things")))
    assert (status, "read" in problem["detail"]) == (400, True)
    assert count(service) == before


def test_after_what_had_no_effect_nothing_follows_unless_the_client_prefers_that(service: Service):
    each = (request("GET Things(0)"), request("POST Things", thing("after")), request("GET Things?$top=0"))
    assert [status for status, _ in send(service, *each)] == [404]
    statuses = [status for status, _ in send(service, *each, prefer="odata.continue-on-error")]
    assert statuses == [404, 201, 200]


def test_everything_that_alone_changes_an_entity_does_so_in_a_batch(service: Service):
    number = service.make("Things", thing())
    path = f"Things({number})"
    patch = [{"op": "replace", "path": "/name", "value": "patched"}]
    changed = send(
        service,
        request(f"PATCH {path}", {"name": "renamed"}),
        request(f"PATCH {path}", patch, kind="application/json-patch+json"),
        request(f"PUT {path}", {"name": "new", "description": "of wood"}),
        request(f"DELETE {path}"),
        request(f"GET {path}"),
    )
    assert [status for status, _ in changed] == [200, 200, 200, 200, 404]
    assert [one["name"] for _, one in changed[:3]] == ["renamed", "patched", "new"]


def test_a_stranger_reads_in_a_batch_what_is_open_and_changes_nothing(service: Service, stranger: Service):
    number = service.make("Things", thing("秘机", properties={"grade": "internal"}))
    before = count(service)
    each = (
        request(f"GET Things({number})"), request("GET Things?$count=true"), request("POST Things", thing()),
        change_set(request(f"DELETE Things({number})")),
    )  # fmt: skip
    statuses = send(stranger, *each, prefer="continue-on-error")
    assert [status for status, _ in statuses] == [404, 200, 401, 401]
    assert "秘" not in str(statuses)
    assert count(service) == before
    with service.city.database.owner.connect() as connection:
        refused = "SELECT allowed FROM onemap.audit WHERE resource = 'sensing' ORDER BY id DESC LIMIT 1"
        assert connection.exec_driver_sql(refused).scalar_one() == "no"


def test_requests_as_json_have_groups_and_depend_on_each_other(service: Service):
    told = send_json(
        service,
        {"id": "t", "method": "post", "url": "Things", "body": thing("json", Datastreams=[]), "atomicityGroup": "g"},
        {"id": "l", "method": "post", "url": "$t/Locations", "body": location("json yard"), "atomicityGroup": "g"},
        {"id": "r", "method": "get", "url": "$t/Locations", "dependsOn": ["g"]},
        {"id": "x", "method": "get", "url": "Things('none')"},
        {"id": "y", "method": "get", "url": "$t", "dependsOn": ["x"]},
        prefer="continue-on-error",
    )
    assert [(one["id"], one["status"]) for one in told] == [("t", 201), ("l", 201), ("r", 200), ("x", 404), ("y", 424)]
    assert [one.get("atomicityGroup") for one in told] == ["g", "g", None, None, None]
    assert [one["name"] for one in told[2]["body"]["value"]] == ["json yard"]
    assert told[0]["headers"]["location"] == told[0]["body"]["@iot.selfLink"]


def test_a_group_of_json_requests_has_an_effect_as_a_whole_or_none(service: Service):
    before = count(service)
    told = send_json(
        service,
        {"id": "1", "method": "post", "url": "Things", "body": thing(), "atomicityGroup": "g"},
        {"id": "2", "method": "post", "url": "Things", "body": {}, "atomicityGroup": "g"},
        {"id": "3", "method": "post", "url": "$1/Locations", "body": location()},
    )
    assert [(one["id"], one["status"]) for one in told] == [("1", 424), ("2", 400), ("3", 424)]
    told = send_json(service, {"id": "3", "method": "post", "url": "$1/Locations", "body": location()})
    assert "$1 names nothing" in told[0]["body"]["detail"]
    assert count(service) == before


def test_arrays_of_observations_and_single_values_are_told_in_a_batch(service: Service):
    number = service.make("Things", thing("valued"))
    (stream,) = service.get(f"Things({number})/Datastreams")["value"]
    array = {"Datastream": {"@iot.id": stream["@iot.id"]}, "components": ["result"], "dataArray": [[1], ["x"]]}
    told = send_json(
        service,
        {"id": "a", "method": "post", "url": "CreateObservations", "body": [array]},
        {"id": "b", "method": "get", "url": f"Things({number})/name/$value"},
    )
    assert told[0]["body"][1].startswith("error: result")
    assert told[1]["body"] == "valued"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "requests"), ({"requests": 5}, "requests"), ({"requests": [5]}, "requests"),
        ({"requests": [{"method": "get", "url": "Things"}]}, "id"),
        ({"requests": [{"id": "1", "method": "get"}]}, "url"),
        ({"requests": [{"id": "1", "method": "TRACE", "url": "Things"}]}, "TRACE"),
        ({"requests": [{"id": "1", "method": "get", "url": "Things"}] * 2}, "two parts"),
        ({"requests": [{"id": str(n), "method": "get", "url": "Things"} for n in range(501)]}, "at most 500"),
        ({"requests": [{"id": "1", "method": "get", "url": "Things", "dependsOn": "2"}]}, "dependsOn"),
        ({"requests": [{"id": "1", "method": "get", "url": "Things", "headers": 2}]}, "headers"),
    ],
)  # fmt: skip
def test_what_is_no_batch_of_json_is_refused_with_its_reason(document: Any, said: str):
    with pytest.raises(InputError, match=said):
        read_json(document)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "no parts"), ("hello", "no parts"), (parts("Content-Type: text/plain\r\n\r\nx"), "application/http"),
        (parts("Content-Type: application/http\r\n\r\n"), "no line such as"),
        (parts("Content-Type: application/http\r\n\r\nBREW Things HTTP/1.1\r\n\r\n"), "BREW"),
        (parts("Content-Type: multipart/mixed; boundary=set\r\n\r\nx"), "no parts"),
        (parts(change_set(change_set(request("POST Things", {})))), "application/http"),
        (parts(*[request("GET Things", name="a")] * 2), "two parts"),
        (parts(request("GET Things", name="a" * 2000)), "head of a part is longer"),
        (parts(f"Content-Type: application/http{'; a=b' * 400}\r\n\r\nGET Things"), "head of a part is longer"),
        (parts("Content-Type: application/http\r\nContent-Transfer-Encoding: base64\r\n\r\nR0VU"), "binary"),
        # What is beyond the most is not read.
        (parts(*[request("GET Things")] * 501, "Content-Type: text/plain\r\n\r\nx"), "at most 500"),
        (parts(change_set(*[request("POST Things", {})] * 501, "Content-Type: text/plain\r\n\r\nx")), "at most 500"),
    ],
)  # fmt: skip
def test_what_is_no_multipart_batch_is_refused_with_its_reason(body: str, said: str):
    with pytest.raises(InputError, match=said):
        read_multipart("multipart/mixed; boundary=whole", body.encode())


@given(st.binary(max_size=200) | st.text("-whole\r\n: ContentTypemultipart/mixed;application/http GE", max_size=200))
def test_whatever_comes_is_a_batch_or_refused(body: bytes | str):
    raw = body if isinstance(body, bytes) else body.encode()
    for content in (raw, b"--whole\r\n" + raw + b"\r\n--whole--"):
        with suppress(InputError):
            assert read_multipart("multipart/mixed; boundary=whole", content)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_of_a_batch_may_end_in_either_way_and_texts_before_and_after_it_are_nothing(end: str):
    body = (
        f"before\r\n{parts(request('POST Things', {'name': '--whole'}, ' a'), request('GET Things?$filter=id eq  1'))}"
    )
    items = read_multipart(
        'multipart/mixed; boundary="whole"', (body + "--whole\r\nafter").replace("\r\n", end).encode()
    )
    assert [(one.id, one.method, one.url, one.body) for one in items] == [
        ("a", "POST", "Things", b'{"name":"--whole"}'),
        (None, "GET", "Things?$filter=id eq  1", b""),
    ]


def test_multiparts_within_multiparts_end_somewhere():
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(5000))
    with pytest.raises(InputError):
        read_multipart("multipart/mixed; boundary=whole", f"--whole\r\n{deep}".encode())


def test_a_batch_that_is_none_is_refused(service: Service):
    answer: httpx.Response = service.send("POST", "$batch", {"requests": "all"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "requests")
    (told,) = send_json(service, {"id": "1", "method": "post", "url": "$batch", "body": {"requests": []}})
    assert told["status"] == 400


@pytest.mark.parametrize("url", ["http://[::1/Things", "//[Things"])
def test_what_is_no_address_stops_no_other_request(service: Service, url: str):
    number = service.make("Things", thing())
    each = [{"id": str(place), "method": "get", "url": one} for place, one in enumerate((f"Things({number})", url))]
    assert [one["status"] for one in send_json(service, *each)] == [200, 400]
