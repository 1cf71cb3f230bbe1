"""Elements coloured by what is said of them, a column, a property or a quantity, and the legend of that."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Text, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY

from bim.colours import linear
from bim.store import record
from bim.tileset.statement import View
from layers.errors import ParameterError
from layers.style import Categories, Entry, Ramp
from layers.title import Title

Source = Literal["column", "property", "quantity"]
Json = dict[str, Any]
# Columns that say something of many elements at once.
_COLUMNS = (
    "class", "kind", "discipline", "storey_name", "type_name", "volume_m3", "area_m2", "min_height_m", "height_m",
)  # fmt: skip
_FORM = re.compile(r'(property|quantity):("[^"]+"|[^".]+)\.("[^"]+"|[^"]+)')
_LONGEST = 400
# Colours that those tell apart who see few (Okabe and Ito 2008), and viridis in five steps.
_CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#5b4b91")
_RAMP = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
_DIGITS = 3


@dataclass(frozen=True)
class Coloring:
    """What elements are coloured by: a column of theirs, or ``name`` in the ``set`` of a property or quantity."""

    source: Source
    name: str
    set: str = ""

    @classmethod
    def parse(cls, parameter: str, text: str) -> "Coloring":
        """Read ``discipline``, ``property:Set.Name`` or ``quantity:Set.Name``; raises ParameterError for others."""
        if text in _COLUMNS:
            return cls("column", text)
        found = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None:
            raise ParameterError(
                parameter,
                f"{text[:80]!r} is not one of {', '.join(_COLUMNS)}, nor property:Set.Name or quantity:Set.Name;"
                " a name with a dot in it stands in double quotes",
            )
        source, group, name = found.groups()
        return cls(cast(Source, source), name.strip('"'), group.strip('"'))


@dataclass(frozen=True)
class Colored:
    """The colours of a model: ``values`` by element, those that have none left out, and the ``paint`` of each."""

    paint: Categories | Ramp
    values: Mapping[str, Any]

    def color_of(self, element: str) -> str:
        """Return the colour of an element, #rrggbb."""
        return self.paint.color_of({self.paint.column: self.values.get(element)})

    def legend(self) -> Json:
        """Return the legend as JSON."""
        return self.paint.legend(Title("", ""))


def colored(connection: Connection, view: View, model: str, by: Coloring) -> Colored:
    """Return the colours of the elements of a model that a reader may see, those of all storeys from one legend.

    Numbers, where all values are some, have a colour for each fifth of their span; else the most frequent values have
    a colour each. Raises ParameterError where nothing that is seen has a value.
    """
    found = {key: value for key, raw in _rows(connection, view, model, by) if (value := _plain(raw)) is not None}
    if not found:
        raise ParameterError("by", "no element that you may see has such a value")
    numbers = [value for value in found.values() if isinstance(value, float)]
    if len(numbers) == len(found) and min(numbers) < max(numbers):
        return Colored(_ramp(view, by, min(numbers), max(numbers)), found)
    column = view.layer.column(by.name) if by.source == "column" else None
    texts = {key: _text(value) for key, value in found.items()}
    return colored_texts(by.name, texts, dict(column.codes) if column else {})


def colored_texts(name: str, texts: Mapping[str, str], titles: Mapping[str, Title] | None = None) -> Colored:
    """Return the colours of elements by texts: the most frequent ones have a colour each."""
    return Colored(_categories(name, texts, titles or {}), texts)


def colored_steps(name: str, numbers: Mapping[str, float], unit: str) -> Colored:
    """Return the colours of elements by numbers, in five steps whose ends are round.

    So a colour mostly means the same while numbers change a little, as those of sensors do.
    """
    least, most = min(numbers.values()), max(numbers.values())
    step = _round_step((most - least) or abs(most) / 10 or 1.0)
    first = math.floor(least / step)
    if math.floor(most / step) - first >= len(_RAMP):
        step = _round_step(step * len(_RAMP) * 1.01)
        first = math.floor(least / step)
    stops = tuple((float(f"{(first + place) * step:.12g}"), color) for place, color in enumerate(_RAMP))
    return Colored(Ramp(name, stops, unit), numbers)


def _round_step(span: float) -> float:
    """Return the least of 1, 2, 5, 10, … of which five are as much as a span."""
    scale = 10.0 ** math.floor(math.log10(span / len(_RAMP)))
    return next(part * scale for part in (1, 2, 5, 10) if part * scale * len(_RAMP) >= span)


def linear_rgb(color: str) -> NDArray[np.float32]:
    """Return the linear red, green and blue (3,) of #rrggbb."""
    return linear(np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32))


def _rows(connection: Connection, view: View, model: str, by: Coloring) -> Any:
    rows = view.rows(model)
    shaped = rows.c.shape.is_not(None)
    if by.source == "column":
        return connection.execute(select(rows.c.source_key, rows.c[by.name]).where(shaped))
    said = record.c.properties if by.source == "property" else record.c.quantities
    value = said.op("#>")(sql_cast([by.set, by.name], ARRAY(Text)))
    return connection.execute(
        select(rows.c.source_key, value).select_from(rows.join(record, record.c.id == rows.c.record)).where(shaped)
    )


def _plain(value: Any) -> str | float | None:
    """Return a value as a number or a text; None for one that is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, list):
        return "、".join(_text(part) for part in map(_plain, value) if part is not None) or None
    return str(value) if value not in (None, "") else None


def _text(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else value


def _ramp(view: View, by: Coloring, least: float, most: float) -> Ramp:
    column = view.layer.column(by.name) if by.source == "column" else None
    rounded = [float(f"{value:.{_DIGITS}g}") for value in np.linspace(least, most, len(_RAMP) + 1)[1:-1]]
    stops = dict(zip((float(f"{least:.{_DIGITS}g}"), *rounded), _RAMP, strict=True))
    return Ramp(by.name, tuple(stops.items()), (column.unit if column else None) or "")


def _categories(name: str, texts: Mapping[str, str], titles: Mapping[str, Title]) -> Categories:
    counted = sorted(Counter(texts.values()).items(), key=lambda pair: (-pair[1], pair[0]))
    entries = (
        Entry(value, color, titles.get(value, Title(value, value)))
        for (value, _), color in zip(counted, _CATEGORIES, strict=False)
    )
    return Categories(name, tuple(entries))
