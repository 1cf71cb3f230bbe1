"""Objects of codes as documents: what every layer has, and what other packages know of them."""

from typing import Any

from sqlalchemy import Connection

from bim.bindings import things_of
from bim.catalog.building_elements import LAYER
from bim.tileset import View
from layers.access import Principal, readable
from layers.entities import object_of
from layers.registry import Registry
from layers.temporal import now


def object_document(connection: Connection, registry: Registry, principal: Principal, code: str) -> dict[str, Any]:
    """Return all that is known of the object of a code; of a part of a building also the things bound to it now."""
    document = object_of(connection, registry, principal, code)
    if document["layer"]["id"] != LAYER.id:
        return document
    own = next((one for one in document["identifiers"] if one["fid"] == document["fid"]), None)
    if own is None:
        return document | {"things": []}
    view = View(*readable(registry, principal, LAYER.id), now())
    return document | {"things": things_of(connection, view, own["dataset"], own["source_key"])}
