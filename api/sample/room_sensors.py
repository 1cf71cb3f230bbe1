"""The made-up sensors in rooms of the bundled district: things of SensorThings, bound to their rooms."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bim.bindings import Span, Stated, import_bindings
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, readable
from layers.registry import Registry
from layers.store import Database
from layers.temporal import now, rfc3339
from twin.sensing.editing import Edit, create
from twin.sensing.entities import view as sensing
from twin.sensing.entities.model import OBSERVED_PROPERTY, SENSOR, THING
from twin.sensing.reading import MEASUREMENT

Json = dict[str, Any]
_MODEL = "office-block"
# By the name in the file: the property, its unit (name, symbol, UCUM), and what defines the property.
_OBSERVED = {
    "temperature": ("气温", "degree Celsius", "°C", "ucum:Cel", "http://vocab.nerc.ac.uk/standard_name/air_temperature/"),
    "carbon_dioxide": (
        "二氧化碳", "parts per million", "ppm", "ucum:[ppm]",
        "http://vocab.nerc.ac.uk/standard_name/mole_fraction_of_carbon_dioxide_in_air/",
    ),
}  # fmt: skip


def sense(database: Database, registry: Registry, path: Path, since: datetime) -> int:
    """Make the things of a file, bound to their rooms ``since`` then, and return how many there are.

    The newest value of each is of this moment, and those before it of the hours before.
    """
    sensors = json.loads(path.read_text(encoding="utf-8"))["sensors"]
    moment = now()
    with database.writer.begin() as connection:
        edit = Edit(connection, sensing.View.of(LOCAL_OPERATOR))
        kinds = {key: _kind(edit, *told) for key, told in _OBSERVED.items()}
        numbers = [create(edit, THING, _thing(sensor, kinds, edit.now)) for sensor in sensors]
        stated = [
            Stated(sensor["name"], f"Things({number})", sensor["element"], Span(since))
            for sensor, number in zip(sensors, numbers, strict=True)
        ]
        view = View(*readable(registry, LOCAL_OPERATOR, "building_elements"), moment)
        import_bindings(connection, view, _MODEL, path, stated, LOCAL_OPERATOR.name)
    return len(numbers)


def _kind(edit: Edit, name: str, unit: str, symbol: str, definition: str, term: str) -> Json:
    """Make what all datastreams of one property share, and return it as each of them has it."""
    sensor = {"name": f"样例{name}传感器", "description": "", "encodingType": "text/plain", "metadata": ""}
    observed = {"name": name, "definition": term, "description": ""}
    return {
        "name": name,
        "description": "",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": unit, "symbol": symbol, "definition": definition},
        "Sensor": {"@iot.id": create(edit, SENSOR, sensor)},
        "ObservedProperty": {"@iot.id": create(edit, OBSERVED_PROPERTY, observed)},
    }


def _thing(sensor: Json, kinds: dict[str, Json], moment: datetime) -> Json:
    place = {"type": "Point", "coordinates": [sensor["lon"], sensor["lat"]]}
    location = {"name": sensor["name"], "description": "", "encodingType": "application/geo+json", "location": place}
    return {
        "name": sensor["name"],
        "description": "虚构的样例，不是测量成果",
        "properties": {"category": "room"},
        "Locations": [location],
        "Datastreams": [{**kind, "Observations": _hourly(sensor[key], moment)} for key, kind in kinds.items()],
    }


def _hourly(values: list[float], moment: datetime) -> list[Json]:
    first = moment - timedelta(hours=len(values) - 1)
    return [
        {"phenomenonTime": rfc3339(first + timedelta(hours=hour)), "result": value} for hour, value in enumerate(values)
    ]
