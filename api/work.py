"""What the background worker does: kinds of jobs, and periodic tasks."""

from functools import partial
from pathlib import Path

from api.layers import all_layers
from bim.ingest import check_kind, model_kind
from layers.entities import ask_after, codes_kind, match_kind
from layers.intake import load_kind
from layers.ops import Retention, prune
from layers.ops.jobs import JobKind, Periodic
from layers.raster import RasterFiles
from layers.settings import Settings
from layers.store import Database
from twin.runs.calculate import run_kind, sweep
from twin.runs.escalate import escalate
from twin.scenarios import scenarios

_EVERY_30_S = "* * * * * */30"
_EVERY_10_MIN = "*/10 * * * *"
_EVERY_HOUR = "17 * * * *"


def scenarios_home(settings: Settings) -> Path:
    """Return the folder in which scenarios keep files."""
    return settings.home.expanduser().absolute() / "scenarios"


def raster_files(settings: Settings) -> RasterFiles:
    """Return where rasters are kept."""
    return RasterFiles.in_home(settings.home)


def job_kinds(settings: Settings) -> list[JobKind]:
    """Return all kinds of jobs."""
    home = scenarios_home(settings)
    extra = [kind for scenario in scenarios().values() if scenario.kinds for kind in scenario.kinds(home)]
    loads = load_kind(all_layers, raster_files(settings), ask_after)
    models = model_kind(all_layers, settings.local_grids, ask_after)
    return [
        loads,
        models,
        check_kind(),
        codes_kind(all_layers),
        match_kind(all_layers),
        run_kind(scenarios, home),
        *extra,
    ]


def periodic_tasks(settings: Settings) -> list[Periodic]:
    """Return the periodic tasks."""
    return [
        Periodic("escalate_tasks", _EVERY_30_S, _escalate),
        Periodic("sweep_runs", _EVERY_10_MIN, partial(sweep, home=scenarios_home(settings))),
        Periodic("retention", _EVERY_HOUR, partial(_prune, retention=Retention.of(settings))),
    ]


def _prune(database: Database, retention: Retention) -> None:
    prune(database, retention)


def _escalate(database: Database) -> None:
    escalate(database)
