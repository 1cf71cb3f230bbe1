"""``twin observations``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from layers.store.engine import Database

TABLE = "时间,风速（m/s）,备注\n2026-03-01 08:00,3.5,\n2026-03-01 09:00,NA,\n2026-03-01 10:00,fast,\n"
Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, at_database: Callable[[Database], Twin]) -> Twin:
    """Return a way to run the command line on a database of the test's own: exit status, output, complaints."""
    return at_database(db)


@pytest.fixture
def wind(tmp_path: Path) -> str:
    path = tmp_path / "wind.csv"
    path.write_text(TABLE, encoding="gb18030")
    return str(path)


def test_a_load_tells_what_was_taken_as_what_and_accounts_for_all(twin, wind):
    words = ("observations", "load", wind, "--zone", "Asia/Shanghai", "--missing", "NA", "--place", "121.5,31.2")
    status, out, err = twin(*words)
    assert status == 0
    assert "3 values in 3 lines: 1 kept, 0 known, 1 missing; 1 refused (result)" in out
    assert "left out: 备注" in err
    assert "'fast' is no number" in err
    again = json.loads(twin(*words, "--json")[1])
    assert (again["read"], again["kept"], again["known"], again["missing"], again["refused"]) == (3, 0, 1, 1, 1)


def test_a_dry_run_writes_nothing_and_a_time_without_a_zone_is_refused(twin, wind):
    shown = json.loads(twin("observations", "load", wind, "--dry-run", "--json")[1])
    assert [one["unit"] for one in shown["taken"]] == ["m/s"]
    told = json.loads(twin("observations", "load", wind, "--json")[1])
    assert (told["kept"], told["refused_by_reason"]) == (0, {"zone": 3})


def test_a_mapping_names_what_cannot_be_used(twin, wind, tmp_path):
    mapping = tmp_path / "wind.toml"
    mapping.write_text('zone = "Mars"\n', encoding="utf-8")
    status, _, err = twin("observations", "load", wind, "--mapping", str(mapping))
    assert status != 0
    assert "'Mars' is no zone" in err


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".geojson", ".parquet"])
def test_an_export_is_a_whole_file_and_a_table_comes_back_as_known(twin, wind, tmp_path, suffix):
    told = json.loads(twin("observations", "load", wind, "--zone", "Asia/Shanghai", "--missing", "NA", "--json")[1])
    number = str(told["taken"][0]["datastream"])
    path = tmp_path / f"out{suffix}"
    status, out, _ = twin("observations", "export", str(path), "--datastreams", number)
    assert (status, "1 observations of 1 datastreams" in out) == (0, True)
    assert [one.name for one in tmp_path.iterdir() if "partial" in one.name] == []
    if suffix in (".csv", ".parquet"):
        again = json.loads(twin("observations", "load", str(path), "--json")[1])
        assert (again["known"], again["refused"]) == (1, 0)


def test_an_export_of_nothing_says_what_is_wrong(twin, tmp_path):
    status, _, err = twin("observations", "export", str(tmp_path / "x.csv"), "--datastreams", "7")
    assert status != 0
    assert "there is no datastream 7" in err
    assert not (tmp_path / "x.csv").exists()
    assert "ends in none of" in twin("observations", "export", "x.xlsx", "--datastreams", "7")[2]
