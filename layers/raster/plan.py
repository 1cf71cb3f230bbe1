"""What becomes of a raster that comes in: its kind, how "no value" is kept, and how it is made smaller and drawn."""

from dataclasses import dataclass

import numpy as np

from layers.errors import ParameterError, SourceError
from layers.raster.blocks import Pixels, PixelsInPlace
from layers.raster.lookup import PixelsLookedUp
from layers.raster.raster import Band, Kind, RasterClass, RasterStyle
from layers.raster.resampling import DRAWING, OVERVIEWS, require_resampling
from layers.raster.statistics import MOST_CLASSES, Gathered
from layers.raster.survey import Survey
from layers.raster.wishes import PARAMETER, RasterWishes
from layers.title import Title

# Colours of classes that nobody gave one (Okabe and Ito's, told apart by colour-blind readers too), again and again.
_COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
_SPREAD = 3.0
_NAMED = 5


@dataclass(frozen=True)
class Plan:
    """What is going to be kept.

    ``nodata`` are the numbers that stand for no value in the file, by band; ``kept_nodata`` the one that does in what
    is kept, where a mask does not tell it instead.
    """

    survey: Survey
    wishes: RasterWishes
    kind: Kind
    nodata: tuple[float | None, ...]
    kept_nodata: float | None
    overviews: str
    drawing: str

    @property
    def type(self) -> str:
        """Return the kind of number that all bands are kept in."""
        return str(np.result_type(*self.survey.types))

    @property
    def needs_mask(self) -> bool:
        """Tell whether no number can stand for no value, so that a mask has to tell it."""
        moved = not self.survey.is_plain
        return self.kept_nodata is None and (moved or self.survey.has_mask or len(set(self.nodata)) > 1)

    def pixels(self) -> Pixels:
        """Return where the pixels come from."""
        if self.survey.is_plain:
            return PixelsInPlace(self.survey, self.nodata)
        return PixelsLookedUp(self.survey, self.nodata, self.kind == "categorical")


def plan(survey: Survey, wishes: RasterWishes) -> Plan:
    """Decide; raises ParameterError or SourceError where what is wished does not fit the file."""
    kind = wishes.kind or ("categorical" if wishes.classes else survey.kind)
    _require_kind(survey, kind)
    if not 1 <= wishes.band <= len(survey.indexes):
        raise ParameterError(f"{PARAMETER} band", f"{survey.path.name} has bands 1 to {len(survey.indexes)}")
    nodata = survey.nodata if wishes.nodata is None else (wishes.nodata,) * len(survey.indexes)
    drawing = require_resampling(wishes.resampling or DRAWING[kind], kind, f"{PARAMETER} resampling")
    overviews = require_resampling(wishes.overviews or OVERVIEWS[kind], kind, f"{PARAMETER} overviews")
    return Plan(survey, wishes, kind, nodata, _kept_nodata(survey, nodata), overviews, drawing)


def _require_kind(survey: Survey, kind: Kind) -> None:
    if kind == "categorical" and any(np.dtype(one).kind not in "iu" for one in survey.types):
        raise SourceError(
            str(survey.path), f"its numbers are of the type {survey.types[0]}, and classes are whole numbers"
        )
    if kind == "image" and (len(survey.indexes) < 3 or set(survey.types) != {"uint8"}):
        raise SourceError(str(survey.path), "an image has three bands of the type uint8: red, green and blue")


def _kept_nodata(survey: Survey, nodata: tuple[float | None, ...]) -> float | None:
    """Return one number for all bands: NaN where numbers may be it, else the file's own where bands agree on one."""
    kind = np.result_type(*survey.types)
    if kind.kind == "f":
        return float("nan")
    [*different] = set(nodata)
    if len(different) != 1 or different[0] is None:
        return None
    limits = np.iinfo(kind)
    number = float(different[0])
    return number if number.is_integer() and limits.min <= number <= limits.max else None


def bands_of(plan: Plan, gathered: list[Gathered]) -> tuple[Band, ...]:
    """Return the bands with what was seen of them."""
    return tuple(_band(plan, place, seen) for place, seen in enumerate(gathered))


def _band(plan: Plan, place: int, seen: Gathered) -> Band:
    survey, wishes = plan.survey, plan.wishes
    named = survey.titles[place]
    title = (
        wishes.bands[place]
        if place < len(wishes.bands)
        else Title(named or f"波段 {place + 1}", named or f"band {place + 1}")
    )
    known = bool(seen.count)
    return Band(
        number=place + 1,
        title=title,
        type=plan.type,
        unit=wishes.texts.get("unit", survey.units[place]),
        nodata=None if plan.kept_nodata is None or np.isnan(plan.kept_nodata) else plan.kept_nodata,
        minimum=seen.minimum if known else None,
        maximum=seen.maximum if known else None,
        mean=seen.mean if known else None,
        std=seen.std if known else None,
        valid_share=round(seen.valid_share, 6),
    )


def style_of(plan: Plan, gathered: list[Gathered]) -> RasterStyle:
    """Return how it is drawn, the ramp's ends within three standard deviations of the mean unless they are wished."""
    wishes, seen = plan.wishes, gathered[plan.wishes.band - 1]
    low, high = wishes.rescale or _span(seen)
    return RasterStyle(
        colormap=wishes.colormap or "viridis",
        low=low,
        high=high,
        band=wishes.band,
        resampling=plan.drawing,
        elevation=wishes.elevation,
        classes=_classes(plan, seen) if plan.kind == "categorical" else (),
    )


def _span(seen: Gathered) -> tuple[float, float]:
    low = max(seen.minimum, seen.mean - _SPREAD * seen.std)
    high = min(seen.maximum, seen.mean + _SPREAD * seen.std)
    return (low, high) if low < high else (low, low + 1.0)


def _classes(plan: Plan, seen: Gathered) -> tuple[RasterClass, ...]:
    """Return the classes that are stated, or one for each number that occurs."""
    if len(seen.classes) > MOST_CLASSES:
        raise SourceError(
            str(plan.survey.path),
            f"it has more than {MOST_CLASSES} different numbers, so they are no classes; say --raster kind=continuous",
        )
    if plan.wishes.classes:
        return plan.wishes.classes
    return tuple(
        RasterClass(
            value,
            plan.survey.palette.get(value, _COLORS[place % len(_COLORS)]),
            Title(f"类别 {value}", f"class {value}"),
        )
        for place, value in enumerate(sorted(seen.classes))
    )


def notes_of(plan: Plan, gathered: list[Gathered]) -> tuple[str, ...]:
    """Return sentences on what a person may want to know."""
    notes = []
    named = {one.value for one in plan.wishes.classes}
    strange = sorted(gathered[plan.wishes.band - 1].classes - named) if named else []
    if strange:
        some = ", ".join(map(str, strange[:_NAMED])) + (" …" if len(strange) > _NAMED else "")
        notes.append(f"the numbers {some} stand for no stated class; they are not drawn")
    if not plan.survey.is_plain:
        way = "the nearest pixel" if plan.kind == "categorical" else "four pixels weighed"
        notes.append(f"its pixels were looked up anew on a grid in EPSG:4490, by {way}")
    return tuple(notes)
