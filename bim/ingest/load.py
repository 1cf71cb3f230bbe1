"""A load of a model: read, made into shapes, placed, measured, and then written in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from bim.bindings import Binding, BindingQuery, bindings_page
from bim.catalog import BUILDING_ELEMENTS, SCHEME_ELEMENTS
from bim.checking import IdsReport
from bim.corrections import by_hand
from bim.formats import open_model
from bim.ingest.delivery import check_ids, ids_defects, ids_note
from bim.ingest.elements import Elements, Measured, count
from bim.ingest.kept import kept
from bim.ingest.options import ModelOptions, model_id
from bim.ingest.outlines import Extent
from bim.ingest.owner import require_on_site, require_owner
from bim.ingest.place import over_footprint, place
from bim.ingest.rows import ElementRows, ground_of, own_grades, whole_extent
from bim.ingest.spool import Shape, Spool
from bim.ingest.summary import ModelSummary, georeference_json
from bim.model import Body, Defect
from bim.reading import ModelReading
from bim.solids import footprint, solid_of
from bim.tileset.statement import View
from layers.access import LOCAL_OPERATOR, decide
from layers.errors import SourceError
from layers.intake import DatasetFacts, LoadOptions, load_reading
from layers.ops.jobs import Progress
from layers.registry import Registry
from layers.store import Database
from layers.temporal import When
from layers.title import Title

_MOST_ORPHANS = 10_000
# Of so few triangles a footprint costs no more than finding out whether it is known.
_FEW_TRIANGLES = 100


def load_model(
    database: Database,
    registry: Registry,
    path: Path,
    options: ModelOptions,
    progress: Progress,
    checked: Callable[[IdsReport], None] | None = None,
) -> ModelSummary:
    """Load a building model as a version of a model, and return what was done.

    ``checked`` is told what a delivery specification finds, before a model that fails it is refused.

    Shapes are made before the database is written to; all of that is one transaction, so that on any failure the
    database is unchanged. Raises SourceError, naming the place, for a file that cannot be used or placed.
    """
    found = _delivery(path, options, progress, checked)
    progress.report(0, None, f"reading {path.name}")
    with closing(open_model(path, replace(options.read, shapes_follow=True))) as model:
        model.defects.extend(() if found is None else ids_defects(found))
        summary = load_opened(database, registry, model, options, progress)
    if found is None:
        return summary
    return replace(summary, load=replace(summary.load, notes=(*summary.load.notes, ids_note(found))))


def _delivery(
    path: Path, options: ModelOptions, progress: Progress, checked: Callable[[IdsReport], None] | None
) -> IdsReport | None:
    """Return what a delivery specification finds; raises SourceError where the model fails it and must not."""
    if options.ids is None:
        return None
    progress.report(0, None, f"checking {path.name} against {options.ids.name}")
    found = check_ids(path, options.ids)
    if checked is not None:
        checked(found)
    if options.read.strict and not found.passed:
        raise SourceError(str(path), f"{ids_note(found)}; twin bim check tells of each")
    return found


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
        rows.kept = kept(database, rows.layers[0], rows.dataset.id, rows.georeference, options)
        require_on_site(database, str(model.path), ground_of(rows), options.scheme)
        rows.extent = whole_extent(database, rows)
        rows.own_grades = own_grades(database, rows.dataset.id)
        before = _orphans(database, rows)
        load = load_reading(database, registry, rows, _load_options(rows, options), progress)
        return ModelSummary(
            load=replace(load, notes=(*load.notes, *_notes(rows))),
            schema=model.schema,
            counts=count(model.elements),
            shapes=len(elements.measured),
            meshes=len(spool),
            triangles=sum(each.shape.triangles for each in elements.measured.values()),
            defects=tuple(elements.defects),
            georeference=by_hand(
                georeference_json(rows.georeference),
                None if rows.kept.correction is None else rows.placement.json(),
            ),
            orphans=tuple(one for key, one in _orphans(database, rows).items() if key not in before),
        )


def _notes(rows: ElementRows) -> Iterator[str]:
    """Yield what was odd, and what of former versions is kept."""
    yield from rows.model.statement.notes
    yield from (f"{note.en} ({note.zh})" for note in rows.georeference.notes)
    yield from rows.kept.notes
    yield from _grades_kept(rows)


def _grades_kept(rows: ElementRows) -> Iterator[str]:
    """Yield a note where elements have a grade by hand that is below that of the load."""
    lower = [each.id for each in rows.elements.elements if rows.own_grades.get(each.id, rows.grade) < rows.grade]
    if lower:
        yield (
            f"{len(lower)} elements keep a grade below that of this load, which was given to them by hand "
            f"({len(lower)} 个构件保留了人工设定的较低密级): {', '.join(lower[:3])}"
        )


def _orphans(database: Database, rows: ElementRows) -> dict[int | None, Binding]:
    """Return the bindings to elements that are not in a model, as it is now or will be at the date of the load."""
    instant = max(datetime.now(UTC), rows.date or datetime.min.replace(tzinfo=UTC))
    (layer,) = rows.layers
    view = View(layer, decide(LOCAL_OPERATOR, "read", layer), When(instant, instant))
    query = BindingQuery(model=rows.dataset.id, orphans=True)
    with database.reader.connect() as connection:
        found = bindings_page(connection, view, query, _MOST_ORPHANS).bindings
    return {one.id: one for one in found}


def measure(model: ModelReading, spool: Spool, progress: Progress) -> Elements:
    """Make and measure the shapes of a model, and keep their meshes."""
    elements = Elements(model.elements)
    message = f"shaping {model.path.name}"
    plans: dict[str, shapely.Geometry] = {}
    for key, body in model.bodies(lambda done, total: progress.report(done, total, message)):
        elements.measured[key] = _measured(key, body, spool, elements.defects, plans)
    elements.defects.extend(model.defects)
    elements.gaps.extend(model.gaps)
    if not elements.measured:
        raise SourceError(str(model.path), "no element has a shape, so that the model cannot be put on the map")
    return elements


def _measured(
    key: str, body: Body, spool: Spool, defects: list[Defect], plans: dict[str, shapely.Geometry]
) -> Measured:
    shape = spool.add(body)
    solid = solid_of(body.mesh)
    outline = footprint(body) if solid.reason is None else _outline(body, shape, plans)
    if solid.reason is not None and body.encloses:
        defects.append(Defect(key, f"solid.{solid.reason}", _OPEN[solid.reason]))
    scale = abs(float(np.linalg.det(body.matrix[:3, :3])))
    extent = Extent(outline, shape.box[2], shape.box[5])
    return Measured(shape, extent, None if solid.volume is None else solid.volume * scale, float(shapely.area(outline)))


def _outline(body: Body, shape: Shape, plans: dict[str, shapely.Geometry]) -> shapely.Geometry:
    """Return the footprint of what is no solid: with many triangles, and upright, it is that of its mesh, found once.

    Walls and slabs, which are solids, meet their neighbours exactly; furniture need not, which takes the longest.
    """
    matrix = np.reshape(shape.matrix, (3, 4))
    upright = np.array_equal(matrix[2, :3], (0, 0, 1)) and np.array_equal(matrix[:2, 2], (0, 0))
    if not upright or shape.triangles < _FEW_TRIANGLES:
        return footprint(body)
    if shape.mesh not in plans:
        # The mesh as it is kept, about the middle of its box.
        low, high = body.mesh.vertices.min(axis=0), body.mesh.vertices.max(axis=0)
        about = np.eye(4)
        about[:3, 3] = -(low + high) / 2
        plans[shape.mesh] = footprint(Body(body.mesh, about))
    return shapely.transform(plans[shape.mesh], lambda points: points @ matrix[:2, :2].T + matrix[:2, 3])


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
