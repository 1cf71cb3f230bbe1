"""A small scenario for tests of runs: a breeze over a street and three objects; its requests can make it fail."""

import time
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field
from shapely.geometry import LineString, MultiPolygon, Point, box

from layers.errors import InputError
from layers.grades import Grade
from layers.title import Title
from twin.hazard import Level
from twin.preplans.draft import TaskDraft
from twin.scenario import RunContext, RunFeature, RunResult, Scenario
from twin.scenarios.wind.catalog import LAYERS
from twin.warnings import WeatherWarning

BEGINS = datetime(2026, 9, 15, 22, tzinfo=UTC)
STEP_S = 3600
LON, LAT = 121.5013, 31.2356


class Breeze(BaseModel):
    """The parameters of the test scenario."""

    speed_ms: float = Field(default=10, ge=0, le=60)
    end: Literal["well", "refused", "broken", "never", "unfit"] = "well"
    begins: datetime = BEGINS
    steps: int = 3


def features(request: Breeze) -> list[RunFeature]:
    """Return a street, a façade, a zone and three objects; the values rise from step to step."""
    return [street(request), facade(request), zone(request), *(thing(request, number) for number in range(1, 4))]


def street(request: Breeze) -> RunFeature:
    """Return a street whose gust is speed, speed + 1, and so on."""
    series = [request.speed_ms + step for step in range(request.steps)]
    return RunFeature(
        kind="streets",
        key="roads/1",
        name="世纪大道",
        name_en="Century Avenue",
        geom=LineString([(LON - 0.001, LAT), (LON + 0.001, LAT)]),
        level=3,
        levels=[min(step + 1, 3) for step in range(request.steps)],
        value=max(series),
        series=series,
        unit="m/s",
        rank=1,
    )


def facade(request: Breeze) -> RunFeature:
    """Return a façade cell without steps."""
    return RunFeature(
        kind="facades",
        key="buildings/1",
        geom=MultiPolygon([box(LON, LAT, LON + 0.0001, LAT + 0.0001)]),
        level=2,
        value=0.75,
        unit="eta",
        rank=1,
        base_m=50,
        height_m=100,
    )


def zone(request: Breeze) -> RunFeature:
    """Return a keep-out zone."""
    shape = MultiPolygon([box(LON - 0.0005, LAT - 0.0005, LON + 0.0005, LAT + 0.0005)])
    return RunFeature(kind="keepout", key="buildings/1", geom=shape, level=4, value=60, unit="m", rank=1)


def thing(request: Breeze, number: int) -> RunFeature:
    """Return an object of level 5 - number; the third is graded internal."""
    return RunFeature(
        kind="objects",
        key=f"risk_sources/{number}",
        name=f"塔吊{number}",
        category="tower_crane" if number < 3 else "sign",
        geom=Point(LON + number / 10_000, LAT),
        level=5 - number,
        value=1.2 - number / 10,
        unit="eta",
        rank=number,
        reason_zh=f"阵风 {request.speed_ms:g} m/s",
        reason_en=f"gust of {request.speed_ms:g} m/s",
        owner="上海某建筑公司",
        phone="021-5555 0000",
        people=20,
        screening=True,
        detail={"gust_ms": request.speed_ms},
        grade=Grade.INTERNAL if number == 3 else Grade.OPEN,
    )


def drafts(request: Breeze) -> list[TaskDraft]:
    """Return a task for the crane and one for the district, due half an hour and two hours after the run begins."""
    return [draft("secure_crane", 1, request, ("risk_sources/1",)), draft("stand_by", 2, request, ())]


def draft(measure: str, order: int, request: Breeze, objects: tuple[str, ...]) -> TaskDraft:
    """Return one task."""
    return TaskDraft(
        measure=measure,
        title=Title(f"任务{order}", f"task {order}"),
        objects=objects,
        level=Level.RED if objects else Level.ORANGE,
        order=order,
        deadline=request.begins + timedelta(minutes=30 if objects else 120),
        responsible="site",
        department=Title("施工单位", "contractor"),
        owner="上海某建筑公司" if objects else "",
        phone="021-5555 0000" if objects else "",
        reason=Title("阵风大", "strong gusts"),
        people=20,
        screening=True,
        depends_on=(),
    )


def of_warning(warning: WeatherWarning) -> Breeze | None:
    """Return a request for warnings of Pudong."""
    return Breeze(speed_ms=20, begins=warning.begins) if warning.concerns("310115") else None


def run(context: RunContext, request: Breeze) -> RunResult:
    """Run, and end as the request specifies."""
    (context.folder / "field.bin").write_bytes(b"\0" * 16)
    context.work.report(0, request.steps, "blowing")
    if request.end == "refused":
        raise InputError("speed_ms: this wind is too much for a test")
    if request.end == "broken":
        raise ZeroDivisionError("a mistake of the scenario")
    while request.end == "never":
        context.work.report(1, request.steps, "still blowing")
        time.sleep(0.02)
    result_features = features(request)
    if request.end == "unfit":
        result_features.append(
            RunFeature(kind="objects", key="nowhere", geom=Point(), level=1, value=1, unit="", rank=9)
        )
    return RunResult(
        begins=request.begins,
        step_s=STEP_S,
        steps=request.steps,
        features=result_features,
        tasks=drafts(request),
        response=Level.ORANGE,
        summary={"worst": request.speed_ms + request.steps - 1, "red": 1},
        geometry_version="test",
    )


SCENARIO = Scenario(
    id="wind",
    title=Title("微风", "Breeze"),
    description=Title("测试用", "for tests"),
    parameters=Breeze,
    run=run,
    status=lambda database, home: {"ready": True},
    of_warning=of_warning,
    layers=LAYERS,
)


def scenarios() -> dict[str, Scenario[Breeze]]:
    """Return the scenario by its id, as the registry of scenarios does."""
    return {SCENARIO.id: SCENARIO}
