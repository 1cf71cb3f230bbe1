from collections.abc import Callable
from dataclasses import replace

import breeze
import numpy as np
import pytest
from shapely.geometry import LineString, Point, box
from sqlalchemy import select, text, update

from layers.errors import Cancelled, InputError
from layers.ops.jobs import job
from layers.ops.jobs.work import Work
from layers.store.engine import Database
from twin.runs import record, store
from twin.runs.check import check_result
from twin.runs.record import Run
from twin.scenario import RunFeature, RunResult
from twin.store.models import run as run_table
from twin.store.models import run_feature

Ask = Callable[..., Run]
KINDS = breeze.SCENARIO.feature_kinds
STREET = breeze.street(breeze.Breeze())


def result(*features: RunFeature, **changes: object) -> RunResult:
    return replace(RunResult(breeze.BEGINS, 3600, 3, features), **changes)


def running(db: Database, run: Run) -> Work:
    """Put a run and its job into the state that the worker would."""
    with db.writer.begin() as connection:
        connection.execute(text("UPDATE onemap.job SET state = 'running'"))
    return Work(db, job(db, run.job_id or 0), lambda: False)


def test_every_column_comes_back_as_it_was(db: Database, ask: Ask) -> None:
    run = ask()
    feature = RunFeature(
        kind="facades",
        key="buildings/7",
        geom=box(121.5, 31.2, 121.501, 31.201),
        level=4,
        levels=[0, 2, 4],
        value=1.25,
        series=[0.5, 0.75, 1.25],
        unit="eta",
        rank=2,
        name="上海中心大厦",
        name_en="Shanghai Tower",
        category="facade",
        base_m=100.5,
        height_m=150.0,
        reason_zh="风压 2.1 kPa",
        reason_en="2.1 kPa",
        owner="业主",
        phone="021",
        people=12.5,
        screening=True,
        detail={"gust_ms": 41.5, "来源": ["GB 50009"]},
    )
    store.keep(db, run.id, result(feature), running(db, run), kinds=KINDS, show=False)
    with db.reader.connect() as connection:
        row = connection.execute(select(run_feature, text("ST_AsText(geom)"), text("ST_SRID(geom)"))).mappings().one()
    for name in ("kind", "key", "level", "levels", "value", "series", "unit", "rank", "name", "name_en", "category"):
        assert row[name] == getattr(feature, name), name
    for name in ("base_m", "height_m", "reason_zh", "reason_en", "owner", "phone", "people", "screening", "detail"):
        assert row[name] == getattr(feature, name), name
    assert (row["st_srid"], row["st_astext"][:7], row["run"]) == (4490, "POLYGON", run.id)


def test_numbers_of_numpy_are_numbers(db: Database, ask: Ask) -> None:
    run = ask()
    feature = replace(
        STREET,
        level=np.int8(3),
        value=np.float32(12.5),
        series=np.array([10, 11, 12.5]),
        levels=np.array([1, 2, 3], dtype=np.int8),
        base_m=np.float64(2),
        rank=np.int64(1),
        screening=np.bool_(True),
        people=np.float32(3),
    )
    store.keep(db, run.id, result(feature), running(db, run), kinds=KINDS, show=False)
    with db.reader.connect() as connection:
        row = connection.execute(select(run_feature)).mappings().one()
    assert (row["series"], row["levels"], row["base_m"], row["screening"]) == ([10, 11, 12.5], [1, 2, 3], 2, True)


@pytest.mark.parametrize(
    ("unfit", "words"),
    [
        (result(replace(STREET, series=[1.0])), "'roads/1': a series of 1 values for 3 steps"),
        (result(replace(STREET, levels=[1])), "'roads/1': 1 levels for 3 steps"),
        (result(replace(STREET, level=5)), "a level is not from 0 to 4"),
        (result(replace(STREET, kind="clouds")), "kind 'clouds' is none of facades"),
        (result(replace(STREET, value=float("nan"))), "finite numbers"),
        (result(replace(STREET, series=[1, 2, float("inf")])), "finite numbers"),
        (result(replace(STREET, value=1e39)), "finite numbers"),
        (result(replace(STREET, geom=Point())), "geometry is empty or not in degrees"),
        (result(replace(STREET, geom=LineString([(0, 0), (350_000, 3_450_000)]))), "not in degrees"),
        (result(summary={"worst": float("nan")}), "summary: this is not valid JSON"),
        (result(summary={"text": "a\0b"}), "character NUL"),
        (result(steps=0), "steps: 0 is not from 1"),
        (result(step_s=0), "step_s: 0 is not from 1"),
        (result(begins=breeze.BEGINS.replace(tzinfo=None)), "begins: 2026-09-15T22:00:00 has no offset"),
    ],
)
def test_what_cannot_be_kept_is_named(unfit: RunResult, words: str) -> None:
    with np.errstate(over="ignore"), pytest.raises(InputError, match=words):
        check_result(unfit, KINDS)


def test_a_result_that_fails_midway_leaves_nothing(db: Database, ask: Ask) -> None:
    run = ask()
    broken = replace(STREET, detail={"value": float("inf")})
    features = [replace(STREET, key=f"roads/{number}") for number in range(3000)]
    with pytest.raises(InputError, match="detail of roads/1"):
        store.keep(db, run.id, result(*features, broken), running(db, run), kinds=KINDS, show=True)
    with db.reader.connect() as connection:
        assert connection.execute(select(run_feature.c.fid)).first() is None
    assert record.get(db, run.id).state == "running"


def test_the_result_of_a_run_that_was_cancelled_meanwhile_is_not_kept(db: Database, ask: Ask) -> None:
    run = ask()
    work = running(db, run)
    with db.writer.begin() as connection:
        connection.execute(update(run_table).values(state="cancelled"))
    with pytest.raises(Cancelled, match="nothing of it is stored"):
        store.keep(db, run.id, result(STREET), work, kinds=KINDS, show=False)
    with db.reader.connect() as connection:
        assert connection.execute(select(run_feature.c.fid)).first() is None


def test_ten_thousand_features_with_a_day_of_steps_are_kept(db: Database, ask: Ask) -> None:
    run = ask()
    rng = np.random.default_rng(1)
    series = rng.random((10_000, 24)).astype(np.float32)
    features = [
        replace(
            STREET,
            key=f"roads/{number}",
            geom=LineString([(lon, lat), (lon + 0.0005, lat)]),
            series=series[number],
            levels=None,
            value=float(series[number].max()),
            detail={"gust_ms": 12.5},
        )
        for number, (lon, lat) in enumerate(rng.uniform((121.49, 31.22), (121.52, 31.25), (10_000, 2)))
    ]
    work = running(db, run)
    store.keep(db, run.id, result(*features, steps=24), work, kinds=KINDS, show=True)
    with db.reader.connect() as connection:
        kept = connection.execute(text("SELECT count(*) FROM onemap.run_feature WHERE run = :run"), {"run": run.id})
        assert kept.scalar_one() == 10_000
