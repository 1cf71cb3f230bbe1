"""The shelf of hazard scenarios, found by reading the folder.

A file or folder here declares one ``SCENARIO``, and its ``LAYERS``, which are read without the physics.
"""

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.scenario import Scenario


@cache
def scenarios() -> "dict[str, Scenario[Any]]":
    """Return the scenarios by their ids, read when they are first asked for: physics is slow to import.

    So is the database, which the processes that solve the wind in a folder here do not need.
    """
    from layers.registry import on_shelf
    from twin.scenario import Scenario

    return {found.id: found for found in on_shelf(sys.modules[__name__], "SCENARIO", Scenario)}
