"""Parquet files are read as tables are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from layers.errors import SourceError
from twin.sensing.files.formats.parquet import FORMAT
from twin.sensing.files.mapping import Mapping, taken
from twin.sensing.files.series import Line

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = [START + timedelta(hours=hour) for hour in range(3)]


def written(folder: Path, **columns: Any) -> Path:
    path = folder / "mast.parquet"
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


def lines(path: Path, mapping: Mapping | None = None) -> list[Line]:
    return [line for _, line in FORMAT.open(path, mapping or Mapping()).lines()]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_columns_with_units_are_taken_at_their_times(tmp_path, unit):
    times = pa.array(HOURS, pa.timestamp(unit, "Asia/Shanghai"))
    path = written(tmp_path, **{"time": times, "wind_speed [m/s]": [1.5, None, float("nan")], "other": ["a", "b", "c"]})
    opened = FORMAT.open(path, Mapping())
    assert [one.what for one in opened.contents.left_out] == ["other"]
    (first, second, third) = lines(path)
    assert [(value.time, value.value) for value in first.values] == [(START, 1.5)]
    assert second.missing == 1
    assert str(third.values[0].value) == "nan"


def test_times_without_a_zone_are_refused(tmp_path):
    path = written(tmp_path, time=pa.array([one.replace(tzinfo=None) for one in HOURS]), t=[1.0, 2.0, 3.0])
    told = lines(path, Mapping(quantities=(taken("t=air_temperature[Cel]"),)))
    assert [fault.why for line in told for fault in line.faults] == ["zone"] * 3


def test_rows_may_name_datastreams_by_their_numbers(tmp_path):
    path = written(tmp_path, datastream=[7, 8, 7], time=pa.array(HOURS), result=[1.0, 2.0, 3.0])
    assert [(value.key, value.value) for line in lines(path) for value in line.values] == [(7, 1), (8, 2), (7, 3)]


def test_what_is_no_parquet_is_told(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 and nothing")
    with pytest.raises(SourceError, match="cannot be read"):
        FORMAT.open(path, Mapping())
