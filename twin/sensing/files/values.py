"""Values as files write them."""

import re
from typing import Any

from layers.errors import InputError
from twin.sensing.files.series import Kind

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0*)?", re.ASCII)
_LONGEST = 4096
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "是": True, "否": False}


class ValueFault(InputError):
    """A value that is none of its kind."""


def value_of(written: Any, kind: Kind) -> Any:
    """Return what a cell says, as the kind that it is. Raises ValueFault."""
    return _READERS[kind](written)


def _measurement(written: Any) -> float:
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written)
    text = str(written).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueFault(
            f"result: {text[:40]!r} is no number; if it stands for a value that is missing, declare it (--missing)"
        )
    return float(text)


def _count(written: Any) -> int:
    if isinstance(written, float) and written.is_integer():
        return int(written)
    text = str(written).strip()
    if not _WHOLE.fullmatch(text):
        raise ValueFault(f"result: {text[:40]!r} is no whole number")
    return int(text.partition(".")[0])


def _category(written: Any) -> str:
    text = str(written).strip()
    if len(text) > _LONGEST:
        raise ValueFault(f"result: a text of {len(text)} characters is longer than {_LONGEST}")
    return text


def _truth(written: Any) -> bool:
    found = _TRUTH.get(str(written).strip().lower())
    if found is None:
        raise ValueFault(f"result: {str(written)[:40]!r} is neither true nor false")
    return found


_READERS = {"measurement": _measurement, "count": _count, "category": _category, "truth": _truth}
