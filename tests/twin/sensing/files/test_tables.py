"""Whatever a table says, every value of it is accounted for."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import SourceError
from twin.sensing.files.formats.csv import FORMAT
from twin.sensing.files.mapping import Mapping, mapping_of, taken
from twin.sensing.files.times import zone_of

TAKE = Mapping(
    zone=zone_of("UTC"), missing=frozenset(["NA"]), quantities=(taken("a=air_temperature[Cel]"), taken("b=x[1]"))
)
TIMES = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01 00:00", "9999-12-31 24:00", "0001-01-01 00:00", "", "x"])
CELLS = st.one_of(
    st.sampled_from(["", "NA", "1.5", "-3", "NaN", "1e999", "1_0", "0x10", "１"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)


def table(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["time", "a", "b"], *rows])
    return buffer.getvalue().encode()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TIMES, CELLS, CELLS, st.booleans()), max_size=6))
def test_read_is_kept_missing_or_faulty(tmp_path, rows):
    cells = [[time, a, b][: 3 - short] for time, a, b, short in rows]
    path = tmp_path / "t.csv"
    path.write_bytes(table(cells))
    told = [line for _, line in FORMAT.open(path, TAKE).lines()]
    assert len(told) == sum(any(cell.strip() for cell in row) for row in cells)
    for line in told:
        assert len(line.values) + line.missing + sum(fault.count for fault in line.faults) == 2


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("a,b\n", "no column is the time"),
        ("time,a,a\n", "two columns are named 'a'"),
        ("time,a\n", "there is no column 'b'"),
        ("时间,time,a,b\n", "may both be the time"),
        ("", "empty"),
    ],
)
def test_a_header_line_that_does_not_do_is_told(tmp_path, header, told):
    path = tmp_path / "t.csv"
    path.write_text(header, encoding="utf-8")
    with pytest.raises(SourceError, match=told):
        FORMAT.open(path, TAKE)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"zone": 8}, "zone"),
        ({"quantity": [{"column": "a", "property": "t"}]}, "a measurement has a unit"),
        ({"quantity": [{"column": "a", "property": "t", "unit": "deg C"}]}, "no code of UCUM"),
        ({"quantity": {"column": "a"}}, r"written \[\[quantity\]\]"),
        ({"thing": [{"name": "x", "place": [31.2, 121.5]}]}, "in this order"),
        ({"thing": [{"name": "x", "grade": "secret"}]}, "none of open"),
        ({"time": {"column": "a", "columns": ["b"]}}, "either one column"),
        ({"missing": "NA"}, "list of texts"),
        ({"year": 9999}, "no year between"),
        ({"zones": "UTC"}, "'zones' is none of"),
    ],
)
def test_a_mapping_that_does_not_do_is_told(document, told):
    with pytest.raises(Exception, match=told):
        mapping_of(document)
