"""What is asked of one property or quantity of an element: that it is there, equals a value, or is so large."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Text, func, or_
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from layers.errors import ParameterError

Operator = Literal["", "=", ">=", "<=", ">", "<"]
# Set.Name, each in double quotes where it has a dot or a sign of comparison in it; then a comparison.
_FORM = re.compile(r'("[^"]+"|[^".=<>]+)\.("[^"]+"|[^"=<>]+?)\s*(?:(>=|<=|=|>|<)\s*(.*))?', re.DOTALL)
_LONGEST = 400


@dataclass(frozen=True)
class PropertyTest:
    """A test of ``name`` in ``set``; ``operator`` is empty where the property has only to be there."""

    set: str
    name: str
    operator: Operator = ""
    value: str = ""

    @classmethod
    def parse(cls, parameter: str, text: str) -> "PropertyTest":
        """Read ``Set.Name``, ``Set.Name=value`` or ``Set.Name>=number``; raises ParameterError for anything else."""
        found = _FORM.fullmatch(text.strip()) if len(text) <= _LONGEST else None
        if found is None:
            raise ParameterError(
                parameter,
                f"{text[:80]!r} is not Set.Name, Set.Name=value or Set.Name>=number of at most {_LONGEST} characters;"
                ' a name with a dot or one of =<> in it stands in double quotes: "Set 1.0".Name=A',
            )
        group, name, operator, value = found.groups()
        test = cls(group.strip('"'), name.strip('"'), cast(Operator, operator or ""), value or "")
        if operator not in (None, "=") and _number(test.value) is None:
            raise ParameterError(parameter, f"{text[:80]!r}: {operator} compares with a number, and {value!r} is none")
        return test

    def condition(self, column: Any) -> ColumnElement[bool]:
        """Return the condition on a jsonb column of sets of named values; names and values are bound."""
        if self.operator == "=":
            # Containment is what the index knows: one for each form in which the value may have been written.
            return or_(*(column.contains({self.set: {self.name: form}}) for form in self._forms()))
        found = column.op("#>")(sql_cast([self.set, self.name], ARRAY(Text)))
        if self.operator == "":
            return func.jsonb_path_exists(found, sql_cast("$ ? (@ != null)", JSONB.JSONPathType))
        path = sql_cast(f"$ ? (@ {self.operator} $bound)", JSONB.JSONPathType)
        bound = sql_cast({"bound": _number(self.value)}, JSONB)
        return func.jsonb_path_exists(found, path, bound)

    def _forms(self) -> list[Any]:
        """Return the value as a text, and as the number or truth that it reads as, each alone and in a list."""
        single: list[Any] = [self.value]
        if self.value.lower() in ("true", "false"):
            single.append(self.value.lower() == "true")
        number = _number(self.value)
        if number is not None:
            single.append(number)
        return [*single, *([one] for one in single)]


def _number(text: str) -> float | None:
    """Return a finite number in the form that JSON has it, or None."""
    try:
        number = json.loads(text)
    except ValueError:
        return None
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return float(number) if is_number and abs(number) < 1e300 and math.isfinite(number) else None
