"""What a design scheme does to protected view corridors, which are rows of the layer ``view_corridors``."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from sqlalchemy import Connection, func, select, text

from bim.catalog import DESIGN_SCHEMES, SCHEME_ELEMENTS
from bim.models import ModelsQuery, models
from bim.review import (
    HEIGHT_SHARE,
    Corridor,
    Reach,
    Sources,
    Surroundings,
    extended,
    read_building,
    read_surroundings,
    view_along,
    width_of,
)
from bim.schemes.design import design_of
from bim.schemes.register import Scheme, scheme_of
from bim.schemes.review import BUILDINGS, Sees, place_of_models
from bim.schemes.rules import STATES, State
from layers.access import visible
from layers.errors import InputError, NotFound
from layers.query import Bbox
from layers.temporal import rfc3339
from layers.title import Title

CORRIDORS = "view_corridors"
_MOST, _MOST_BUILDINGS = 50, 20_000
# What a scheme takes from a view that is less than this is nothing, per cent.
_NOTICED_PCT = 0.05
# Corridors that pass no nearer than this to the scheme are left out, metres.
_BESIDE_M = 30.0
_FID = text("SELECT fid FROM onemap.buildings WHERE code = :code AND upper_inf(valid) LIMIT 1")


@dataclass(frozen=True)
class CorridorVerdict:
    """One corridor: how much of its view is obstructed without and with the scheme, per cent, and by whom most of it.

    ``uncertainty`` is how far the second figure moves with the heights of the base map (± 10 %), with the place of the
    models, and with half a cell of the window. ``problem`` tells why there is no figure.
    """

    id: str
    title: Title
    permitted_pct: float | None
    before_pct: float | None = None
    after_pct: float | None = None
    uncertainty_pct: float | None = None
    by: str = ""
    source: str = ""
    date: Any = None
    line: Any = None
    problem: str = ""

    @property
    def state(self) -> State:
        """Return whether the scheme keeps it: what was obstructed before is not of its doing."""
        if self.after_pct is None or self.before_pct is None or self.permitted_pct is None:
            return "unknown"
        takes = self.after_pct - self.before_pct > _NOTICED_PCT
        return "breaks" if takes and self.after_pct > self.permitted_pct else "meets"

    @property
    def already(self) -> bool:
        """Tell whether more than is permitted is obstructed as it is."""
        return None not in (self.before_pct, self.permitted_pct) and (self.before_pct or 0) > (self.permitted_pct or 0)

    @property
    def in_doubt(self) -> bool:
        """Tell whether the uncertainty could turn the verdict."""
        if self.after_pct is None or self.permitted_pct is None or self.uncertainty_pct is None:
            return False
        return abs(self.permitted_pct - self.after_pct) <= self.uncertainty_pct and not self.already

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "corridor": self.id,
            "title": self.title.json(),
            "state": self.state,
            "state_title": STATES[self.state].json(),
            "permitted_pct": self.permitted_pct,
            "before_pct": self.before_pct,
            "after_pct": self.after_pct,
            "uncertainty_pct": self.uncertainty_pct,
            "already_obstructed": self.already,
            "in_doubt": self.in_doubt,
            "by": self.by or None,
            "source": self.source,
            "date": None if self.date is None else rfc3339(self.date),
            "line": None if self.line is None else shapely.geometry.mapping(self.line),
            "problem": self.problem or None,
        }


def judge_corridors(
    connection: Connection, sees: Sees, base: Sources, scheme_id: str, triangles: int
) -> tuple[CorridorVerdict, ...]:
    """Return a verdict on each corridor that passes over or near a scheme, what breaks one first.

    Raises NotFound for a scheme that the reader may not see.
    """
    scheme = scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme_id)
    designed = replace(base, design=design_of(connection, sees, scheme_id))
    versions = models(connection, sees(SCHEME_ELEMENTS.id), ModelsQuery(scheme_id))
    asked = _Question(connection, base, designed, triangles, place_of_models(versions))
    order = ("breaks", "unknown", "meets")
    found = [asked.judge(row) for row in _rows(connection, sees, _over(scheme, designed))]
    return tuple(sorted(found, key=lambda one: (order.index(one.state), one.id)))


def _over(scheme: Scheme, designed: Sources) -> Any:
    """Return the ground of a scheme: its site, and what its buildings cover."""
    blocks = [] if designed.design is None else designed.design.blocks.outlines.tolist()
    return shapely.union_all([scheme.site, *blocks])


def _rows(connection: Connection, sees: Sees, ground: Any) -> Iterator[Any]:
    """Yield the corridors that a reader sees and that pass over some ground, which wide ones do beside their line."""
    view = sees(CORRIDORS)
    rows = visible(view.layer, view.decision, view.when).subquery("corridor")
    box = extended(Bbox(*ground.bounds), 1_000.0 + _BESIDE_M)
    envelope = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4490)
    statement = select(rows, func.ST_AsBinary(rows.c.geom).label("wkb")).where(
        func.ST_Intersects(rows.c.geom, envelope)
    )
    seen: set[int] = set()
    for row in connection.execute(statement.order_by(rows.c.fid)).mappings():
        line = shapely.line_merge(shapely.from_wkb(bytes(row["wkb"])))
        if row["fid"] in seen or not _passes(row, line, ground):
            continue
        seen.add(row["fid"])
        if len(seen) > _MOST:
            raise InputError(f"more than {_MOST} view corridors pass here; ask for a smaller scheme")
        yield {**row, "line": line}


def _passes(row: Any, line: Any, ground: Any) -> bool:
    try:
        corridor = _corridor(row, line)
    except InputError:
        # It is listed, and says what is wrong.
        return True
    return bool(shapely.intersects(corridor.ground(_BESIDE_M), ground))


def _corridor(row: Any, line: Any) -> Corridor:
    """Return the corridor of a row; raises InputError where it is none."""
    if line.geom_type != "LineString" or len(line.coords) < 2:
        raise InputError("its line is not one, from the eye to what is looked at")
    (*eye,), (*target,) = line.coords[0][:2], line.coords[-1][:2]
    top = row["target_top_m"]
    if top is None and row["target_code"] is None:
        raise InputError("it states neither how high its view reaches (target_top_m) nor a landmark (target_code)")
    if row["permitted_pct"] is None:
        raise InputError("it does not state how much may be obstructed (permitted_pct)")
    base = row["target_base_m"] if row["target_base_m"] is not None else top
    corridor = Corridor(
        id=_id(row),
        title=Title(row["name"] or _id(row), row["name"] or _id(row)),
        eye=(eye[0], eye[1]),
        target=(target[0], target[1]),
        base_m=base or 0.0,
        top_m=top or base or 0.0,
        width_m=row["width_m"] or 0.0,
        permitted_pct=row["permitted_pct"],
        eye_m=row["eye_height_m"] if row["eye_height_m"] is not None else 1.6,
        source=row["basis"] or "",
        date=row["approved"],
    )
    if row["width_m"] is None and row["angle_deg"]:
        return replace(corridor, width_m=width_of(row["angle_deg"], corridor.length_m))
    return corridor


def _id(row: Any) -> str:
    return str(row["corridor_code"] or row["name"] or f"{CORRIDORS}/{row['fid']}")


@dataclass(frozen=True)
class _Question:
    """What corridors are judged by: what there is, without and with the scheme."""

    connection: Connection
    base: Sources
    designed: Sources
    triangles: int
    place_m: float | None

    def judge(self, row: Any) -> CorridorVerdict:
        """Return the verdict on the corridor of a row; one that cannot be counted says why."""
        told = {"source": row["basis"] or "", "date": row["approved"], "line": row["line"]}
        named = Title(row["name"] or _id(row), row["name"] or _id(row))
        try:
            corridor = self._with_landmark(_corridor(row, row["line"]), row["target_code"])
            return self._counted(corridor, told)
        except (InputError, NotFound) as error:
            return CorridorVerdict(_id(row), named, row["permitted_pct"], problem=str(error), **told)

    def _with_landmark(self, corridor: Corridor, code: str | None) -> Corridor:
        if code is None:
            return corridor
        fid = self.connection.execute(_FID, {"code": code}).scalar()
        # What may not be seen is told of like what is not there.
        if fid is None:
            raise NotFound(f"there is no building of the code {code!r}")
        try:
            return replace(corridor, landmark=read_building(self.connection, self.base, f"{BUILDINGS}/{fid}"))
        except NotFound:
            raise NotFound(f"there is no building of the code {code!r}") from None

    def _counted(self, corridor: Corridor, told: dict[str, Any]) -> CorridorVerdict:
        area = Bbox(*corridor.ground(_BESIDE_M).bounds)
        before, after = (self._around(sources, area, corridor) for sources in (self.base, self.designed))
        was, now = (view_along(one.scene, corridor, one.prisms) for one in (before, after))
        varied = [
            view_along(scene, corridor, after.prisms, aside).obstructed_pct for scene, aside in self._variants(after)
        ]
        moved = max((abs(one - now.obstructed_pct) for one in varied), default=0.0)
        return CorridorVerdict(
            corridor.id,
            corridor.title,
            corridor.permitted_pct,
            was.obstructed_pct,
            now.obstructed_pct,
            moved + now.cells_pct,
            now.by,
            **told,
        )

    def _variants(self, stands: Surroundings) -> Iterator[tuple[Any, float]]:
        """Yield scenes and how far aside the view is taken: other heights of the base map, other places of models."""
        for factor in (1 - HEIGHT_SHARE, 1 + HEIGHT_SHARE):
            yield stands.scaled(factor), 0.0
        for aside in () if self.place_m is None else (-self.place_m, self.place_m):
            yield stands.scene, aside

    def _around(self, sources: Sources, area: Bbox, corridor: Corridor) -> Surroundings:
        """Return what stands along a corridor, without what stands at its ends: that is looked at, or out of."""
        reach = Reach(math.inf, most=_MOST_BUILDINGS)
        stands = read_surroundings(self.connection, sources, area, reach, (), self.triangles)
        if corridor.landmark is not None:
            stands = stands.without([*corridor.landmark.owners.tolist(), *self._at(stands, [corridor.eye])])
            return replace(stands, scene=stands.scene.with_prisms(corridor.landmark))
        return stands.without(self._at(stands, [corridor.eye, corridor.target]))

    @staticmethod
    def _at(stands: Surroundings, places: Sequence[tuple[float, float]]) -> list[str]:
        """Return the owners, but those of a design, that stand where a corridor begins or ends."""
        points = shapely.points(places)
        return [
            owner
            for owner, outline in zip(stands.prisms.owners.tolist(), stands.prisms.outlines.tolist(), strict=True)
            if not owner.startswith("design/") and shapely.intersects(outline, points).any()
        ]
