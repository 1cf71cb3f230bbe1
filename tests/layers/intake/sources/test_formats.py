"""The same 200 objects in each format: they load to the same rows, up to what the format declares that it loses."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from layers.base import SYSTEM_COLUMNS
from layers.intake.source import Loss, Source
from layers.intake.sources import sources
from layers.intake.vector.columns import safe_names

Rows = list[dict[str, Any]]
FORMATS = {source.id: source for source in sources()}
SIZES = {"spots": 80, "ways": 60, "plots": 60}
COLUMNS = ("编号", "名称", "remark", "floors", "height", "open", "since", "registered_people")


def attributes(number: int) -> dict[str, Any]:
    def sometimes(value: Any, every: int) -> Any:
        return None if number % every == every - 1 else value

    return {
        "编号": f"P{number:04}",
        "名称": sometimes(f"张江镇第{number}号", 7),
        "remark": sometimes("" if number % 3 == 0 else f"a, \"b\"; 'c' & <{number}>", 11),
        "floors": sometimes(number - 50, 5),
        "height": sometimes(number / 8 + 0.5, 6),
        "open": sometimes(number % 2 == 0, 4),
        "since": sometimes(datetime(2020, 1, 1, 8, 30, tzinfo=UTC) + timedelta(days=number, seconds=number), 9),
        "registered_people": sometimes(number * 1000 + 7, 8),
    }


def box(x: float, y: float, side: float) -> shapely.Polygon:
    east, north = round(x + side, 6), round(y + side, 6)
    return shapely.Polygon([(x, y), (x, north), (east, north), (east, y)])


def shape(layer: str, number: int) -> shapely.Geometry:
    x, y = round(121.5 + number * 0.0007, 6), round(31.2 + (number * 37 % 60) * 0.0009, 6)
    if layer == "spots":
        return shapely.Point(x, y)
    if layer == "ways":
        line = shapely.LineString([(x, y), (round(x + 0.0003, 6), round(y + 0.0004, 6)), (round(x + 0.0005, 6), y)])
        other = shapely.LineString([(x, round(y + 0.01, 6)), (round(x + 0.001, 6), round(y + 0.011, 6))])
        return shapely.MultiLineString([line, other] if number % 3 == 0 else [line])
    hole = box(round(x + 0.0001, 6), round(y + 0.0001, 6), 0.0002)
    ringed = shapely.Polygon(box(x, y, 0.0005).exterior, [hole.exterior])
    return shapely.MultiPolygon([ringed, box(x, round(y + 0.01, 6), 0.0004)] if number % 3 == 0 else [ringed])


OBJECTS = {
    layer: [attributes(number) | {"geom": shape(layer, number)} for number in range(size)]
    for layer, size in SIZES.items()
}


def frame(rows: Rows) -> geopandas.GeoDataFrame:
    kinds = {"floors": "Int32", "open": "boolean", "registered_people": "Int64"}
    columns = {name: pd.array([row[name] for row in rows], dtype=kinds.get(name)) for name in COLUMNS}
    shapes = [row["geom"] if len(getattr(row["geom"], "geoms", "ab")) > 1 else row["geom"].geoms[0] for row in rows]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def by_gdal(driver: str, **how: Any) -> Callable[[Path, Rows], None]:
    def write(path: Path, rows: Rows) -> None:
        pyogrio.write_dataframe(frame(rows), path, driver=driver, **how)

    return write


def as_geodatabase(path: Path, rows: Rows) -> None:
    """Write multipart lines and areas, for the format has no others."""
    multi = rows[0]["geom"].geom_type != "Point"
    pyogrio.write_dataframe(frame(rows), path, driver="OpenFileGDB", promote_to_multi=multi)


def as_drawing(path: Path, rows: Rows) -> None:
    drawn = frame(rows)[["编号", "geometry"]].rename(columns={"编号": "Layer"})
    pyogrio.write_dataframe(drawn, path, driver="DXF")


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)


def as_csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="gb18030", newline="") as handle:
        writer = csv.writer(handle, delimiter=";")
        writer.writerow([*COLUMNS, "WKT"])
        writer.writerows([*(as_text(row[name]) for name in COLUMNS), row["geom"].wkt] for row in rows)


def as_excel(path: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([*COLUMNS, "WKT"])
    for row in rows:
        since = row["since"] and row["since"].replace(tzinfo=None)
        sheet.append([since if name == "since" else row[name] for name in COLUMNS] + [row["geom"].wkt])
    book.save(path)


WRITERS: dict[str, tuple[str, Callable[[Path, Rows], None]]] = {
    "geojson": (".geojson", by_gdal("GeoJSON")),
    "geojson_seq": (".geojsonl", by_gdal("GeoJSONSeq")),
    "geopackage": (".gpkg", by_gdal("GPKG")),
    "shapefile": (".shp", by_gdal("ESRI Shapefile", encoding="gbk")),
    "flatgeobuf": (".fgb", by_gdal("FlatGeobuf")),
    "geoparquet": (".parquet", lambda path, rows: frame(rows).to_parquet(path)),
    "file_geodatabase": (".gdb", as_geodatabase),
    "kml": (".kml", by_gdal("LIBKML")),
    "gml": (".gml", by_gdal("GML")),
    "dxf": (".dxf", as_drawing),
    "csv": (".csv", as_csv),
    "excel": (".xlsx", as_excel),
}
NOT_WRITTEN = {"osm", "folder"}


def digits(value: Any) -> Any:
    text = value.astimezone(UTC).isoformat(" ") if isinstance(value, datetime) else value
    return None if text is None else re.sub(r"\D", "", text)[:14]


def number(value: Any) -> Any:
    return None if value is None else float(value)


def each(column: str, bring: Callable[[Any], Any]) -> Callable[[Rows, Loss], Rows]:
    return lambda rows, _: [row | ({column: bring(row[column])} if column in row else {}) for row in rows]


def cut_names(rows: Rows, loss: Loss) -> Rows:
    return [{name.encode()[: loss.most].decode(): value for name, value in row.items()} for row in rows]


def keep_only(rows: Rows, loss: Loss) -> Rows:
    """The drawing's layer has the number of the object."""
    return [{"layer": row.get("编号", row.get("layer")), "geom": row["geom"]} for row in rows]


