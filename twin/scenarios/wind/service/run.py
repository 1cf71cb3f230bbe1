"""One run: its forcing, the fields, the assessment, and the drafted tasks."""

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
from twin.scenarios.wind.service.exposure import Exposed
from twin.scenarios.wind.service.features import features_of
from twin.scenarios.wind.service.fields import fields_for
from twin.scenarios.wind.service.request import ChangeIn, WindRequest
from twin.scenarios.wind.service.run_forcing import Ground, RunForcing, forcing_of
from twin.scenarios.wind.service.survey import LUJIAZUI, Site, Survey, survey


def run(context: RunContext, request: WindRequest) -> RunResult:
    """Calculate a run, from its forcing to ranked objects and drafted tasks."""
    site = LUJIAZUI
    context.work.report(0, None, "reading the district")
    with context.database.reader.connect() as connection:
        district = survey(connection, site)
        forcing = forcing_of(request, Ground(site, connection, context.home, context.created))
    city = city_of(district, change_of(request.change, site))
    library = _fields(context, request, district, city, forcing)
    context.work.report(0, None, "assessing the exposure")
    return result_of(district, city, forcing, library, request.w0_years)


def _fields(context: RunContext, request: WindRequest, district: Survey, city: City, forcing: RunForcing) -> Library:
    """Return the fields of a run; those of a what-if belong to the run and are deleted with it.

    A what-if is compared with the present district: both are solved in the same quality, or the difference would be
    that of the cells.
    """
    if request.change is None:
        return fields_for(context.home, city.district, forcing.winds, request.quality, context.work)
    quality = PREVIEW.name if request.quality == "best" else request.quality
    fields_for(context.home, city_of(district).district, forcing.winds, quality, context.work)
    return fields_for(context.folder, city.district, forcing.winds, quality, context.work)


def result_of(district: Survey, city: City, forcing: RunForcing, library: Library, w0_years: int = 50) -> RunResult:
    """Return the result of a storm over a city with the given fields."""
    strongest = max(forcing.winds, key=lambda wind: wind.speed_ms)
    exposed = Exposed(district, city, strongest.time)
    assessment = assess_storm(exposed, library, forcing.winds, w0_years)
    return RunResult(
        begins=forcing.winds[0].time,
        step_s=round(forcing.step.total_seconds()),
        steps=len(forcing.winds),
        features=features_of(exposed, assessment),
        tasks=tasks_of(forcing, assessment.impacts),
        summary=_summary(exposed, forcing, library, assessment),
        geometry_version=city.district.version,
    )


def tasks_of(forcing: RunForcing, impacts: Sequence[Impact]) -> tuple[TaskDraft, ...]:
    """Return the tasks that the pre-plan drafts for a storm."""
    plan = plan_for("wind")
    level = plan.response_level(forcing.warnings, impacts)
    onset = forcing.winds[0].time
    return draft_tasks(plan, level, impacts, forcing.issued, onset if onset > forcing.issued else None)


def change_of(requested: ChangeIn | None, site: Site) -> Change | None:
    """Return a change in the form of the model."""
    if requested is None:
        return None
    added = tuple(tower_of(one.name, orjson.dumps(one.outline), one.height_m, site) for one in requested.add)
    return Change(frozenset(requested.remove), added)


def _summary(exposed: Exposed, forcing: RunForcing, library: Library, assessment: Assessment) -> dict[str, Any]:
    response = plan_for("wind").response_level(forcing.warnings, assessment.impacts)
    quality = library.entries[0].facts.quality
    return {
        "steps": [_step(exposed, assessment, n) for n in range(len(forcing.winds))],
        "response": {"level": int(response), **response.title.json()},
        "source": forcing.source,
        "terrain": assessment.terrain.value,
        "fields": {"quality": quality, "directions": library.directions.tolist(), "version": library.version},
        "buildings_assumed_height": exposed.city.assumed,
        "change": any(key.startswith("added/") for key in exposed.city.names),
    }


def _step(exposed: Exposed, assessment: Assessment, n: int) -> dict[str, Any]:
    """Return the wind of a step and its effect, and separately the effect for readers of higher clearances."""
    wind = assessment.winds[n]
    grades = sorted({*exposed.street_grades.tolist(), *exposed.facade_grades.tolist()} - {int(Grade.OPEN)})
    graded = {str(grade): _effect(exposed, assessment, n, grade) for grade in grades}
    return {
        "time": rfc3339(wind.time),
        "speed_ms": round(wind.speed_ms, 2),
        "from_deg": round(wind.from_deg, 1),
        "sigma_ms": round(wind.sigma_ms, 2),
        "spread_deg": round(wind.spread_deg, 1),
        **_effect(exposed, assessment, n, Grade.OPEN),
        **({GRADED: graded} if graded else {}),
    }


def _effect(exposed: Exposed, assessment: Assessment, n: int, grade: int) -> dict[str, Any]:
    """Return the effect of a step on things up to a grade."""
    gusts = assessment.street_gusts[n][exposed.street_grades <= grade]
    etas = assessment.facade_eta[n][exposed.facade_grades <= grade]
    streets, facades = street_levels(gusts), facade_levels(etas)
    return {
        "gust_p99_ms": _percentile_99(gusts),
        "eta_p99": _percentile_99(etas),
        "streets": _by_level(streets),
        "facades": _by_level(facades),
        "level": int(max(streets.max(initial=0), facades.max(initial=0))),
    }


def _percentile_99(values: Any) -> float:
    real = values[~np.isnan(values)]
    return round(float(np.percentile(real, 99)), 2) if len(real) else 0.0


def _by_level(levels: Any) -> dict[str, int]:
    counts = Counter(int(level) for level in levels)
    return {Level(n).name.lower(): counts[n] for n in range(1, 5) if counts[n]}
