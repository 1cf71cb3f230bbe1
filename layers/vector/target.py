"""Which layer a vector file fills: a known one, column by column, or one that it founds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from layers.base import Column, ColumnType
from layers.catalog import built_in
from layers.errors import NotFound, SourceError
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.title import Title
from layers.vector.columns import safe_names, usual_name
from layers.vector.feed import VectorSurvey
from layers.vector.founding import found_layer, geometry_of, layer_id

# Properties that speak of the row and not of the thing.
ROW_COLUMNS: Mapping[str, ColumnType] = {"quality": "real", "grade": "integer"}
KEY_COLUMNS = ("source_key", "id")


@dataclass(frozen=True)
class Target:
    """A layer, and for each property of the file that it takes: the column and its type."""

    layer: DatasetLayer
    columns: Mapping[str, tuple[str, ColumnType]]
    unknown: tuple[str, ...] = ()


def choose_target(path: Path, survey: VectorSurvey, wanted: str, registry: Registry) -> Target:
    """Return the layer called ``wanted``, or found it."""
    name = layer_id(wanted)
    own = {column: kind for column, kind in survey.columns.items() if column not in (*ROW_COLUMNS, *KEY_COLUMNS)}
    if name not in registry:
        return _founded(path, survey, name, own)
    layer = registry.get(name)
    if not isinstance(layer, DatasetLayer):
        raise NotFound(f"layer {name!r} keeps no data of its own, so nothing can be loaded into it")
    if name in built_in():
        return _matched(layer, own)
    return _extended(layer, own)


def _matched(layer: DatasetLayer, own: Mapping[str, ColumnType]) -> Target:
    """Take the columns that the layer has by the same name or a usual Chinese one, and report the others."""
    known = {column.name: (column.name, column.type) for column in layer.columns}
    plain = {name: name.lower() if name.lower() in known else usual_name(name) for name in own}
    # Where a file has a column under both names, the layer's own name is meant.
    taken = {
        name: known[column]
        for name, column in plain.items()
        if column in known and (name.lower() == column or column not in {other.lower() for other in own})
    }
    return Target(layer, taken, tuple(name for name in own if name not in taken))


def _extended(layer: DatasetLayer, own: Mapping[str, ColumnType]) -> Target:
    """Take all columns, adding those that the layer has not; it was founded by a file."""
    safe = safe_names(own)
    present = {column.name: column for column in layer.columns}
    added = tuple(Column(safe[n], kind, Title(n, n)) for n, kind in own.items() if safe[n] not in present)
    columns = {n: (safe[n], present[safe[n]].type if safe[n] in present else kind) for n, kind in own.items()}
    return Target(replace(layer, columns=layer.columns + added) if added else layer, columns)


def _founded(path: Path, survey: VectorSurvey, name: str, own: Mapping[str, ColumnType]) -> Target:
    if not survey.count:
        raise SourceError(str(path), "this has no features, so it cannot make a layer; check what it is")
    geometry = geometry_of(survey.geometries)
    if geometry is None:
        found = ", ".join(sorted(survey.geometries)) or "no geometry at all"
        raise SourceError(
            str(path),
            f"this has {found}, and a layer holds points, lines or areas; choose one of them with "
            "--geometry points, lines or areas",
        )
    safe = safe_names(own)
    columns = {safe[label]: (label, kind) for label, kind in own.items()}
    layer = found_layer(name, survey.title or path.stem, geometry, columns, survey.count)
    return Target(layer, {label: (safe[label], kind) for label, kind in own.items()})
