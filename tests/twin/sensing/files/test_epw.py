"""Weather files: hours that end, standard time, and what their dictionary says of each number."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import SourceError
from twin.sensing.files.epw_fields import FIELDS
from twin.sensing.files.formats.epw import FORMAT
from twin.sensing.files.mapping import Mapping, taken
from twin.sensing.files.series import Line

USUAL = {
    6: "5.5", 7: "1.5", 8: "80", 9: "101000", 10: "0", 11: "0", 12: "300", 13: "10", 14: "20", 15: "5", 16: "0",
    17: "0", 18: "0", 19: "0", 20: "180", 21: "2.5", 22: "5", 23: "5", 24: "10", 25: "2000", 26: "9", 27: "999999999",
    28: "10",
    29: "0.1", 30: "0", 31: "88", 32: "0.2", 33: "0", 34: "1",
}  # fmt: skip


def row(stamp: str, **changed: str) -> str:
    cells = USUAL | {int(name.removeprefix("f")): text for name, text in changed.items()}
    return f"{stamp},flags,{','.join(cells[at] for at in sorted(cells))}"


def weather(folder: Path, *rows: str, hours: str = "8.0", each: int = 1, city: str = "上海") -> Path:
    head = [f"LOCATION,{city},SH,CHN,TEST,583620,31.40,121.45,{hours},5.5", "COMMENTS 1,a,b,c"]
    path = folder / "year.epw"
    path.write_text("\n".join([*head, f"DATA PERIODS,1,{each},Data,Sunday,1/1,12/31", *rows]), encoding="utf-8")
    return path


def lines(path: Path, mapping: Mapping | None = None) -> list[Line]:
    return [line for _, line in FORMAT.open(path, mapping or Mapping()).lines()]


def times_of(line: Line, name: str) -> tuple[datetime, datetime | None]:
    return next((value.time, value.end) for value in line.values if value.key == name)


def local(text: str, hours: float = 8) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=hours)))


def test_hour_one_ends_at_one_and_hour_24_with_the_day(tmp_path):
    first, last = lines(weather(tmp_path, row("2005,1,1,1,0"), row("2005,12,31,24,60")))
    assert times_of(first, "dry_bulb") == (local("2005-01-01T01:00"), None)
    assert times_of(first, "direct_normal") == (local("2005-01-01T00:00"), local("2005-01-01T01:00"))
    assert times_of(last, "dry_bulb") == (local("2006-01-01T00:00"), None)


def test_half_hours_from_utc_and_several_records_an_hour(tmp_path):
    path = weather(tmp_path, row("2005,1,1,1,15"), row("2005,1,1,1,60"), row("2005,1,1,2,0"), hours="5.5", each=4)
    first, second, third = lines(path)
    assert times_of(first, "direct_normal") == (local("2005-01-01T00:00", 5.5), local("2005-01-01T00:15", 5.5))
    assert times_of(second, "dry_bulb")[0] == local("2005-01-01T01:00", 5.5)
    assert "none ends at minute 0" in third.faults[0].reason


def test_a_typical_year_of_several_years_is_told_and_put_into_one_on_request(tmp_path):
    path = weather(tmp_path, row("1988,1,1,1,0"), row("1991,2,1,1,0"))
    assert "several years (1988, 1991)" in FORMAT.open(path, Mapping()).contents.notes[0]
    first, second = lines(path, Mapping(year=2025))
    assert times_of(first, "dry_bulb")[0] == local("2025-01-01T01:00")
    assert times_of(second, "dry_bulb")[0] == local("2025-02-01T01:00")


def test_rain_falls_over_the_hours_that_are_stated(tmp_path):
    (line,) = lines(weather(tmp_path, row("2005,1,1,6,0", f33="4.5", f34="3")))
    assert times_of(line, "precipitation") == (local("2005-01-01T03:00"), local("2005-01-01T06:00"))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_numbers_from_missing_on_are_missing(tmp_path, field):
    path = weather(tmp_path, row("2005,1,1,1,0", **{f"f{field.at}": f"{field.missing:.1f}"}))
    (line,) = lines(path)
    assert (line.missing, field.name in {value.key for value in line.values}) == (1, False)


@pytest.mark.parametrize(
    ("at", "text", "why"), [(6, "-71", "range"), (8, "111", "range"), (9, "1013", "range"), (20, "x", "result")]
)
def test_what_cannot_be_is_refused_and_stops_nothing(tmp_path, at, text, why):
    (line,) = lines(weather(tmp_path, row("2005,1,1,1,0", **{f"f{at}": text})))
    assert [fault.why for fault in line.faults] == [why]
    assert len(line.values) == len(FIELDS) - 1


@pytest.mark.parametrize(
    ("stamp", "why"),
    [
        ("2005,2,29,1,0", "time"),
        ("2005,1,1,0,0", "time"),
        ("2005,1,1,25,0", "time"),
        ("2005,1,1,x,0", "time"),
        ("9999,12,31,24,0", "year"),
        ("1,1,1,1,0", "year"),
    ],
)
def test_a_time_that_is_none_is_refused_with_all_values_of_its_row(tmp_path, stamp, why):
    (line,) = lines(weather(tmp_path, row(stamp)))
    assert [(fault.why, fault.count) for fault in line.faults] == [(why, len(FIELDS))]


def test_a_field_that_never_changes_is_left_out_unless_it_is_asked_for(tmp_path):
    rows = [row(f"2005,1,{day},{hour},0", f6=f"{hour}") for day in (1, 2, 3) for hour in range(1, 25)]
    path = weather(tmp_path, *rows)
    contents = FORMAT.open(path, Mapping()).contents
    assert [one.key for one in contents.series] == ["dry_bulb"]
    assert "albedo" in {one.what for one in contents.left_out}
    asked = FORMAT.open(path, Mapping(quantities=(taken("albedo=x[1]"),))).contents
    assert [one.key for one in asked.series] == ["albedo"]
    with pytest.raises(SourceError, match="no field of it"):
        FORMAT.open(path, Mapping(quantities=(taken("dry_bulb=x[K]"),)))


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "LOCATION,x\nDATA PERIODS,1,1\n", "LOCATION\n" * 100])
def test_what_is_no_weather_file_is_told(tmp_path, content):
    path = tmp_path / "x.epw"
    path.write_text(content)
    with pytest.raises(SourceError):
        FORMAT.open(path, Mapping())


CELLS = st.one_of(st.sampled_from(["", "9999", "NaN", "1e5", "-5", "1_0", "１", "2005", "24"]), st.text(max_size=6))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=36), min_size=1, max_size=4))
def test_whatever_a_row_says_every_value_of_it_is_accounted_for(tmp_path, rows):
    told = [",".join(cells).replace("\n", " ").replace("\r", " ") for cells in rows]
    path = weather(tmp_path, row("2005,1,1,1,0"), *told)
    opened = FORMAT.open(path, Mapping())
    each = len(opened.contents.series)
    for _, line in opened.lines():
        assert len(line.values) + line.missing + sum(fault.count for fault in line.faults) == each
