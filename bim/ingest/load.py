"""A load of a model: read, made into shapes, placed, measured, and then written in one transaction."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from bim.catalog import BUILDING_ELEMENTS, SCHEME_ELEMENTS
from bim.formats import open_model
from bim.ingest.elements import Elements, Measured, count
from bim.ingest.options import ModelOptions, model_id
from bim.ingest.outlines import Extent
from bim.ingest.owner import require_owner
from bim.ingest.place import over_footprint, place
from bim.ingest.rows import ElementRows, whole_extent
from bim.ingest.spool import Spool
from bim.ingest.summary import ModelSummary, georeference_json
from bim.model import Body, Defect
from bim.reading import ModelReading
from bim.solids import footprint, solid_of
from layers.errors import SourceError
from layers.intake import DatasetFacts, LoadOptions, load_reading
from layers.ops.jobs import Progress
from layers.registry import Registry
from layers.store import Database
from layers.title import Title


def load_model(
    database: Database, registry: Registry, path: Path, options: ModelOptions, progress: Progress
) -> ModelSummary:
    """Load a building model as a version of a model, and return what was done.

    Shapes are made before the database is written to; all of that is one transaction, so that on any failure the
    database is unchanged. Raises SourceError, naming the place, for a file that cannot be used or placed.
    """
    progress.report(0, None, f"reading {path.name}")
    return load_opened(database, registry, open_model(path, options.read), options, progress)


def load_opened(
    database: Database, registry: Registry, model: ModelReading, options: ModelOptions, progress: Progress
) -> ModelSummary:
    """Load a model that was opened already."""
    require_owner(database, options.model or model_id(model.path.name), options.scheme)
    with closing(Spool()) as spool:
        elements = measure(model, spool, progress)
        if options.footprint is not None:
            options = replace(options, place=over_footprint(database, registry, model, elements, options.footprint))
        rows = _rows(model, elements, spool, options)
        rows.extent = whole_extent(database, rows)
        load = load_reading(database, registry, rows, _load_options(rows, options), progress)
        return ModelSummary(
            load=replace(load, notes=(*load.notes, *model.statement.notes, *_both(rows.georeference.notes))),
            schema=model.schema,
            counts=count(model.elements),
            shapes=len(elements.measured),
            meshes=len(spool),
            triangles=sum(each.shape.triangles for each in elements.measured.values()),
            defects=tuple(elements.defects),
            georeference=georeference_json(rows.georeference),
        )


def _both(notes: Iterable[Title]) -> Iterator[str]:
    yield from (f"{note.en} ({note.zh})" for note in notes)


def measure(model: ModelReading, spool: Spool, progress: Progress) -> Elements:
    """Make and measure the shapes of a model, and keep their meshes."""
    elements = Elements(model.elements)
    message = f"shaping {model.path.name}"
    for key, body in model.bodies(lambda done, total: progress.report(done, total, message)):
        elements.measured[key] = _measured(key, body, spool, elements.defects)
    elements.defects.extend(model.defects)
    if not elements.measured:
        raise SourceError(str(model.path), "no element has a shape, so that the model cannot be put on the map")
    return elements


def _measured(key: str, body: Body, spool: Spool, defects: list[Defect]) -> Measured:
    shape = spool.add(body)
    outline = footprint(body)
    solid = solid_of(body.mesh)
    if solid.reason is not None and body.encloses:
        defects.append(Defect(key, f"solid.{solid.reason}", _OPEN[solid.reason]))
    scale = abs(float(np.linalg.det(body.matrix[:3, :3])))
    extent = Extent(outline, shape.box[2], shape.box[5])
    return Measured(shape, extent, None if solid.volume is None else solid.volume * scale, float(shapely.area(outline)))


_OPEN = {
    "open": Title("形体未封闭，体积未知", "the shape is not closed, its volume is unknown"),
    "inconsistent": Title("形体的面朝向不一致，体积未知", "its faces do not all face outwards, the volume is unknown"),
    "empty": Title("形体为空", "the shape is empty"),
}


def _rows(model: ModelReading, elements: Elements, spool: Spool, options: ModelOptions) -> ElementRows:
    corners = np.array([each.shape.box for each in elements.measured.values()])
    box = (*corners[:, :3].min(axis=0), *corners[:, 3:].max(axis=0))
    georeference = place(model, np.array(box).reshape(2, 3), options.place)
    name = options.model or model_id(model.path.name)
    title = model.title or model.path.stem
    return ElementRows(
        path=model.path,
        layers=(SCHEME_ELEMENTS if options.scheme else BUILDING_ELEMENTS,),
        dataset=DatasetFacts(name, Title(title, title), source=str(model.header.get("program", ""))),
        source_crs=georeference.crs or "EPSG:4490",
        date=options.date,
        total=len(model.elements),
        model=model,
        elements=elements,
        spool=spool,
        georeference=georeference,
        grade=int(options.grade),
        scheme=options.scheme,
        box=tuple(map(float, box)),
    )


def _load_options(rows: ElementRows, options: ModelOptions) -> LoadOptions:
    # Its place is settled: nothing is to be recognised by comparing it with the map.
    return LoadOptions(
        dataset=rows.dataset.id, date=options.date, principal=options.principal, trust_crs=True, most_quarantined=1
    )
