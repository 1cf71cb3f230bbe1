"""The plan of a raster load: its kind, how "no value" is stored, and how it is resampled and drawn."""

from dataclasses import dataclass

import numpy as np

from layers.errors import ParameterError, SourceError
from layers.raster.blocks import Pixels, PixelsInPlace
from layers.raster.lookup import PixelsLookedUp
from layers.raster.options import PARAMETER, RasterOptions
from layers.raster.raster import Band, Kind, RasterClass, RasterStyle
from layers.raster.resampling import DRAWING, OVERVIEWS, require_resampling
from layers.raster.statistics import MOST_CLASSES, RunningStats
from layers.raster.survey import Survey
from layers.title import Title

# Colours of classes without one (Okabe and Ito's, distinct for colour-blind readers too), used in turn.
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
    options: RasterOptions
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
        """Tell whether a mask is needed, since no number can stand for no value."""
        moved = not self.survey.is_plain
        return self.kept_nodata is None and (moved or self.survey.has_mask or len(set(self.nodata)) > 1)

    def pixels(self) -> Pixels:
        """Return where the pixels come from."""
        if self.survey.is_plain:
            return PixelsInPlace(self.survey, self.nodata)
        return PixelsLookedUp(self.survey, self.nodata, self.kind == "categorical")


def plan(survey: Survey, options: RasterOptions) -> Plan:
    """Decide; raises ParameterError or SourceError where what is requested does not fit the file."""
    kind = options.kind or ("categorical" if options.classes else survey.kind)
    _require_kind(survey, kind)
    if not 1 <= options.band <= len(survey.indexes):
        raise ParameterError(f"{PARAMETER} band", f"{survey.path.name} has bands 1 to {len(survey.indexes)}")
    nodata = survey.nodata if options.nodata is None else (options.nodata,) * len(survey.indexes)
    drawing = require_resampling(options.resampling or DRAWING[kind], kind, f"{PARAMETER} resampling")
    overviews = require_resampling(options.overviews or OVERVIEWS[kind], kind, f"{PARAMETER} overviews")
    return Plan(survey, options, kind, nodata, _kept_nodata(survey, nodata), overviews, drawing)


def _require_kind(survey: Survey, kind: Kind) -> None:
    if kind == "categorical" and any(np.dtype(one).kind not in "iu" for one in survey.types):
        raise SourceError(
            str(survey.path), f"its numbers are of the type {survey.types[0]}; classes must be whole numbers"
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


def bands_of(plan: Plan, gathered: list[RunningStats]) -> tuple[Band, ...]:
    """Return the bands with their statistics."""
    return tuple(_band(plan, place, stats) for place, stats in enumerate(gathered))


def _band(plan: Plan, place: int, stats: RunningStats) -> Band:
    survey, options = plan.survey, plan.options
    own_title = survey.titles[place]
    title = (
        options.bands[place]
        if place < len(options.bands)
        else Title(own_title or f"波段 {place + 1}", own_title or f"band {place + 1}")
    )
    has_values = bool(stats.count)
    return Band(
        number=place + 1,
        title=title,
        type=plan.type,
        unit=options.texts.get("unit", survey.units[place]),
        nodata=None if plan.kept_nodata is None or np.isnan(plan.kept_nodata) else plan.kept_nodata,
        minimum=stats.minimum if has_values else None,
        maximum=stats.maximum if has_values else None,
        mean=stats.mean if has_values else None,
        std=stats.std if has_values else None,
        valid_share=round(stats.valid_share, 6),
    )


def style_of(plan: Plan, gathered: list[RunningStats]) -> RasterStyle:
    """Return how it is drawn, the ramp's ends within three standard deviations of the mean unless given."""
    options, stats = plan.options, gathered[plan.options.band - 1]
    low, high = options.rescale or _span(stats)
    return RasterStyle(
        colormap=options.colormap or "viridis",
        low=low,
        high=high,
        band=options.band,
        resampling=plan.drawing,
        elevation=options.elevation,
        classes=_classes(plan, stats) if plan.kind == "categorical" else (),
    )


def _span(stats: RunningStats) -> tuple[float, float]:
    low = max(stats.minimum, stats.mean - _SPREAD * stats.std)
    high = min(stats.maximum, stats.mean + _SPREAD * stats.std)
    return (low, high) if low < high else (low, low + 1.0)


def _classes(plan: Plan, stats: RunningStats) -> tuple[RasterClass, ...]:
    """Return the declared classes, or one for each number that occurs."""
    if len(stats.classes) > MOST_CLASSES:
        raise SourceError(
            str(plan.survey.path),
            f"it has more than {MOST_CLASSES} different numbers, too many for classes; use --raster kind=continuous",
        )
    if plan.options.classes:
        return plan.options.classes
    return tuple(
        RasterClass(
            value,
            plan.survey.palette.get(value, _COLORS[place % len(_COLORS)]),
            Title(f"类别 {value}", f"class {value}"),
        )
        for place, value in enumerate(sorted(stats.classes))
    )


def notes_of(plan: Plan, gathered: list[RunningStats]) -> tuple[str, ...]:
    """Return notes for a person, as sentences."""
    notes = []
    class_values = {one.value for one in plan.options.classes}
    unclassified = sorted(gathered[plan.options.band - 1].classes - class_values) if class_values else []
    if unclassified:
        some = ", ".join(map(str, unclassified[:_NAMED])) + (" …" if len(unclassified) > _NAMED else "")
        notes.append(f"the numbers {some} have no class; they are not drawn")
    if not plan.survey.is_plain:
        method = "the nearest pixel" if plan.kind == "categorical" else "bilinear interpolation"
        notes.append(f"its pixels were resampled to a grid in EPSG:4490, by {method}")
    return tuple(notes)
