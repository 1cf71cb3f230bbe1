"""IFC's angles as lists of whole numbers: degrees, minutes, seconds and millionths of a second, all of one sign."""

from collections.abc import Sequence

_MINUTES = _SECONDS = 60
_MILLIONTHS = 1_000_000
_LIMITS = (None, _MINUTES, _SECONDS, _MILLIONTHS)
_NAMES = ("degrees", "minutes", "seconds", "millionths of a second")


class AngleError(ValueError):
    """A list of numbers that is no angle; ``str()`` of it is a sentence."""


def degrees(parts: Sequence[int], most: int = 360) -> float:
    """Return the angle in degrees of three or four numbers; raises AngleError, and beyond ``most`` degrees too."""
    if len(parts) not in (3, 4):
        raise AngleError(f"an angle has three or four numbers, and {tuple(parts)} has {len(parts)}")
    signs = {part > 0 for part in parts if part}
    if len(signs) > 1:
        raise AngleError(f"the numbers of an angle have one sign, and {tuple(parts)} has both")
    for part, limit, name in zip(parts, _LIMITS, _NAMES, strict=False):
        if limit is not None and abs(part) >= limit:
            raise AngleError(f"{part} {name} in {tuple(parts)}: there are fewer than {limit:,}")
    total = _total(parts)
    if abs(total) > most * _MINUTES * _SECONDS * _MILLIONTHS:
        raise AngleError(f"{tuple(parts)} is beyond {most} degrees")
    return total / (_MINUTES * _SECONDS * _MILLIONTHS)


def parts_of(angle: float) -> tuple[int, int, int, int]:
    """Return an angle in degrees as four whole numbers, to the nearest millionth of a second."""
    sign = -1 if angle < 0 else 1
    seconds, millionths = divmod(round(abs(angle) * _MINUTES * _SECONDS * _MILLIONTHS), _MILLIONTHS)
    minutes, second = divmod(seconds, _SECONDS)
    degree, minute = divmod(minutes, _MINUTES)
    return sign * degree, sign * minute, sign * second, sign * millionths


def _total(parts: Sequence[int]) -> int:
    """Return an angle in millionths of a second."""
    degree, minute, second, *rest = parts
    return ((degree * _MINUTES + minute) * _SECONDS + second) * _MILLIONTHS + (rest[0] if rest else 0)
