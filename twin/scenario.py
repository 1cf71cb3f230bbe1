"""The interface of hazard scenarios: their declaration, the context of a run, and its result."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel
from shapely.geometry.base import BaseGeometry

from layers.grades import Grade
from layers.ops.jobs import JobKind, Work
from layers.store import Database
from layers.title import Title
from twin.hazard import Level
from twin.preplans.draft import TaskDraft
from twin.warnings import WeatherWarning

Request = TypeVar("Request", bound=BaseModel)
# Ids are part of URLs, of layer names (before a hyphen) and of folder names.
_ID = re.compile(r"[a-z][a-z0-9]{0,30}")


class LayerOfKind(Protocol):
    """What a scenario needs of a layer that shows its runs, such as a ``twin.runs.layer.RunLayer``."""

    @property
    def scenario(self) -> str:
        """Return the id of the scenario."""
        ...

    @property
    def kind(self) -> str:
        """Return the kind of features that it shows."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunFeature:
    """One feature of a result; ``geom`` is in EPSG:4490, longitude first.

    ``value`` is the worst over the run in ``unit`` and ``level`` the worst ``twin.hazard.Level``; ``series`` and
    ``levels`` have those of each step, or are None where nothing changes with time. ``rank`` counts from 1, the worst
    first, within the kind.
    ``base_m`` and ``height_m`` are metres above the ground. ``kind`` is one of those that the scenario's layers show;
    features of the kind ``objects`` are those that summaries, lists and reports of a run count.
    ``grade`` is the highest of its inputs: the thing that ``key`` names (layer/fid, and the number of a part where it
    is one), and ``sources``, other things whose names, shapes or numbers are in it.
    """

    kind: str
    key: str
    geom: BaseGeometry
    level: int
    value: float
    unit: str
    rank: int
    name: str = ""
    name_en: str = ""
    category: str = ""
    series: Sequence[float] | None = None
    levels: Sequence[int] | None = None
    base_m: float | None = None
    height_m: float | None = None
    reason_zh: str = ""
    reason_en: str = ""
    owner: str = ""
    phone: str = ""
    people: float = 0.0
    screening: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)
    grade: Grade = Grade.OPEN
    sources: Sequence[str] = ()

    @property
    def thing(self) -> str:
        """Return the thing that it is about: of façade cell buildings/12/345, buildings/12."""
        return "/".join(self.key.split("/")[:2])


@dataclass(frozen=True)
class RunContext:
    """The context of a run: the database to read, the job for progress reports, and folders for files.

    ``home`` is shared by all scenarios and outlives the run; ``folder`` is the run's own and is deleted with it.
    """

    database: Database
    work: Work
    home: Path
    run: int
    created: datetime

    @property
    def folder(self) -> Path:
        """Return the run's own folder, created on first use."""
        folder = run_folder(self.home, self.run)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class RunResult:
    """The result of a run; it is stored as a whole or, when any part is invalid, not at all.

    ``begins`` is aware; step ``i`` is the half-open interval of ``step_s`` seconds from ``begins + i * step_s``.
    ``tasks`` are in list order, and ``response`` is the response level they are drafted for. ``summary`` is JSON for
    people and programs; ``geometry_version`` identifies the state of the city that was used.
    """

    begins: datetime
    step_s: int
    steps: int
    features: Sequence[RunFeature]
    tasks: Sequence[TaskDraft] = ()
    response: Level = Level.NONE
    summary: Mapping[str, Any] = field(default_factory=dict)
    geometry_version: str = ""


@dataclass(frozen=True)
class Scenario(Generic[Request]):
    """A hazard scenario: the parameters of a run, and the function that computes it.

    ``run`` is called in a background job and may be restarted from the beginning; it reports to ``context.work`` at
    least every few seconds, so that it notices a cancellation. ``status`` reports the state of the scenario (what is
    prepared and what is missing), from the database and the folder of all scenarios. ``of_warning`` returns the
    request of the run that a new warning starts, or None where the warning does not concern it. ``kinds`` returns
    further kinds of jobs that the worker needs for it, given the folder of all scenarios. ``method`` describes the
    method and its limits in sentences that are printed in reports. ``layers`` show its runs; they define the kinds
    of features that it may produce.
    """

    id: str
    title: Title
    description: Title
    parameters: type[Request]
    run: Callable[[RunContext, Request], RunResult]
    status: Callable[[Database, Path], dict[str, Any]] | None = None
    of_warning: Callable[[WeatherWarning], Request | None] | None = None
    kinds: Callable[[Path], Sequence[JobKind]] | None = None
    method: Sequence[Title] = ()
    layers: Sequence[LayerOfKind] = ()

    @property
    def feature_kinds(self) -> tuple[str, ...]:
        """Return the kinds that features of its runs may have."""
        return tuple(layer.kind for layer in self.layers)

    def __post_init__(self) -> None:
        """Refuse an id that cannot be part of a URL, and layers of other scenarios."""
        if not _ID.fullmatch(self.id):
            raise ValueError(f"scenario id {self.id!r} is not of the form {_ID.pattern}")
        foreign = [layer.scenario for layer in self.layers if layer.scenario != self.id]
        if foreign:
            raise ValueError(f"scenario {self.id} declares a layer of the scenario {foreign[0]}")


def run_folder(home: Path, run: int) -> Path:
    """Return where the files of one run are kept, in the folder of all scenarios."""
    return home / "runs" / str(run)
