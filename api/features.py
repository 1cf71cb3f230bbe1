"""Rows as GeoJSON features (RFC 7946)."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row

from layers.grades import Grade
from layers.temporal import rfc3339

Json = dict[str, Any]


def feature(row: Row[Any]) -> Json:
    """Return one row of an items statement as a feature; the geometry is text that is already GeoJSON."""
    # str(): SQLAlchemy names columns by a subclass of str, which orjson does not take.
    properties = {str(name): _value(value) for name, value in row._mapping.items() if name not in ("fid", "geometry")}
    properties["grade"] = Grade(row.grade).title.en
    return {
        "type": "Feature",
        "id": row.fid,
        "geometry": None if row.geometry is None else orjson.Fragment(row.geometry),
        "properties": properties,
    }


def _value(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value
