from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.bindings import Binding, Span, Stated, is_thing, read_bindings, write_bindings
from layers.errors import SourceError

SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))


def table(folder: Path, text: str, **options: object) -> list[Stated]:
    path = folder / "things.csv"
    path.write_text(text, encoding="utf-8")
    return read_bindings(path, "tower", **options)  # type: ignore[arg-type]


def test_columns_may_have_chinese_names_and_others_are_left_alone(tmp_path: Path) -> None:
    text = "传感器编号,楼层,构件,开始时间,结束时间,备注,密级\nT-1,3,0abc$_,2026-03-01T08:00:00+08:00,,温度,内部\n"
    (one,) = table(tmp_path, text)
    assert (one.thing, one.element, one.note) == ("T-1", "0abc$_", "温度")
    assert one.span == Span(datetime(2026, 3, 1, tzinfo=UTC), None)
    assert one.grade == 2


def test_a_workbook_is_read_with_the_offset_that_its_times_do_not_state(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["thing", "element", "from", "to"])
    times = (at.astimezone(CHINA).replace(tzinfo=None) for at in (SPRING, SUMMER))
    book.active.append([1203, "room-1", *times])
    book.save(tmp_path / "things.xlsx")
    (one,) = read_bindings(tmp_path / "things.xlsx", "tower", CHINA)
    assert (one.thing, one.span) == ("1203", Span(SPRING, SUMMER))
    with pytest.raises(SourceError, match=r"row 2, from: .*no offset from UTC"):
        read_bindings(tmp_path / "things.xlsx", "tower")


def test_everything_wrong_is_said_at_once_by_row_and_column(tmp_path: Path) -> None:
    text = (
        "thing,element,from,to,grade,model\n"
        "=cmd,room-1,2026-03-01T00:00:00Z,,open,\n"
        "a,,2026-03-01T00:00:00Z,,secret,\n"
        "b,room-1,,,,\n"
        "c,room-1,2026-03-01,,,\n"
        "d,room-1,2026-03-01T00:00:00Z,2026-02-01T00:00:00Z,,other\n"
        "e,room-1,soon,,,\n"
    )
    with pytest.raises(SourceError) as caught:
        table(tmp_path, text)
    for said in (
        "nothing is taken, 8 cells are wrong", "line 2, thing: '=cmd' is not", "line 3, element: it is empty",
        "line 3, grade: 'secret'", "line 4, from: it is empty", "line 5, from: '2026-03-01' has no offset",
        "line 6, model: 'other' is not 'tower'", "line 6, to: 2026-02-01T00:00:00Z is not after",
        "line 7, from: ",
    ):  # fmt: skip
        assert said in str(caught.value), said


def test_a_thing_cannot_be_in_two_places_at_one_time(tmp_path: Path) -> None:
    text = "thing,element,from,to\na,room-1,2026-03-01T00:00:00Z,\na,room-2,2026-06-01T00:00:00Z,\n"
    with pytest.raises(SourceError, match="line 3, from: a is elsewhere by line 2 at that time"):
        table(tmp_path, text)
    ended = text.replace("03-01T00:00:00Z,\n", "03-01T00:00:00Z,2026-06-01T00:00:00Z\n")
    assert [one.element for one in table(tmp_path, ended)] == ["room-1", "room-2"]


def test_a_dash_says_nowhere(tmp_path: Path) -> None:
    (one,) = table(tmp_path, "thing,element,from\na,-,2026-03-01T00:00:00Z\n")
    assert one.element is None


@pytest.mark.parametrize(
    ("header", "said"),
    [("thing,from", r"no column element \(空间\)"), ("thing,sensor,element,from", "thing and sensor both mean thing")],
)
def test_a_header_that_cannot_be_used_is_refused(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        table(tmp_path, f"{header}\n")


@given(
    element=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20),
    note=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=20),
    first=st.timedeltas(timedelta(), timedelta(days=9000)).map(lambda since: SPRING + since),
    length=st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=9999)),
    grade=st.integers(0, 3),
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    element: str,
    note: str,
    first: datetime,
    length: timedelta | None,
    grade: int,
) -> None:
    if element in ("-", "—", "无", "nowhere") or element.startswith("'") or note.startswith("'"):
        return
    span = Span(first, None if length is None else first + length)
    text = write_bindings([Binding("a", "tower", element, span, note, grade)])
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in text.splitlines()[1].split(","))
    (one,) = table(tmp_path_factory.mktemp("table"), text)
    assert (one.thing, one.element, one.span, one.note, one.grade) == ("a", element, span, note, grade)


@given(st.text(max_size=30))
def test_an_id_is_never_a_formula_nor_more_than_a_line(text: str) -> None:
    if is_thing(text):
        assert text[0] not in "=+-@\t\r"
        assert len(text.splitlines()) == 1


spans = st.builds(
    lambda first, length: Span(
        SPRING + timedelta(days=first), None if length is None else SPRING + timedelta(days=first + length)
    ),
    st.integers(0, 30),
    st.none() | st.integers(1, 30),
)


@given(spans, spans, st.integers(0, 61))
def test_the_rest_of_a_span_is_what_the_other_leaves(one: Span, other: Span, day: int) -> None:
    def holds(span: Span | None) -> bool:
        at = SPRING + timedelta(days=day)
        return span is not None and span.first <= at and (span.last is None or at < span.last)

    if one.overlaps(other):
        left = holds(one.before(other)) or holds(one.after(other))
        assert left == (holds(one) and not holds(other))
