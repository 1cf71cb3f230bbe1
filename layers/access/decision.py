"""The one decision function for permission, used for every resource."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, cast

import shapely

from layers.access.principals import ADMINISTRATOR, DEVICE, DUTY, STEWARD, Area, Principal
from layers.base import Column, Layer
from layers.errors import Forbidden, NotFound, Unauthenticated
from layers.grades import Grade
from layers.raster.raster import Raster
from layers.registry import Registry

Action = Literal["read", "write", "administer"]
Resource = Literal[
    "jobs",
    "loads",
    "database",
    "users",
    "scenarios",
    "tasks",
    "warnings",
    "quarantine",
    "rules",
    "matches",
    "codes",
    "bindings",
    "sensing",
    "observations",
    "devices",
    "annotations",
    "schemes",
    "placements",
]
# The role that besides the administrator may act on a resource, and the clearance that suffices to read it.
_SHARED: dict[Resource, tuple[str, Grade]] = {
    "scenarios": (DUTY, Grade.OPEN),
    "tasks": (DUTY, Grade.OPEN),
    "warnings": (DUTY, Grade.OPEN),
    "matches": (STEWARD, Grade.OPEN),
    "codes": (STEWARD, Grade.OPEN),
    "bindings": (STEWARD, Grade.OPEN),
    "sensing": (STEWARD, Grade.OPEN),
    "annotations": (STEWARD, Grade.OPEN),
    "schemes": (STEWARD, Grade.OPEN),
    "placements": (STEWARD, Grade.OPEN),
    "observations": (STEWARD, Grade.OPEN),
    "devices": (STEWARD, Grade.INTERNAL),
    "quarantine": (STEWARD, Grade.INTERNAL),
    "rules": (STEWARD, Grade.INTERNAL),
}
# The role that besides the administrator may read resources on which nobody else acts.
_READING: dict[Resource, str] = {"loads": STEWARD}
# Resources on which devices act as well, each on its own, which the act itself sees to.
_OF_DEVICES = frozenset({"observations"})
# Resources whose things have a place: people with an area act only inside it, see ``layers.access.areas``.
_PLACED = frozenset({"tasks", "warnings", "quarantine", "matches", "annotations"})
# Personal data in these resources, graded as the columns of layers are.
_PERSONAL = frozenset({"owner", "phone", "who", "note", "principal"})


@dataclass(frozen=True)
class Decision:
    """What a principal may do: rows up to ``clearance``, and the columns that are not in ``masked``.

    With an ``area``, rows and columns graded above open are visible inside it only.
    """

    allowed: bool
    clearance: Grade
    masked: frozenset[str]
    reason: str
    area: Area | None = None

    @cached_property
    def scope(self) -> str:
        """Return the part of cache keys that depends on this decision."""
        area = "" if self.area is None else hashlib.sha256(self.area.wkb).hexdigest()[:16]
        return f"{int(self.clearance)}:{','.join(sorted(self.masked))}:{area}"


def decide(principal: Principal, action: Action, resource: Layer | Raster | Resource) -> Decision:
    """Decide whether ``principal`` may do ``action`` with a layer, or with a resource that is no layer."""
    if isinstance(resource, Layer) and action == "read":
        return _decide_read(principal, resource)
    if isinstance(resource, Raster) and action == "read":
        return _decide_raster(principal, resource)
    return _decide_resource(principal, action, cast(Resource, resource))


def _decide_resource(principal: Principal, action: Action, resource: Resource) -> Decision:
    role, least = _SHARED.get(resource, (None, None))
    if action == "read":
        role = role or _READING.get(resource)
    roles = [ADMINISTRATOR] if role is None or action == "administer" else [ADMINISTRATOR, role]
    roles += [DEVICE] if resource in _OF_DEVICES and action == "write" else []
    seeing = action == "read" and least is not None and principal.clearance >= least
    allowed = seeing or not principal.roles.isdisjoint(roles)
    reason = "" if allowed else f"this takes the role {' or '.join(roles)}"
    if allowed and action != "read" and principal.area is not None and resource not in _PLACED:
        allowed = False
        reason = f"this concerns the whole map, so it needs a right beyond area {principal.area.id}"
    masked = _PERSONAL if least is not None and principal.clearance < Grade.INTERNAL else frozenset()
    return Decision(allowed, principal.clearance, masked, reason, principal.area)


def _decide_read(principal: Principal, layer: Layer) -> Decision:
    masked = frozenset(column.name for column in layer.columns if column.grade > principal.clearance)
    return _decide_graded(principal, layer.grade, f"layer {layer.id}", masked)


def _decide_raster(principal: Principal, raster: Raster) -> Decision:
    """Decide on a whole raster: a person with an area sees open ones, and those entirely inside the area."""
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


def require(principal: Principal, action: Action, resource: Layer | Raster | Resource) -> Decision:
    """Return the decision, or raise Unauthenticated or Forbidden when it is negative."""
    decision = decide(principal, action, resource)
    if decision.allowed:
        return decision
    if principal.is_anonymous:
        raise Unauthenticated(f"{decision.reason}; send Authorization: Bearer <token>")
    raise Forbidden(f"{decision.reason}, and {principal.name} does not have it")


def readable(registry: Registry, principal: Principal, layer_id: str) -> tuple[Layer, Decision]:
    """Return a layer and the decision to read it; one that may not be seen is reported like one that does not exist."""
    layer = registry.get(layer_id)
    decision = decide(principal, "read", layer)
    if not decision.allowed:
        raise NotFound(f"there is no layer {layer_id!r}; GET /collections lists the layers")
    return layer, decision


def shown_columns(layer: Layer, decision: Decision) -> tuple[Column, ...]:
    """Return the columns of a layer that a decision does not mask."""
    return tuple(column for column in layer.columns if column.name not in decision.masked)
