"""The one decision function for permission; every door asks it, none decides by itself."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, cast

import shapely

from layers.access.principals import ADMINISTRATOR, DUTY, STEWARD, Area, Principal
from layers.base import Column, Layer
from layers.errors import Forbidden, NotFound, Unauthenticated
from layers.grades import Grade
from layers.raster.raster import Raster
from layers.registry import Registry

Action = Literal["read", "write", "administer"]
Door = Literal[
    "jobs", "loads", "database", "users", "scenarios", "tasks", "warnings", "quarantine", "rules", "matches", "codes"
]
# Who besides the administrator acts at a door, and the clearance with which anybody reads what is there.
_SHARED: dict[Door, tuple[str, Grade]] = {
    "scenarios": (DUTY, Grade.OPEN),
    "tasks": (DUTY, Grade.OPEN),
    "warnings": (DUTY, Grade.OPEN),
    "matches": (STEWARD, Grade.OPEN),
    "codes": (STEWARD, Grade.OPEN),
    "quarantine": (STEWARD, Grade.INTERNAL),
    "rules": (STEWARD, Grade.INTERNAL),
}
# Who besides the administrator reads behind doors at which nobody else acts.
_READING: dict[Door, str] = {"loads": STEWARD}
# Doors whose things each have a place; whoever is bound to an area acts there alone, see ``layers.access.areas``.
_PLACED = frozenset({"tasks", "warnings", "quarantine", "matches"})
# What these doors show of persons and offices, graded as the columns of layers are.
_PERSONAL = frozenset({"owner", "phone", "who", "note", "principal"})


@dataclass(frozen=True)
class Decision:
    """What a principal may do: rows up to ``clearance``, and the columns that are not in ``masked``.

    With an ``area``, rows and columns graded above open are theirs inside it alone.
    """

    allowed: bool
    clearance: Grade
    masked: frozenset[str]
    reason: str
    area: Area | None = None

    @cached_property
    def scope(self) -> str:
        """Return what sets this decision apart in cache keys."""
        area = "" if self.area is None else hashlib.sha256(self.area.wkb).hexdigest()[:16]
        return f"{int(self.clearance)}:{','.join(sorted(self.masked))}:{area}"


def decide(principal: Principal, action: Action, resource: Layer | Raster | Door) -> Decision:
    """Decide whether ``principal`` may do ``action`` with a layer, or behind a door that is no layer."""
    if isinstance(resource, Layer) and action == "read":
        return _decide_read(principal, resource)
    if isinstance(resource, Raster) and action == "read":
        return _decide_raster(principal, resource)
    return _decide_door(principal, action, cast(Door, resource))


def _decide_door(principal: Principal, action: Action, door: Door) -> Decision:
    role, least = _SHARED.get(door, (None, None))
    if action == "read":
        role = role or _READING.get(door)
    roles = [ADMINISTRATOR] if role is None or action == "administer" else [ADMINISTRATOR, role]
    seeing = action == "read" and least is not None and principal.clearance >= least
    allowed = seeing or not principal.roles.isdisjoint(roles)
    reason = "" if allowed else f"this takes the role {' or '.join(roles)}"
    if allowed and action != "read" and principal.area is not None and door not in _PLACED:
        allowed = False
        reason = f"this concerns the whole map, so it takes a right that reaches beyond area {principal.area.id}"
    masked = _PERSONAL if least is not None and principal.clearance < Grade.INTERNAL else frozenset()
    return Decision(allowed, principal.clearance, masked, reason, principal.area)


def _decide_read(principal: Principal, layer: Layer) -> Decision:
    masked = frozenset(column.name for column in layer.columns if column.grade > principal.clearance)
    return _decide_graded(principal, layer.grade, f"layer {layer.id}", masked)


def _decide_raster(principal: Principal, raster: Raster) -> Decision:
    """Decide on pixels as a whole: whoever is bound to an area sees those that lie all inside it, and open ones."""
    decision = _decide_graded(principal, raster.grade, f"raster {raster.id}", frozenset())
    if principal.area is None or raster.grade == Grade.OPEN or not decision.allowed:
        return decision
    inside = shapely.covers(shapely.from_wkb(principal.area.wkb), shapely.box(*raster.bounds))
    return (
        decision if inside else replace(decision, allowed=False, reason=f"raster {raster.id} reaches beyond the area")
    )


def _decide_graded(principal: Principal, grade: Grade, name: str, masked: frozenset[str]) -> Decision:
    allowed = grade <= principal.clearance
    reason = "" if allowed else f"{name} is graded {grade.title.en}"
    return Decision(allowed, principal.clearance, masked, reason, principal.area)


def require(principal: Principal, action: Action, resource: Layer | Raster | Door) -> Decision:
    """Return the decision, or raise Unauthenticated or Forbidden when it is no."""
    decision = decide(principal, action, resource)
    if decision.allowed:
        return decision
    if principal.is_anonymous:
        raise Unauthenticated(f"{decision.reason}; send Authorization: Bearer <token>")
    raise Forbidden(f"{decision.reason}, and {principal.name} does not have it")


def readable(registry: Registry, principal: Principal, layer_id: str) -> tuple[Layer, Decision]:
    """Return a layer and the decision to read it; one that may not be seen is as unknown as one that is not there."""
    layer = registry.get(layer_id)
    decision = decide(principal, "read", layer)
    if not decision.allowed:
        raise NotFound(f"there is no layer {layer_id!r}; GET /collections lists the layers")
    return layer, decision


def shown_columns(layer: Layer, decision: Decision) -> tuple[Column, ...]:
    """Return the columns of a layer that a decision does not mask."""
    return tuple(column for column in layer.columns if column.name not in decision.masked)
