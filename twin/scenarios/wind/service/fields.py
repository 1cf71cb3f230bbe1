"""Selects the fields of a run: the best library that covers its winds, built first where there is none."""

import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from layers.errors import NotFound
from twin.scenarios.wind.district import District
from twin.scenarios.wind.library import build as library_build
from twin.scenarios.wind.library.build import Plan, Progress, build, library_folder, needed_directions
from twin.scenarios.wind.library.library import Library, Wind
from twin.scenarios.wind.library.quality import FINE, PREVIEW, REVISION, Quality, quality_of

# How many libraries of former states of the city are kept for comparison; each has some hundred megabytes.
KEPT_LIBRARIES = 4


def plan_of(home: Path, district: District, quality: Quality, directions: tuple[float, ...] | None = None) -> Plan:
    """Return the plan of a district's library, of all directions or some."""
    return Plan(district, quality, directions or library_build.evenly(), library_folder(home, district, quality))


def fields_for(home: Path, district: District, winds: Sequence[Wind], requested: str, progress: Progress) -> Library:
    """Return the fields for some winds; missing directions of the preview (or the requested quality) are solved now."""
    needed = needed_directions([wind.from_deg for wind in winds])
    plans = [plan_of(home, district, quality, needed) for quality in _qualities(requested)]
    ready = next((plan for plan in plans if not plan.missing()), None)
    if ready is None:
        ready = plans[-1]
        build(ready, progress)
    return open_library(ready.folder)


def open_library(folder: Path) -> Library:
    """Return the library of a folder, cached until its contents change."""
    stamps = tuple(sorted((path.parent.name, path.stat().st_mtime_ns) for path in folder.glob("*/facts.json")))
    return _opened(folder, stamps)


@lru_cache(maxsize=3)
def _opened(folder: Path, stamps: tuple[tuple[str, int], ...]) -> Library:
    return Library(folder)


def live_library(home: Path, district: District, wind: Wind, requested: str = "best") -> Library:
    """Return the best stored library (or that of the requested quality) that covers a wind; raises NotFound."""
    for quality in _qualities(requested):
        plan = plan_of(home, district, quality, needed_directions([wind.from_deg]))
        if not plan.missing():
            return open_library(plan.folder)
    raise NotFound(
        "there is no wind field for this direction and this state of the district; "
        "build the library with POST /scenarios/wind/library or: twin wind library"
    )


def _qualities(requested: str) -> list[Quality]:
    return [FINE, PREVIEW] if requested == "best" else [quality_of(requested)]


def prune(home: Path, current: str) -> int:
    """Remove libraries of former states except the youngest few; return how many were removed."""
    folders = sorted((home / "libraries").glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
    former = [path for path in folders if path.is_dir() and not _is_of(path.name, current)]
    for path in former[KEPT_LIBRARIES:]:
        shutil.rmtree(path, ignore_errors=True)
    return len(former[KEPT_LIBRARIES:])


def _is_of(name: str, version: str) -> bool:
    return name.startswith(f"{version}-") and name.endswith(f"-{REVISION}")
