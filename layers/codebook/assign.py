"""Codes for the objects of a layer that have none, and the end of codes whose objects are gone."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from layers.base import Layer
from layers.errors import Conflict, InputError, ParameterError
from layers.space.addresses.divisions import SHANGHAI_DISTRICTS
from layers.space.codes import check
from layers.space.codes.object_code import kind_of
from layers.store.dataset_layer import DatasetLayer
from layers.store.locks import locks_of

# Layers whose objects have codes of places.
PLACES = frozenset({"buildings"})
# Codes that objects bring along.
OWN = {"city_parts": "part_code", "boundaries": "division_code"}
# Blocks and series are shared by all layers.
_SERIES = "codes"
_FIND = text("SELECT onemap.find_uncoded(:layer, CAST(:districts AS jsonb), :division)")
_COUNTS = text("""
SELECT count(*) FILTER (WHERE k.code IS NOT NULL) AS given, count(*) FILTER (WHERE k.code IS NULL) AS without
FROM coding AS c LEFT JOIN onemap.code AS k ON k.layer = :layer AND k.fid = c.fid
""")


@dataclass(frozen=True)
class Assigned:
    """What was done in a layer: codes ``given`` and ``retired``; ``without`` one are objects in no known division."""

    layer: str
    given: int
    retired: int
    merged: int
    without: int

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def codable(layer: Layer) -> DatasetLayer:
    """Return a layer as one whose objects get codes, or raise InputError."""
    if not isinstance(layer, DatasetLayer):
        raise InputError(f"layer {layer.id} is worked out from others, and its objects have no codes of their own")
    return layer


def assign_codes(connection: Connection, layer: DatasetLayer, division: str | None = None) -> Assigned:
    """Give codes to the objects of a layer that are shown and have none, in the caller's transaction.

    ``division`` (six digits) is that of what lies in none of the layer boundaries and whose address names none. Raises
    ParameterError where it is none.
    """
    if division is not None and (len(division) != 6 or check(division)):
        raise ParameterError("division", check(division) or f"{division!r} has not the six digits of a division")
    locks = locks_of(connection)
    locks.layers([layer.id])
    locks.shared(_SERIES)
    locks.begin_rows()
    at = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    given = {"layer": layer.id, "at": at}
    retired = connection.execute(text("SELECT onemap.retire_gone(:layer, :at)"), given).scalar_one()
    districts = json.dumps(SHANGHAI_DISTRICTS)
    connection.execute(_FIND, {"layer": layer.id, "districts": districts, "division": division})
    try:
        _number(connection, layer)
    except IntegrityError as error:
        raise Conflict(str(error.orig).split("\n", maxsplit=1)[0]) from error
    counts = connection.execute(_COUNTS, {"layer": layer.id}).one()
    connection.execute(text("SELECT onemap.name_successors(:layer, :at)"), given)
    merged = connection.execute(text("SELECT onemap.retire_merged(:layer, NULL)"), {"layer": layer.id}).scalar_one()
    connection.execute(text("SELECT onemap.stamp_codes(:layer)"), {"layer": layer.id})
    return Assigned(layer.id, counts.given, retired, merged, counts.without)


def _number(connection: Connection, layer: DatasetLayer) -> None:
    given = {"layer": layer.id}
    if layer.id in PLACES:
        connection.execute(text("SELECT onemap.code_places(:layer)"), given)
        return
    own = OWN.get(layer.id)
    if own is not None:
        connection.execute(text("SELECT onemap.code_own(:layer, :own)"), given | {"own": own})
    if layer.id != "boundaries":
        connection.execute(text("SELECT onemap.code_things(:layer, :kind)"), given | {"kind": kind_of(layer.id)})
