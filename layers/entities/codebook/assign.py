"""Assigns codes to the objects of a layer that have none, and retires codes whose objects are gone."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError

from layers.base import Layer, Nesting
from layers.errors import Conflict, InputError, ParameterError
from layers.space.addresses.divisions import SHANGHAI_DISTRICTS
from layers.space.codes import check
from layers.space.codes.object_code import kind_of
from layers.store.dataset_layer import DatasetLayer
from layers.store.locks import locks_of
from layers.store.tables import feature_table

# Layers whose objects have place codes.
PLACES = frozenset({"buildings"})
# Columns with codes that the source itself assigns.
OWN = {"city_parts": "part_code", "boundaries": "division_code"}
# The lock on blocks and series, which all layers share.
_SERIES = "codes"
_FIND = text("SELECT onemap.find_uncoded_of(:layer, CAST(:districts AS jsonb), :division, :column, :level)")
_STOREYS = text("SELECT onemap.code_storeys(:layer, :parent, :column, :level)")
_ROOMS = text("SELECT onemap.code_rooms(:layer, :parent, :column, :level)")
_GIVEN = text("SELECT count(*) FROM onemap.code WHERE layer = :layer")
_COUNTS = text("""
SELECT count(*) FILTER (WHERE k.code IS NOT NULL) AS given, count(*) FILTER (WHERE k.code IS NULL) AS without
FROM coding AS c LEFT JOIN onemap.code AS k ON k.layer = :layer AND k.fid = c.fid
""")


@dataclass(frozen=True)
class Assigned:
    """Counts of a layer: codes ``given`` and ``retired``, and objects ``without`` one, in no known division."""

    layer: str
    given: int
    retired: int
    merged: int
    without: int

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def codable(layer: Layer) -> DatasetLayer:
    """Return the layer when its objects can have codes, or raise InputError."""
    if not isinstance(layer, DatasetLayer):
        raise InputError(f"layer {layer.id} is derived from others; its objects have no codes of their own")
    return layer


def assign_codes(connection: Connection, layer: DatasetLayer, division: str | None = None) -> Assigned:
    """Give codes to the objects of a layer that are shown and have none, in the caller's transaction.

    ``division`` (six digits) is used for objects in no division of the layer boundaries whose address names none.
    Raises ParameterError when it is no division code.
    """
    if division is not None and (len(division) != 6 or check(division)):
        raise ParameterError("division", check(division) or f"{division!r} is not a division code of six digits")
    locks = locks_of(connection)
    locks.several(layers=[layer.id], shared=_SERIES)
    locks.begin_rows()
    at = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    params = {"layer": layer.id, "at": at}
    retired = connection.execute(text("SELECT onemap.retire_gone(:layer, :at)"), params).scalar_one()
    districts = json.dumps(SHANGHAI_DISTRICTS)
    connection.execute(_FIND, {"layer": layer.id, "districts": districts, "division": division} | _top(layer))
    if layer.nesting is not None:
        return _assign_nested(connection, layer, layer.nesting, retired)
    try:
        _number(connection, layer)
    except IntegrityError as error:
        raise Conflict(str(error.orig).split("\n", maxsplit=1)[0]) from error
    counts = connection.execute(_COUNTS, {"layer": layer.id}).one()
    connection.execute(text("SELECT onemap.name_successors(:layer, :at)"), params)
    merged = connection.execute(text("SELECT onemap.retire_merged(:layer, NULL)"), {"layer": layer.id}).scalar_one()
    connection.execute(text("SELECT onemap.stamp_codes(:layer)"), {"layer": layer.id})
    return Assigned(layer.id, counts.given, retired, merged, counts.without)


def _top(layer: DatasetLayer) -> dict[str, str | None]:
    """Return which rows are coded by their place: all, or those of the highest level that has codes."""
    nesting = layer.nesting
    return {
        "column": None if nesting is None else nesting.level,
        "level": None if nesting is None else nesting.building,
    }


def _assign_nested(connection: Connection, layer: DatasetLayer, nesting: Nesting, retired: int) -> Assigned:
    """Give codes to buildings, then to their storeys, then to the rooms in those; they have no successors."""
    params = {"layer": layer.id, "parent": nesting.parent, "column": nesting.level}
    before = connection.execute(_GIVEN, {"layer": layer.id}).scalar_one()
    try:
        connection.execute(text("SELECT onemap.code_places(:layer)"), {"layer": layer.id})
        connection.execute(_STOREYS, params | {"level": nesting.storey})
        connection.execute(_ROOMS, params | {"level": nesting.room})
    except IntegrityError as error:
        raise Conflict(str(error.orig).split("\n", maxsplit=1)[0]) from error
    given = connection.execute(_GIVEN, {"layer": layer.id}).scalar_one() - before
    connection.execute(text("SELECT onemap.stamp_codes(:layer)"), {"layer": layer.id})
    return Assigned(layer.id, given, retired, 0, _without(connection, layer, nesting))


def _without(connection: Connection, layer: DatasetLayer, nesting: Nesting) -> int:
    """Return how many rows of a level that has codes have none."""
    table = feature_table(layer)
    levels = (nesting.building, nesting.storey, nesting.room)
    missing = table.c[nesting.level].in_(levels), func.upper_inf(table.c.valid), table.c.code.is_(None)
    return int(connection.execute(select(func.count()).select_from(table).where(*missing)).scalar_one())


def _number(connection: Connection, layer: DatasetLayer) -> None:
    params = {"layer": layer.id}
    if layer.id in PLACES:
        connection.execute(text("SELECT onemap.code_places(:layer)"), params)
        return
    own_column = OWN.get(layer.id)
    if own_column is not None:
        connection.execute(text("SELECT onemap.code_own(:layer, :own)"), params | {"own": own_column})
    if layer.id != "boundaries":
        connection.execute(text("SELECT onemap.code_things(:layer, :kind)"), params | {"kind": kind_of(layer.id)})
