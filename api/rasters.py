"""Rasters over HTTP: in their state at a time, as far as a principal may see them, and as JSON documents."""

from typing import Any

from psycopg import OperationalError
from psycopg.errors import QueryCanceled
from psycopg.rows import namedtuple_row
from psycopg_pool import PoolTimeout

from api.links import JSON, Link, link
from layers.access import Principal, decide
from layers.errors import NotFound
from layers.query import raster_of, rasters_sql
from layers.raster import Band, Raster, ZonalQuery, ZoneStatistics, stops
from layers.temporal import When, now, rfc3339
from tiles.raster.tilejson import tiles_path, zooms
from tiles.versions import Pool

Json = dict[str, Any]
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"


class Rasters:
    """Reads the catalogue of rasters; each request sees what was committed before it."""

    def __init__(self, pool: Pool) -> None:
        """Read with connections of ``pool`` in autocommit mode: many tiles are requested at once."""
        self._pool = pool

    async def all(self, principal: Principal, when: When | None = None) -> list[Raster]:
        """Return the rasters that a principal may read, in the state of ``when``."""
        rasters = await self._read(when or now(), None)
        return [raster for raster in rasters if decide(principal, "read", raster).allowed]

    async def find(self, principal: Principal, raster_id: str, when: When | None = None) -> Raster:
        """Return one raster; one that may not be seen is reported like one that does not exist."""
        for raster in await self._read(when or now(), raster_id):
            if decide(principal, "read", raster).allowed:
                return raster
        raise NotFound(f"there is no raster {raster_id!r} at that time; GET /rasters lists the rasters")

    async def _read(self, when: When, raster_id: str | None) -> list[Raster]:
        """Read, and retry once where the connection was dead."""
        try:
            return await self._read_once(when, raster_id)
        except (QueryCanceled, PoolTimeout):
            # A second wait would take as long.
            raise
        except OperationalError:
            await self._pool.check()
            return await self._read_once(when, raster_id)

    async def _read_once(self, when: When, raster_id: str | None) -> list[Raster]:
        statement = rasters_sql(when, raster_id is not None)
        values = when.parameters() | {"raster_id": raster_id}
        async with self._pool.connection() as connection, connection.cursor(row_factory=namedtuple_row) as cursor:
            await cursor.execute(statement.encode(), values, prepare=True)
            return [raster_of(row) for row in await cursor.fetchall()]


def raster_json(raster: Raster, base: str) -> Json:
    """Return the description of a raster."""
    style = raster.style
    first, last = zooms(raster)
    return {
        "id": raster.id,
        "title": raster.title.json(),
        "description": raster.description.json(),
        "kind": raster.kind,
        "grade": {"level": int(raster.grade), **raster.grade.title.json()},
        "date": rfc3339(raster.date),
        "version": raster.version,
        "dataset": raster.dataset,
        "source": raster.source,
        "load": raster.load_id,
        "bounds": list(raster.bounds),
        "crs": raster.crs,
        "source_crs": raster.source_crs,
        "accuracy_m": raster.accuracy_m,
        "width": raster.width,
        "height": raster.height,
        "pixel_m": list(raster.pixel_m),
        "bytes": raster.bytes,
        "sha256": raster.sha256,
        "bands": [band_json(band) for band in raster.bands],
        "resampling": {"drawing": style.resampling, "overviews": raster.overviews},
        "elevation": style.elevation,
        "minzoom": first,
        "maxzoom": last,
        "legend": legend_json(raster),
        "links": _links(raster, f"{base}/rasters/{raster.id}"),
    }


def band_json(band: Band) -> Json:
    """Return a band with its statistics."""
    return {
        "number": band.number,
        "title": band.title.json(),
        "type": band.type,
        "unit": band.unit or None,
        "nodata": band.nodata,
        "min": band.minimum,
        "max": band.maximum,
        "mean": band.mean,
        "std": band.std,
        "valid_share": band.valid_share,
    }


