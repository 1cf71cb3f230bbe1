"""Requirements of a delivery specification (IDS), and why one is not met, in two languages."""

from collections.abc import Callable, Mapping
from typing import Any

from layers.title import Title

# An object of the library.
Facet = Any
_LONGEST = 300
_BOUNDS = {"minInclusive": "≥", "maxInclusive": "≤", "minExclusive": ">", "maxExclusive": "<"}
_LENGTHS = {"length": "=", "minLength": "≥", "maxLength": "≤"}
# By class of the facet and the library's type of reason.
_REASONS = {
    ("Entity", "NAME"): ("类型为 {actual}", "its class is {actual}"),
    ("Entity", "PREDEFINEDTYPE"): ("预定义类型为 {actual}", "its predefined type is {actual}"),
    ("Attribute", "NOVALUE"): ("没有该属性", "it has no such attribute"),
    ("Attribute", "FALSEY"): ("属性为空", "the attribute is empty"),
    ("Attribute", "INVALID"): ("规范中的属性名无效", "the specification names no attribute of this class"),
    ("Attribute", "VALUE"): ("属性值为 {actual}", "the attribute is {actual}"),
    ("Classification", "NOVALUE"): ("没有分类", "it is not classified"),
    ("Classification", "VALUE"): ("分类编码为 {actual}", "its classification is {actual}"),
    ("Classification", "SYSTEM"): ("分类体系为 {actual}", "it is classified by {actual}"),
    ("PartOf", "NOVALUE"): ("没有所属关系", "it is a part of nothing"),
    ("PartOf", "ENTITY"): ("属于 {actual}", "it is a part of {actual}"),
    ("PartOf", "PREDEFINEDTYPE"): (
        "所属对象的预定义类型为 {actual}",
        "the predefined type of what it is in is {actual}",
    ),
    ("Property", "NOPSET"): ("没有该属性集", "it has no such property set"),
    ("Property", "NOVALUE"): ("属性集中没有该属性，或其为空", "the property set has no such property, or it is empty"),
    ("Property", "DATATYPE"): (
        "数据类型为 {actual}，应为 {dataType}",
        "its data type is {actual}, and should be {dataType}",
    ),
    ("Property", "VALUE"): ("属性值为 {actual}（国际单位）", "the value is {actual} (in SI units)"),
    ("Material", "NOVALUE"): ("没有材料", "it has no material"),
    ("Material", "VALUE"): ("材料为 {actual}", "its materials are {actual}"),
}
_PROHIBITED = ("按规范不应如此", "the specification prohibits it")


def requirement_text(facet: Facet) -> Title:
    """Return what a requirement asks for."""
    kind = type(facet).__name__
    subject = _SUBJECTS[kind](facet)
    value = getattr(facet, _VALUES.get(kind, "value"), None)
    expected = None if value in (None, "") else expected_text(value)
    prohibited = getattr(facet, "cardinality", "required") == "prohibited"
    if expected is None:
        zh, en = ("不应有", "must not be there") if prohibited else ("应有", "must be there")
        return Title(f"{zh}{subject.zh}".rstrip(), f"{subject.en} {en}")
    zh, en = ("不应为", "must not be") if prohibited else ("应为", "must be")
    return Title(f"{subject.zh}{zh} {expected}".lstrip(), f"{subject.en} {en} {expected}")


def reason_text(facet: Facet, reason: Mapping[str, Any] | None) -> Title:
    """Return why a requirement is not met."""
    told = reason or {}
    pair = _REASONS.get((type(facet).__name__, told.get("type", "")), _PROHIBITED)
    values = {name: _short(told.get(name, "")) for name in ("actual", "dataType")}
    return Title(pair[0].format_map(values), pair[1].format_map(values))


def expected_text(value: Any) -> str:
    """Return a value or a restriction of values as a reader would write it."""
    if isinstance(value, list):
        return ", ".join(map(expected_text, value))
    options = getattr(value, "options", None)
    return _short(value) if options is None else _short(", ".join(_option(*pair) for pair in options.items()))


def _option(name: str, value: Any) -> str:
    if name in _BOUNDS:
        return f"{_BOUNDS[name]} {value}"
    if name in _LENGTHS:
        return f"length {_LENGTHS[name]} {value}"
    several = value if isinstance(value, list) else [value]
    return " | ".join(map(str, several)) if name == "enumeration" else f"{name} {' & '.join(map(str, several))}"


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple, set)) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _entity(facet: Facet) -> Title:
    type_ = "" if facet.predefinedType is None else f" ({expected_text(facet.predefinedType)})"
    return Title(f"类型{type_}", f"its class{type_}")


def _classification(facet: Facet) -> Title:
    system = "" if facet.system is None else f" {expected_text(facet.system)}"
    return Title(f"分类{system}", f"the classification{system}")


def _property(facet: Facet) -> Title:
    name = f"{expected_text(facet.propertySet)}.{expected_text(facet.baseName)}"
    return Title(f" {name} ", name)


_SUBJECTS: dict[str, Callable[[Facet], Title]] = {
    "Entity": _entity,
    "Attribute": lambda facet: Title(
        f"属性 {expected_text(facet.name)} ", f"the attribute {expected_text(facet.name)}"
    ),
    "Classification": _classification,
    "PartOf": lambda facet: Title("所属对象", "what it is a part of"),
    "Property": _property,
    "Material": lambda facet: Title("材料", "the material"),
}
_VALUES = {"Entity": "name", "PartOf": "name"}
