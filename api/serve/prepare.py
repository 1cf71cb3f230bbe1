"""``python -m api.serve.prepare``: migrate, make the administrator's token, load the sample into an empty database."""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from api.annotations import draft_of
from api.console import err, out, read_settings
from api.layers import all_layers
from api.schemas import all_schemas
from api.serve.sample_sensors import sense
from api.work import raster_files
from bim.annotations import write
from bim.ingest import ModelOptions, load_model
from bim.schemes import Scheme, make, read_site
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, ensure_administrator, readable
from layers.entities import ask_for_codes, coded_layers, codes_message, give_after
from layers.errors import TwinError
from layers.intake import LoadOptions, load_path
from layers.ops import open_database
from layers.ops.jobs import Silent
from layers.raster import RasterFiles, format_of
from layers.registry import Registry
from layers.settings import Settings
from layers.store import Database, code, load, migrate
from layers.temporal import now
from layers.title import Title
from twin.sensing.alarms import SAMPLE_RULES, rules_in, set_rule
from twin.simulator.doors import DatabaseDoor
from twin.simulator.readings import USUAL
from twin.simulator.speaking import Speech
from twin.simulator.standing import put_up, read_stations, streams_there

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
REPORT_S = 2.0
# How often the simulated sensors spoke before the first start.
_EVERY = timedelta(minutes=10)


class Lines(Silent):
    """Progress in lines, not more than one in ``REPORT_S`` seconds, for a log that a person follows."""

    def __init__(self) -> None:
        """Begin without output."""
        self._last = time.monotonic()

    def report(self, done: int, total: int | None, message: str) -> None:
        """Print how far the work is, now and then."""
        if time.monotonic() - self._last >= REPORT_S:
            self._last = time.monotonic()
            share = f" {100 * done // total} %" if total else ""
            out().print(f"sample: {message}{share}", markup=False)


def prepare(settings: Settings) -> None:
    """Migrate the database to this version, and load the sample into an empty one."""
    database = open_database(settings)
    registry = all_layers()
    try:
        for old, name in migrate(database, registry, all_schemas()).items():
            message = f"layer {old}, made from a file, is {name} now: this version has a layer {old} of its own"
            out().print(f"database: {message} (由文件建立的同名图层已改名)", markup=False)
        with database.owner.begin() as connection:
            ensure_administrator(connection, settings.home.expanduser().absolute())
            loads_sample = settings.sample and is_empty(connection)
            uncoded = not loads_sample and not has_codes(connection)
        if loads_sample:
            load_sample(database, registry, raster_files(settings))
        elif uncoded:
            ask_for_codes(database, coded_layers(registry), LOCAL_OPERATOR.name)
    finally:
        database.dispose()


def is_empty(connection: Connection) -> bool:
    """Tell whether nothing was ever loaded."""
    return connection.execute(select(load.c.id).limit(1)).first() is None


def has_codes(connection: Connection) -> bool:
    """Tell whether any object has a code; what an older version loaded has none."""
    return connection.execute(select(code.c.code).limit(1)).first() is not None


def load_sample(database: Database, registry: Registry, files: RasterFiles) -> None:
    """Load the bundled district."""
    if not SAMPLE.is_dir():
        err().print(f"sample: {SAMPLE} does not exist, so the map starts empty", markup=False)
        return
    out().print("sample: loading the bundled district", markup=False)
    progress, principal = Lines(), LOCAL_OPERATOR.name
    summary = load_path(database, registry, SAMPLE, LoadOptions(principal=principal), progress)
    summary = give_after(database, registry, summary, principal, progress)
    rows = sum(layer.new for layer in summary.layers)
    out().print(f"sample: {rows} objects in {len(summary.layers)} layers, {summary.seconds:g} s", markup=False)
    out().print(f"sample: {codes_message(summary.codes)}", markup=False)
    for raster in load_sample_rasters(database, registry, files):
        out().print(f"sample: raster {raster}", markup=False)
    for model in load_sample_models(database, registry):
        out().print(f"sample: building model {model}", markup=False)
    for scheme in load_sample_schemes(database, registry):
        out().print(f"sample: design scheme {scheme}", markup=False)
    out().print(f"sample: {annotate_sample(database, registry)} annotations", markup=False)
    out().print(f"sample: {put_up_sensors(database)} things that sense, simulated", markup=False)
    out().print(f"sample: {make_sample_rules(database)} rules of alarms", markup=False)
    out().print(f"sample: {simulate_yesterday(database)} readings of the last day, simulated", markup=False)
    sensors = sense(database, registry, SAMPLE / "bim" / "room_sensors.json", _sample_date())
    out().print(f"sample: {sensors} sensors in rooms", markup=False)


