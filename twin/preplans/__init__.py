"""Structured pre-plans 应急预案结构化: who does what by when, drafted, followed up, and evaluated afterwards."""

from pathlib import Path

from layers.errors import NotFound
from twin.preplans.plan import Plan
from twin.preplans.reading import read_plan

_FOLDER = Path(__file__).parent


def plan_for(scenario: str) -> Plan:
    """Return the pre-plan of a scenario, read from the file of its name in this folder."""
    path = _FOLDER / f"{scenario}.toml"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.toml")))
        raise NotFound(f"there is no pre-plan for the scenario {scenario!r}; there are pre-plans for {names}")
    return read_plan(path)
