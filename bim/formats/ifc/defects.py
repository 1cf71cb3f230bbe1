"""What to say of a shape that cannot be made."""

from bim.model import Defect, Element
from layers.title import Title

# Longer complaints of the library are of no use to anybody.
_MOST_CHARACTERS = 300
_MESSAGES = {
    "shape.crashed": (
        "生成其形状的进程异常终止（{detail}），该构件没有形状",
        "the process that made its shape {detail}; it is left without one",
    ),
    "shape.timed_out": (
        "生成其形状耗时过长，已中止；该构件没有形状",
        "making its shape took too long and was ended; it is left without one",
    ),
    "shape.missing": (
        "文件中有其形状，几何程序却未能生成{detail}",
        "the file has a shape that could not be made{detail}",
    ),
    "shape.incomplete": (
        "其形状可能不完整，几何程序报告：{detail}",
        "its shape may lack a part; the geometry library says: {detail}",
    ),
    "shape.too_large": (
        "其形状有 {detail} 个三角形，超过上限 {most}，已略去",
        "its shape has {detail} triangles, more than the {most} that are taken; it is left without one",
    ),
    "shape.empty": ("其形状没有任何三角形", "its shape has no triangle"),
    "shape.not_finite": ("其形状的坐标不是有限数", "its shape has coordinates that are no finite numbers"),
}


def defect_of(element: Element, rule: str, detail: str = "", most: int = 0) -> Defect:
    """Return what is wrong with the shape of an element."""
    zh, en = _MESSAGES[rule]
    text = " ".join(detail.split())[:_MOST_CHARACTERS]
    if rule == "shape.missing":
        return Defect(
            element.id, rule, Title(zh.format(detail=text and f"：{text}"), en.format(detail=text and f": {text}"))
        )
    return Defect(element.id, rule, Title(zh.format(detail=text, most=most), en.format(detail=text, most=most)))
