"""Decisions on quarantined rows: released into their layer once repaired, or discarded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, RowMapping, Select, func, select, update

from layers.access.areas import require_inside
from layers.access.principals import Area, Principal
from layers.errors import Conflict, Forbidden, InputError, NotFound, ParameterError
from layers.intake.ingest.quarantine import Provenance
from layers.intake.ingest.stage import Cursor, Stage, stage_table
from layers.intake.ingest.upsert import merge
from layers.intake.quality.examine import refused_by
from layers.intake.quality.rows import staged_rows
from layers.intake.quality.rules import rule_book
from layers.intake.quarantine.mend import Patch, mended
from layers.intake.rejection import Reason
from layers.intake.source import Reading
from layers.ops.jobs.progress import Silent
from layers.registry import Registry
from layers.space.local_grid import LocalGrid
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.locks import lend_driver, locks_of
from layers.store.models import SCHEMA
from layers.store.models import quarantine as table
from layers.store.tables import feature_table

_FID = "SELECT fid FROM {} WHERE dataset = %s AND source_key = %s ORDER BY lower(valid) DESC LIMIT 1"
_LONGEST_REASON = 500


@dataclass(frozen=True)
class ReviewDecision:
    """The decider and the reason; ``area`` is that to which they are bound, if any."""

    principal: str
    reason: str
    area: Area | None = None

    def __post_init__(self) -> None:
        """Refuse a decision without a reason."""
        if not 0 < len(self.reason.strip()) <= _LONGEST_REASON:
            raise ParameterError("reason", f"give a reason of at most {_LONGEST_REASON} characters")


@dataclass(frozen=True)
class QuarantineService:
    """Releases and discards quarantined rows."""

    database: Database
    registry: Registry
    grids: tuple[LocalGrid, ...] = ()

    def release(self, number: int, patch: Patch, decision: ReviewDecision) -> int:
        """Put a repaired row into its layer by the conversion, the rules and the merge of loads; return its fid.

        Raises InputError with all reasons where it still cannot be accepted; then nothing changes.
        """
        with self.database.writer.begin() as connection:
            _lock(connection, number)
            row = _pending_row(connection, number, decision)
            layer = self.registry.get(row["layer"])
            if not isinstance(layer, DatasetLayer):
                raise Conflict(f"layer {row['layer']} no longer has data of its own")
            reading = mended(dict(row), patch, self.registry, self.grids)
            fid = self._put(connection, layer, row, reading)
            require_inside(connection, decision.area, f"row {number}, as repaired,", _places(layer, fid))
            _record(connection, number, decision, state="released", fid=fid, patch=patch.json())
        return fid

    def discard(self, number: int, decision: ReviewDecision) -> None:
        """Discard a row; its original stays."""
        with self.database.writer.begin() as connection:
            _pending_row(connection, number, decision)
            _record(connection, number, decision, state="discarded")

    def release_all(self, numbers: list[int], patch: Patch, decision: ReviewDecision) -> dict[str, Any]:
        """Release many rows with the same patch, each by itself; return the released ones, and why others were not."""
        released, refused = [], []
        for number in numbers:
            try:
                released.append({"id": number, "fid": self.release(number, patch, decision)})
            except (InputError, Conflict, NotFound, Forbidden) as error:
                refused.append({"id": number, "reason": str(error)})
        return {"released": released, "refused": refused}

    def _put(self, connection: Connection, layer: DatasetLayer, row: RowMapping, reading: Reading) -> int:
        provenance = Provenance(row["dataset"], row["load"], reading.source_crs, row["date"])
        book = rule_book(connection, [layer])
        with lend_driver(connection) as driver, driver.cursor() as cursor:
            refused: list[Reason] = []
            Stage(cursor, [layer]).fill(reading, Silent(), lambda rejected: refused.extend(_reasons(rejected)))
            rows = staged_rows(layer, self.registry, {layer.id: stage_table(layer)})
            for broken in refused_by(cursor, rows, book.of(layer.id)).values():
                refused.extend(broken)
            if refused:
                raise InputError(f"row {row['id']} still cannot be accepted: {_reasons_text(refused)}")
            if merge(cursor, layer, provenance, None).older:
                raise Conflict(f"row {row['id']}: the map has newer data of this object; discard the row")
            cursor.execute(f"SELECT {SCHEMA}.apply_precedence(%s)", [layer.id])
            return _fid_of(cursor, layer, provenance.dataset)


def _fid_of(cursor: Cursor, layer: DatasetLayer, dataset: str) -> int:
    key = cursor.execute(sql.SQL("SELECT source_key FROM {}").format(stage_table(layer))).fetchone()
    row = cursor.execute(
        sql.SQL(_FID).format(sql.Identifier(SCHEMA, layer.id)), [dataset, None if key is None else key[0]]
    ).fetchone()
    if row is None:
        raise Conflict("the row was not written to its layer")
    return int(row[0])


def _lock(connection: Connection, number: int) -> None:
    """Wait for loads of a row's dataset, which may decide on it too; these locks have to precede that of the row."""
    place = connection.execute(select(table.c.dataset, table.c.layer).where(table.c.id == number)).one_or_none()
    if place is not None:
        locks_of(connection).several(dataset=place.dataset, layers=[place.layer])


def _pending_row(connection: Connection, number: int, decision: ReviewDecision) -> RowMapping:
    """Return and lock a pending row inside the decider's area."""
    statement = select(table).where(table.c.id == number)
    row = locks_of(connection).rows(statement).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no row {number} in quarantine; GET /quarantine lists them")
    if row["state"] != "pending":
        raise Conflict(f"row {number} is {row['state']} already, by {row['decided_by']}")
    require_inside(
        connection, decision.area, f"row {number} in quarantine", select(table.c.geom).where(table.c.id == number)
    )
    return row


def _places(layer: DatasetLayer, fid: int) -> Select[Any]:
    rows = feature_table(layer)
    newest = func.lower(rows.c.valid).desc()
    return select(rows.c.geom).where(rows.c.fid == fid).order_by(newest).limit(1)


def _record(connection: Connection, number: int, decision: ReviewDecision, **values: Any) -> None:
    decided = {"decided": func.clock_timestamp(), "decided_by": decision.principal, "decision": decision.reason}
    connection.execute(update(table).where(table.c.id == number).values(**decided, **values))


def _reasons(rejected: list[Any]) -> list[Reason]:
    reasons = [reason for row in rejected for reason in row.reasons]
    rejected.clear()
    return reasons


def _reasons_text(reasons: list[Reason]) -> str:
    return "; ".join(f"{reason.rule}: {reason.message.en} ({reason.message.zh})" for reason in reasons)


def decision_of(body: Mapping[str, Any], principal: Principal) -> ReviewDecision:
    """Read a decision from JSON."""
    return ReviewDecision(principal.name, str(body.get("reason") or ""), principal.area)
