"""What is wrong with the shape of an element as its file has it, in a sentence for each rule."""

from collections.abc import Iterable
from typing import NamedTuple

from bim.model import Defect
from layers.title import Title


class Flaw(NamedTuple):
    """One fault of a shape: its rule, where it is in the file, and how large it is."""

    rule: str
    where: str = ""
    value: float = 0.0


# {where} is the first place, {others} how many more there are, {value} the largest value.
_MESSAGES = {
    "ring.missing": ("面没有任何环：{where}{others}", "a polygon has no ring: {where}{others}"),
    "ring.too_short": (
        "环的不同顶点少于三个，已略去：{where}{others}",
        "a ring has fewer than three different corners and is left out: {where}{others}",
    ),
    "ring.repeated": (
        "环中有相同的连续顶点（CityJSON 的环不重复首点），已合并：{where}{others}",
        "a ring repeats a corner, and is taken without it (rings of CityJSON do not end where they began): "
        "{where}{others}",
    ),
    "ring.crossing": ("环自相交：{where}{others}", "a ring crosses or touches itself: {where}{others}"),
    "polygon.degenerate": ("面的面积为零：{where}{others}", "a polygon has no area: {where}{others}"),
    "polygon.nonplanar": (
        "面不是平面，最多偏离 {value:.3f} 米：{where}{others}",
        "a polygon is not plane, by {value:.3f} m at most: {where}{others}",
    ),
    "polygon.hole": (
        "洞在面外、相互嵌套或与边界相交：{where}{others}",
        "a hole lies outside of its polygon, in another hole, or crosses a border: {where}{others}",
    ),
    "polygon.disconnected": ("洞把面分成了几块：{where}{others}", "holes cut a polygon into parts: {where}{others}"),
    "polygon.untriangulated": (
        "面有 {value:.3g} 平方米未能三角化：{where}{others}",
        "{value:.3g} m² of a polygon have no triangles: {where}{others}",
    ),
    "polygon.repeated": ("同一面出现两次：{where}{others}", "a polygon is there twice: {where}{others}"),
    "solid.inside_out": (
        "形体的面全部朝内，已翻转：{where}{others}",
        "all faces of a solid faced inwards and have been turned: {where}{others}",
    ),
    "semantics.mismatch": (
        "有 {value:.0f} 个面引用了不存在的语义：{where}{others}",
        "{value:.0f} polygons refer to semantics that are not there: {where}{others}",
    ),
    "shape.empty": ("其形状没有任何三角形", "its shape has no triangle"),
    "shape.no_surface": ("其几何只有点或线，没有面", "its geometry is points or lines, which have no surface"),
    "shape.too_large": (
        "其形状有 {value:.0f} 个三角形，超过上限，已略去",
        "its shape has {value:.0f} triangles, more than are taken; it is left without one",
    ),
}


def defects_of(element: str, flaws: Iterable[Flaw]) -> list[Defect]:
    """Return a defect for each rule that the shape of an element breaks, with the first place and the worst value."""
    by_rule: dict[str, list[Flaw]] = {}
    for flaw in flaws:
        by_rule.setdefault(flaw.rule, []).append(flaw)
    return [Defect(element, rule, _message(rule, some)) for rule, some in by_rule.items()]


def _message(rule: str, flaws: list[Flaw]) -> Title:
    zh, en = _MESSAGES[rule]
    where, value, more = flaws[0].where, max(flaw.value for flaw in flaws), len(flaws) - 1
    return Title(
        zh.format(where=where, value=value, others=f"，另有 {more} 处" if more else ""),
        en.format(where=where, value=value, others=f", and {more} more" if more else ""),
    )
