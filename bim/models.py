"""Versions of models as they are asked for: which there are for a reader at a time, and where they stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from bim.catalog import BUILDING_ELEMENTS, SCHEME_ELEMENTS
from bim.corrections import by_hand, correction_of
from bim.georeference import Placement
from bim.store import correction, model
from bim.tileset.statement import View
from layers.access import visible
from layers.errors import NotFound
from layers.query import Bbox
from layers.store import DatasetLayer


@dataclass(frozen=True)
class ModelVersion:
    """One model in the version that is valid at a time.

    ``georeference`` says where it stands, by hand too; ``stated`` is what its file says, or what was said at its load.
    ``correction`` is the number of what was said last by hand, 0 for nothing, and ``box`` in the frame of the model.
    """

    id: str
    load: int
    date: datetime
    title: str
    scheme: str
    format: str
    schema: str
    header: dict[str, Any]
    georeference: dict[str, Any]
    defects: list[dict[str, Any]]
    stated: dict[str, Any]
    correction: int
    box: tuple[float, ...]

    @property
    def placement(self) -> Placement:
        """Return where it stands."""
        return Placement.from_json(self.georeference["placement"])


@dataclass(frozen=True)
class ModelsQuery:
    """Which models are wanted: those of a design scheme, or of what there is, on the ground ``bbox``.

    ``limit`` is the most of them, from the one after the id ``after``.
    """

    scheme: str = ""
    limit: int | None = None
    after: str = ""
    bbox: Bbox | None = None


def layer_of(connection: Connection, model_id: str) -> DatasetLayer:
    """Return the layer that a model's elements are in: that of schemes, or of what there is."""
    scheme = connection.execute(select(model.c.scheme).where(model.c.dataset == model_id).limit(1)).scalar()
    return SCHEME_ELEMENTS if scheme else BUILDING_ELEMENTS


def models(connection: Connection, view: View, query: ModelsQuery | None = None) -> list[ModelVersion]:
    """Return the models of which a reader may see anything, in order of their ids.

    ``view`` is of the layer of what there is, or of that of schemes where the query names one.
    """
    query = query or ModelsQuery()
    of_it = (model.c.scheme == query.scheme, model.c.dataset > query.after)
    newest = _versions(view).where(*of_it).subquery("model")
    rows = visible(view.layer, view.decision, view.when)
    shown = rows.where(rows.selected_columns.dataset == newest.c.dataset)
    if query.bbox is not None:
        shown = shown.where(query.bbox.touches(rows.selected_columns.geom))
    statement = select(newest).where(shown.correlate(newest).exists()).order_by(newest.c.dataset).limit(query.limit)
    return [_version(row) for row in connection.execute(statement).mappings()]


def model_version(connection: Connection, view: View, model_id: str) -> ModelVersion:
    """Return a model; one of which nothing may be seen is reported like one that does not exist."""
    row = connection.execute(_versions(view).where(model.c.dataset == model_id)).mappings().first()
    if row is None or not _is_visible(connection, view, model_id):
        raise NotFound(f"there is no building model {model_id!r}; GET /bim/models lists them")
    return _version(row)


def counts(connection: Connection, view: View, model_id: str) -> dict[str, dict[str, int]]:
    """Return how many elements of a model a reader may see, by level and class."""
    rows = view.rows(model_id)
    kind, name = rows.c.kind, rows.c["class"]
    statement = select(kind, name, func.count()).group_by(kind, name).order_by(kind, name)
    counted: dict[str, dict[str, int]] = {}
    for level, ifc_class, number in connection.execute(statement):
        counted.setdefault(level, {})[ifc_class] = number
    return counted


def storeys(connection: Connection, view: View, model_id: str) -> list[dict[str, Any]]:
    """Return the storeys of a model from the lowest up, with the numbers of rooms and elements in each."""
    rows = view.rows(model_id)
    inside = select(rows.c.storey, rows.c.kind, func.count().label("number")).group_by(rows.c.storey, rows.c.kind)
    numbers = {(row.storey, row.kind): row.number for row in connection.execute(inside)}
    statement = select(
        rows.c.fid, rows.c.source_key, rows.c.name, rows.c.long_name, rows.c.min_height_m, rows.c.height_m
    )
    listed = connection.execute(statement.where(rows.c.kind == "storey").order_by(rows.c.min_height_m, rows.c.fid))
    return [
        {
            "fid": row.fid,
            "id": row.source_key,
            "name": row.name,
            "long_name": row.long_name,
            "min_height_m": row.min_height_m,
            "height_m": row.height_m,
            "spaces": numbers.get((row.source_key, "space"), 0),
            "elements": numbers.get((row.source_key, "element"), 0),
        }
        for row in listed
    ]


def _versions(view: View) -> Select[Any]:
    of_it = correction_of(view.when.as_of)
    corrected = (correction.c.id.label("correction"), correction.c.placement.label("corrected"))
    newest = select(model, *corrected).select_from(model.outerjoin(correction, of_it)).ext(distinct_on(model.c.dataset))
    if view.when.last is not None:
        newest = newest.where(model.c.date <= view.when.last)
    if view.when.as_of is not None:
        newest = newest.where(model.c.made <= view.when.as_of)
    return newest.order_by(model.c.dataset, model.c.date.desc(), model.c.load.desc())


def _version(row: Any) -> ModelVersion:
    stated = row["georeference"]
    return ModelVersion(
        row["dataset"], row["load"], row["date"], row["title"], row["scheme"], row["format"], row["schema"],
        row["header"], by_hand(stated, row["corrected"]), row["defects"], stated, row["correction"] or 0,
        tuple(row["box"]),
    )  # fmt: skip


def _is_visible(connection: Connection, view: View, model_id: str) -> bool:
    return bool(connection.execute(select(exists().select_from(view.rows(model_id)))).scalar_one())
