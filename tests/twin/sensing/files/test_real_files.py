"""The real files of weather and air: everything that they say is there, in its unit and at its time."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pvlib
import pytest
from city import open_server
from sqlalchemy import text

from layers.access import LOCAL_OPERATOR
from layers.ops.jobs import Silent
from layers.store import Database
from twin.sensing.files import Options, Summary, load_observations
from twin.sensing.files.mapping import mapping_of

QUANTITIES = {
    "PM_Jingan": ("pm2_5", "ug/m3"),
    "PM_US Post": ("pm2_5", "ug/m3"),
    "PM_Xuhui": ("pm2_5", "ug/m3"),
    "DEWP": ("dew_point", "Cel"),
    "HUMI": ("relative_humidity", "%"),
    "PRES": ("air_pressure", "hPa"),
    "TEMP": ("air_temperature", "Cel"),
    "Iws": ("cumulated wind speed", "m/s"),
    "precipitation": ("precipitation", "mm"),
    "Iprec": ("cumulated precipitation", "mm"),
}
DECLARED = (
    'dataset = "pm25"\nzone = "Asia/Shanghai"\nmissing = ["NA"]\n[time]\ncolumns = ["year", "month", "day", "hour"]\n'
    + "".join(
        f'[[quantity]]\ncolumn = "{column}"\nproperty = "{name}"\nunit = "{unit}"\n'
        for column, (name, unit) in QUANTITIES.items()
    )
    + '[[quantity]]\ncolumn = "cbwd"\nproperty = "wind sector"\nkind = "category"\n'
)
MONTHLY = text("""
SELECT to_char(time AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month, count(*), avg(result), min(result), max(result)
FROM onemap.observation WHERE datastream = :stream GROUP BY month ORDER BY month
""")

KEPT = text("SELECT time, time_end, result FROM onemap.observation WHERE datastream = :stream ORDER BY time")


@pytest.fixture(scope="module")
def database(server, template):
    with server.copy_of(template) as database:
        yield database


@pytest.fixture(scope="module")
def air(database: Database, shared_data: Path) -> tuple[Summary, pd.DataFrame]:
    """Load three years of hours, and return what became of them, and what pandas reads."""
    path = shared_data / "timeseries" / "shanghai_weather_pm25_2013_2015.csv"
    options = Options(LOCAL_OPERATOR, mapping_of(tomllib.loads(DECLARED)))
    frame = pd.read_csv(path)
    times = pd.to_datetime(frame[["year", "month", "day", "hour"]]).dt.tz_localize("Asia/Shanghai")
    return load_observations(database, path, options, Silent()), frame.set_axis(pd.DatetimeIndex(times))


def test_hours_of_three_years_are_what_pandas_reads(database: Database, air: tuple[Summary, pd.DataFrame]):
    summary, frame = air
    tally = summary.tally
    assert (tally.lines, tally.read) == (25_602, 25_602 * 11)
    assert tally.missing == int(frame[[*QUANTITIES, "cbwd"]].isna().sum().sum())
    assert (tally.kept, tally.known, tally.refused.total()) == (tally.read - tally.missing, 0, 0)
    assert {one.what for one in summary.contents.left_out} == {"No", "season"}
    for column in ("PM_Jingan", "TEMP", "HUMI"):
        months = frame[column].groupby(frame.index.strftime("%Y-%m"))
        expected = months.agg(["count", "mean", "min", "max"])
        with database.reader.connect() as connection:
            rows = connection.execute(MONTHLY, {"stream": summary.streams[column]}).all()
        found = pd.DataFrame(rows, columns=["month", "count", "mean", "min", "max"]).set_index("month")
        pd.testing.assert_frame_equal(found, expected, check_names=False)


def test_hours_of_a_typical_year_stand_at_their_ends_in_standard_time(database: Database, shared_data: Path):
    path = shared_data / "timeseries" / "shanghai_typical_year.epw"
    summary = load_observations(database, path, Options(LOCAL_OPERATOR, mapping_of({})), Silent())
    assert (summary.tally.lines, summary.tally.missing, summary.tally.refused.total()) == (8760, 0, 0)
    assert summary.tally.kept == 8760 * 12 == summary.tally.read
    said = {one.what: one.why for one in summary.contents.left_out}
    assert "is missing (999900) in every row" in said["global_illuminance"]
    assert "is 999.0 in all 8,760 rows" in said["visibility"]
    frame, _ = pvlib.iotools.read_epw(path)
    began = datetime.fromisoformat("2005-01-01T00:00:00+08:00")
    for name, theirs, shift in (
        ("dry_bulb", "temp_air", 1),
        ("global_horizontal", "ghi", 0),
        ("wind_speed",) * 2 + (1,),
    ):
        with database.reader.connect() as connection:
            rows = connection.execute(KEPT, {"stream": summary.streams[name]}).all()
        assert [row.result for row in rows] == list(frame[theirs])
        assert rows[0].time == began + timedelta(hours=shift)
        assert rows[-1].time == began + timedelta(hours=8759 + shift)
        assert (rows[0].time_end is None) == bool(shift)
    with database.reader.connect() as connection:
        place = connection.execute(text("SELECT name, ST_AsText(geom) FROM onemap.things WHERE dataset LIKE 'epw%'"))
        assert place.one() == ("Shanghai", "POINT(121.45 31.4)")


@pytest.mark.parametrize(("every", "rule"), [("PT3H", "3h"), ("P1D", "1D"), ("P1M", "MS")])
def test_buckets_are_those_of_pandas(
    database: Database, air: tuple[Summary, pd.DataFrame], tmp_path: Path, every: str, rule: str
):
    summary, frame = air
    with open_server(database, tmp_path) as city:
        for column in ("PM_Jingan", "TEMP"):
            asked = {"datastreams": summary.streams[column], "every": every, "datetime": "2013-01-01/2016-01-01"}
            (series,) = city.client.get("/sensing/buckets", params=asked).raise_for_status().json()["series"]
            found = pd.DataFrame(series["buckets"]).set_index("start").drop(columns=["first", "last"])
            found.index = pd.to_datetime(found.index, format="ISO8601").tz_convert("Asia/Shanghai")
            expected = frame[column].resample(rule).agg(["count", "mean", "min", "max"])
            expected = expected[expected["count"] > 0]
            pd.testing.assert_frame_equal(
                found[["count", "mean", "min", "max"]].astype(float),
                expected.astype(float),
                check_names=False,
                check_index_type=False,
                check_freq=False,
            )
