"""Corrections by hand of where a model stands, and what becomes of them when another version is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select

from bim.corrections import Correction, Version, versions_of
from bim.georeference import Georeference, LocateOptions, Placement
from bim.ingest.options import ModelOptions
from layers.space import to_geocentric
from layers.store import Database, DatasetLayer, feature_table

# Places by hand that are this near are the same, metres and degrees.
_SAME_M, _SAME_DEG = 0.01, 1e-4
# An outline that was moved has not moved again by what is less than a tenth of a millimetre.
_ROUNDING_DEG = 1e-9


@dataclass(frozen=True)
class Kept:
    """What was said by hand of a former version: its number (None: nothing ever was), and what of it is kept.

    ``outlines`` are those of the rows that there are, by source key, for rows that are where they were.
    """

    last: int | None = None
    correction: Correction | None = None
    notes: tuple[str, ...] = ()
    outlines: Mapping[str, bytes] | None = None

    def placement(self, found: Georeference) -> Placement:
        """Return where the new version stands; how large it is, its file says."""
        if self.correction is None or self.correction.placement is None:
            return found.placement
        return replace(self.correction.placement, scale=found.placement.scale)

    def outline(self, key: str, wkb: bytes) -> bytes:
        """Return the outline of a row: the one that is there already where it differs by rounding alone."""
        former = (self.outlines or {}).get(key)
        if former is None or former == wkb:
            return wkb
        same = shapely.equals_exact(shapely.from_wkb(former), shapely.from_wkb(wkb), _ROUNDING_DEG)
        return former if same else wkb


def kept(database: Database, layer: DatasetLayer, model_id: str, found: Georeference, options: ModelOptions) -> Kept:
    """Return what is kept of a correction by hand of the latest version of a model.

    It is kept, also where the file now says something else, unless the load is told not to, or is given another place
    by hand than that version was: what was said last holds.
    """
    with database.reader.connect() as connection:
        versions = versions_of(connection, model_id)
        if all(one.correction is None for one in versions):
            return Kept()
        table = feature_table(layer)
        rows = select(table.c.source_key, func.ST_AsBinary(table.c.geom))
        here = rows.where(table.c.dataset == model_id, func.upper_inf(table.c.valid), table.c.source_key.is_not(None))
        outlines = {key: bytes(wkb) for key, wkb in connection.execute(here)}
    latest = versions[0]
    last = None if latest.correction is None else latest.correction.id
    if latest.correction is None or latest.by_hand is None:
        return Kept(last, outlines=outlines)
    if not options.corrected:
        return Kept(last, notes=(_TAKEN_BACK.format(**_told(latest)),), outlines=outlines)
    if _is_stated(options.place) and not _same(found.placement, latest.own):
        return Kept(last, notes=(_STATED.format(**_told(latest)),), outlines=outlines)
    notes = (_KEPT.format(**_told(latest)), *(() if _same(found.placement, latest.own) else (_DIFFERS,)))
    return Kept(last, latest.correction, notes, outlines)


_KEPT = (
    "it stands where it was put by hand on {day} ({why}); corrected=no (--file-place) takes the file's place "
    "(保留人工修正的位置)"
)
_TAKEN_BACK = "the place by hand of {day} ({why}) is not kept, as the load asks (按要求不保留人工修正的位置)"
_STATED = (
    "the place by hand of {day} ({why}) is not kept: this load states another one (本次导入给出了新位置，不保留原修正)"
)
_DIFFERS = (
    "the file says another place than its former version; see whether the correction by hand still holds "
    "(文件所述位置与上一版本不同，请核对人工修正是否仍然成立)"
)


def _told(version: Version) -> dict[str, Any]:
    said = version.correction
    return {} if said is None else {"day": f"{said.stated:%Y-%m-%d}", "why": said.why}


def _is_stated(place: LocateOptions) -> bool:
    """Tell whether anything is said by hand on the place."""
    return replace(place, grids=()) != LocateOptions()


def _same(one: Placement, other: Placement) -> bool:
    ends = to_geocentric(np.array([[each.lon, each.lat, each.height_m] for each in (one, other.moved_to(one.anchor))]))
    turn = abs((one.heading_deg - other.moved_to(one.anchor).heading_deg + 180.0) % 360.0 - 180.0)
    return float(np.linalg.norm(ends[0] - ends[1])) < _SAME_M and turn < _SAME_DEG
