"""The audit trail: who did what, and what was refused."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Insert, insert

from layers.access.principals import Principal
from layers.store.models import audit

# Limits of the details of one act: length of a text, number of parts, depth, and total length.
# One act has the numbers of all quarantined rows that are decided at once.
_LONGEST, _MOST, _DEEPEST, _LONGEST_OF_ALL = 300, 1000, 4, 16_384


def audit_statement(
    principal: Principal, action: str, resource: str, *, allowed: bool, detail: Mapping[str, Any] | None = None
) -> Insert:
    """Return the INSERT that records one act, to be run in the act's own transaction; long details are cut."""
    return insert(audit).values(
        principal=principal.name,
        action=action,
        resource=resource,
        allowed="yes" if allowed else "no",
        detail=_detail(detail or {}),
    )


def _detail(detail: Mapping[str, Any]) -> Any:
    shortened = _brief(detail)
    text = json.dumps(shortened, ensure_ascii=False)
    return shortened if len(text) <= _LONGEST_OF_ALL else {"shortened": _text(text)}


def _brief(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON that PostgreSQL keeps: texts without NUL and lone surrogates, only finite numbers."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if depth >= _DEEPEST:
        return _text(str(value))
    if isinstance(value, Mapping):
        return {_text(str(name)): _brief(part, depth + 1) for name, part in list(value.items())[:_MOST]}
    if isinstance(value, list | tuple | set | frozenset):
        return [_brief(part, depth + 1) for part in list(value)[:_MOST]]
    return _text(str(value))


def _text(value: str) -> str:
    text = value[:_LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(value) <= _LONGEST:
        return text
    # The digest tells whether two long texts with the same beginning are equal.
    digest = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    return f"{text}… ({len(value)} characters, sha256 {digest})"
