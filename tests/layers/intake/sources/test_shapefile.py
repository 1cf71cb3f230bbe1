"""Shapefiles as they come from offices: in GBK, without this or that part, zipped."""

import shutil
import struct
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely

from layers.errors import SourceError

NAMES = ["张江小学", "金桥公园", "浦东新区陆家嘴街道"]
MOST_NOTES = "features have no id"


def write(path: Path, encoding: str = "gbk", **columns: list) -> Path:
    frame = geopandas.GeoDataFrame(
        {"名称": NAMES, **columns}, geometry=shapely.points([121.5, 121.51, 121.52], 31.2), crs="EPSG:4490"
    )
    frame.to_file(path, encoding=encoding)
    return path


def pack(path: Path, *others: Path, folder: str = "资料/") -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as handle:
        for part in (*sorted(path.parent.glob(f"{path.stem}.*")), *others):
            if part != packed:
                handle.write(part, folder + part.name)
        handle.writestr(f"__MACOSX/._{path.name}", b"litter")
    return packed


def names(loader, layer: str = "schools") -> list[str]:
    return [name for (name,) in loader.rows(f"SELECT name FROM onemap.{layer} ORDER BY source_key")]


@pytest.mark.parametrize("page", ["GBK", "936", "UTF-8", "ISO-8859-1", None])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_chinese_names_are_read_whatever_the_file_says_of_its_encoding(read, tmp_path, encoding, page):
    path = write(tmp_path / "schools.shp", encoding)
    path.with_suffix(".cpg").unlink()
    if page is not None:
        path.with_suffix(".cpg").write_text(page, encoding="ascii")
    found = read(path)
    assert found.values("name") == NAMES
    told = [note for note in found.notes if not note.startswith(MOST_NOTES)]
    right = page is not None and (page in {"GBK", "936"}) == (encoding == "gbk") and page != "ISO-8859-1"
    detected = {"gbk": "gb18030", "utf-8": "utf-8"}[encoding]
    assert bool(told) != right
    assert all(detected in note for note in told)


@pytest.mark.parametrize("language", [0x4D, 0x57, 0])
def test_the_language_of_the_table_itself_is_heeded(read, tmp_path, language):
    path = write(tmp_path / "schools.shp")
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = language
    path.with_suffix(".dbf").write_bytes(table)
    found = read(path)
    assert found.values("name") == NAMES
    assert any("was detected as gb18030" in note for note in found.notes) == (language != 0x4D)


def test_the_encoding_may_be_stated_and_is_checked(loader, tmp_path):
    path = write(tmp_path / "schools.shp")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    with pytest.raises(SourceError, match="is not in utf-8, as given by --encoding; it looks like gb18030"):
        loader(path, encoding="utf-8")
    assert all("encod" not in note for note in loader(path, encoding="GBK").notes)
    assert names(loader) == NAMES


def test_without_a_prj_the_crs_is_asked_for(read, tmp_path):
    path = write(tmp_path / "schools.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(SourceError, match=r"schools\.shp: this declares no coordinate reference system; .*--crs"):
        read(path)


def test_without_a_prj_the_stated_crs_is_taken(loader, tmp_path):
    path = write(tmp_path / "schools.shp")
    path.with_suffix(".prj").unlink()
    assert loader(path, crs="EPSG:4490").source_crs == "EPSG:4490"


def test_a_zip_holds_one_shapefile_in_any_folder(loader, tmp_path):
    packed = pack(write(tmp_path / "schools.shp"))
    summary = loader(packed)
    assert summary.layers[0].layer == "schools"
    assert names(loader) == NAMES


def test_a_file_with_parts_in_capitals_is_read(loader, tmp_path):
    path = write(tmp_path / "schools.shp")
    for part in tmp_path.glob("schools.*"):
        part.rename(tmp_path / part.name.upper())
    assert loader(tmp_path / "SCHOOLS.SHP").read == len(NAMES)
    assert names(loader) == NAMES
    assert not path.exists()


def without_shx(path: Path) -> Path:
    path.with_suffix(".shx").unlink()
    return path


def cut(path: Path, suffix: str, share: float) -> Path:
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[: int(part.stat().st_size * share)])
    return path


def two_in_a_zip(path: Path) -> Path:
    return pack(path, *(shutil.copy(part, part.with_stem("other")) for part in list(path.parent.glob("schools.*"))))


def zip_of_something_else(path: Path) -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as handle:
        handle.writestr("报告.docx", b"text")
    return packed


def no_zip(path: Path) -> Path:
    packed = path.with_suffix(".zip")
    packed.write_bytes(b"PK\3\4 and no more")
    return packed


def another_format(path: Path) -> Path:
    path.write_text('<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>', encoding="ascii")
    return path


def long_table(path: Path) -> Path:
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    struct.pack_into("<I", table, 4, 1000)
    path.with_suffix(".dbf").write_bytes(table)
    return path


BAD = {
    "is truncated: it has .* bytes": lambda path: cut(path, ".shp", 0.7),
    "is truncated: it has 1 of 3 records": lambda path: cut(path, ".dbf", 0.6),
    "is truncated: it has 3 of 1000 records": long_table,
    "is truncated in its header": lambda path: cut(path, ".dbf", 0.05),
    "the .shx file is missing beside it": without_shx,
    "has 2 files of the kind .shp, but one is expected: .*other.shp": two_in_a_zip,
    "this has no .shp, only 报告.docx": zip_of_something_else,
    "this is not a complete zip file": no_zip,
    "this is not a Shapefile, judging by its first bytes": another_format,
    "this file is empty": lambda path: cut(path, ".shp", 0),
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_not_whole_is_refused_with_the_reason(read, tmp_path, message):
    path = BAD[message](write(tmp_path / "schools.shp"))
    with pytest.raises(SourceError, match=message):
        read(path)


def test_deleted_records_are_passed_over(read, tmp_path):
    path = write(tmp_path / "schools.shp")
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    (first,) = struct.unpack_from("<H", table, 8)
    table[first] = ord("*")
    path.with_suffix(".dbf").write_bytes(table)
    assert read(path).values("name") == NAMES[1:]
