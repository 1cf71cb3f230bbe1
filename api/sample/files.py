"""Rasters, building models, design schemes and annotations of the sample, each loaded as anybody would load them."""

import json

from api.annotations import draft_of
from api.sample.bundle import SAMPLE, sample_date, sample_description
from api.sample.progress import ProgressLines
from bim.annotations import write
from bim.ingest import ModelOptions, load_model
from bim.schemes import Scheme, make, read_site
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, readable
from layers.entities import give_after
from layers.intake import LoadOptions, load_path
from layers.raster import RasterFiles, format_of
from layers.registry import Registry
from layers.store import Database
from layers.temporal import now
from layers.title import Title


def load_sample_rasters(database: Database, registry: Registry, files: RasterFiles) -> list[str]:
    """Load the rasters of the bundled district, and return their ids."""
    options = LoadOptions(principal=LOCAL_OPERATOR.name)
    paths = [path for path in sorted((SAMPLE / "rasters").glob("*")) if format_of(path) is not None]
    done = [load_path(database, registry, path, options, ProgressLines(), files) for path in paths]
    return [raster.raster for summary in done for raster in summary.rasters]


def load_sample_models(database: Database, registry: Registry) -> list[str]:
    """Load the building models of the bundled district, as of its date, and return their ids."""
    options = ModelOptions(date=sample_date(), principal=LOCAL_OPERATOR.name)
    paths = sorted((SAMPLE / "bim").glob("*.ifc"))
    done = [load_model(database, registry, path, options, ProgressLines()) for path in paths]
    return [
        give_after(database, registry, summary.load, options.principal, ProgressLines()).dataset for summary in done
    ]


def load_sample_schemes(database: Database, registry: Registry) -> list[str]:
    """Make the design schemes of the bundled district, as of its date, load them, and return their ids."""
    extras = {entry["id"]: entry for entry in sample_description()["extras"]}
    date, principal = sample_date(), LOCAL_OPERATOR.name
    names = []
    for path in sorted((SAMPLE / "schemes").glob("*.geojson")):
        said = extras[path.stem]
        title = Title(said["title_zh"], said["title_en"])
        make(database, Scheme(path.stem, title, read_site(path), made_by=principal, date=date))
        options = ModelOptions(model=path.stem, date=date, principal=principal, scheme=path.stem)
        names.append(load_model(database, registry, path, options, ProgressLines()).load.dataset)
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
