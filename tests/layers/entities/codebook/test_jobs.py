"""Loads lead to codes: by a job that the worker does, one for each layer, or at once."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from two_surveys import NEW, OLD, load_survey

from api.layers import all_layers
from api.sample import load_sample
from layers import catalog
from layers.access.principals import LOCAL_OPERATOR
from layers.entities.codebook.assign import assign_codes
from layers.entities.codebook.jobs import ask_after, ask_for_codes, coded_layers, codes_kind, give_after
from layers.errors import Conflict
from layers.intake.ingest import LayerSummary, LoadOptions, Silent
from layers.intake.ingest.jobs import load_kind, submit_load
from layers.ops.jobs import job, jobs, run_worker
from layers.raster.files import RasterFiles
from layers.store.engine import Database

REGISTRY = catalog.built_in()
KINDS = (load_kind(catalog.built_in, None, ask_after), codes_kind(catalog.built_in))
WHO = LOCAL_OPERATOR.name
DISTRICT = """
INSERT INTO onemap.boundaries (name, division_code, admin_level, source_key, dataset, geom) VALUES
('浦东新区', '310115', 6, 'district', 'test', ST_Multi(ST_MakeEnvelope(121.3, 31.0, 121.9, 31.5, 4490)))
"""


def work_off(db: Database) -> None:
    asyncio.run(run_worker(db, KINDS, until_empty=True))


def uncoded(db: Database, layer: str) -> int:
    with db.owner.connect() as connection:
        wanted = f"SELECT count(*) FROM onemap.{layer} WHERE upper_inf(valid) AND hidden_by IS NULL AND code IS NULL"
        return int(connection.execute(text(wanted)).scalar_one())


@pytest.fixture
def district(db: Database) -> Database:
    """Return a database that knows one district."""
    with db.owner.begin() as connection:
        connection.execute(text(DISTRICT))
    return db


def test_a_load_asks_for_codes_and_the_worker_gives_them(district: Database, tmp_path: Path) -> None:
    loaded = load_survey(district, tmp_path, "old", OLD, 10, "2026-01-01")
    told = ask_after(district, REGISTRY, loaded, "张三")
    assert told.codes_job is not None
    assert any(f"job {told.codes_job}" in note for note in told.notes)
    assert uncoded(district, "buildings") == 4
    work_off(district)
    assert uncoded(district, "buildings") == 0
    done = job(district, told.codes_job)
    assert (done.state, done.principal, done.result) == (
        "done",
        "张三",
        {"layers": [{"layer": "buildings", "given": 4, "retired": 0, "merged": 0, "without": 0}]},
    )


def test_of_two_loads_one_job_gives_the_codes(district: Database, tmp_path: Path) -> None:
    first = ask_after(district, REGISTRY, load_survey(district, tmp_path, "old", OLD, 10, "2026-01-01"), WHO)
    second = ask_after(district, REGISTRY, load_survey(district, tmp_path, "new", NEW, 20, "2026-02-01"), WHO)
    assert (len(jobs(district)), second.codes_job) == (1, None)
    assert any("waits already" in note for note in second.notes)
    work_off(district)
    assert uncoded(district, "buildings") == 0
    assert ask_for_codes(district, coded_layers(REGISTRY), WHO) != first.codes_job


def test_a_load_that_changes_nothing_asks_for_nothing(district: Database, tmp_path: Path) -> None:
    load_survey(district, tmp_path, "old", OLD, 10, "2026-01-01")
    (tmp_path / "again").mkdir()
    again = load_survey(district, tmp_path / "again", "old", OLD, 10, "2026-01-01")
    assert ask_after(district, REGISTRY, again, WHO) == again
    assert jobs(district) == []


def test_new_divisions_bring_codes_to_what_lay_in_none(db: Database, tmp_path: Path) -> None:
    loaded = load_survey(db, tmp_path, "old", OLD, 10, "2026-01-01")
    told = give_after(db, REGISTRY, loaded, WHO, Silent())
    assert [(given["given"], given["without"]) for given in told.codes] == [(0, 4)]
    with db.owner.begin() as connection:
        connection.execute(text(DISTRICT))
    give_after(db, REGISTRY, replace(loaded, layers=(LayerSummary("boundaries", new=1),)), WHO, Silent())
    assert (uncoded(db, "boundaries"), uncoded(db, "buildings")) == (0, 0)


def test_a_load_in_the_background_leads_to_codes(district: Database, osm, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = osm().square(1, 0, 0, {"building": "yes"}).write(tmp_path / "a.osm")
    number = submit_load(district, path, LoadOptions(principal="张三"))
    work_off(district)
    result = job(district, number).result
    assert result is not None
    assert job(district, result["codes_job"]).state == "done"
    assert uncoded(district, "buildings") == 0


def test_codes_that_cannot_be_given_leave_the_load(district: Database, tmp_path: Path) -> None:
    with district.owner.begin() as connection:
        connection.execute(text("INSERT INTO onemap.code_series VALUES ('310115000', 9999)"))
    loaded = load_survey(district, tmp_path, "old", OLD, 10, "2026-01-01")
    with pytest.raises(Conflict, match=f"load {loaded.load_id} is complete, but not all of its codes"):
        give_after(district, REGISTRY, loaded, WHO, Silent())
    assert uncoded(district, "buildings") == 4


def test_every_object_of_the_sample_that_can_has_a_code(db: Database, tmp_path: Path) -> None:
    load_sample(db, all_layers(), RasterFiles(tmp_path / "rasters"))
    for layer in coded_layers(REGISTRY)[1:]:
        with db.writer.begin() as connection:
            assert assign_codes(connection, layer).given == 0
            # On the other bank of the river the sample knows no division.
            within = f"""
            SELECT count(*) FROM onemap.{layer.id} AS t JOIN onemap.boundaries AS b
                ON ST_Intersects(b.geom, ST_PointOnSurface(t.geom)) AND b.division_code IS NOT NULL
            WHERE t.code IS NULL AND upper_inf(t.valid) AND t.hidden_by IS NULL
            """
            if layer.nesting is not None:
                # Walls and doors have none.
                within += f" AND t.{layer.nesting.level} IN ('building', 'storey', 'space')"
            assert connection.execute(text(within)).scalar_one() == 0
    assert uncoded(db, "boundaries") == 0
