"""Where a model that was read is put: by its file, by what is said by hand, or over a footprint of the base map."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select

from bim.georeference import Georeference, LocateOptions, heading_of, locate, match_footprint
from bim.ingest.elements import Elements
from bim.reading import ModelReading
from layers.errors import InputError, NotFound, ParameterError, SourceError
from layers.registry import Registry
from layers.store import Database, DatasetLayer, feature_table

# The site is not the house.
_GROUND = frozenset({"site"})


@dataclass(frozen=True)
class Footprint:
    """The row of a layer of the base map that a model is laid over: ``buildings/123``."""

    layer: str
    fid: int

    @classmethod
    def parse(cls, text: str) -> "Footprint":
        """Read ``layer/number``."""
        layer, _, number = text.partition("/")
        if not layer or not (number.isascii() and number.isdigit()) or len(number) > 18:
            raise ParameterError("footprint", f"{text!r} is not a layer and a number, such as buildings/123")
        return cls(layer, int(number))


def place(model: ModelReading, corners: NDArray[np.float64], options: LocateOptions) -> Georeference:
    """Return where a model stands; raises SourceError where neither its file nor anybody says so."""
    try:
        return locate(model.statement, options, corners)
    except ParameterError:
        raise
    except InputError as error:
        raise SourceError(str(model.path), str(error)) from error


def over_footprint(
    database: Database, registry: Registry, model: ModelReading, elements: Elements, footprint: Footprint
) -> LocateOptions:
    """Return the options that lay a model's plan over a footprint, nearest to the north that its file has."""
    kinds = {element.id: element.kind for element in elements.elements}
    plans = [each.extent.outline for key, each in elements.measured.items() if kinds[key] not in _GROUND]
    lowest = min(each.extent.low for key, each in elements.measured.items() if kinds[key] not in _GROUND)
    north = model.statement.true_north
    match = match_footprint(
        shapely.union_all(plans),
        _outline(database, registry, footprint),
        # What lies below the model's zero is a cellar.
        base_z=max(lowest, 0.0),
        height_m=model.statement.elevation_m or 0.0,
        near_deg=None if north is None else heading_of(north),
    )
    return LocateOptions(placement=match.placement, source="footprint")


def _outline(database: Database, registry: Registry, footprint: Footprint) -> Any:
    layer = registry.get(footprint.layer)
    if not isinstance(layer, DatasetLayer):
        raise ParameterError("footprint", f"layer {layer.id} is derived from others; name one that has footprints")
    table = feature_table(layer)
    statement = select(func.ST_AsBinary(table.c.geom)).where(
        table.c.fid == footprint.fid, func.upper_inf(table.c.valid)
    )
    with database.reader.connect() as connection:
        found = connection.execute(statement.limit(1)).scalar()
    if found is None:
        raise NotFound(f"layer {layer.id} has no row {footprint.fid}")
    return shapely.from_wkb(bytes(found))
