"""The things and datastreams of a file: found by dataset and key, so that a rerun makes none."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from layers.access import Principal
from layers.errors import Conflict
from layers.store import feature_table
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
from twin.sensing.editing import Edit
from twin.sensing.editing.body import shape_of
from twin.sensing.entities.model import DATASTREAM, LOCATION, OBSERVED_PROPERTY, SENSOR, THING
from twin.sensing.entities.view import View
from twin.sensing.files.series import TYPES, Contents, Observed, Series, Station
from twin.store.sensing_models import observed_property

_NOWHERE = "SRID=4490;POINT EMPTY"
# The first slice of each, where it begins later than what was observed; a place is known as long as its thing.
_EXTEND = """
UPDATE onemap.{layer} AS t SET valid = tstzrange(:since, upper(t.valid))
WHERE t.{key} = ANY (:things) AND t.dataset = :dataset AND lower(t.valid) > :since AND NOT EXISTS (
    SELECT FROM onemap.{layer} AS b WHERE b.fid = t.fid AND lower(b.valid) < lower(t.valid)
)
"""
_EXTEND_PLACES = text("""
UPDATE onemap.historical_location AS h SET time = :since
WHERE h.thing = ANY (:things) AND h.time > :since AND NOT EXISTS (
    SELECT FROM onemap.historical_location AS b WHERE b.thing = h.thing AND b.time < h.time
)
""").bindparams(bindparam("things", type_=ARRAY(BigInteger)))


class Streams:
    """The datastreams of one file, by the keys of their series, and how many of them were made."""

    def __init__(self, contents: Contents, principal: Principal) -> None:
        """Begin with none."""
        self._contents, self._principal = contents, principal
        self._things: dict[str, int] = {}
        self._since: datetime | None = None
        self.numbers: dict[str, int] = {}
        self.made = 0

    def prepare(self, connection: Connection, since: datetime) -> None:
        """Find or make them, with what they hang on, so that they are there since an instant. Raises Conflict."""
        if not self._contents.series:
            return
        if self._since is None:
            self._open(connection, since)
        if self._since is None or since < self._since:
            self._extend(connection, since)
            self._since = since

    def _open(self, connection: Connection, since: datetime) -> None:
        edit = Edit(connection, View.of(self._principal))
        used = {one.station for one in self._contents.series}
        for station in self._contents.stations:
            if station.key in used:
                found = _found(connection, THINGS, self._contents.dataset, [station.key])
                self._things[station.key] = (
                    found[station.key]["fid"] if found else self._make_thing(edit, station, since)
                )
        keys = {_key(one): one for one in self._contents.series}
        there = _found(connection, DATASTREAMS, self._contents.dataset, keys)
        for key, series in keys.items():
            if key in there:
                _require_same(series, there[key])
            self.numbers[series.key] = there[key]["fid"] if key in there else self._make(edit, series, since)

    def _make_thing(self, edit: Edit, station: Station, since: datetime) -> int:
        values: dict[str, Any] = {
            "name": station.name,
            "description": station.description,
            "category": station.category,
        }
        values |= {"owner": station.owner, "grade": station.grade, "geom": _NOWHERE}
        number = edit.insert(THING, values | self._source(station.key, since))
        if station.place is not None:
            edit.place(number, [_make_location(edit, station, station.place)], since)
        return number

    def _make(self, edit: Edit, series: Series, since: datetime) -> int:
        sensor = {"name": self._contents.title, "description": f"observations of the file {self._contents.title}"}
        observed = _property(edit, series.observed)
        values: dict[str, Any] = {
            "name": series.name,
            "description": series.description,
            "thing": self._things[series.station],
            "sensor": edit.insert(SENSOR, sensor | {"encoding_type": "text/plain", "document": "file"}),
            "observed_property": observed,
            "property_name": edit.property_name(observed),
            "unit_name": series.unit.name or None,
            "unit_symbol": series.unit.symbol or None,
            "unit_definition": f"ucum:{series.unit.code}" if series.unit.code else None,
            "observation_type": TYPES[series.kind],
            "geom": _NOWHERE,
        }
        self.made += 1
        return edit.insert(DATASTREAM, values | self._source(_key(series), since))

    def _source(self, key: str, since: datetime) -> dict[str, Any]:
        return {"dataset": self._contents.dataset, "source_key": key, "valid": func.tstzrange(since, None)}

    def _extend(self, connection: Connection, since: datetime) -> None:
        given = {"things": list(self._things.values()), "dataset": self._contents.dataset, "since": since}
        for layer, key in (("things", "fid"), ("datastreams", "thing")):
            statement = text(_EXTEND.format(layer=layer, key=key))
            connection.execute(statement.bindparams(bindparam("things", type_=ARRAY(BigInteger))), given)
        connection.execute(_EXTEND_PLACES, {"things": given["things"], "since": since})


def _key(series: Series) -> str:
    return f"{series.station}/{series.key}"


def _found(connection: Connection, layer: Any, dataset: str, keys: Iterable[str]) -> Mapping[str, Any]:
    """Return the rows that are there now, by source key."""
    table = feature_table(layer)
    rows = select(table).where(table.c.dataset == dataset, table.c.source_key == func.any(list(keys)))
    rows = rows.where(func.upper_inf(table.c.valid))
    return {row["source_key"]: row for row in connection.execute(rows).mappings()}


def _require_same(series: Series, row: Mapping[str, Any]) -> None:
    unit = f"ucum:{series.unit.code}" if series.unit.code else None
    there, kind = row["unit_definition"], row["observation_type"]
    if there != unit or kind != TYPES[series.kind]:
        raise Conflict(
            f"{series.key}: its datastream {row['fid']} is of {there or 'no unit'} ({kind.rpartition('_')[2]}), and the"
            f" file of {unit or 'no unit'} ({series.kind}); give the file another dataset, or the unit that it is in"
        )


def _property(edit: Edit, observed: Observed) -> int:
    """Return the observed property of that definition, or else name, which is made when there is none."""
    c = observed_property.c
    is_same = c.definition == observed.definition if observed.definition else c.name == observed.name
    same = select(c.id).where(is_same).order_by(c.id).limit(1)
    found = edit.connection.execute(same).scalar_one_or_none()
    values = {"name": observed.name, "definition": observed.definition, "description": observed.description}
    return edit.insert(OBSERVED_PROPERTY, values) if found is None else int(found)


def _make_location(edit: Edit, station: Station, place: tuple[float, float]) -> int:
    document = {"type": "Point", "coordinates": list(place)}
    values: dict[str, Any] = {"name": station.name, "description": "", "encoding_type": "application/geo+json"}
    values |= {"document": document}
    return edit.insert(LOCATION, values | {"geom": shape_of(LOCATION, values)})
