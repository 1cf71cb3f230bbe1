"""Building models: a load and its tiles against the kernel alone; a model of a hundred thousand elements."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
from attributes import Attributed, attributed
from replicated import write_replicated
from report import machine
from stage import Stage

from api.layers import all_layers
from api.schemas import all_schemas
from bim.catalog.building_elements import LAYER
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from bim.models import model_version
from bim.tileset import Cast, TilesetServer, View, groups
from layers.access import LOCAL_OPERATOR, decide
from layers.ops.jobs import Silent
from layers.store.migration import migrate
from layers.temporal import now

HEADING = "## Buildings"
DATA = Path(__file__).parents[3] / "shared" / "data" / "bim"
MODELS = ("AC20-FZK-Haus.ifc", "duplex.ifc")
KERNEL = "hybrid-cgal-simple-opencascade"
MANY, QUICK_MANY = 100_000, 5_000
# Of objects with attributes there are so many, or as many as of the others where those are fewer.
ATTRIBUTED = 28_000


@dataclass(frozen=True)
class Model:
    """Seconds of one file: tessellation alone, the load into PostGIS, and its tiles."""

    name: str
    megabytes: float
    kernel_s: float
    load_s: float
    tiles_s: float

    @property
    def ratio(self) -> float:
        """Return load and tiles over the tessellation alone."""
        return (self.load_s + self.tiles_s) / self.kernel_s


@dataclass(frozen=True)
class Many:
    """A load of many elements: seconds, and the most memory of its largest process, in MiB."""

    elements: int
    megabytes: float
    seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Buildings:
    """What was measured."""

    conditions: dict[str, str]
    models: tuple[Model, ...]
    many: Many
    attributed: Attributed

    def text(self) -> str:
        """Return the section of the report."""
        return "\n".join(_lines(self)) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return everything that was measured."""
        return asdict(self)


def buildings(stage: Stage, rounds: int, many: int = MANY) -> Buildings:
    """Measure the real models, the best of some rounds, and a replicated one."""
    registry = all_layers()
    migrate(stage.database, registry, all_schemas())
    measured = []
    for name in MODELS:
        path = DATA / name
        if not path.exists():
            print(f"bench: {path} is not here and is left out", file=sys.stderr)
            continue
        turns = [_model(stage, path, turn) for turn in range(rounds)]
        best = {field: min(getattr(turn, field) for turn in turns) for field in ("kernel_s", "load_s", "tiles_s")}
        measured.append(Model(name, path.stat().st_size / 1e6, **best))
    conditions = {"date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine()}
    return Buildings(conditions, tuple(measured), _many(stage, many), attributed(stage, min(many, ATTRIBUTED)))


def _model(stage: Stage, path: Path, turn: int) -> Model:
    model = f"{path.stem.lower().replace('.', '-')}-{turn}"
    kernel = _tessellate(path)
    begun = time.perf_counter()
    place = LocateOptions(lonlat=(121.5, 31.23), heading_deg=0.0)
    load_model(stage.database, all_layers(), path, ModelOptions(model=model, place=place), Silent())
    loaded = time.perf_counter()
    _tiles(stage, model)
    return Model(path.name, 0.0, kernel, loaded - begun, time.perf_counter() - loaded)


def _tessellate(path: Path) -> float:
    """Return the seconds that the kernel takes to open the file and make all its shapes, on as many threads."""
    begun = time.perf_counter()
    model = ifcopenshell.open(path)
    iterator = ifcopenshell.geom.iterator(ifcopenshell.geom.settings(), model, 2, geometry_library=KERNEL)
    if iterator.initialize():
        while iterator.next():
            iterator.get()
    return time.perf_counter() - begun


def _tiles(stage: Stage, model: str) -> None:
    view = View(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), now())
    server = TilesetServer(0, 10**8)
    with stage.database.reader.connect() as connection:
        anchor = model_version(connection, view, model).placement.anchor
        for group, _ in groups(connection, view, model):
            server.content(connection, view, model, group, Cast(anchor))


def _many(stage: Stage, elements: int) -> Many:
    path = write_replicated(stage.folder / "replicated.ifc", elements)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    begun = time.perf_counter()
    command = [str(Path(sys.executable).with_name("twin")), "bim", "load", str(path), "--json"]
    environment = {"TWIN_HOME": str(stage.folder / "home"), "PATH": "/usr/bin:/bin", "HOME": str(stage.folder)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    peak = max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, before)
    return Many(elements, path.stat().st_size / 1e6, seconds, peak / 1024)


def _lines(measured: Buildings) -> Iterator[str]:
    yield from (HEADING, "", "Made by `make bench ARGS=buildings`.", "")
    yield from (f"- {name}: {value}" for name, value in measured.conditions.items())
    yield from (
        "",
        "| model | MB | kernel alone, s | load, s | tiles, s | ratio | s/MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    )
    for model in measured.models:
        whole = model.load_s + model.tiles_s
        yield (
            f"| {model.name} | {model.megabytes:.2f} | {model.kernel_s:.2f} | {model.load_s:.2f} | {model.tiles_s:.2f} "
            f"| {model.ratio:.2f} | {whole / model.megabytes:.2f} |"
        )
    many = measured.many
    yield from (
        "",
        f"- {many.elements:,} elements ({many.megabytes:.0f} MB of IFC): {many.seconds:.0f} s, "
        f"{many.elements / many.seconds:,.0f} a second, {many.peak_mib:,.0f} MiB in the largest process",
    )
    yield from measured.attributed.lines()
