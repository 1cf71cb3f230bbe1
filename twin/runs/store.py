"""Stores the results of a run, all or nothing, and selects the run that is shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import Connection, Row, func, select, text, update

from layers.errors import Cancelled, Conflict
from layers.ops.jobs import Work
from layers.store import SCHEMA, Database, lend_driver, locks_of
from twin.runs import tasks
from twin.runs.check import check_result, to_json
from twin.scenario import RunFeature, RunResult
from twin.store.models import run as table

_COLUMNS = {
    "run": "int8",
    "kind": "text",
    "key": "text",
    "name": "text",
    "name_en": "text",
    "category": "text",
    "level": "int2",
    "levels": "bytea",
    "value": "float4",
    "series": "bytea",
    "unit": "text",
    "base_m": "float4",
    "height_m": "float4",
    "rank": "int4",
    "reason_zh": "text",
    "reason_en": "text",
    "owner": "text",
    "phone": "text",
    "people": "float4",
    "screening": "bool",
    "detail": "bytea",
    "grade": "int2",
    "own_grade": "int2",
    "things": "text[]",
    "geom": "bytea",
}
_CHUNK = 2_000
# PostgreSQL's numbers of the types int2 and float4, as its arrays name them.
_INT2, _FLOAT4 = 21, 700
_TEXTS = ("key", "name", "name_en", "category", "unit", "reason_zh", "reason_en", "owner", "phone")


def keep(database: Database, number: int, result: RunResult, work: Work, *, kinds: Sequence[str], show: bool) -> None:
    """Store the result of a run that is being calculated, mark it as done and, if requested, show it.

    ``kinds`` are those that the scenario declares.

    This is one transaction, in which triggers also renew the versions of the tiles. Raises InputError for an invalid
    result, and Cancelled when the run was cancelled or deleted; nothing is stored then.
    """
    check_result(result, kinds)
    total = len(result.features)
    with database.writer.begin() as connection, lend_driver(connection, work) as driver:
        scenario = _lock_shown(connection, number) if show else None
        _require_running(connection, number)
        with driver.cursor() as cursor:
            for start in range(0, total, _CHUNK):
                work.report(start, total, "keeping the result")
                _copy(cursor, number, result.features[start : start + _CHUNK])
        tasks.add(connection, number, result.tasks, result.response)
        _regrade(connection, result)
        _finish(connection, number, result, kinds)
        if show:
            _show(connection, number, scenario)
        work.report(total, total, "committing")
        # Last: ``as_of`` sees the run from this instant on, and everybody does once this is committed.
        stamp = func.onemap.commit_stamp(func.now())
        connection.execute(update(table).where(table.c.id == number).values(finished=stamp))
    # A grade that was raised while the result was being stored did not reach it: neither transaction saw the other.
    with database.writer.begin() as connection:
        _regrade(connection, result)


def show(database: Database, number: int) -> None:
    """Show a run in the layers of its scenario, instead of the one shown so far."""
    with database.writer.begin() as connection:
        _show(connection, number, _lock_shown(connection, number))


def hide(database: Database, number: int) -> None:
    """Stop showing a run."""
    with database.writer.begin() as connection:
        connection.execute(update(table).where(table.c.id == number, table.c.shown).values(shown=False))


def _lock_shown(connection: Connection, number: int) -> str | None:
    """Wait for others that show a run of the same scenario, and return it: each of two would hide only what it saw."""
    scenario: str | None = connection.execute(select(table.c.scenario).where(table.c.id == number)).scalar()
    locks_of(connection).shared(f"shown run of {scenario}")
    return scenario


def _show(connection: Connection, number: int, scenario: str | None) -> None:
    others_shown = update(table).where(table.c.scenario == scenario, table.c.shown, table.c.id != number)
    connection.execute(others_shown.values(shown=False))
    statement = update(table).where(table.c.id == number, table.c.state == "done").values(shown=True)
    if not connection.execute(statement).rowcount:
        raise Conflict(f"run {number} is not done, so it cannot be shown yet")


def _require_running(connection: Connection, number: int) -> Row[Any]:
    """Lock the run, so that nobody deletes it in the meantime."""
    running = select(table.c.id).where(table.c.id == number, table.c.state == "running")
    row = locks_of(connection).rows(running).one_or_none()
    if row is None:
        raise Cancelled(f"run {number} was cancelled or deleted; nothing of it is stored")
    return row


def _regrade(connection: Connection, result: RunResult) -> None:
    """Give the features the grades that their things have now; the scenario read them some time ago."""
    graded = text("SELECT onemap.regrade_runs(CAST(:layers AS text[]))")
    connection.execute(graded, {"layers": _layers_of_things(result)})


def _finish(connection: Connection, number: int, result: RunResult, kinds: Sequence[str]) -> None:
    values = {
        "kinds": list(kinds),
        "things": _layers_of_things(result),
        "state": "done",
        "begins": result.begins,
        "step_s": result.step_s,
        "steps": result.steps,
        "summary": dict(result.summary),
        "geometry_version": result.geometry_version,
    }
    connection.execute(update(table).where(table.c.id == number).values(values))


def _copy(cursor: psycopg.Cursor[Any], number: int, features: Sequence[RunFeature]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(SCHEMA, "run_feature"), names)
    shapes = _ewkb(features)
    with cursor.copy(into) as copy:
        # Geometries, arrays and documents are sent in PostgreSQL's own binary form.
        copy.set_types(list(_COLUMNS.values()))
        for feature, shape in zip(features, shapes, strict=True):
            copy.write_row(_row(number, feature, shape))


def _ewkb(features: Sequence[RunFeature]) -> NDArray[np.object_]:
    shapes = np.asarray([feature.geom for feature in features], dtype=object)
    wkb: NDArray[np.object_] = shapely.to_wkb(shapely.set_srid(shapes, 4490), include_srid=True)
    return wkb


def _row(number: int, feature: RunFeature, shape: bytes) -> tuple[Any, ...]:
    own: dict[str, Any] = {name: getattr(feature, name).replace("\0", "") for name in _TEXTS}
    own |= {
        "run": number,
        "level": int(feature.level),
        "levels": _array(feature.levels, ">i2", _INT2),
        "series": _array(feature.series, ">f4", _FLOAT4),
        "value": float(feature.value),
        "people": float(feature.people),
        "base_m": None if feature.base_m is None else float(feature.base_m),
        "height_m": None if feature.height_m is None else float(feature.height_m),
        "rank": int(feature.rank),
        "screening": bool(feature.screening),
        # jsonb_recv: the version of its format, which is 1, then the text.
        "detail": b"\x01" + to_json(f"detail of {feature.key}", feature.detail).encode(),
        "grade": int(feature.grade),
        "own_grade": int(feature.grade),
        "things": _things(feature),
        "geom": shape,
    }
    return tuple(own[name] if name in own else getattr(feature, name) for name in _COLUMNS)


def _layers_of_things(result: RunResult) -> list[str]:
    return sorted({thing.split("/")[0] for feature in result.features for thing in _things(feature)})


def _things(feature: RunFeature) -> list[str]:
    """Return the things that a feature is derived from, its own first."""
    return list(dict.fromkeys([feature.thing, *feature.sources]))


def _array(values: Sequence[float] | None, kind: str, oid: int) -> bytes | None:
    """Return a one-dimensional array as PostgreSQL receives it (array_recv): dimensions, then length and value each."""
    if values is None:
        return None
    header = np.asarray([1, 0, oid, len(values), 1], dtype=">i4").tobytes()
    cells = np.empty(len(values), dtype=[("length", ">i4"), ("value", kind)])
    cells["length"], cells["value"] = cells["value"].dtype.itemsize, values
    return header + cells.tobytes()
