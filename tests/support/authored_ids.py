"""Small delivery specifications (IDS), written by the tests that check against them."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<ids xmlns="http://standards.buildingsmart.org/IDS" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://standards.buildingsmart.org/IDS http://standards.buildingsmart.org/IDS/1.0/ids.xsd">
<info><title>交付要求</title></info>
<specifications>{specifications}</specifications>
</ids>
"""


def specification(
    name: str, entity: str, requirements: str, versions: str = "IFC2X3 IFC4 IFC4X3_ADD2", occurs: str = 'minOccurs="0"'
) -> str:
    """Return a specification that applies to a class, with requirements."""
    return (
        f'<specification name="{escape(name)}" ifcVersion="{versions}">'
        f'<applicability {occurs} maxOccurs="unbounded"><entity><name>{simple(entity)}</name></entity></applicability>'
        f"<requirements>{requirements}</requirements></specification>"
    )


def attribute(name: str, value: str | None = None) -> str:
    """Return the requirement of an attribute; ``value`` is XML."""
    return f"<attribute><name>{simple(name)}</name>{_value(value)}</attribute>"


def property_of(set_name: str, name: str, value: str | None = None, data_type: str = "") -> str:
    """Return the requirement of a property or quantity; ``value`` is XML."""
    typed = f' dataType="{data_type}"' if data_type else ""
    return (
        f"<property{typed}><propertySet>{simple(set_name)}</propertySet><baseName>{simple(name)}</baseName>"
        f"{_value(value)}</property>"
    )


def simple(text: str) -> str:
    """Return one value as XML."""
    return f"<simpleValue>{escape(text)}</simpleValue>"


def between(low: float, high: float) -> str:
    """Return the restriction of a number as XML, bounds included."""
    return (
        f'<xs:restriction base="xs:double"><xs:minInclusive value="{low}"/><xs:maxInclusive value="{high}"/>'
        "</xs:restriction>"
    )


def write_ids(path: Path, specifications: Sequence[str]) -> Path:
    """Write a delivery specification and return its path."""
    path.write_text(_FRAME.format(specifications="".join(specifications)), encoding="utf-8")
    return path


def _value(value: str | None) -> str:
    return "" if value is None else f"<value>{value}</value>"
