"""Files become datastreams and observations, and every value of them is accounted for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sensing import rows

from layers.access import LOCAL_OPERATOR
from layers.errors import Conflict, SourceError
from layers.ops.jobs import Silent
from layers.store import Database
from twin.sensing.files import Mapping, Options, Summary, load_observations
from twin.sensing.files.mapping import mapping_of, taken

AIR = """
dataset = "air"
zone = "Asia/Shanghai"
missing = ["NA"]
[time]
columns = ["year", "month", "day", "hour"]
[[thing]]
key = "roof"
name = "屋顶站"
place = [121.5, 31.23]
category = "air_quality"
[[quantity]]
column = "PM"
property = "pm2_5"
unit = "ug/m3"
[[quantity]]
column = "wind"
property = "wind sector"
kind = "category"
"""
TABLE = "No,year,month,day,hour,PM,wind\n1,2013,1,29,23,30,SE\n2,2013,1,30,0,NA,cv\n3,2013,1,30,1,31.5,NE\n"
Load = Callable[..., Summary]


def mapping(text: str = AIR) -> Mapping:
    import tomllib

    return mapping_of(tomllib.loads(text))


@pytest.fixture
def load(db: Database, tmp_path: Path) -> Load:
    def loaded(content: str | bytes, declared: Mapping, name: str = "air.csv") -> Summary:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_observations(db, path, Options(LOCAL_OPERATOR, declared), Silent())

    return loaded


def asked(db: Database, statement: str, **given: Any) -> list[Any]:
    with db.owner.connect() as connection:
        return rows(connection, statement, **given)


def test_columns_become_datastreams_with_units_times_and_places(db, load):
    summary = load(TABLE, mapping())
    assert (summary.tally.read, summary.tally.kept, summary.tally.missing) == (6, 5, 1)
    assert [one.what for one in summary.contents.left_out] == ["No"]
    told = asked(
        db,
        "SELECT d.name, d.unit_definition, d.property_name, t.name, t.category, ST_AsText(d.geom), lower(d.valid)"
        " FROM onemap.datastreams AS d JOIN onemap.things AS t ON t.fid = d.thing WHERE d.fid = :fid",
        fid=summary.streams["PM"],
    )
    began = datetime(2013, 1, 29, 15, tzinfo=UTC)
    said = "PM2.5"
    assert told == [(said, "ucum:ug/m3", said, "屋顶站", "air_quality", "POINT(121.5 31.23)", began)]
    kept = "SELECT time, result FROM onemap.observation WHERE datastream = :s ORDER BY time"
    pm = asked(db, kept, s=summary.streams["PM"])
    assert pm == [(began, 30), (began + timedelta(hours=2), 31.5)]
    sectors = "SELECT result_json FROM onemap.observation WHERE datastream = :s ORDER BY time"
    assert asked(db, sectors, s=summary.streams["wind"]) == [("SE",), ("cv",), ("NE",)]


def test_a_second_run_keeps_each_value_once_and_refuses_values_that_differ(load):
    load(TABLE, mapping())
    again = load(TABLE.replace("31.5", "99"), mapping())
    assert (again.made, again.tally.kept, again.tally.known, again.tally.refused) == (0, 0, 4, {"conflict": 1})
    (told,) = again.tally.told
    assert (told["place"], told["why"]) == ("line 4, PM", "conflict")
    assert "has another result" in told["reason"]


def test_what_cannot_be_read_is_counted_with_its_reason_and_stops_nothing(load):
    table = (
        "time,temperature (°C),comment\n"
        "2020-01-01T00:00:00Z,1.5,a\n"
        "2020-01-01 01:00,2.5,no zone\n"
        "2020-02-30T00:00:00Z,3,no such day\n"
        "9999-01-01T00:00:00Z,4,too late\n"
        "2020-01-01T02:00:00Z,NaN,no number\n"
        "2020-01-01T03:00:00Z,warm,no number\n"
        "2020-01-01T04:00:00Z\n"
        '2020-01-01T05:00:00Z,6,"a comment\nof two lines"\n'
        "2020-01-01T06:00:00Z,,nothing\n"
        "2020-01-01T07:00:00Z,1e999,infinite\n"
        "2020-01-01T08:00:00Z,9,b\n"
    )
    tally = load(table, Mapping()).tally
    assert (tally.lines, tally.read, tally.kept, tally.missing) == (11, 11, 3, 1)
    assert tally.refused == {"zone": 1, "time": 1, "year": 1, "result": 3, "columns": 1}
    assert {one["place"].partition(",")[0]: one["why"] for one in tally.told} == {
        "line 3": "zone", "line 4": "time", "line 5": "year", "line 6": "result", "line 7": "result",
        "line 8": "columns", "line 12": "result",
    }  # fmt: skip


def test_text_of_chinese_offices_is_read_as_it_is_written(db, load):
    table = "时间,气温（℃）,备注\n2020-01-01 08:00,3.5,多云转晴\n2020-01-01 09:00,4.5,晴\n"
    zone = mapping('zone = "+08:00"')
    for number, content in enumerate((table.encode("gb18030"), b"\xef\xbb\xbf" + table.encode())):
        summary = load(content, zone, f"{number}.csv")
        assert (summary.tally.kept, summary.contents.series[0].name) == (2, "气温")
        first = "SELECT min(time) FROM onemap.observation WHERE datastream = :s"
        assert asked(db, first, s=summary.streams["气温（℃）"]) == [(datetime(2020, 1, 1, tzinfo=UTC),)]


def test_a_table_that_says_no_unit_is_not_guessed_at(load):
    with pytest.raises(SourceError, match="no column says what it is"):
        load("time,TEMP\n2020-01-01T00:00:00Z,1\n", Mapping())
    summary = load("time,TEMP\n2020-01-01T00:00:00Z,1\n", Mapping(quantities=(taken("TEMP=air_temperature[Cel]"),)))
    assert summary.contents.series[0].observed.definition.endswith("/air_temperature/")


def test_a_datastream_keeps_its_unit(load):
    load(TABLE, mapping())
    with pytest.raises(Conflict, match=r"is of ucum:ug/m3 .* of ucum:mg/m3"):
        load(TABLE, mapping(AIR.replace("ug/m3", "mg/m3")))


def test_an_earlier_file_of_the_same_station_makes_it_older(db, load):
    load(TABLE, mapping())
    earlier = load(TABLE.replace("2013", "2012"), mapping())
    assert (earlier.made, earlier.tally.kept) == (0, 5)
    began = [(datetime(2012, 1, 29, 15, tzinfo=UTC),)]
    load(TABLE.replace("2013", "0009") + "4,9999,1,1,1,1,NE\n", mapping())
    for statement in (
        "SELECT DISTINCT lower(valid) FROM onemap.datastreams WHERE dataset = 'air'",
        "SELECT lower(valid) FROM onemap.things WHERE dataset = 'air'",
        "SELECT time FROM onemap.historical_location",
    ):
        assert asked(db, statement) == began


def test_lines_of_one_observation_name_datastreams_by_number_or_by_declared_words(db, load):
    first = load(TABLE, mapping())
    number = first.streams["PM"]
    table = f"datastream,time,result\n{number},2020-01-01T00:00:00+08:00,7\n999999,2020-01-01T00:00:00+08:00,8\nx,y,9\n"
    tally = load(table, Mapping(), "long.csv").tally
    assert (tally.kept, tally.refused) == (1, {"datastream": 2})
    words = mapping(
        'dataset = "l"\nzone = "UTC"\n[series]\ncolumn = "what"\nvalue = "value"\n[[quantity]]\ncolumn = "t"\n'
        'property = "air_temperature"\nunit = "Cel"'
    )
    table = "what,time,value\nt,2020-01-01 00:00,1\nu,2020-01-01 00:00,2\nt,2020-01-01 01:00,3\n"
    summary = load(table, words, "words.csv")
    assert (summary.tally.kept, summary.tally.refused) == (2, {"datastream": 1})
    assert [one.what for one in summary.contents.left_out] == ["u"]


def test_a_file_is_measured_once_however_many_batches_it_makes(load, monkeypatch):
    measured: list[Path] = []
    monkeypatch.setattr("twin.sensing.files.load.BATCH", 2)
    monkeypatch.setattr("twin.sensing.files.formats.csv._newlines", lambda path: measured.append(path) or 3)
    assert load(TABLE, mapping()).tally.kept == 5
    assert len(measured) == 1
