"""The registry of hazard scenarios, discovered by reading this folder.

A file or folder here declares one ``SCENARIO``, and its ``LAYERS``, which can be read without importing the physics.
"""

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.scenario import Scenario


@cache
def scenarios() -> "dict[str, Scenario[Any]]":
    """Return the scenarios by id, imported on first use: the physics is slow to import.

    So is the database package, which the processes that solve the wind do not need.
    """
    from layers.registry import on_shelf
    from twin.scenario import Scenario

    return {scenario.id: scenario for scenario in on_shelf(sys.modules[__name__], "SCENARIO", Scenario)}
