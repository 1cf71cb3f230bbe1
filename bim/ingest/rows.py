"""The rows of a model as a reading that loads take, with the tables beside them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
import shapely
from sqlalchemy import Table, func, select

from bim import corrections
from bim.georeference import Georeference, Placement
from bim.ingest.elements import Elements, count
from bim.ingest.kept import Kept
from bim.ingest.owner import hold_owner
from bim.ingest.spool import Spool
from bim.ingest.summary import defect_json, georeference_json
from bim.reading import ModelReading
from bim.store import mesh, own_grade, record, shape
from layers.errors import Conflict
from layers.intake import Reading, Row
from layers.store import Database, feature_table

# Some metres: walls reach beyond the axes that a model is measured by.
_MARGIN_DEG = 5e-5
_STAGE = "CREATE TEMPORARY TABLE {stage} (LIKE onemap.{table}) ON COMMIT DROP"
_COPY = "COPY {stage} ({columns}) FROM STDIN"
_ADD = "INSERT INTO onemap.{table} ({columns}) SELECT {columns} FROM {stage} ORDER BY id ON CONFLICT DO NOTHING"
_MODEL = """
INSERT INTO onemap.bim_model
    (load, dataset, date, title, scheme, format, schema, header, georeference, counts, defects, box, grade)
SELECT id, dataset, %(date)s, %(title)s, %(scheme)s, %(format)s, %(schema)s, %(header)s, %(georeference)s, %(counts)s,
       %(defects)s, %(box)s, %(grade)s
FROM onemap.load WHERE id = %(load)s
"""


@dataclass(kw_only=True)
class ElementRows(Reading):
    """The elements of a model that was read and placed; ``kept`` is what was said by hand of a former version."""

    model: ModelReading
    elements: Elements
    spool: Spool
    georeference: Georeference
    grade: int
    scheme: str
    box: tuple[float, ...]
    own_grades: Mapping[str, int] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)

    @property
    def placement(self) -> Placement:
        """Return where it stands: by hand, or where its file says."""
        return self.kept.placement(self.georeference)

    def rows(self) -> Iterator[Row]:
        """Yield a row for each element."""
        given = {"scheme": self.scheme} if self.scheme else {}
        grades = self.elements.grades(self.grade, self.own_grades)
        for row in self.elements.rows(self.layers[0].id, self.placement, grades, given):
            self.position += 1
            self.read[row.layer] += 1
            yield row._replace(geometry=self.kept.outline(row.source_key, row.geometry))

    def attach(self, cursor: "psycopg.Cursor[Any]", load: int, date: datetime) -> None:
        """Write meshes, shapes and records that are not there yet, and the version of the model."""
        hold_owner(cursor, load, self.scheme)
        # Parents first: a shape names its mesh.
        _add(cursor, mesh, self.spool.meshes())
        shapes = self.spool.shapes.values()
        _add(cursor, shape, ((one.id, one.mesh, list(one.matrix), list(one.box)) for one in shapes))
        records = {one[0]: one for one in self.elements.records.values()}
        _add(cursor, record, records.values())
        cursor.execute(_MODEL, self._version() | {"load": load, "date": date})
        self._keep_place(cursor, load)

    def _keep_place(self, cursor: "psycopg.Cursor[Any]", load: int) -> None:
        """Write the correction that is kept; raises Conflict where the model was moved while this was read."""
        if corrections.newest(cursor, self.dataset.id, but=load) != self.kept.last:
            raise Conflict(f"the model {self.dataset.id!r} was moved by hand while its file was read; load it again")
        if self.kept.correction is not None:
            corrections.keep(cursor, load, self.kept.correction, self.placement)

    def _version(self) -> dict[str, Any]:
        defects = [defect_json(defect) for defect in self.elements.defects]
        return {
            "title": self.model.title,
            "scheme": self.scheme,
            "format": self.model.format,
            "schema": self.model.schema,
            "header": json.dumps(dict(self.model.header), ensure_ascii=False, default=str),
            "georeference": json.dumps(georeference_json(self.georeference), ensure_ascii=False),
            "counts": json.dumps(count(self.elements.elements)),
            "defects": json.dumps(defects, ensure_ascii=False),
            "box": list(self.box),
            "grade": self.grade,
        }


def ground_of(rows: ElementRows) -> Any:
    """Return the ground below the box of a model (degrees, EPSG:4490)."""
    low, high = np.split(np.array(rows.box), 2)
    corners = np.array([(x, y, low[2]) for x in (low[0], high[0]) for y in (low[1], high[1])])
    return shapely.convex_hull(shapely.MultiPoint(rows.placement.geodetic(corners)[:, :2]))


def whole_extent(database: Database, rows: ElementRows) -> bytes:
    """Return the ground (WKB, EPSG:4490) of all that a model has and had: what it lacks there now is gone."""
    layer = feature_table(rows.layers[0])
    hull = func.ST_AsBinary(func.ST_ConvexHull(func.ST_Collect(layer.c.geom)))
    former = select(hull).where(layer.c.dataset == rows.dataset.id, func.upper_inf(layer.c.valid))
    with database.reader.connect() as connection:
        found = connection.execute(former).scalar_one()
    parts = [ground_of(rows), *([] if found is None else [shapely.from_wkb(bytes(found))])]
    ground = shapely.convex_hull(shapely.union_all(parts))
    return bytes(shapely.to_wkb(shapely.buffer(ground, _MARGIN_DEG)))


def own_grades(database: Database, model: str) -> dict[str, int]:
    """Return the grades of elements of a model that were given by hand."""
    statement = select(own_grade.c.element, own_grade.c.grade).where(own_grade.c.model == model)
    with database.reader.connect() as connection:
        return {row.element: row.grade for row in connection.execute(statement)}


def _add(cursor: "psycopg.Cursor[Any]", table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add rows whose keys are not there yet; in order of the keys, so that no two loads wait for each other."""
    columns = ", ".join(column.name for column in table.columns if column.computed is None)
    names = {"stage": f"new_{table.name}", "table": table.name, "columns": columns}
    cursor.execute(_STAGE.format(**names))
    with cursor.copy(_COPY.format(**names)) as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(_ADD.format(**names))
