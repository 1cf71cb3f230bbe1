"""What a person may say of a raster that is loaded: in a file beside it, and by ``--raster name=value`` over that."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from layers.errors import ParameterError, SourceError
from layers.grades import Grade
from layers.raster.ramps import from_hex, require_ramp
from layers.raster.raster import Kind, RasterClass
from layers.raster.resampling import require_resampling
from layers.title import Title

PARAMETER = "raster"
SIDECAR = ".raster.json"
_TEXTS = ("title_zh", "title_en", "description_zh", "description_en", "unit", "source")
_KNOWN = (
    *_TEXTS,
    "kind",
    "grade",
    "nodata",
    "colormap",
    "rescale",
    "resampling",
    "overviews",
    "band",
    "elevation",
    "classes",
    "bands",
    "date",
    "dataset",
    "crs",
)
_MOST_CLASSES = 256


@dataclass(frozen=True)
class RasterWishes:
    """What is stated of a raster; None leaves it to the file, or to the rule.

    ``rescale`` are the values at the ends of the ramp; ``bands`` are the bands' titles; ``texts`` has titles, unit and
    source by their names.
    """

    texts: Mapping[str, str]
    kind: Kind | None = None
    grade: Grade = Grade.OPEN
    nodata: float | None = None
    colormap: str | None = None
    rescale: tuple[float, float] | None = None
    resampling: str | None = None
    overviews: str | None = None
    band: int = 1
    elevation: bool = False
    classes: tuple[RasterClass, ...] = ()
    bands: tuple[Title, ...] = ()
    date: str | None = None
    dataset: str | None = None
    crs: str | None = None

    def title(self, otherwise: str) -> Title:
        """Return the title, the same in both languages where only one is stated."""
        zh, en = self.texts.get("title_zh"), self.texts.get("title_en")
        return Title(zh or en or otherwise, en or zh or otherwise)


def read_wishes(path: Path, pairs: Iterable[tuple[str, str]]) -> RasterWishes:
    """Return what the file ``<name>.raster.json`` beside a raster says, and the pairs, which overrule it."""
    beside = path.with_name(path.name.rsplit(".", 1)[0] + SIDECAR)
    stated = _read(beside) if beside.is_file() else {}
    return parse_wishes(stated | dict(pairs))


def parse_wishes(stated: Mapping[str, Any]) -> RasterWishes:
    """Read names and values; raises ParameterError at the first that cannot be used."""
    unknown = sorted(set(stated) - set(_KNOWN))
    if unknown:
        raise ParameterError(PARAMETER, f"{unknown[0]!r} is nothing to say of a raster; known are {', '.join(_KNOWN)}")
    kind = _kind(stated.get("kind"))
    checked = kind or "continuous"
    given = {name: stated[name] for name in ("resampling", "overviews") if name in stated}
    if kind is not None:
        for name, value in given.items():
            require_resampling(str(value), checked, f"{PARAMETER} {name}")
    colormap = stated.get("colormap")
    return RasterWishes(
        texts={name: str(stated[name]) for name in _TEXTS if name in stated},
        kind=kind,
        grade=_grade(stated.get("grade")),
        nodata=None if stated.get("nodata") is None else number(stated["nodata"], "nodata", finite=False),
        colormap=None if colormap is None else require_ramp(str(colormap), f"{PARAMETER} colormap"),
        rescale=None if stated.get("rescale") is None else parse_rescale(stated["rescale"], f"{PARAMETER} rescale"),
        resampling=given.get("resampling"),
        overviews=given.get("overviews"),
        band=int(number(stated.get("band", 1), "band")),
        elevation=_yes(stated.get("elevation", False)),
        classes=_classes(stated.get("classes", [])),
        bands=_bands(stated.get("bands", [])),
        date=None if stated.get("date") is None else str(stated["date"]),
        dataset=None if stated.get("dataset") is None else str(stated["dataset"]),
        crs=None if stated.get("crs") is None else str(stated["crs"]),
    )


def parse_rescale(stated: Any, parameter: str = "rescale") -> tuple[float, float]:
    """Read ``low,high``."""
    parts = stated.split(",") if isinstance(stated, str) else list(stated)
    try:
        low, high = (float(part) for part in parts)
    except (TypeError, ValueError):
        raise ParameterError(parameter, f"{stated!r} is not two numbers low,high") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(parameter, f"{stated!r} is not a lower and a higher number")
    return low, high


def number(stated: Any, name: str, *, finite: bool = True) -> float:
    """Read a number."""
    try:
        value = float(stated)
    except (TypeError, ValueError):
        raise ParameterError(f"{PARAMETER} {name}", f"{stated!r} is no number") from None
    if finite and not math.isfinite(value):
        raise ParameterError(f"{PARAMETER} {name}", f"{stated!r} is not finite")
    return value


def _read(path: Path) -> dict[str, Any]:
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(str(path), f"this is no JSON ({error})") from error
    if not isinstance(stated, dict):
        raise SourceError(str(path), "this is no JSON object")
    return stated


def _kind(stated: Any) -> Kind | None:
    for kind in get_args(Kind):
        if stated == kind:
            return kind  # type: ignore[no-any-return]
    if stated is not None:
        raise ParameterError(f"{PARAMETER} kind", f"{stated!r} is none of {', '.join(get_args(Kind))}")
    return None


def _grade(stated: Any) -> Grade:
    if stated is None:
        return Grade.OPEN
    for grade in Grade:
        if str(stated).lower() in (grade.name.lower(), str(int(grade))):
            return grade
    known = ", ".join(grade.name.lower() for grade in Grade)
    raise ParameterError(f"{PARAMETER} grade", f"{stated!r} is none of {known}")


def _yes(stated: Any) -> bool:
    if isinstance(stated, bool):
        return stated
    if stated not in {"yes", "no"}:
        raise ParameterError(f"{PARAMETER} elevation", f"{stated!r} is neither yes nor no")
    return bool(stated == "yes")


def _classes(stated: Any) -> tuple[RasterClass, ...]:
    if not isinstance(stated, list):
        raise ParameterError(
            f"{PARAMETER} classes", "they are a list of value, color, zh and en, in the file beside it"
        )
    if len(stated) > _MOST_CLASSES:
        raise ParameterError(f"{PARAMETER} classes", f"{len(stated)} are too many; {_MOST_CLASSES} is the most")
    found = tuple(_class(one) for one in stated)
    values = [one.value for one in found]
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ParameterError(f"{PARAMETER} classes", f"the value {twice} stands twice")
    return found


def _class(stated: Any) -> RasterClass:
    try:
        value, color = stated["value"], str(stated["color"])
        zh, en = stated.get("zh"), stated.get("en")
    except (TypeError, KeyError, AttributeError):
        raise ParameterError(f"{PARAMETER} classes", f"{stated!r} lacks value or color") from None
    if not isinstance(value, int):
        raise ParameterError(f"{PARAMETER} classes", f"the value {value!r} is not a whole number")
    from_hex(color, f"{PARAMETER} classes")
    return RasterClass(value, color, Title(str(zh or en or value), str(en or zh or value)))


def _bands(stated: Any) -> tuple[Title, ...]:
    if not isinstance(stated, list) or not all(isinstance(one, dict) for one in stated):
        raise ParameterError(f"{PARAMETER} bands", "they are a list of zh and en, in the file beside it")
    return tuple(Title(str(one.get("zh") or one.get("en")), str(one.get("en") or one.get("zh"))) for one in stated)
