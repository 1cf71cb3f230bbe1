"""However a body is cut into pieces, the same lines come out of it, and each is accounted for."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from twin.sensing.files.mapping import Mapping
from twin.sensing.files.series import Line
from twin.sensing.lines import CSV, NDJSON, LineReader, reader_of
from twin.sensing.lines.splitting import LONGEST, Splitter

GOOD = b'{"datastream": 1, "phenomenonTime": "2026-03-01T00:00:00Z", "result": 1.5, "resultQuality": {"a": [1]}}\n'
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [b"\n", b'"', b"1,2026-03-01T00:00:00Z,1\n", GOOD, b"\r\n", b"\xff\xfe", b'{"a":1}\n', b"[" * 300]
        ),
        st.binary(max_size=12),
    ),
    max_size=12,
)  # fmt: skip
CUTS = st.lists(st.integers(0, 400), max_size=8)


def cut(body: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(body), *(min(one, len(body)) for one in cuts)})
    return [body[start:end] for start, end in pairwise(edges)]


def read(reader: LineReader, pieces: list[bytes]) -> list[tuple[str, int, list[tuple[str, int]]]]:
    lines: list[Line] = [line for piece in pieces for line in reader.feed(piece)]
    lines += reader.finish()
    return [(one.place, len(one.values) + one.missing, [(f.why, f.count) for f in one.faults]) for one in lines]


@given(PIECES, CUTS)
def test_lines_of_json_do_not_depend_on_where_a_body_is_cut(pieces, cuts):
    body = b"".join(pieces)
    whole = read(reader_of(NDJSON, Mapping()), [body])
    assert read(reader_of(NDJSON, Mapping()), cut(body, cuts)) == whole
    assert len(whole) == len([line for line in body.split(b"\n") if line.strip(b"\x1e \t\r")])
    assert all(values + sum(count for _, count in faults) == 1 for _, values, faults in whole)


@given(PIECES, CUTS)
def test_rows_of_a_table_do_not_depend_on_where_a_body_is_cut(pieces, cuts):
    body = b"datastream,time,result,quality\n" + b"".join(pieces)
    whole = read(reader_of(CSV, Mapping()), [body])
    assert read(reader_of(CSV, Mapping()), cut(body, cuts)) == whole
    assert all(values + sum(count for _, count in faults) >= 1 for _, values, faults in whole)


def test_a_long_line_takes_no_memory_and_the_next_one_is_read():
    splitter = Splitter()
    held = 0
    lines = []
    for _ in range(200):
        lines += list(splitter.feed(b"x" * LONGEST))
        held = max(held, len(splitter._rest))
    lines += [*splitter.feed(b"\nnext"), *splitter.finish()]
    assert lines == [(1, None), (2, b"next")]
    assert held <= LONGEST


def test_a_quality_in_a_cell_is_json_however_many_parts_it_has_unless_it_is_deeper_than_any_document():
    flat, deep = "[" + ",".join(["{}"] * 70) + "]", "[" * 65 + "]" * 65
    body = f'datastream,time,result,quality\n1,2026-03-01T00:00:00Z,1,"{flat}"\n1,2026-03-01T00:01:00Z,1,"{deep}"\n'
    reader = reader_of(CSV, Mapping())
    values = [value for line in [*reader.feed(body.encode()), *reader.finish()] for value in line.values]
    assert [one.quality for one in values] == [[{}] * 70, deep]
