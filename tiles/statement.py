"""The SQL of a tile: compiled once per layer and set of columns, bound for each request."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Boolean, DateTime, Float, Integer, Select, bindparam, case, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from layers.access import AREA, CLEARANCE, Decision, outline, parameters, visible
from layers.base import Appearance, Layer
from layers.store import driver_sql
from layers.temporal import When, form_of
from tiles.address import Address

# Units of a tile's own grid, and how far a feature may reach over its edge (so that strokes are not cut).
EXTENT = 4096
BUFFER = 64


@dataclass(frozen=True, slots=True)
class TileStatement:
    """One compiled statement; its row is (version, body, number of features)."""

    sql: str
    fixed: dict[str, Any]

    def bind(
        self, address: Address, when: When, decision: Decision, most: int, version_at: datetime | None = None
    ) -> dict[str, Any]:
        """Return the values for one tile; its version is that of the instant ``version_at``, now when it is None."""
        return self.fixed | {
            "z": address.z,
            "x": address.x,
            "y": address.y,
            "margin": address.width * BUFFER / EXTENT,
            "most": most,
            "version_at": version_at or datetime.now(UTC),
            **when.parameters(),
            **parameters(decision),
        }


def tile_statement(layer: Layer, zoom: int, when: When, decision: Decision) -> TileStatement:
    """Return the statement for tiles of a layer, with the columns of that zoom that the decision does not mask."""
    names = tuple(column.name for column in layer.tile_columns(zoom) if column.name not in decision.masked)
    return _compiled(layer, names, form_of(when), outline(decision))


@lru_cache(maxsize=1024)
def _compiled(layer: Layer, names: tuple[str, ...], form: When, decision: Decision) -> TileStatement:
    sql, values = driver_sql(mvt_statement(layer, names, form, decision))
    return TileStatement(sql, {name: value for name, value in values.items() if name not in _BOUND})


def mvt_statement(layer: Layer, names: tuple[str, ...], when: When, decision: Decision) -> Select[Any]:
    """Return one row: the tile's version and its bytes, read in one snapshot, and how many features were found."""
    features = _features(layer, names, when, decision).subquery("features")
    body = func.ST_AsMVT(features.table_valued(), layer.id, EXTENT, "geom", "fid")
    drawn = select(body.label("body"), func.count().label("found")).select_from(features).subquery("drawn")
    version = func.onemap.tile_version(layer.id, _Z, _X, _Y, _VERSION_AT)
    return select(version.label("version"), drawn.c.body, drawn.c.found)


def _features(layer: Layer, names: tuple[str, ...], when: When, decision: Decision) -> Select[Any]:
    rows = visible(layer, decision, when)
    columns = rows.selected_columns
    envelope = func.ST_TileEnvelope(_Z, _X, _Y)
    cut = func.ST_AsMVTGeom(columns.geom_3857, envelope, EXTENT, BUFFER, True)
    box = func.ST_Expand(envelope, _MARGIN)
    conditions: list[ColumnElement[bool]] = [columns.geom_3857.op("&&", is_comparison=True, return_type=Boolean())(box)]
    if layer.appearance is not None:
        conditions.append(_appears(layer.appearance, columns[layer.appearance.column]))
    features = rows.with_only_columns(columns.fid, *(columns[name] for name in names), cut.label("geom")).where(
        *conditions
    )
    # In one order always: the same rows make the same bytes, and the same features stay when a tile is full.
    first = [] if layer.rank is None else [columns[layer.rank].desc().nulls_last()]
    features = features.order_by(*first, columns.fid, func.lower(columns.valid))
    # One more than the most, so that a cut is noticed.
    return features.limit(_MOST + literal(1, Integer))


def _appears(rule: Appearance, column: ColumnElement[Any]) -> ColumnElement[bool]:
    return case(dict(rule.minzooms), value=column, else_=rule.other) <= _Z


def _bound(name: str, kind: Any) -> BindParameter[Any]:
    return bindparam(name, type_=kind)


_Z, _X, _Y = (_bound(name, Integer()) for name in ("z", "x", "y"))
_MARGIN, _MOST = _bound("margin", Float()), _bound("most", Integer())
_VERSION_AT = _bound("version_at", DateTime(timezone=True))
_BOUND = {"z", "x", "y", "margin", "most", "version_at", "at_first", "at_last", "as_of", CLEARANCE, AREA}
