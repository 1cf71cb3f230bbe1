"""Names and codes of the administrative divisions that warnings name (GB/T 2260)."""

import re

from layers.space import SHANGHAI_DISTRICTS

SHANGHAI = "310000"
_NAMES = {"上海市": SHANGHAI, **SHANGHAI_DISTRICTS}
_SHORT = {re.sub("(新区|区|市)$", "", name): code for name, code in _NAMES.items()}
_CODE = re.compile(r"(\d{6})(?:0{3}|0{6})?")


def find_division(name: str) -> str | None:
    """Return the six digits of a division by its name, with or without 区 or 市; None where it is not in the table."""
    plain = name.strip().removeprefix("上海市") or "上海市"
    return _NAMES.get(plain) or _SHORT.get(plain)


def division_of_code(text: str) -> str | None:
    """Return the six digits of a code of 6, 9 or 12 digits that names a county or more; None for anything else."""
    match = _CODE.fullmatch(text.strip())
    return match[1] if match else None


def contains(outer: str, inner: str) -> bool:
    """Tell whether the outer division equals or contains the inner one: 310000 contains 310115."""
    return inner.startswith(prefix(outer))


def prefix(division: str) -> str:
    """Return the digits with which the codes of all divisions in a division begin: 31 of 310000."""
    return re.sub("(0000|00)$", "", division)
