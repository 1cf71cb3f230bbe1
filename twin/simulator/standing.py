"""The simulated things of a database: put up by documents of SensorThings, and found again."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from layers.access import LOCAL_OPERATOR, decide
from layers.errors import SourceError
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.catalog.things import LAYER as THINGS
from twin.sensing.editing import Edit, create
from twin.sensing.entities.model import DATASTREAM, OBSERVED_PROPERTY, SENSOR, THING
from twin.sensing.entities.view import View
from twin.simulator.kinds import BY_ID, KINDS, Kind, Observed
from twin.simulator.readings import Stream
from twin.simulator.station import Station
from twin.store.sensing_models import observed_property, sensor

Json = dict[str, Any]
# How properties say that a thing is simulated: only such things are ever written for.
_MARK = '"synthetic": true'
_OWN = ("id", "category", "name", "name_en", "lon", "lat", "height_m")


def read_stations(path: Path) -> list[Json]:
    """Return the stations of a file such as the sample's ``sensors.json``; raises SourceError."""
    try:
        stations: list[Json] = json.loads(path.read_text(encoding="utf-8"))["stations"]
        unknown = {station["category"] for station in stations} - KINDS.keys()
        complete = all(name in station for station in stations for name in _OWN)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(str(path), f"this is not a list of stations ({error!r})") from error
    if unknown or not complete:
        raise SourceError(str(path), f"a station has {', '.join(_OWN)}, and one of the categories {', '.join(KINDS)}")
    return stations


def put_up(connection: Connection, stations: Sequence[Json], since: datetime) -> int:
    """Make the things of stations that are not there, standing since an instant; return how many are new."""
    there = {stream.station.key for stream in streams_there(connection)}
    wanting = [station for station in stations if station["id"] not in there]
    if wanting:
        edit = _edit(connection, since)
        instruments = {name: _instrument(edit, KINDS[name]) for name in {one["category"] for one in wanting}}
        observed = {one.id: _property(edit, one) for name in instruments for one in KINDS[name].observed}
        for station in wanting:
            _put_up(edit, station, instruments[station["category"]], observed)
    return len(wanting)


def _put_up(edit: Edit, station: Json, instrument: int, observed: Mapping[str, int]) -> None:
    thing = create(edit, THING, _document(station))
    for one in KINDS[station["category"]].observed:
        given = {"Thing": thing, "Sensor": instrument, "ObservedProperty": observed[one.id]}
        create(edit, DATASTREAM, _datastream(one), given)


def streams_there(connection: Connection, categories: Sequence[str] = ()) -> list[Stream]:
    """Return the datastreams of things that are simulated, of some categories or all, in the order of their names."""
    view = View.of(LOCAL_OPERATOR)
    things, streams = view.thing_rows().subquery("thing"), view.stream_rows().subquery("stream")
    rows = (
        select(streams.c.fid, streams.c.properties, things.c.properties.label("of_thing"), things.c.category)
        .select_from(streams.join(things, things.c.fid == streams.c.thing))
        .where(things.c.properties.contains(_MARK), streams.c.properties.contains(_MARK))
        .where(things.c.category.in_(list(categories or KINDS)))
    )
    found = [stream for row in connection.execute(rows) if (stream := _stream(row)) is not None]
    return sorted(found, key=lambda stream: (stream.name, stream.datastream))


def _stream(row: Row[*tuple[Any, ...]]) -> Stream | None:
    said, thing = json.loads(row.properties), json.loads(row.of_thing)
    if said.get("observes") not in BY_ID or "station" not in thing:
        return None
    facts = {name: value for name, value in thing.items() if name not in ("station", "synthetic", "height_m")}
    station = Station(
        str(thing["station"]), row.category, float(thing.get("height_m", 0.0)),
        tuple(sorted((name, value) for name, value in facts.items() if isinstance(value, str | int | float))),
    )  # fmt: skip
    return Stream(int(row.fid), station, BY_ID[said["observes"]])


def _edit(connection: Connection, since: datetime) -> Edit:
    things, streams = (decide(LOCAL_OPERATOR, "write", layer) for layer in (THINGS, DATASTREAMS))
    return Edit(connection, View(things, streams, since))


def _instrument(edit: Edit, kind: Kind) -> int:
    name = kind.instrument.zh
    known = edit.connection.execute(select(sensor.c.id).where(sensor.c.name == name).limit(1)).scalar()
    if known is not None:
        return int(known)
    document = {
        "name": name, "description": kind.instrument.en, "encodingType": "text/plain", "metadata": "simulated",
        "properties": {"synthetic": True},
    }  # fmt: skip
    return create(edit, SENSOR, document)


def _property(edit: Edit, observed: Observed) -> int:
    table = observed_property
    asked = select(table.c.id).where(table.c.definition == observed.definition, table.c.name == observed.title.zh)
    known = edit.connection.execute(asked.limit(1)).scalar()
    if known is not None:
        return int(known)
    document = {
        "name": observed.title.zh, "definition": observed.definition, "description": observed.title.en,
        "properties": {"title": observed.title.json()},
    }  # fmt: skip
    return create(edit, OBSERVED_PROPERTY, document)


def _document(station: Json) -> Json:
    kind = KINDS[station["category"]]
    facts = {name: value for name, value in station.items() if name not in _OWN}
    place = {"type": "Point", "coordinates": [station["lon"], station["lat"]]}
    return {
        "name": station["name"],
        "description": f"{kind.title.zh}，模拟数据 / {kind.title.en}, simulated",
        "properties": {
            "category": station["category"], "name_en": station["name_en"], "station": station["id"],
            "height_m": station["height_m"], "synthetic": True, **facts,
        },
        "Locations": [
            {"name": station["name"], "description": "", "encodingType": "application/geo+json", "location": place}
        ],
    }  # fmt: skip


def _datastream(observed: Observed) -> Json:
    name, symbol, code = observed.unit
    return {
        "name": observed.title.zh,
        "description": f"{observed.title.en}, simulated",
        "observationType": observed.kind,
        "unitOfMeasurement": {"name": name, "symbol": symbol, "definition": f"ucum:{code}"},
        "properties": {"observes": observed.id, "title": observed.title.json(), "synthetic": True},
    }