def part(rows: Rows, _: Loss) -> Rows:
    return [
        row | {"geom": type(row["geom"])([one])} for row in rows for one in getattr(row["geom"], "geoms", ())
    ] or rows


def round_places(rows: Rows, loss: Loss) -> Rows:
    return [row | {"geom": shapely.set_precision(row["geom"], 10.0**-loss.most)} for row in rows]


# What a loss makes of rows: done to the objects as they were and, where it does no harm, to what came back.
LOSE: dict[str, Callable[[Rows, Loss], Rows]] = {
    "names": cut_names,
    "booleans": each("open", number),
    "timestamps": each("since", digits),
    "wide_integers": each("registered_people", number),
    "attributes": keep_only,
    "parts": part,
    "empty_text": each("remark", lambda value: value or None),
    "places": round_places,
}


def lost(rows: Rows, losses: tuple[Loss, ...]) -> Rows:
    for loss in losses:
        rows = LOSE[loss.kind](rows, loss)
    plain = [{name: plain_value(value) for name, value in row.items()} for row in rows]
    return sorted(plain, key=lambda row: (str(row.get("编号", row.get("layer"))), str(row["geom"])))


def plain_value(value: Any) -> Any:
    """Return what tells apart what Python takes for equal, such as 1, 1.0 and true."""
    return shapely.normalize(value).wkb_hex if isinstance(value, shapely.Geometry) else repr(value)


def expected(layer: str) -> Rows:
    names = safe_names(COLUMNS)
    return [{names.get(name, name): value for name, value in row.items()} for row in OBJECTS[layer]]


def loaded(loader: Any, layer: str) -> Rows:
    rows = loader.rows(f"SELECT *, ST_AsBinary(geom) AS shape FROM onemap.{layer}")
    hidden = {*SYSTEM_COLUMNS, "shape", "entityhandle"}
    return [
        {name: value for name, value in row._mapping.items() if name not in hidden}
        | {"geom": shapely.from_wkb(bytes(row.shape))}
        for row in rows
    ]


def test_every_format_is_written_here():
    assert set(WRITERS) | NOT_WRITTEN == set(FORMATS)


@pytest.mark.filterwarnings("ignore::RuntimeWarning:pyogrio")
@pytest.mark.parametrize("name", WRITERS)
def test_the_same_objects_load_to_the_same_rows_up_to_the_declared_losses(loader, tmp_path, name):
    suffix, write = WRITERS[name]
    losses = FORMATS[name].losses
    needed = {loss.kind: False for loss in losses}
    for layer, objects in OBJECTS.items():
        write(tmp_path / f"{layer}{suffix}", objects)
        summary = loader(tmp_path / f"{layer}{suffix}", crs="EPSG:4326", key=None if name == "dxf" else "编号")
        found = loaded(loader, layer)
        assert summary.read == len(found)
        assert lost(found, losses) == lost(expected(layer), losses)
        for loss in losses:
            others = tuple(other for other in losses if other is not loss)
            needed[loss.kind] |= not same(found, expected(layer), others)
    assert all(needed.values()), "a loss is declared that does not happen"


def same(found: Rows, wanted: Rows, losses: tuple[Loss, ...]) -> bool:
    try:
        return lost(found, losses) == lost(wanted, losses)
    except KeyError:
        return False


@pytest.mark.parametrize("source", FORMATS.values(), ids=lambda source: source.id)
def test_losses_are_said_in_both_languages(source: Source):
    kinds = [loss.kind for loss in source.losses]
    assert len(kinds) == len(set(kinds))
    assert all(loss.says.zh and loss.says.en and loss.kind in LOSE for loss in source.losses)
