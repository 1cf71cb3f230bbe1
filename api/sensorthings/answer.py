"""What is said of a set, an entity, or one of its properties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Response
from sqlalchemy import Connection

from api.sensorthings.address import Target, follow
from layers.errors import NotFound, ParameterError
from twin.sensing.entities import model_2_0
from twin.sensing.entities.description import Entity
from twin.sensing.entities.documents import Words, Writer, data_array, next_query
from twin.sensing.entities.model import BY_SET, OBSERVATION
from twin.sensing.entities.reading import read_one, read_page
from twin.sensing.entities.view import View
from twin.sensing.query import Options, Path, parse_options, parse_path

Json = dict[str, Any]
JSON, PLAIN = "application/json", "text/plain; charset=utf-8"
_IOT = "http://www.opengis.net/spec/iot_sensing/1.1"
# Only what holds: MultiDatastreams are not there yet, and MQTT has ports of its own.
CONFORMANCE = tuple(
    f"{_IOT}/req/{name}"
    for name in (
        "datamodel", "resource-path/resource-path-to-entities", "request-data", "create-update-delete/create-entity",
        "create-update-delete/link-to-existing-entities", "create-update-delete/deep-insert",
        "create-update-delete/deep-insert-status-code", "create-update-delete/update-entity",
        "create-update-delete/update-entity-put", "create-update-delete/update-entity-jsonpatch",
        "create-update-delete/delete-entity", "create-update-delete/historical-location-auto-creation", "data-array",
        "batch-request/batch-request",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """A version of the standard: its sets, its words, and what is said of it at its root."""

    sets: Mapping[str, Entity]
    words: Words
    settings: Json


V1_1 = Version(BY_SET, Words(), {"conformance": list(CONFORMANCE)})
# No class of 2.0 is claimed before all that it asks for is there.
V2_0 = Version(
    model_2_0.BY_SET, model_2_0.WORDS, {"conformance": [], "status": "early: the core is read, and nothing is written"}
)


def root(base: str, version: Version = V1_1) -> Json:
    """Return what there is, and what of the standard holds."""
    sets = [{"name": name, "url": f"{base}/{name}"} for name in version.sets]
    return {"value": sets, "serverSettings": version.settings}


def answer(
    connection: Connection,
    view: View,
    base: str,
    text: str,
    query: Sequence[tuple[str, str]],
    version: Version = V1_1,
) -> Response:
    """Answer a GET of an address behind the root."""
    path, words = parse_path(text), version.words
    if not path.segments:
        return respond(root(base, version))
    target, options = follow(connection, view, path, version.sets), parse_options(query)
    writer = Writer(base, words)
    if target.is_set:
        return _set(connection, view, target, path, options, _Request(writer, text, query))
    node = read_one(connection, view, target.entity, target.number, options, target.start)
    document = writer.entity(node, options)
    if path.ending == "$ref":
        return respond({words.own: writer.address(target.entity, node.row["_id"])})
    return _property(document, target, path, words) if target.names else respond(document)


class _Request:
    """The address and query of a request, from which the next one is made."""

    def __init__(self, writer: Writer, text: str, query: Sequence[tuple[str, str]]) -> None:
        self.writer, self._text, self._query = writer, text.strip("/"), query

    def following(self, token: str | None) -> str | None:
        return None if token is None else f"{self.writer.root}/{self._text}?{next_query(self._query, token)}"


def _set(
    connection: Connection, view: View, target: Target, path: Path, options: Options, request: _Request
) -> Response:
    if path.ending == "$value":
        raise ParameterError("path", "$value is of one property, and this is a set")
    page = read_page(connection, view, target.entity, options, target.start)
    following = request.following(page.following)
    if path.ending == "$ref":
        return respond(request.writer.references(page, following))
    if options.result_format is None:
        return respond(request.writer.page(page, options, following))
    if options.result_format != "dataArray" or target.entity is not OBSERVATION or options.expand:
        raise ParameterError("$resultFormat", "there is dataArray, for observations without $expand")
    selected = ["/".join(one.steps) for one in options.select]
    return respond(data_array(page, request.writer, selected, following))


def _property(document: Json, target: Target, path: Path, words: Words) -> Response:
    name = target.names[0]
    value = document.get({"id": words.id}.get(name, name))
    for inner in target.names[1:]:
        if not isinstance(value, dict) or inner not in value:
            raise NotFound(f"{name} has no {inner[:40]!r}")
        value = value[inner]
    if value is None:
        return Response(status_code=204)
    if path.ending != "$value":
        return respond({target.names[-1]: value})
    if isinstance(value, dict | list):
        return respond(value)
    return Response(value if isinstance(value, str) else orjson.dumps(value), media_type=PLAIN)


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a document as JSON."""
    return Response(orjson.dumps(document), status, headers, JSON)
