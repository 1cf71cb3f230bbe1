"""The demands at which the four colours begin, as data with sources: ``levels.csv``."""

import csv
from functools import cache
from pathlib import Path

from layers.errors import SourceError
from twin.hazard import LevelRule

BASES = ("standard", "literature", "judgement")
_FILE = Path(__file__).with_name("levels.csv")


@cache
def level_rules(path: Path = _FILE) -> dict[str, LevelRule]:
    """Return the rule of each name: ``facade``, ``fragility``, ``street`` and kinds of places."""
    with path.open(encoding="utf-8") as file:
        return {row["name"]: _rule(row, path, number) for number, row in enumerate(csv.DictReader(file), 2)}


def level_rule(name: str) -> LevelRule:
    """Return one rule; places without a rule of their own have that of streets."""
    rules = level_rules()
    return rules.get(name, rules["street"])


def _rule(row: dict[str, str], path: Path, number: int) -> LevelRule:
    if row["basis"] not in BASES:
        raise SourceError(path.name, f"basis {row['basis']!r} is none of {', '.join(BASES)}", f"line {number}")
    try:
        bounds = (float(row["blue"]), float(row["yellow"]), float(row["orange"]), float(row["red"]))
        return LevelRule(row["measure"], bounds, row["basis"], row["source"])
    except ValueError as error:
        raise SourceError(path.name, str(error), f"line {number}") from error
