"""How the scenario stands, the library as a job, and lookups for the doors."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from layers.grades import Grade
from layers.jobs import record
from layers.jobs.queue import JobKind, submit
from layers.jobs.work import Work
from layers.store.engine import Database
from layers.store.models import bump
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
    """Return the district as it stands; read again only when one of its layers was edited."""
    with database.reader.connect() as connection:
        return _surveyed(database, _edits(connection))


@lru_cache(maxsize=2)
def _surveyed(database: Database, edits: tuple[tuple[str, int], ...]) -> tuple[Survey, City]:
    with database.reader.connect() as connection:
        found = survey(connection, LUJIAZUI)
    return found, city_of(found)


def _edits(connection: Connection) -> tuple[tuple[str, int], ...]:
    """Return how often each layer was edited."""
    statement = select(bump.c.layer, func.sum(bump.c.n)).where(bump.c.layer.in_(_LAYERS)).group_by(bump.c.layer)
    return tuple(sorted((row[0], int(row[1])) for row in connection.execute(statement)))


def submit_library(database: Database, quality: str, principal: str) -> int:
    """Put the building of a library into the queue, and return the job's number; one that waits or runs is joined."""
    quality_of(quality)
    for job in record.jobs(database, 20):
        if job.kind == LIBRARY and job.state in ("queued", "running") and job.arguments.get("quality") == quality:
            return job.id
    return submit(database, LIBRARY, f"wind fields, {quality}", principal, {"quality": quality})


def kinds(home: Path) -> list[JobKind]:
    """Return the building of a library as a kind of jobs; ``home`` is the folder of all scenarios."""

    def work_on(work: Work) -> dict[str, Any]:
        _, city = surveyed(work.database)
        plan = plan_of(home, city.district, quality_of(str(work.job.arguments["quality"])))
        solved = build(plan, work)
        prune(home, city.district.version)
        return {"solved": solved, "folder": plan.folder.name, "version": city.district.version}

    return [JobKind(LIBRARY, work_on)]


def status(database: Database, home: Path) -> dict[str, Any]:
    """Return how the scenario stands: the district, its libraries, the tracks that runs may name."""
    found, city = surveyed(database)
    box = found.site.bounds(found.site.half_m)
    return {
        "site": {"lon": found.site.lon, "lat": found.site.lat, "bounds": [box.west, box.south, box.east, box.north]},
        "version": city.district.version,
        # Anybody may ask, so that only those that anybody may see are counted.
        "buildings": sum(row["grade"] == Grade.OPEN for row in found.buildings.rows),
        "assumed_heights": city.assumed,
        "libraries": [_library(home, city, name) for name in QUALITIES],
        "building": _building(database),
        "heights_m": list(HEIGHTS_M),
        "typhoons": _typhoons(home),
    }


def _library(home: Path, city: City, quality: str) -> dict[str, Any]:
    plan = plan_of(home, city.district, quality_of(quality))
    missing = plan.missing()
    kept = [direction for direction in plan.directions if direction not in missing]
    former = [path.name for path in (home / "libraries").glob(f"*-{quality}-*") if path != plan.folder]
    seconds = sum(entry.facts.seconds for entry in open_library(plan.folder).entries) if kept else 0.0
    return {
        "quality": quality,
        "version": city.district.version,
        "directions": kept,
        "complete": not missing,
        "current": bool(kept),
        "stale": bool(former) and not kept,
        "seconds": round(seconds, 1),
    }


def _building(database: Database) -> dict[str, Any] | None:
    running = [job for job in record.jobs(database, 20) if job.kind == LIBRARY and job.state in ("queued", "running")]
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
