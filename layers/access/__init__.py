"""Who may see what: principals, grades and the one decision function."""

from layers.access.areas import area_of_division, area_of_geojson, divisions, require_inside, require_unbound, touches
from layers.access.audit import audit_statement
from layers.access.decision import Action, Decision, Resource, decide, readable, require, shown_columns
from layers.access.device_tokens import (
    device_named,
    issue_device_token,
    reissue_device_token,
    withdraw_device_token,
)
from layers.access.principals import (
    ANONYMOUS,
    HOUSEKEEPING,
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
    "HOUSEKEEPING",
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
    "device_named",
    "divisions",
    "ensure_administrator",
    "from_row",
    "issue_device_token",
    "outline",
    "parameters",
    "readable",
    "reissue_device_token",
    "require",
    "require_inside",
    "require_unbound",
    "shown_columns",
    "token_hash",
    "touches",
    "visible",
    "withdraw_device_token",
]
