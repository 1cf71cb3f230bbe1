"""The state of the scenario, the library build as a job, and the cached district."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from layers.grades import Grade
from layers.ops import jobs as job_queue
from layers.ops.jobs import JobKind, Work, submit
from layers.store import Database, tile_edit
from layers.temporal import rfc3339
from twin.scenarios.wind.library.build import build
from twin.scenarios.wind.library.places import HEIGHTS_M
from twin.scenarios.wind.library.quality import QUALITIES, quality_of
from twin.scenarios.wind.service.city import City, city_of
from twin.scenarios.wind.service.fields import open_library, plan_of, prune
from twin.scenarios.wind.service.survey import LUJIAZUI, Survey, survey
from twin.scenarios.wind.service.tracks import SYNTHETIC, title_of, tracks

LIBRARY = "wind_library"
_LAYERS = ("buildings", "building_parts", "green", "roads", "risk_sources", "gathering_places")


def surveyed(database: Database) -> tuple[Survey, City]:
    """Return the present district; read again only when one of its layers was edited."""
    with database.reader.connect() as connection:
        return _surveyed(database, _edits(connection))


@lru_cache(maxsize=2)
def _surveyed(database: Database, edits: tuple[tuple[str, int], ...]) -> tuple[Survey, City]:
    with database.reader.connect() as connection:
        district = survey(connection, LUJIAZUI)
    return district, city_of(district)


def _edits(connection: Connection) -> tuple[tuple[str, int], ...]:
    """Return how often each layer was edited."""
    statement = (
        select(tile_edit.c.layer, func.sum(tile_edit.c.n))
        .where(tile_edit.c.layer.in_(_LAYERS))
        .group_by(tile_edit.c.layer)
    )
    return tuple(sorted((row[0], int(row[1])) for row in connection.execute(statement)))


def submit_library(database: Database, quality: str, principal: str) -> int:
    """Enqueue the build of a library, and return the job's number; one that is queued or running is reused."""
    quality_of(quality)
    for job in job_queue.jobs(database, 20):
        if job.kind == LIBRARY and job.state in ("queued", "running") and job.arguments.get("quality") == quality:
            return job.id
    return submit(database, LIBRARY, f"wind fields, {quality}", principal, {"quality": quality})


def kinds(home: Path) -> list[JobKind]:
    """Return the kind of jobs that builds a library; ``home`` is the folder of all scenarios."""

    def work_on(work: Work) -> dict[str, Any]:
        _, city = surveyed(work.database)
        plan = plan_of(home, city.district, quality_of(str(work.job.arguments["quality"])))
        solved = build(plan, work)
        prune(home, city.district.version)
        return {"solved": solved, "folder": plan.folder.name, "version": city.district.version}

    return [JobKind(LIBRARY, work_on)]


def status(database: Database, home: Path) -> dict[str, Any]:
    """Return the state of the scenario: the district, its libraries, the tracks that runs may name."""
    district, city = surveyed(database)
    box = district.site.bounds(district.site.half_m)
    return {
        "site": {
            "lon": district.site.lon,
            "lat": district.site.lat,
            "bounds": [box.west, box.south, box.east, box.north],
        },
        "version": city.district.version,
        # The status is public, so only buildings that are open to everybody are counted.
        "buildings": sum(row["grade"] == Grade.OPEN for row in district.buildings.rows),
        "assumed_heights": city.assumed,
        "libraries": [_library(home, city, name) for name in QUALITIES],
        "building": _building(database),
        "heights_m": list(HEIGHTS_M),
        "typhoons": _typhoons(home),
    }


def _library(home: Path, city: City, quality: str) -> dict[str, Any]:
    plan = plan_of(home, city.district, quality_of(quality))
    missing = plan.missing()
    solved = [direction for direction in plan.directions if direction not in missing]
    former = [path.name for path in (home / "libraries").glob(f"*-{quality}-*") if path != plan.folder]
    seconds = sum(entry.facts.seconds for entry in open_library(plan.folder).entries) if solved else 0.0
    return {
        "quality": quality,
        "version": city.district.version,
        "directions": solved,
        "complete": not missing,
        "current": bool(solved),
        "stale": bool(former) and not solved,
        "seconds": round(seconds, 1),
    }


def _building(database: Database) -> dict[str, Any] | None:
    running = [
        job for job in job_queue.jobs(database, 20) if job.kind == LIBRARY and job.state in ("queued", "running")
    ]
    if not running:
        return None
    job = running[0]
    return {"job": job.id, "done": job.done, "total": job.total, "message": job.message, "state": job.state}


def _typhoons(home: Path) -> list[dict[str, Any]]:
    return [
        {
            "id": track_id,
            "title": title_of(track).json(),
            "synthetic": track_id == SYNTHETIC,
            "begins": rfc3339(track.begins),
            "ends": rfc3339(track.ends),
        }
        for track_id, track in tracks(home).items()
    ]
