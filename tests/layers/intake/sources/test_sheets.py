"""CSV and Excel: where things are, by which names, in which encoding; and what may be wrong."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import shapely

from layers.errors import ParameterError, SourceError


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def book(path: Path, *rows: list, **sheets: list) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for title, more in sheets.items():
        sheet = made.create_sheet(title)
        for row in more:
            sheet.append(row)
    made.save(path)
    return path


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("utf-16", ","), ("gbk", "|")],
)
def test_encoding_and_delimiter_are_found(read, tmp_path, encoding, delimiter):
    lines = ["名称,经度,纬度,人数", '"张江, 一号",121.5,31.2,12', "", "金桥,121.6,31.2,", " , , , "]
    found = read(text(tmp_path / "halls.csv", "\r\n".join(lines).replace(",", delimiter), encoding))
    assert found.values("name") == [f"张江{delimiter} 一号", "金桥"]
    assert found.values("人数") == [12, None]


@pytest.mark.parametrize(
    ("header", "row", "options"),
    [
        ("lon,lat", "121.5,31.2", {}),
        ("Longitude,LATITUDE", "121.5,31.2", {}),
        ("经度,纬度", "121.5,31.2", {}),
        ("WKT", "POINT (121.5 31.2)", {"crs": "EPSG:4490"}),
        ("geom", "SRID=4490;POINT (121.5 31.2)", {"crs": "EPSG:4490"}),
        ("东经,北纬", "121.5,31.2", {"names": (("东经", "lon"), ("北纬", "lat"))}),
        ("x,y", "642964.159847,3454118.132166", {"crs": "EPSG:4549"}),
    ],
)
def test_columns_that_tell_where_things_are_go_by_many_names(read, tmp_path, header, row, options):
    (found,) = read(text(tmp_path / "halls.csv", f"n,{header}\n1,{row}\n"), **options).rows
    point = shapely.from_wkb(found.geometry)
    assert (point.x, point.y) == (pytest.approx(121.5, abs=1e-8), pytest.approx(31.2, abs=1e-8))


def test_types_of_text_are_the_narrowest_and_codes_stay_text(loader, tmp_path):
    content = "n,x1,code,flag,stamp,lon,lat\n1,1.5,021,是,2026-01-01T00:00:00Z,121.5,31.2\n2,2,10,否,,121.6,31.2\n"
    loader(text(tmp_path / "halls.csv", content))
    row = loader.rows("SELECT n, x1, code_, flag, stamp FROM onemap.halls ORDER BY source_key")[0]
    assert (row[:4], row.stamp.isoformat()) == ((1, 1.5, "021", True), "2026-01-01T00:00:00+00:00")


BAD_TABLES = {
    r"halls\.csv: 1 of its 2 rows cannot be accepted.*line 4: lon is not a number: '一百'": (
        'name,lon,lat\n"a\nb",121.5,31.2\nc,一百,31.2\n'
    ),
    "line 2: lat is empty": "name,lon,lat\na,121.5,\n",
    "line 2: wkt is not WKT: 'POINT 1 2'": "wkt\nPOINT 1 2\n",
    r"halls\.csv: .*line 3: it has 4 cells for 3 columns": "name,lon,lat\na,121,31\nb,121,31,5\n",
    "these names are used by more than one column: a": "a,a,lon,lat\n1,2,121,31\n",
    "no column gives the place: expected lon/lat .*WKT in wkt.*; it has name, 地址; .*--address": (
        "name,地址\na,世纪大道1号\n"
    ),
    "this is empty: it has no header line": "\n\n",
    "this has no features, so no layer can be created": "name,lon,lat\n",
    "line 3: this is not a complete table": 'name,lon,lat\na,121,31\n"b,121,31\n',
    "LineString, Point, but a layer has points, lines or areas": 'wkt\nPOINT (1 2)\n"LINESTRING (1 2, 3 4)"\n',
    "this declares no coordinate reference system": "x,y\n1,2\n",
    "are no degrees of longitude and latitude": "lon,lat\n31200,3121\n",
}


@pytest.mark.parametrize("message", BAD_TABLES)
def test_tables_that_cannot_be_used_are_refused_with_the_place(read, tmp_path, message):
    crs = "EPSG:4490" if BAD_TABLES[message].startswith("wkt") else None
    with pytest.raises(SourceError, match=f"(?s){message}"):
        read(text(tmp_path / "halls.csv", BAD_TABLES[message]), crs=crs)


def test_a_bad_number_for_a_known_column_names_the_line(read, tmp_path):
    path = text(
        tmp_path / "buildings.csv",
        'floors,wkt\n3,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n许多,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n',
    )
    (refused,) = read(path, strict=False, crs="EPSG:4490").refused
    assert (refused.place, refused.source_key, dict(refused.properties)) == ("line 3", "2", {"floors": "许多"})
    assert [(reason.rule, "许多" in reason.message.en) for reason in refused.reasons] == [("value.type", True)]


def test_a_file_that_is_no_text_is_refused(read, tmp_path):
    (tmp_path / "halls.csv").write_bytes(b"PK\3\4\0\0\0\0")
    with pytest.raises(SourceError, match="this is not text"):
        read(tmp_path / "halls.csv")


def test_a_workbook_gives_values_of_formulas_and_no_empty_rows(loader, tmp_path):
    path = book(
        tmp_path / "halls.xlsx",
        [],
        ["名称", "经度", "纬度", "since", "sum", "none"],
        ["张江", 121.5, 31.2, datetime.fromisoformat("2026-01-01T08:00:00"), "=1+1", "#N/A"],
        [],
        ["金桥", "121.6", 31.2, None, None, "  "],
    )
    loader(path)
    rows = loader.rows("SELECT name, ST_X(geom), since, sum, none FROM onemap.halls ORDER BY source_key")
    assert rows[0][:2] == ("张江", 121.5)
    assert rows[0].since.isoformat() == "2026-01-01T08:00:00+00:00"
    # Nobody has opened it in Excel, so the formula has no value yet.
    assert rows[0][3:] == (None, None)
    assert rows[1] == ("金桥", 121.6, None, None, None)


def test_a_workbook_of_several_sheets_asks_for_one(loader, tmp_path):
    path = book(
        tmp_path / "halls.xlsx", ["a", "lon", "lat"], [1, 121.5, 31.2], west=[["b", "lon", "lat"], [2, 121.4, 31]]
    )
    with pytest.raises(SourceError, match="this has the sheets Sheet, west; name one of them with --table"):
        loader(path)
    assert loader(path, table="west").layers[0].layer == "west"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"PK\3\4"), "not a complete Excel workbook"),
        (lambda path: path.write_bytes(b""), "not a complete Excel workbook"),
        (book, "this has only empty sheets"),
        (lambda path: book(path, ["name", "lon", "lat"], ["a", "x", 31]), "row 2: lon is not a number: 'x'"),
    ],
)
def test_workbooks_that_cannot_be_used_are_refused(read, tmp_path, make, message):
    make(tmp_path / "halls.xlsx")
    with pytest.raises(SourceError, match=message):
        read(tmp_path / "halls.xlsx")


def test_columns_get_other_names_and_nothing_is_lost(loader, tmp_path):
    path = text(tmp_path / "halls.csv", "编号,mc,lon,lat\nA1,张江,121.5,31.2\n")
    loader(path, names=(("mc", "name"), ("编号", "source_key")))
    assert loader.one("SELECT source_key, name FROM onemap.halls") == ("A1", "张江")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((("nmae", "title"),), r"map: halls\.\w+ has no column 'nmae'; it has .*name, .*other"),
        ((("name", "other"),), "columns 'name' and 'other' of .* would both be named 'other'"),
        ((("name", "a"), ("name", "b")), "column 'name' is renamed twice, to 'a' and to 'b'"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "geojson"])
def test_names_that_cannot_be_given_are_refused(read, tmp_path, names, message, suffix):
    content = {
        "csv": "name,other,lon,lat\na,b,121.5,31.2\n",
        "geojson": '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [121.5, 31.2]}, '
        '"properties": {"name": "a", "other": "b"}}',
    }[suffix]
    with pytest.raises(ParameterError, match=message):
        read(text(tmp_path / f"halls.{suffix}", content), names=names)
