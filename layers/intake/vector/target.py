"""The layer that a vector file fills: a known one, or a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from layers.base import Column, ColumnType
from layers.catalog import built_in
from layers.errors import NotFound, SourceError
from layers.intake.vector.columns import safe_names, usual_name
from layers.intake.vector.feed import VectorSurvey
from layers.intake.vector.infer_schema import geometry_of, infer_layer, layer_id
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.title import Title

# Properties of the row, not of the object.
ROW_COLUMNS: Mapping[str, ColumnType] = {"quality": "real", "grade": "integer"}
KEY_COLUMNS = ("source_key", "id")


@dataclass(frozen=True)
class Target:
    """A layer, and for each property of the file that it takes the column and its type."""

    layer: DatasetLayer
    columns: Mapping[str, tuple[str, ColumnType]]
    unknown: tuple[str, ...] = ()


def choose_target(path: Path, survey: VectorSurvey, layer_name: str, registry: Registry) -> Target:
    """Return the layer called ``layer_name``, or a new one."""
    name = layer_id(layer_name)
    attributes = {column: kind for column, kind in survey.columns.items() if column not in (*ROW_COLUMNS, *KEY_COLUMNS)}
    if name not in registry:
        return _new_layer(path, survey, name, attributes)
    layer = registry.get(name)
    if not isinstance(layer, DatasetLayer):
        raise NotFound(f"layer {name!r} has no data of its own, so nothing can be loaded into it")
    if name in built_in():
        return _fill_built_in(layer, attributes)
    return _extend(layer, attributes)


def _fill_built_in(layer: DatasetLayer, attributes: Mapping[str, ColumnType]) -> Target:
    """Take the columns that the layer has by the same name or a usual Chinese one, and list the others."""
    columns = {column.name: (column.name, column.type) for column in layer.columns}
    plain = {name: name.lower() if name.lower() in columns else usual_name(name) for name in attributes}
    # Where a file has both names, the layer's own name wins.
    chosen = {
        name: columns[column]
        for name, column in plain.items()
        if column in columns and (name.lower() == column or column not in {other.lower() for other in attributes})
    }
    return Target(layer, chosen, tuple(name for name in attributes if name not in chosen))


def _extend(layer: DatasetLayer, attributes: Mapping[str, ColumnType]) -> Target:
    """Take all columns, adding those that the layer lacks; a file created it."""
    safe = safe_names(attributes)
    present = {column.name: column for column in layer.columns}
    added = tuple(Column(safe[n], kind, Title(n, n)) for n, kind in attributes.items() if safe[n] not in present)
    columns = {n: (safe[n], present[safe[n]].type if safe[n] in present else kind) for n, kind in attributes.items()}
    return Target(replace(layer, columns=layer.columns + added) if added else layer, columns)


def _new_layer(path: Path, survey: VectorSurvey, name: str, attributes: Mapping[str, ColumnType]) -> Target:
    if not survey.count:
        raise SourceError(str(path), "this has no features, so no layer can be created; check the file")
    geometry = geometry_of(survey.geometries)
    if geometry is None:
        types = ", ".join(sorted(survey.geometries)) or "no geometry at all"
        raise SourceError(
            str(path),
            f"this has {types}, but a layer has points, lines or areas; choose one of them with "
            "--geometry points, lines or areas",
        )
    safe = safe_names(attributes)
    columns = {safe[label]: (label, kind) for label, kind in attributes.items()}
    layer = infer_layer(name, survey.title or path.stem, geometry, columns, survey.count)
    return Target(layer, {label: (safe[label], kind) for label, kind in attributes.items()})
