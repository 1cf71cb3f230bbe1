"""The Lujiazui wind hazard 陆家嘴城市风灾风险场景."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Import ``SCENARIO`` and ``LAYERS`` on first access: the physics is also used without a database."""
    if name == "SCENARIO":
        from twin.scenarios.wind.service.scenario import SCENARIO

        return SCENARIO
    if name == "LAYERS":
        from twin.scenarios.wind.catalog import LAYERS

        return LAYERS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
