"""Tables whose rows have addresses and no coordinates."""

from pathlib import Path

import openpyxl
import pytest
from bundled import SAMPLE
from sqlalchemy import text

from layers import catalog
from layers.errors import ParameterError, SourceError
from layers.intake.ingest import LoadOptions, LoadSummary, Silent, load_path, preview_path
from layers.store.engine import Database

HEADER = ["店名", "地址", "人数"]
ROWS = [
    ["会展店", "上海市浦东新区世纪大道88号", "12"],
    ["中心店", "银城中路５０１号", "8"],
    ["无址店", "", "3"],
    ["远方店", "火星路9号", "1"],
]


@pytest.fixture
def known(db: Database) -> Database:
    """Return a database that knows the buildings of the sample, with their addresses."""
    load_path(db, catalog.built_in(), SAMPLE, LoadOptions(layer="buildings"), Silent())
    return db


def table(folder: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    path = folder / "shops.csv"
    path.write_text("\n".join(",".join(row) for row in [header, *rows]) + "\n", encoding="utf-8")
    return path


def loaded(database: Database, path: Path, **options: str) -> LoadSummary:
    return load_path(database, catalog.built_in(), path, LoadOptions(**options), Silent())


def shops(database: Database) -> dict[str, tuple[float, float, float, str]]:
    query = text("SELECT 店名, ST_X(geom), ST_Y(geom), quality, matched_address FROM onemap.shops")
    with database.reader.connect() as connection:
        return {row[0]: tuple(row[1:]) for row in connection.execute(query)}  # type: ignore[misc]


def test_rows_are_placed_by_their_addresses(known: Database, tmp_path: Path) -> None:
    summary = loaded(known, table(tmp_path, ROWS))
    assert [(one.layer, one.new) for one in summary.layers if one.new] == [("shops", 2)]
    found = shops(known)
    assert set(found) == {"会展店", "中心店"}
    lon, lat, quality, matched = found["会展店"]
    assert (lon, lat) == pytest.approx((121.5014, 31.2373), abs=0.002), "beside Jin Mao Tower"
    assert 0.8 <= quality <= 1
    assert "世纪大道88号" in matched


def test_rows_without_a_sure_place_are_quarantined_with_the_reason(known: Database, tmp_path: Path) -> None:
    (layer,) = (one for one in loaded(known, table(tmp_path, ROWS)).layers if one.layer == "shops")
    assert (layer.read, layer.accepted, layer.quarantined) == (4, 2, 2)
    query = text("SELECT place, text, reasons::text, properties ->> '店名' FROM onemap.quarantine ORDER BY place")
    with known.reader.connect() as connection:
        empty, unknown = connection.execute(query).all()
    assert empty[0] == "line 4"
    assert "the address is empty" in empty[2]
    assert unknown[0] == "line 5"
    assert "火星路9号" in unknown[1]
    assert "火星路9号" in unknown[2]
    assert unknown[3] == ROWS[3][0]


def test_a_column_of_another_name_is_named(known: Database, tmp_path: Path) -> None:
    path = table(tmp_path, ROWS[:2], ["店名", "在哪儿", "人数"])
    with pytest.raises(SourceError, match="--address"):
        loaded(known, path)
    with pytest.raises(ParameterError, match="no column '地址'"):
        loaded(known, path, address="地址")
    loaded(known, path, address="在哪儿")
    assert len(shops(known)) == 2


def test_coordinates_come_before_addresses(known: Database, tmp_path: Path) -> None:
    path = table(tmp_path, [["别处店", "世纪大道88号", "121.6", "31.1"]], ["店名", "地址", "lon", "lat"])
    loaded(known, path)
    with known.reader.connect() as connection:
        assert connection.execute(text("SELECT ST_X(geom) FROM onemap.shops")).scalar_one() == 121.6


def test_a_sheet_of_excel_is_placed_and_previewed(known: Database, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    path = tmp_path / "shops.xlsx"
    book.save(path)
    preview = preview_path(known, catalog.built_in(), path, LoadOptions(), Silent())
    assert [(one.layer, one.rows, one.quarantined) for one in preview.layers] == [("shops", 2, 2)]
    assert any("would be quarantined" in note and "火星路9号" in note for note in preview.notes)
    loaded(known, path)
    assert len(shops(known)) == 2


def test_a_table_of_which_no_address_is_known_is_refused_whole(known: Database, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none of its 2 rows can be accepted"):
        loaded(known, table(tmp_path, ROWS[2:]))


def test_other_formats_have_no_use_for_it(known: Database) -> None:
    with pytest.raises(ParameterError, match="has its own geometries"):
        loaded(known, SAMPLE / "buildings.geojson", address="address")
