"""An IFC file that is open: its records, and the stream of its shapes."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bim.formats.ifc import tessellation
from bim.formats.ifc.bodies import Facts, chunks_of, facts_of, mesh_of
from bim.formats.ifc.defects import defect_of
from bim.formats.ifc.forkserver import ForkServer
from bim.formats.ifc.opening import Entity, following_schema, open_file
from bim.formats.ifc.openings import unfilled
from bim.formats.ifc.properties import Definitions
from bim.formats.ifc.records import Records, records_of
from bim.formats.ifc.relations import relations_of
from bim.formats.ifc.statement import statement_of
from bim.formats.ifc.tessellation import Failure, Made, Work, tessellate
from bim.formats.ifc.units import units_of
from bim.model import Body, Defect, Element, Gap
from bim.reading import ModelReading, ReadOptions, Tell
from layers.errors import SourceError


@dataclass
class IfcReading(ModelReading):
    """An IFC file; ``work`` are the shapes to make, ``products`` their elements by number in the file.

    ``holes`` are likewise the openings of walls that nothing fills: id, name and wall of each.
    ``server`` is at hand where the shapes are to follow at once, until they are asked for.
    """

    options: ReadOptions = field(default_factory=ReadOptions)
    work: Work = field(default_factory=lambda: Work(Path(), (), 0))
    products: Mapping[int, Element] = field(default_factory=dict)
    bodied: frozenset[int] = frozenset()
    server: ForkServer | None = None
    holes: Mapping[int, tuple[str, str, str]] = field(default_factory=dict)

    def bodies(self, tell: Tell) -> Iterator[tuple[str, Body]]:
        """Stream the shapes by the id of their element, each once; one that cannot be made is among ``defects``.

        Raises SourceError where the reading is strict and a shape cannot be made.
        """
        done = 0
        server, self.server = self.server, None
        for outcome in tessellate(self.work, server):
            if outcome.product in self.holes:
                self._keep_gap(outcome)
                continue
            element = self.products[outcome.product]
            if isinstance(outcome, Made):
                body = self._body(element, outcome)
                if body is not None:
                    yield element.id, body
            elif outcome.rule != "shape.missing" or outcome.product in self.bodied:
                self._add(
                    defect_of(element, outcome.rule, outcome.detail, self.options.most_triangles), outcome.product
                )
            if not _is_beside(outcome):
                done += 1
                tell(done, len(self.products))

    def close(self) -> None:
        """End the server that nobody has asked for shapes."""
        if self.server is not None:
            self.server.close()
            self.server = None

    def _keep_gap(self, outcome: Made | Failure) -> None:
        """Keep a hole in a wall; one whose shape cannot be made is no way, and nothing else."""
        if isinstance(outcome, Made) and len(outcome.shape.triangles):
            body = Body(mesh_of(outcome.shape, self.schema, "IfcOpeningElement", is_space=False), outcome.matrix)
            if np.isfinite(body.points).all():
                self.gaps.append(Gap(*self.holes[outcome.product], body))

    def _body(self, element: Element, made: Made) -> Body | None:
        """Return the body of an element, or None for a shape that is none, which is a defect."""
        if not len(made.shape.triangles):
            self._add(defect_of(element, "shape.empty"), made.product)
        elif not (np.isfinite(made.shape.vertices).all() and np.isfinite(made.matrix).all()):
            self._add(defect_of(element, "shape.not_finite"), made.product)
        else:
            return Body(mesh_of(made.shape, self.schema, element.type, element.kind == "space"), made.matrix)
        return None

    def _add(self, defect: Defect, number: int) -> None:
        self.defects.append(defect)
        if self.options.strict:
            element = self.products[number]
            raise SourceError(
                str(self.path), defect.message.en, f"#{number} {element.type} {element.id} {element.name}".strip()
            )


def open_ifc(path: Path, options: ReadOptions) -> IfcReading:
    """Read all but the shapes; raises SourceError, naming the place, when the file cannot be read."""
    work = Work(path, (), options.most_triangles)
    with ExitStack() as started:
        server = started.enter_context(closing(work.start())) if options.shapes_follow else None
        reading = _read(path, options, work)
        # From here on it is the reading's to end.
        started.pop_all()
        reading.server = server
        return reading


def _read(path: Path, options: ReadOptions, work: Work) -> IfcReading:
    file, complaints = open_file(path)
    if complaints and options.strict:
        raise SourceError(str(path), complaints[0])
    project = _project(path, file)
    with following_schema(path, project):
        units = units_of(path, project)
        relations = relations_of(file)
        definitions = Definitions(relations, units)
        statement = statement_of(file, project, units, definitions)
    records = records_of(path, file, units, relations, definitions)
    if not records.elements:
        raise SourceError(str(path), "its project has no site, no building and no element", f"#{project.id()}")
    facts, products = _shapes(records)
    holes = {hole.id(): (hole, wall) for wall, hole in unfilled(file) if wall.id() in products}
    facts |= {number: facts_of(hole) for number, (hole, _) in holes.items()}
    processes = tessellation.processes_for(len(facts), options.processes)
    return IfcReading(
        path=path,
        format="ifc",
        schema=file.schema_identifier,
        title=project.LongName or project.Name or "",
        elements=records.elements,
        statement=statement,
        header=_header(file, (*units.notes, *complaints)),
        options=options,
        work=replace(work, chunks=tuple(chunks_of(facts, processes)), processes=processes),
        products=products,
        holes={number: (hole.GlobalId, hole.Name or "", wall.GlobalId) for number, (hole, wall) in holes.items()},
        bodied=frozenset(number for number, fact in facts.items() if fact.has_body),
    )


def _project(path: Path, file: Entity) -> Entity:
    projects = file.by_type("IfcProject")
    if len(projects) != 1:
        numbers = ", ".join(f"#{project.id()}" for project in projects)
        found = f"there are {len(projects)} ({numbers})" if projects else "there is none"
        raise SourceError(str(path), f"a model has one IfcProject, and {found}; export it again")
    return projects[0]


def _shapes(records: Records) -> tuple[dict[int, Facts], dict[int, Element]]:
    """Return the products whose shapes are to be made, by number in the file: what is known of them, their elements.

    All that have any representation are tried: better one try in vain than a shape left out.
    """
    pairs = zip(records.entities, records.elements, strict=True)
    shaped = [(entity, element) for entity, element in pairs if _is_shaped(entity)]
    return {entity.id(): facts_of(entity) for entity, _ in shaped}, {entity.id(): element for entity, element in shaped}


def _is_shaped(entity: Entity) -> bool:
    return entity.Representation is not None and not entity.is_a("IfcVirtualElement")


def _header(file: Entity, notes: tuple[str, ...]) -> dict[str, Any]:
    """Return who has written the file, with what and when."""
    name = file.header.file_name
    return {
        "program": name.originating_system or "",
        "preprocessor": name.preprocessor_version or "",
        "time_stamp": name.time_stamp or "",
        "author": [author for author in name.author or () if author],
        "organization": [organization for organization in name.organization or () if organization],
        "view": list(file.header.file_description.description or ()),
        "notes": list(notes),
    }


def _is_beside(outcome: Made | Failure) -> bool:
    """Tell whether an outcome comes beside another of the same product."""
    return isinstance(outcome, Failure) and outcome.rule == "shape.incomplete"