def load_sample_rasters(database: Database, registry: Registry, files: RasterFiles) -> list[str]:
    """Load the rasters of the bundled district, and return their ids."""
    options = LoadOptions(principal=LOCAL_OPERATOR.name)
    paths = [path for path in sorted((SAMPLE / "rasters").glob("*")) if format_of(path) is not None]
    done = [load_path(database, registry, path, options, Lines(), files) for path in paths]
    return [raster.raster for summary in done for raster in summary.rasters]


def load_sample_models(database: Database, registry: Registry) -> list[str]:
    """Load the building models of the bundled district, as of its date, and return their ids."""
    options = ModelOptions(date=_sample_date(), principal=LOCAL_OPERATOR.name)
    paths = sorted((SAMPLE / "bim").glob("*.ifc"))
    done = [load_model(database, registry, path, options, Lines()) for path in paths]
    return [give_after(database, registry, summary.load, options.principal, Lines()).dataset for summary in done]


def load_sample_schemes(database: Database, registry: Registry) -> list[str]:
    """Make the design schemes of the bundled district, as of its date, load them, and return their ids."""
    extras = {entry["id"]: entry for entry in _sample_description()["extras"]}
    date, principal = _sample_date(), LOCAL_OPERATOR.name
    names = []
    for path in sorted((SAMPLE / "schemes").glob("*.geojson")):
        said = extras[path.stem]
        title = Title(said["title_zh"], said["title_en"])
        make(database, Scheme(path.stem, title, read_site(path), made_by=principal, date=date))
        options = ModelOptions(model=path.stem, date=date, principal=principal, scheme=path.stem)
        names.append(load_model(database, registry, path, options, Lines()).load.dataset)
    return names


def annotate_sample(database: Database, registry: Registry) -> int:
    """Write the annotations of the bundled district, and return how many there are."""
    document = json.loads((SAMPLE / "bim" / "annotations.json").read_text(encoding="utf-8"))
    drafts = [draft_of(one) for one in document["annotations"]]
    with database.writer.begin() as connection:
        for draft in drafts:
            write(
                connection, lambda name: View(*readable(registry, LOCAL_OPERATOR, name), now()), LOCAL_OPERATOR, draft
            )
    return len(drafts)


def put_up_sensors(database: Database) -> int:
    """Put up the simulated sensors of the bundled district that are not there, and return how many they are."""
    with database.writer.begin() as connection:
        return put_up(connection, read_stations(SAMPLE / "sensors.json"), _sample_date())


def make_sample_rules(database: Database) -> int:
    """Make the rules of alarms of the bundled district, and return how many there are."""
    given = rules_in(SAMPLE_RULES)
    with database.writer.begin() as connection:
        for rule in given:
            set_rule(connection, rule, LOCAL_OPERATOR)
    return len(given)


def simulate_yesterday(database: Database) -> int:
    """Let the simulated sensors speak of the day until now, and return how many readings there are."""
    with database.reader.connect() as connection:
        streams = streams_there(connection)
    speech = Speech(streams, USUAL, DatabaseDoor(database), Lines().report)
    end = datetime.now(UTC)
    speech.fill(end - timedelta(days=1), end, _EVERY)
    return speech.tally.new


def _sample_date() -> datetime:
    return datetime.fromisoformat(_sample_description()["date"])


def _sample_description() -> dict[str, Any]:
    described: dict[str, Any] = json.loads((SAMPLE / "dataset.json").read_text(encoding="utf-8"))
    return described


def main() -> int:
    """Prepare with the settings of this process; the exit status reports success."""
    try:
        prepare(read_settings())
    except TwinError as error:
        err().print(f"twin: {error}", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
