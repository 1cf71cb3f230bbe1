"""One run: what drives it, the fields, the judgement, and the tasks that follow."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from layers.grades import Grade
from layers.temporal import rfc3339
from twin.hazard import Impact, Level
from twin.preplans import plan_for
from twin.preplans.draft import TaskDraft, draft_tasks
from twin.runs.summary import GRADED
from twin.scenario import RunContext, RunResult
from twin.scenarios.wind.library.library import Library
from twin.scenarios.wind.library.quality import PREVIEW
from twin.scenarios.wind.service.assess import Assessment, assess_storm, facade_levels, street_levels
from twin.scenarios.wind.service.city import Change, City, city_of, tower_of
from twin.scenarios.wind.service.drive import Drive, Ground, drive_of
from twin.scenarios.wind.service.exposure import Exposed
from twin.scenarios.wind.service.features import features_of
from twin.scenarios.wind.service.fields import fields_for
from twin.scenarios.wind.service.request import ChangeIn, WindRequest
from twin.scenarios.wind.service.survey import LUJIAZUI, Site, Survey, survey


def run(context: RunContext, request: WindRequest) -> RunResult:
    """Do a run: from what drives it to ranked objects and drafted tasks."""
    site = LUJIAZUI
    context.work.report(0, None, "reading the district")
    with context.database.reader.connect() as connection:
        found = survey(connection, site)
        drive = drive_of(request, Ground(site, connection, context.home, context.created))
    city = city_of(found, change_of(request.change, site))
    library = _fields(context, request, found, city, drive)
    context.work.report(0, None, "judging what is exposed")
    return result_of(found, city, drive, library, request.w0_years)


def _fields(context: RunContext, request: WindRequest, found: Survey, city: City, drive: Drive) -> Library:
    """Return the fields of a run. Those of a district that does not exist belong to the run, and go with it.

    A what-if is told against what stands: both are solved as finely, or the difference would be that of the cells.
    """
    if request.change is None:
        return fields_for(context.home, city.district, drive.winds, request.quality, context.work)
    quality = PREVIEW.name if request.quality == "best" else request.quality
    fields_for(context.home, city_of(found).district, drive.winds, quality, context.work)
    return fields_for(context.folder, city.district, drive.winds, quality, context.work)


def result_of(found: Survey, city: City, drive: Drive, library: Library, w0_years: int = 50) -> RunResult:
    """Return the result of a storm over a city whose fields are known."""
    strongest = max(drive.winds, key=lambda wind: wind.speed_ms)
    exposed = Exposed(found, city, strongest.time)
    assessment = assess_storm(exposed, library, drive.winds, w0_years)
    return RunResult(
        begins=drive.winds[0].time,
        step_s=round(drive.step.total_seconds()),
        steps=len(drive.winds),
        features=features_of(exposed, assessment),
        tasks=tasks_of(drive, assessment.impacts),
        summary=_summary(exposed, drive, library, assessment),
        geometry_version=city.district.version,
    )


def tasks_of(drive: Drive, impacts: Sequence[Impact]) -> tuple[TaskDraft, ...]:
    """Return the tasks that the pre-plan drafts for a storm."""
    plan = plan_for("wind")
    level = plan.response_level(drive.warnings, impacts)
    onset = drive.winds[0].time
    return draft_tasks(plan, level, impacts, drive.issued, onset if onset > drive.issued else None)


def change_of(stated: ChangeIn | None, site: Site) -> Change | None:
    """Return a change as the model takes it."""
    if stated is None:
        return None
    added = tuple(tower_of(one.name, orjson.dumps(one.outline), one.height_m, site) for one in stated.add)
    return Change(frozenset(stated.remove), added)


def _summary(exposed: Exposed, drive: Drive, library: Library, found: Assessment) -> dict[str, Any]:
    response = plan_for("wind").response_level(drive.warnings, found.impacts)
    quality = library.entries[0].facts.quality
    return {
        "steps": [_step(exposed, found, n) for n in range(len(drive.winds))],
        "response": {"level": int(response), **response.title.json()},
        "source": drive.source,
        "terrain": found.terrain.value,
        "fields": {"quality": quality, "directions": library.directions.tolist(), "version": library.version},
        "buildings_assumed_height": exposed.city.assumed,
        "change": any(key.startswith("added/") for key in exposed.city.names),
    }


def _step(exposed: Exposed, found: Assessment, n: int) -> dict[str, Any]:
    """Return the wind of a step and what it does, and apart what it does for who may see things of higher grades."""
    wind = found.winds[n]
    grades = sorted({*exposed.street_grades.tolist(), *exposed.facade_grades.tolist()} - {int(Grade.OPEN)})
    graded = {str(grade): _effect(exposed, found, n, grade) for grade in grades}
    return {
        "time": rfc3339(wind.time),
        "speed_ms": round(wind.speed_ms, 2),
        "from_deg": round(wind.from_deg, 1),
        "sigma_ms": round(wind.sigma_ms, 2),
        "spread_deg": round(wind.spread_deg, 1),
        **_effect(exposed, found, n, Grade.OPEN),
        **({GRADED: graded} if graded else {}),
    }


def _effect(exposed: Exposed, found: Assessment, n: int, grade: int) -> dict[str, Any]:
    """Return what a step does to things up to a grade."""
    gusts = found.street_gusts[n][exposed.street_grades <= grade]
    etas = found.facade_eta[n][exposed.facade_grades <= grade]
    streets, facades = street_levels(gusts), facade_levels(etas)
    return {
        "gust_p99_ms": _high(gusts),
        "eta_p99": _high(etas),
        "streets": _by_level(streets),
        "facades": _by_level(facades),
        "level": int(max(streets.max(initial=0), facades.max(initial=0))),
    }


def _high(values: Any) -> float:
    real = values[~np.isnan(values)]
    return round(float(np.percentile(real, 99)), 2) if len(real) else 0.0


def _by_level(levels: Any) -> dict[str, int]:
    counts = Counter(int(level) for level in levels)
    return {Level(n).name.lower(): counts[n] for n in range(1, 5) if counts[n]}
