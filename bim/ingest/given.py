"""The options of a load of a model as texts: from a command line, a form, or a job."""

from collections.abc import Mapping, Sequence

from bim.georeference import ControlPoint, LocateOptions
from bim.ingest.options import ModelOptions
from bim.ingest.place import Footprint
from bim.reading import ReadOptions
from layers.errors import ParameterError
from layers.grades import grade_named
from layers.numbers import parse_whole
from layers.space import LocalGrid
from layers.temporal import parse_instant

# What may be stated several times is a list of texts.
Given = Mapping[str, str | Sequence[str]]
NAMES = (
    "model", "date", "at", "heading", "crs", "control", "footprint", "shifted", "grade", "strict", "most_triangles",
    "scheme", "corrected",
)  # fmt: skip
_MOST_TRIANGLES = 10_000_000


def model_options(given: Given, principal: str, grids: tuple[LocalGrid, ...] = ()) -> ModelOptions:
    """Read options by their names; raises ParameterError, naming the option, for what cannot be read."""
    unknown = sorted(set(given) - set(NAMES))
    if unknown:
        raise ParameterError(unknown[0], f"a load of a model has no such option; it has {', '.join(NAMES)}")
    most = _text(given, "most_triangles")
    usual = ReadOptions()
    most_triangles = usual.most_triangles if most is None else parse_whole("most_triangles", most, most=_MOST_TRIANGLES)
    date, footprint = _text(given, "date"), _text(given, "footprint")
    return ModelOptions(
        model=_text(given, "model"),
        date=None if date is None else parse_instant(date, "date"),
        grade=grade_named(_text(given, "grade") or "open"),
        principal=principal,
        read=ReadOptions(most_triangles=most_triangles, strict=_yes(given, "strict", "no")),
        place=_place(given, grids),
        footprint=None if footprint is None else Footprint.parse(footprint),
        scheme=_text(given, "scheme") or "",
        corrected=_yes(given, "corrected", "yes"),
    )


def _yes(given: Given, name: str, usual: str) -> bool:
    said = _text(given, name) or usual
    if said not in ("yes", "no"):
        raise ParameterError(name, f"{said!r} is neither yes nor no")
    return said == "yes"


def _place(given: Given, grids: tuple[LocalGrid, ...]) -> LocateOptions:
    at, heading = _text(given, "at"), _text(given, "heading")
    lon, lat, height = (None, None, None) if at is None else place_of(at, "at")
    return LocateOptions(
        control_points=tuple(map(_control_point, _texts(given, "control"))),
        lonlat=None if lon is None or lat is None else (lon, lat),
        height_m=height,
        heading_deg=None if heading is None else _number(heading, "heading"),
        crs=_text(given, "crs") or "",
        grids=grids,
        shifted=_text(given, "shifted") or "",
    )


def _control_point(text: str) -> ControlPoint:
    point, _, place = text.partition("=")
    try:
        x, y, z = (float(part) for part in point.split(","))
    except ValueError:
        raise ParameterError("control", f"{text!r} is not x,y,z=longitude,latitude[,height]") from None
    return ControlPoint((x, y, z), *place_of(place, "control"))


def place_of(text: str, parameter: str) -> tuple[float, float, float | None]:
    """Read ``longitude,latitude[,height]``."""
    try:
        lon, lat, *height = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(parameter, f"{text!r} is not longitude,latitude[,height] in degrees, metres") from None
    return lon, lat, height[0] if height else None


def _number(text: str, parameter: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(parameter, f"{text!r} is not a number") from None


def _text(given: Given, name: str) -> str | None:
    """Return the text of an option, the last of several; None for one that is not there or empty."""
    texts = _texts(given, name)
    return texts[-1] if texts and texts[-1] else None


def _texts(given: Given, name: str) -> list[str]:
    value = given.get(name, [])
    return [value] if isinstance(value, str) else list(value)
