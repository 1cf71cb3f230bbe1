"""What a person decides on quarantined rows: released into their layer once mended, or discarded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, RowMapping, Select, func, select, update

from layers.access.areas import require_inside
from layers.access.principals import Area, Principal
from layers.errors import Conflict, Forbidden, InputError, NotFound, ParameterError
from layers.ingest.merge import merge
from layers.ingest.progress import Silent
from layers.ingest.quarantine import Provenance
from layers.ingest.stage import Cursor, Stage, stage_table
from layers.quality.examine import refused_by
from layers.quality.rows import staged_rows
from layers.quality.rules import rule_book
from layers.quarantine.mend import Patch, mended
from layers.refusal import Reason
from layers.registry import Registry
from layers.source import Reading
from layers.space.local_grid import LocalGrid
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.lock import lock
from layers.store.models import SCHEMA
from layers.store.models import quarantine as table
from layers.store.tables import feature_table

_FID = "SELECT fid FROM {} WHERE dataset = %s AND source_key = %s ORDER BY lower(valid) DESC LIMIT 1"
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Deed:
    """Who decides, and why; ``area`` is that to which they are bound, if any."""

    principal: str
    reason: str
    area: Area | None = None

    def __post_init__(self) -> None:
        """Refuse a deed without a reason."""
        if not 0 < len(self.reason.strip()) <= _LONGEST_REASON:
            raise ParameterError("reason", f"say why, in up to {_LONGEST_REASON} characters")


@dataclass(frozen=True)
class Desk:
    """Where quarantined rows are decided on."""

    database: Database
    registry: Registry
    grids: tuple[LocalGrid, ...] = ()

    def release(self, number: int, patch: Patch, deed: Deed) -> int:
        """Put a mended row into its layer by the conversion, the rules and the merge of loads; return its fid.

        Raises InputError with all reasons where it still cannot be accepted; then nothing changes.
        """
        with self.database.writer.begin() as connection:
            _lock_as_loads_do(connection, number)
            row = _held(connection, number, deed)
            layer = self.registry.get(row["layer"])
            if not isinstance(layer, DatasetLayer):
                raise Conflict(f"layer {row['layer']} keeps no data of its own any more")
            reading = mended(dict(row), patch, self.registry, self.grids)
            fid = self._put(connection, layer, row, reading)
            require_inside(connection, deed.area, f"row {number}, as it is mended,", _places(layer, fid))
            _note(connection, number, deed, state="released", fid=fid, patch=patch.json())
        return fid

    def discard(self, number: int, deed: Deed) -> None:
        """Let a row rest for good; its original stays."""
        with self.database.writer.begin() as connection:
            _held(connection, number, deed)
            _note(connection, number, deed, state="discarded")

    def release_all(self, numbers: list[int], patch: Patch, deed: Deed) -> dict[str, Any]:
        """Release many rows with the same patch, each by itself, and tell which were and why others were not."""
        released, refused = [], []
        for number in numbers:
            try:
                released.append({"id": number, "fid": self.release(number, patch, deed)})
            except (InputError, Conflict, NotFound, Forbidden) as error:
                refused.append({"id": number, "reason": str(error)})
        return {"released": released, "refused": refused}

    def _put(self, connection: Connection, layer: DatasetLayer, row: RowMapping, reading: Reading) -> int:
        whence = Provenance(row["dataset"], row["load"], reading.source_crs, row["date"])
        book = rule_book(connection, [layer])
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the engine's own
        with driver.cursor() as cursor:
            refused: list[Reason] = []
            Stage(cursor, [layer]).fill(reading, Silent(), lambda found: refused.extend(_reasons(found)))
            rows = staged_rows(layer, self.registry, {layer.id: stage_table(layer)})
            for broken in refused_by(cursor, rows, book.of(layer.id)).values():
                refused.extend(broken)
            if refused:
                raise InputError(f"row {row['id']} still cannot be accepted: {_told(refused)}")
            if merge(cursor, layer, whence, None).older:
                raise Conflict(f"row {row['id']}: the map has newer data of this object; discard the row")
            cursor.execute(f"SELECT {SCHEMA}.apply_precedence(%s)", [layer.id])
            return _fid_of(cursor, layer, whence.dataset)


def _fid_of(cursor: Cursor, layer: DatasetLayer, dataset: str) -> int:
    key = cursor.execute(sql.SQL("SELECT source_key FROM {}").format(stage_table(layer))).fetchone()
    found = cursor.execute(
        sql.SQL(_FID).format(sql.Identifier(SCHEMA, layer.id)), [dataset, None if key is None else key[0]]
    ).fetchone()
    if found is None:
        raise Conflict("the row did not arrive in its layer")
    return int(found[0])


def _lock_as_loads_do(connection: Connection, number: int) -> None:
    """Hold the dataset and the layer of a row before the row itself: a load of that dataset discards rows last of all.

    Whoever took the row first would wait for the load, and the load for the row.
    """
    stated = select(table.c.dataset, table.c.layer).where(table.c.id == number)
    row = connection.execute(stated).one_or_none()
    if row is not None:
        lock(connection, f"onemap dataset {row.dataset}")
        lock(connection, f"onemap layer {row.layer}")


def _held(connection: Connection, number: int, deed: Deed) -> RowMapping:
    """Return a row that waits in the area of who decides, and keep others from deciding on it."""
    statement = select(table).where(table.c.id == number).with_for_update()
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no row {number} in quarantine; GET /quarantine lists them")
    if row["state"] != "held":
        raise Conflict(f"row {number} is {row['state']} already, by {row['decided_by']}")
    require_inside(
        connection, deed.area, f"row {number} in quarantine", select(table.c.geom).where(table.c.id == number)
    )
    return row


def _places(layer: DatasetLayer, fid: int) -> Select[Any]:
    rows = feature_table(layer)
    newest = func.lower(rows.c.valid).desc()
    return select(rows.c.geom).where(rows.c.fid == fid).order_by(newest).limit(1)


def _note(connection: Connection, number: int, deed: Deed, **values: Any) -> None:
    decided = {"decided": func.clock_timestamp(), "decided_by": deed.principal, "decision": deed.reason}
    connection.execute(update(table).where(table.c.id == number).values(**decided, **values))


def _reasons(found: list[Any]) -> list[Reason]:
    reasons = [reason for one in found for reason in one.reasons]
    found.clear()
    return reasons


def _told(reasons: list[Reason]) -> str:
    return "; ".join(f"{reason.rule}: {reason.message.en} ({reason.message.zh})" for reason in reasons)


def deed_of(stated: Mapping[str, Any], principal: Principal) -> Deed:
    """Read why somebody decides."""
    return Deed(principal.name, str(stated.get("reason") or ""), principal.area)
