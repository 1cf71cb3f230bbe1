"""The functions of filters, by name: OGC 18-088 table 23, and those on times that FROST-Server documents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """How many arguments a function takes, and whether it gives true or false."""

    least: int
    most: int
    gives_boolean: bool = False


_TEXT_CONDITIONS = ("substringof", "startswith", "endswith", "contains")
_SPATIAL = (
    "geo.intersects", "st_equals", "st_disjoint", "st_touches", "st_within", "st_overlaps", "st_crosses",
    "st_intersects", "st_contains",
)  # fmt: skip
_TEMPORAL = ("before", "after", "meets", "during", "overlaps", "starts", "finishes")
_ONE = (
    "length", "tolower", "toupper", "trim", "year", "month", "day", "hour", "minute", "second", "fractionalseconds",
    "date", "time", "totaloffsetminutes", "round", "floor", "ceiling", "geo.length",
)  # fmt: skip
FUNCTIONS: dict[str, Function] = {
    **{name: Function(2, 2, gives_boolean=True) for name in (*_TEXT_CONDITIONS, *_SPATIAL, *_TEMPORAL)},
    **{name: Function(1, 1) for name in _ONE},
    **{name: Function(0, 0) for name in ("now", "mindatetime", "maxdatetime")},
    **{name: Function(2, 2) for name in ("indexof", "concat", "geo.distance")},
    "substring": Function(2, 3),
    "st_relate": Function(3, 3, gives_boolean=True),
}
