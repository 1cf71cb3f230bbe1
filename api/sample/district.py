"""The whole bundled district, loaded into an empty database."""

from api.console import err, out
from api.sample.bundle import SAMPLE, sample_date
from api.sample.files import annotate_sample, load_sample_models, load_sample_rasters, load_sample_schemes
from api.sample.progress import ProgressLines
from api.sample.room_sensors import sense
from api.sample.sensors import make_sample_rules, put_up_sensors, simulate_yesterday
from layers.access import LOCAL_OPERATOR
from layers.entities import codes_message, give_after
from layers.intake import LoadOptions, load_path
from layers.raster import RasterFiles
from layers.registry import Registry
from layers.store import Database


def load_sample(database: Database, registry: Registry, files: RasterFiles) -> None:
    """Load the bundled district."""
    if not SAMPLE.is_dir():
        err().print(f"sample: {SAMPLE} does not exist, so the map starts empty", markup=False)
        return
    out().print("sample: loading the bundled district", markup=False)
    progress, principal = ProgressLines(), LOCAL_OPERATOR.name
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
    sensors = sense(database, registry, SAMPLE / "bim" / "room_sensors.json", sample_date())
    out().print(f"sample: {sensors} sensors in rooms", markup=False)