def legend_json(raster: Raster) -> Json:
    """Return the legend: the colours of the ramp with the values at its ends, or the classes."""
    if raster.kind == "image":
        return {"kind": "single", "column": None, "entries": []}
    if raster.kind == "categorical":
        entries = [{"value": one.value, "color": one.color, "label": one.title.json()} for one in raster.style.classes]
        return {"kind": "classes", "column": None, "entries": entries}
    style, band = raster.style, raster.bands[raster.style.band - 1]
    colors = stops(style.colormap)
    step = (style.high - style.low) / (len(colors) - 1)
    entries = [
        {"value": value, "color": color, "label": {"zh": text, "en": text}}
        for color, value in ((color, style.low + place * step) for place, color in enumerate(colors))
        for text in [f"{value:.4g} {band.unit}".strip()]
    ]
    return {"kind": "gradient", "column": None, "unit": band.unit, "entries": entries}


def statistics_json(raster: Raster, statistics: ZoneStatistics, query: ZonalQuery) -> Json:
    """Return the statistics of a zone by their names."""
    areas = {
        "pixels": statistics.pixels,
        "count": statistics.count,
        "area_m2": statistics.area_m2,
        "valued_m2": statistics.valued_m2,
    }
    if raster.kind == "categorical":
        return areas | {"classes": [_class_json(raster, one.value, vars(one)) for one in statistics.classes]}
    names = [f"p{percentile:g}" for percentile in query.percentiles]
    ranks = dict(zip(names, statistics.percentiles or (None,) * len(names), strict=True))
    return areas | {
        "min": statistics.minimum,
        "max": statistics.maximum,
        "mean": statistics.mean,
        "std": statistics.std,
        "sum": statistics.total,
        "integral": statistics.integral,
        "median": statistics.median,
        **ranks,
    }


def _class_json(raster: Raster, value: int, share: Json) -> Json:
    raster_class = raster.class_of(value)
    return share | {"title": raster_class.title.json() if raster_class else None}


def _links(raster: Raster, own: str) -> list[Link]:
    links = [
        link("self", own, JSON, raster.title.zh),
        link("tiles", f"{own}/tiles.json", JSON, "瓦片 TileJSON"),
        link("enclosure", f"{own}/file", GEOTIFF, "原始数据 The pixels, cloud-optimised"),
    ]
    if raster.style.elevation:
        links.append(link("terrain", f"{own}/terrain.json", JSON, "地形 TileJSON of the terrain"))
    return links


def catalogue_json_of(raster: Raster) -> Json:
    """Return a raster as the viewer's catalogue lists layers."""
    first, last = zooms(raster)
    name = f"raster_{raster.id}"
    drawn = {"id": name, "type": "raster", "source": name, "paint": {"raster-fade-duration": 0}}
    if raster.kind == "categorical":
        drawn["paint"] = {"raster-fade-duration": 0, "raster-resampling": "nearest"}
    terrain = {"terrain": tiles_path(raster, "terrain")} if raster.style.elevation else {}
    return {
        "id": name,
        "raster": raster.id,
        "title": raster.title.json(),
        "description": raster.description.json(),
        "geometry": "Raster",
        "grade": {"level": int(raster.grade), **raster.grade.title.json()},
        "minzoom": first,
        "maxzoom": last,
        "order": 1000,
        "visible": False,
        "version": raster.version,
        "date": rfc3339(raster.date),
        "source": raster.source or raster.dataset,
        "count": None,
        "bounds": list(raster.bounds),
        "columns": [],
        "masked": [],
        "legends": [{"id": "default", "title": raster.title.json(), **legend_json(raster)}],
        "maplibre": {"default": [drawn]},
        "tilejson": f"/rasters/{raster.id}/tiles.json",
        "tiles": tiles_path(raster),
        "download": f"/rasters/{raster.id}/file",
        **terrain,
    }
