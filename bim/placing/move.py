"""A model is moved, in one transaction: the correction of its place, and all rows that lie where it stands.

Meshes and shapes are in the frame of the model; tilesets, lines of sight, clashes, ways and rooms follow from its
placement by themselves. What is kept in degrees are the outlines of its elements, which search, tiles, the base map
below it, codes and design schemes go by.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

import numpy as np
import shapely
from psycopg import sql
from sqlalchemy import Connection, Text, cast, func, or_, select

from bim.corrections import Version, state, versions_of
from bim.georeference import Placement
from bim.ingest.owner import require_on_site
from bim.models import layer_of
from bim.placing.outlines import moved_outlines
from bim.placing.relocation import Relocation
from bim.store import model
from layers.errors import Conflict, NotFound
from layers.store import SCHEMA, Database, DatasetLayer, feature_table, lend_driver, locks_of

# Metres around a model that its rows may reach beyond its box, in degrees, as in loads.
_MARGIN_DEG = 5e-5
_SRID = 4490
_STAGE = "CREATE TEMPORARY TABLE moved (fid bigint, valid tstzrange, geom geometry) ON COMMIT DROP"
_MOVE = "UPDATE {table} AS t SET geom = m.geom FROM moved AS m WHERE t.fid = m.fid AND t.valid = m.valid"
_COVER = "SELECT onemap.extend_coverage(%s, %s, ST_SetSRID(ST_GeomFromWKB(%s), 4490), %s)"
_PRECEDENCE = "SELECT onemap.apply_precedence(%s)"


@dataclass(frozen=True)
class Moved:
    """From where to where a model was moved, how many of its versions stood there, and how many rows with them."""

    before: Placement
    after: Placement
    versions: int
    rows: int


def move(database: Database, model_id: str, relocation: Relocation, who: str) -> Moved:
    """Move a model by hand, in each of its versions that stand where the present one stands.

    Raises NotFound for a model that is none, Conflict where it was moved since, or is being loaded, ParameterError or
    InputError for a place that is none.
    """

    def corrected(connection: Connection, there: _There) -> Callable[[Version], Placement]:
        present = there.present
        said = 0 if present.correction is None else present.correction.id
        if relocation.version is not None and relocation.version != said:
            raise Conflict(
                f"the model {model_id!r} was moved by somebody else since; see where it stands, and try again"
            )
        box = connection.execute(select(model.c.box).where(model.c.load == present.load)).scalar_one()
        after = relocation.of(present.placement, box)
        state(connection, there.loads, after, who, relocation.why)
        return lambda _: after

    return _moved(database, model_id, corrected)


def take_back(database: Database, model_id: str, who: str, why: str) -> Moved:
    """Let a model stand where its files say again, in each version that stands where the present one stands.

    Raises NotFound for a model that is none, Conflict where nothing was corrected, or it is being loaded.
    """

    def uncorrected(connection: Connection, there: _There) -> Callable[[Version], Placement]:
        if there.present.by_hand is None:
            raise Conflict(f"the model {model_id!r} stands where its file says; nothing is to be taken back")
        state(connection, there.loads, None, who, why)
        return lambda version: version.own

    return _moved(database, model_id, uncorrected)


@dataclass(frozen=True)
class _There:
    """The version of a model that holds now, and all of them that stand at the same place, this one too."""

    present: Version
    versions: Sequence[Version]

    @property
    def loads(self) -> list[int]:
        return [one.load for one in self.versions]


def _moved(
    database: Database, model_id: str, stated: Callable[[Connection, _There], Callable[[Version], Placement]]
) -> Moved:
    """Let a statement hold of a model, which returns where each version then stands, and take its rows along."""
    with database.writer.begin() as connection:
        there = _held(connection, model_id)
        place_of = stated(connection, there)
        present = there.present
        layer = layer_of(connection, model_id)
        rows = [
            row
            for one in there.versions
            for row in _outlines(connection, layer, model_id, one, place_of(one), present=one is present)
        ]
        if rows:
            _require_on_site(database, connection, model_id, _ground(rows))
            _write(connection, layer, model_id, rows, min(one.date for one in there.versions))
        return Moved(present.placement, place_of(present), len(there.versions), len(rows))


def _held(connection: Connection, model_id: str) -> _There:
    """Return the versions of a model that are meant, which nobody else moves or loads until the transaction ends."""

    def busy(message: str) -> NoReturn:
        raise Conflict(f"the model {model_id!r} cannot be moved now ({message}); try again when that is done")

    locks = locks_of(connection)
    locks.several(dataset=model_id, layers=[layer_of(connection, model_id).id], waiting=busy)
    locks.begin_rows()
    versions = versions_of(connection, model_id)
    if not versions:
        raise NotFound(f"there is no building model {model_id!r}; GET /bim/models lists them")
    present = next((one for one in versions if one.date <= datetime.now(UTC)), versions[-1])
    return _There(present, [one for one in versions if one.placement == present.placement])


# Number, valid time as text and new outline of a row.
_Row = tuple[int, str, Any]


def _outlines(
    connection: Connection, layer: DatasetLayer, model_id: str, version: Version, after: Placement, *, present: bool
) -> Iterator[_Row]:
    """Yield the rows that a version brought, with their outlines where it now stands.

    Rows that somebody has put in by hand came with no load: they move with the version that is there at present.
    """
    table = feature_table(layer)
    own = table.c.load_id == version.load
    statement = (
        select(
            table.c.fid,
            cast(table.c.valid, Text),
            func.ST_AsBinary(table.c.geom),
            func.coalesce(table.c.min_height_m, 0.0),
        )
        .where(table.c.dataset == model_id, or_(own, table.c.load_id.is_(None)) if present else own)
        .order_by(table.c.fid)
        .with_for_update()
    )
    found = connection.execute(statement).all()
    outlines = np.array([shapely.from_wkb(bytes(row[2])) for row in found], dtype=object)
    low = np.array([row[3] for row in found], dtype=float)
    moved = moved_outlines(outlines, low, version.placement, after)
    yield from ((row[0], row[1], outline) for row, outline in zip(found, moved, strict=True))


def _ground(rows: Sequence[_Row]) -> Any:
    corners = shapely.get_coordinates(np.array([outline for _, _, outline in rows], dtype=object))
    return shapely.buffer(shapely.convex_hull(shapely.MultiPoint(corners)), _MARGIN_DEG)


def _require_on_site(database: Database, connection: Connection, model_id: str, ground: Any) -> None:
    scheme = connection.execute(select(model.c.scheme).where(model.c.dataset == model_id).limit(1)).scalar_one()
    if scheme:
        require_on_site(database, model_id, ground, scheme)


def _write(connection: Connection, layer: DatasetLayer, model_id: str, rows: Sequence[_Row], since: datetime) -> None:
    """Write the outlines, and what follows of the coverage and the precedence of their dataset."""
    with lend_driver(connection) as driver, driver.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY moved FROM STDIN") as copy:
            for fid, valid, outline in rows:
                placed = shapely.set_srid(outline, _SRID)
                copy.write_row((fid, valid, shapely.to_wkb(placed, hex=True, include_srid=True)))
        cursor.execute("ANALYZE moved")
        cursor.execute(sql.SQL(_MOVE).format(table=sql.Identifier(SCHEMA, layer.id)))
        cursor.execute(_COVER, [model_id, layer.id, shapely.to_wkb(_ground(rows)), since])
        cursor.execute(_PRECEDENCE, [layer.id])
