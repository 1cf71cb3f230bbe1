"""Figures of a design: numbers that say where they are from, or why they are not known."""

from dataclasses import dataclass
from typing import Any

from layers.title import Title


@dataclass(frozen=True)
class Known:
    """A number, or None where it is not known; ``basis`` says what it is made from, or why there is none."""

    value: float | None
    basis: Title


@dataclass(frozen=True)
class Figure:
    """One indicator: its name and title, its unit (empty: a ratio or a count), its number, and what that is made from.

    ``uncertainty`` is in the same unit, None where nothing states it.
    """

    name: str
    title: Title
    unit: str
    value: float | None
    basis: Title
    uncertainty: float | None = None

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "name": self.name,
            "title": self.title.json(),
            "unit": self.unit,
            "value": self.value,
            "basis": self.basis.json(),
            "uncertainty": self.uncertainty,
        }


def unknown(zh: str, en: str) -> Known:
    """Return that a number is not known, and why."""
    return Known(None, Title(f"未知：{zh}", f"unknown: {en}"))


def named(names: list[str], most: int = 3) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" +{len(names) - most}" if len(names) > most else ""
    return "、".join(names[:most]) + more
