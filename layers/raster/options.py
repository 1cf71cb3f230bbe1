"""Options of a raster load: from a file beside it, overridden by ``--raster name=value``."""

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
class RasterOptions:
    """Options of a raster; None takes the value from the file, or the default.

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
        """Return the title, the same in both languages where only one is given."""
        zh, en = self.texts.get("title_zh"), self.texts.get("title_en")
        return Title(zh or en or otherwise, en or zh or otherwise)


def read_raster_options(path: Path, pairs: Iterable[tuple[str, str]]) -> RasterOptions:
    """Return what the file ``<name>.raster.json`` beside a raster says, overridden by the pairs."""
    sidecar = path.with_name(path.name.rsplit(".", 1)[0] + SIDECAR)
    values = _read(sidecar) if sidecar.is_file() else {}
    return parse_raster_options(values | dict(pairs))


def parse_raster_options(values: Mapping[str, Any]) -> RasterOptions:
    """Read names and values; raises ParameterError at the first that cannot be used."""
    unknown = sorted(set(values) - set(_KNOWN))
    if unknown:
        raise ParameterError(PARAMETER, f"{unknown[0]!r} is not an option of a raster; use {', '.join(_KNOWN)}")
    kind = _kind(values.get("kind"))
    checked = kind or "continuous"
    resamplings = {name: values[name] for name in ("resampling", "overviews") if name in values}
    if kind is not None:
        for name, value in resamplings.items():
            require_resampling(str(value), checked, f"{PARAMETER} {name}")
    colormap = values.get("colormap")
    return RasterOptions(
        texts={name: str(values[name]) for name in _TEXTS if name in values},
        kind=kind,
        grade=_grade(values.get("grade")),
        nodata=None if values.get("nodata") is None else number(values["nodata"], "nodata", finite=False),
        colormap=None if colormap is None else require_ramp(str(colormap), f"{PARAMETER} colormap"),
        rescale=None if values.get("rescale") is None else parse_rescale(values["rescale"], f"{PARAMETER} rescale"),
        resampling=resamplings.get("resampling"),
        overviews=resamplings.get("overviews"),
        band=int(number(values.get("band", 1), "band")),
        elevation=_yes(values.get("elevation", False)),
        classes=_classes(values.get("classes", [])),
        bands=_bands(values.get("bands", [])),
        date=None if values.get("date") is None else str(values["date"]),
        dataset=None if values.get("dataset") is None else str(values["dataset"]),
        crs=None if values.get("crs") is None else str(values["crs"]),
    )


def parse_rescale(value: Any, parameter: str = "rescale") -> tuple[float, float]:
    """Read ``low,high``."""
    parts = value.split(",") if isinstance(value, str) else list(value)
    try:
        low, high = (float(part) for part in parts)
    except (TypeError, ValueError):
        raise ParameterError(parameter, f"{value!r} is not two numbers low,high") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(parameter, f"{value!r} is not a lower and a higher finite number")
    return low, high


def number(raw: Any, name: str, *, finite: bool = True) -> float:
    """Read a number."""
    try:
        value = float(raw)
    except (TypeError, ValueError):
        raise ParameterError(f"{PARAMETER} {name}", f"{raw!r} is not a number") from None
    if finite and not math.isfinite(value):
        raise ParameterError(f"{PARAMETER} {name}", f"{raw!r} is not finite")
    return value


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(str(path), f"this is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise SourceError(str(path), "this is not a JSON object")
    return document


def _kind(value: Any) -> Kind | None:
    for kind in get_args(Kind):
        if value == kind:
            return kind  # type: ignore[no-any-return]
    if value is not None:
        raise ParameterError(f"{PARAMETER} kind", f"{value!r} is none of {', '.join(get_args(Kind))}")
    return None


def _grade(value: Any) -> Grade:
    if value is None:
        return Grade.OPEN
    for grade in Grade:
        if str(value).lower() in (grade.name.lower(), str(int(grade))):
            return grade
    choices = ", ".join(grade.name.lower() for grade in Grade)
    raise ParameterError(f"{PARAMETER} grade", f"{value!r} is none of {choices}")


def _yes(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value not in {"yes", "no"}:
        raise ParameterError(f"{PARAMETER} elevation", f"{value!r} is neither yes nor no")
    return bool(value == "yes")


def _classes(entries: Any) -> tuple[RasterClass, ...]:
    if not isinstance(entries, list):
        raise ParameterError(
            f"{PARAMETER} classes",
            "this must be a list of objects with value, color, zh and en, in the file beside the raster",
        )
    if len(entries) > _MOST_CLASSES:
        raise ParameterError(
            f"{PARAMETER} classes", f"{len(entries)} classes are too many; {_MOST_CLASSES} is the most"
        )
    classes = tuple(_class(one) for one in entries)
    values = [one.value for one in classes]
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ParameterError(f"{PARAMETER} classes", f"the value {twice} occurs twice")
    return classes


def _class(entry: Any) -> RasterClass:
    try:
        value, color = entry["value"], str(entry["color"])
        zh, en = entry.get("zh"), entry.get("en")
    except (TypeError, KeyError, AttributeError):
        raise ParameterError(f"{PARAMETER} classes", f"{entry!r} lacks value or color") from None
    if not isinstance(value, int):
        raise ParameterError(f"{PARAMETER} classes", f"the value {value!r} is not a whole number")
    from_hex(color, f"{PARAMETER} classes")
    return RasterClass(value, color, Title(str(zh or en or value), str(en or zh or value)))


def _bands(entries: Any) -> tuple[Title, ...]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ParameterError(
            f"{PARAMETER} bands", "this must be a list of objects with zh and en, in the file beside the raster"
        )
    return tuple(Title(str(one.get("zh") or one.get("en")), str(one.get("en") or one.get("zh"))) for one in entries)
