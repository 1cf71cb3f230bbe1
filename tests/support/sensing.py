"""A mast with a thermometer, and what a test asks of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from twin.sensing.reading import MEASUREMENT

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return an instant that many minutes after noon of a day in March, in Shanghai."""
    return NOON + timedelta(minutes=minutes)


def add_thing(connection: Connection, name: str = "mast", lon: float = 121.5, grade: int = 0) -> int:
    """Insert a thing that stands there since 2020, and return its fid."""
    statement = text(
        "INSERT INTO onemap.things (name, grade, geom, valid) VALUES"
        " (:name, :grade, ST_SetSRID(ST_MakePoint(:lon, 31.2), 4490), '[2020-01-01Z,)') RETURNING fid"
    )
    return int(connection.execute(statement, {"name": name, "grade": grade, "lon": lon}).scalar_one())


def add_stream(connection: Connection, thing: int, name: str = "air", kind: str = MEASUREMENT, grade: int = 0) -> int:
    """Insert a datastream of a thing since 2020, and return its fid."""
    statement = text(
        "INSERT INTO onemap.datastreams (name, thing, observation_type, unit_symbol, grade, geom, valid) VALUES"
        " (:name, :thing, :kind, '°C', :grade, 'SRID=4490;POINT EMPTY', '[2020-01-01Z,)') RETURNING fid"
    )
    given = {"name": name, "thing": thing, "kind": kind, "grade": grade}
    return int(connection.execute(statement, given).scalar_one())


def add_location(connection: Connection, thing: int, lon: float = 121.5) -> int:
    """Put a thing at a location of its own since 2020, and return the location's id."""
    statement = text(
        "INSERT INTO onemap.location (name, encoding_type, document, geom) VALUES ('yard', 'application/geo+json',"
        " jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(:lon, 31.2)),"
        " ST_SetSRID(ST_MakePoint(:lon, 31.2), 4490)) RETURNING id"
    )
    number = int(connection.execute(statement, {"lon": lon}).scalar_one())
    historical = "INSERT INTO onemap.historical_location (thing, time, locations) VALUES (:thing, '2020-01-01Z', :all)"
    connection.execute(text(historical), {"thing": thing, "all": [number]})
    return number


def rows(connection: Connection, statement: str, **given: Any) -> list[Any]:
    """Return the rows of a statement as tuples."""
    return [tuple(row) for row in connection.execute(text(statement), given)]
