"""Who may see what: principals, grades and the one decision function."""

from layers.access.areas import area_of_division, area_of_geojson, divisions, require_inside, require_unbound, touches
from layers.access.audit import audit_statement
from layers.access.decision import Action, Decision, Resource, decide, readable, require, shown_columns
from layers.access.principals import (
    ANONYMOUS,
    LOCAL_OPERATOR,
    ROLES,
    TOKEN_FILE,
    Area,
    Principal,
    ensure_administrator,
    from_row,
    token_hash,
)
from layers.access.rows import AREA, CLEARANCE, outline, parameters, visible

__all__ = [
    "ANONYMOUS",
    "AREA",
    "CLEARANCE",
    "LOCAL_OPERATOR",
    "ROLES",
    "TOKEN_FILE",
    "Action",
    "Area",
    "Decision",
    "Principal",
    "Resource",
    "area_of_division",
    "area_of_geojson",
    "audit_statement",
    "decide",
    "divisions",
    "ensure_administrator",
    "from_row",
    "outline",
    "parameters",
    "readable",
    "require",
    "require_inside",
    "require_unbound",
    "shown_columns",
    "token_hash",
    "touches",
    "visible",
]
