"""The Lujiazui wind hazard 陆家嘴城市风灾风险场景."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Declare ``SCENARIO`` and ``LAYERS`` when asked for: the physics below is used without a database, too."""
    if name == "SCENARIO":
        from twin.scenarios.wind.service.scenario import SCENARIO

        return SCENARIO
    if name == "LAYERS":
        from twin.scenarios.wind.catalog import LAYERS

        return LAYERS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
