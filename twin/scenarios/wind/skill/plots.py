"""The figures of the skill report: scatter, profiles, and scores beside the trivial models."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from matplotlib import font_manager, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from twin.scenarios.wind.skill.compare import Comparison
from twin.scenarios.wind.skill.rows import MODEL, Row, by_case, pooled
from twin.scenarios.wind.skill.scores import ABSOLUTE, NAMES, RELATIVE

F64 = NDArray[np.float64]
_COLORS = ("#1e6fff", "#ff7a00", "#2a9d4f", "#8a4fff", "#e02020", "#00a5b5", "#8c6d1f", "#555555")
_BARS = ("#1e6fff", "#555555", "#8f8f8f", "#c4c4c4")
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "SimHei",
)
_LEAST_HEIGHTS = 4  # points above one another that make a profile


def plots(comparisons: Sequence[Comparison]) -> dict[str, Figure]:
    """Return the figures by their names."""
    with rc_context({"font.family": [*_fonts(), "DejaVu Sans"], "axes.unicode_minus": False}):
        figures = {"wind-scores": _rendered(scores_figure(comparisons))}
        for name, group in by_case(comparisons):
            figures[f"wind-scatter-{name}"] = _rendered(scatter(group))
            if any(_stations(one) for one in group):
                figures[f"wind-profiles-{name}"] = _rendered(profiles(group))
    return figures


def scatter(group: Sequence[Comparison]) -> Figure:
    """Return predicted over measured speeds of a case, with the bands of FAC2 and of q."""
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    limit = 1.05 * max(float(max(one.predicted.max(), one.case.observed.max())) for one in group)
    line = np.linspace(0, limit, 200)
    axes.fill_between(line, 0.5 * line, 2 * line, color="#000000", alpha=0.05, label=_label("两倍以内", "factor 2"))
    off = np.maximum(RELATIVE * line, ABSOLUTE)
    axes.fill_between(line, line - off, line + off, color="#1e6fff", alpha=0.12, label=_label("命中", "hit (q)"))
    for n, one in enumerate(group):
        axes.plot(one.case.observed, one.predicted, "o", ms=3, color=_COLORS[n % 8], label=one.case.title)
    axes.plot(line, line, color="#000000", lw=0.8)
    axes.set(xlim=(0, limit), ylim=(0, limit), aspect="equal")
    axes.set_xlabel(_label("实测风速 / 参考风速", "measured speed over reference"))
    axes.set_ylabel(_label("计算风速 / 参考风速", "predicted speed over reference"))
    axes.set_title(_label(f"{group[0].case.name}：计算与实测", f"{group[0].case.name}: predicted and measured"))
    axes.legend(fontsize=8, loc="upper left")
    return figure


def profiles(group: Sequence[Comparison]) -> Figure:
    """Return the profiles of the first run of a case that has points above one another."""
    one = next(one for one in group if _stations(one))
    stations = _stations(one)[:12]
    figure = Figure(figsize=(1.5 * len(stations) + 1, 4.5), layout="constrained")
    panels = figure.subplots(1, len(stations), sharey=True, squeeze=False)[0]
    for axes, ((x, _), indices) in zip(panels, stations, strict=True):
        _profile(axes, one, indices)
        axes.set_title(f"x = {x:g} {one.case.unit}", fontsize=9)
    panels[0].set_ylabel(f"z, {one.case.unit}")
    panels[0].legend(fontsize=8, loc="upper left")
    figure.suptitle(_label(f"{one.case.name}：风速廓线", f"{one.case.name}: profiles of speed over reference"))
    return figure


def _profile(axes: Any, one: Comparison, indices: NDArray[np.int64]) -> None:
    order = indices[np.argsort(one.heights[indices])]
    z, model, measured = one.heights[order], one.predicted[order], one.case.observed[order]
    axes.plot(model, z, "-", color=_COLORS[0], label=_label("计算", "model"))
    axes.plot(measured, z, "o", ms=4, color=_COLORS[1], label=_label("实测", "measured"))
    axes.set_xlim(0, 1.05 * max(one.predicted.max(), one.case.observed.max()))


def scores_figure(comparisons: Sequence[Comparison]) -> Figure:
    """Return FAC2, q and R of each case beside the trivial models, the model with its 95 % interval."""
    groups = by_case(comparisons)
    figure = Figure(figsize=(4.2 * len(groups) + 1.5, 4), layout="constrained")
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for axes, (name, group) in zip(panels, groups, strict=True):
        _bars(axes, pooled(name, group))
        axes.set_title(f"{name}, n = {sum(len(one.predicted) for one in group)}")
    panels[0].legend(fontsize=8, loc="lower left")
    figure.suptitle(_label("评分与基准模型", "Scores beside trivial models"))
    return figure


def _bars(axes: Any, row: Row) -> None:
    """Draw the first three scores of a row; a score that does not exist has no bar."""
    scores_by_name = {MODEL: row.model, **row.beside}
    width = 0.8 / len(scores_by_name)
    places = np.arange(3)
    for n, (who, scores) in enumerate(scores_by_name.items()):
        axes.bar(places + n * width, np.nan_to_num(scores.values[:3]), width, label=who, color=_BARS[n % len(_BARS)])
    scored = np.nan_to_num(row.model.values[:3])
    off = np.abs(np.nan_to_num(row.intervals[:3]).T - scored)
    axes.errorbar(places, scored, off, fmt="none", ecolor="#000000", capsize=3)
    axes.set_xticks(places + 0.4 - width / 2, NAMES[:3])
    axes.set_ylim(top=1.05)


def _rendered(figure: Figure) -> Figure:
    """Render a figure while its fonts are set, so that it keeps them."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return figure


def _stations(one: Comparison) -> list[tuple[tuple[float, float], NDArray[np.int64]]]:
    """Return the places with points enough above one another, and which points these are."""
    places = np.round(one.case.points[:, :2] / one.case.unit_m, 6)
    unique, where = np.unique(places, axis=0, return_inverse=True)
    stations = []
    for n, place in enumerate(unique):
        indices = np.flatnonzero(where.reshape(-1) == n)
        if len(np.unique(one.heights[indices])) >= _LEAST_HEIGHTS:
            stations.append(((float(place[0]), float(place[1])), indices))
    return stations


@cache
def _fonts() -> tuple[str, ...]:
    """Return the fonts of this machine that have Chinese characters."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in _CHINESE if name in installed)


def _label(zh: str, en: str) -> str:
    """Return both languages, or English alone where no font has Chinese characters."""
    return f"{zh}  {en}" if _fonts() else en
