"""What a request changes: one transaction, with what is written of it in the audit trail."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from fastapi import Response
from sqlalchemy import Connection

from api.sensorthings.address import Target, follow
from api.sensorthings.answer import respond
from layers.access import Principal, audit_statement, require
from layers.errors import NotFound, ParameterError
from twin.sensing.editing import Edit, change, create, create_observations, remove
from twin.sensing.entities.description import Entity
from twin.sensing.entities.documents import Writer
from twin.sensing.entities.model import BY_TYPE, OBSERVATION
from twin.sensing.entities.reading import Start, read_one
from twin.sensing.entities.view import View
from twin.sensing.json_patch import patched
from twin.sensing.query import Options, parse_path

ARRAYS = "CreateObservations"
JSON_PATCH = "application/json-patch+json"
Begin = Callable[[], AbstractContextManager[Connection]]


class Acts:
    """Edits of one principal through one request, at the address ``text`` behind the root ``base``."""

    def __init__(self, begin: Begin, principal: Principal, base: str, text: str) -> None:
        """Take what begins a writer's transaction, who asks, and where."""
        self._begin, self._principal, self._text = begin, principal, text
        self._writer = Writer(base)

    def create(self, document: Any) -> Response:
        """Make an entity in a set, or observations of arrays."""
        if self._text.strip("/") == ARRAYS:
            return self._within("create observations", lambda edit: self._arrays(edit, document))
        return self._within("create", lambda edit: self._made(edit, document))

    def change(self, document: Any, kind: str, *, whole: bool = False) -> Response:
        """Change an entity in part, by a document or by a JSON Patch, or as a whole."""
        is_patch = kind.partition(";")[0].strip().lower() == JSON_PATCH
        return self._within("change", lambda edit: self._changed(edit, document, whole=whole, is_patch=is_patch))

    def remove(self) -> Response:
        """Remove an entity."""

        def act(edit: Edit) -> Response:
            target = self._one(edit)
            remove(edit, target.entity, target.number)
            return Response(status_code=200)

        return self._within("remove", act)

    def _within(self, what: str, act: Callable[[Edit], Response]) -> Response:
        require(self._principal, "write", "sensing")
        with self._begin() as connection:
            edit = Edit(connection, View.of(self._principal))
            response = act(edit)
            detail = {"what": what, "path": self._text, "made": response.headers.get("location", "")}
            connection.execute(audit_statement(self._principal, "write", "sensing", allowed=True, detail=detail))
        return response

    def _arrays(self, edit: Edit, document: Any) -> Response:
        lines = create_observations(edit, document)
        told = [
            self._writer.address(OBSERVATION, one) if isinstance(one, int) else f"error: {one}" for one in lines.told
        ]
        return respond(told, 201)

    def _made(self, edit: Edit, document: Any) -> Response:
        target = follow(edit.connection, edit.view, parse_path(self._text))
        if not target.is_set:
            raise ParameterError(
                "path", "entities are made in a set, such as Things; this is one, to be changed by PATCH"
            )
        given = {} if target.start is None else _given(target.entity, target.start)
        number = create(edit, target.entity, document, given)
        address = self._writer.address(target.entity, number)
        return self._told(edit.connection, target, number, 201, {"location": address})

    def _changed(self, edit: Edit, document: Any, *, whole: bool, is_patch: bool) -> Response:
        target = self._one(edit)
        if is_patch:
            node = read_one(edit.connection, edit.view, target.entity, target.number, Options())
            document = _changes(target, self._writer.entity(node, Options()), document)
        change(edit, target.entity, target.number, document, whole=whole)
        return self._told(edit.connection, target, target.number)

    def _told(
        self,
        connection: Connection,
        target: Target,
        number: Any,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Return an entity as it is now, where it is still to be seen by who changed it."""
        try:
            node = read_one(connection, View.of(self._principal), target.entity, number, Options())
        except NotFound:
            return Response(status_code=status, headers=headers)
        return respond(self._writer.entity(node, Options()), status, headers)

    def _one(self, edit: Edit) -> Target:
        path = parse_path(self._text)
        target = None if not path.segments else follow(edit.connection, edit.view, path)
        if target is None or target.is_set or target.names or path.ending:
            raise ParameterError("path", "this is not one entity, such as Things(1)")
        return target


def _given(entity: Entity, start: Start) -> dict[str, int]:
    """Return the entity that a set was reached from, by the link that leads back to it."""
    link, number = start.link, start.origin["_id"]
    own = next(entity for entity in BY_TYPE.values() if link in entity.links)
    back = next(one.name for one in entity.links if one.target == own.type)
    if (own.type, link.name) == ("HistoricalLocation", "Locations"):
        raise ParameterError("path", "a Location is added to a Thing, at Things(1)/Locations")
    return {back: number}


def _changes(target: Target, document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """Return the properties that a JSON Patch changes, with their new values."""
    before = {one.name: document.get(one.name) for one in target.entity.properties if one.written}
    told = {name: value for name, value in before.items() if value is not None}
    after = patched(told, operations)
    if not isinstance(after, dict):
        raise ParameterError("patch", "an entity stays a JSON object")
    names = [*before, *(name for name in after if name not in before)]
    return {name: after.get(name) for name in names if after.get(name) != before.get(name)}
