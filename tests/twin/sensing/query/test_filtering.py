"""Filters of SensorThings: what is read, in which order operators bind, and what is said of faults."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.sensing.query import (
    FUNCTIONS,
    Binary,
    Call,
    Expression,
    Geometry,
    In,
    Interval,
    Literal,
    Property,
    Unary,
    is_boolean,
    parse_filter,
    write,
)

MIDNIGHT = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)


def named(path: str) -> Property:
    """Return the property of that path."""
    return Property(tuple(path.split("/")))


def compared(left: Expression | str, operator: str, value: Any) -> Binary:
    """Return the comparison of an expression, or of the property of that name, with a value."""
    return Binary(operator, named(left) if isinstance(left, str) else left, Literal(value))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("result gt 5", compared("result", "gt", 5)),
        ("result le -2.5e-1", compared("result", "le", -0.25)),
        ("name eq '东方''明珠'", compared("name", "eq", "东方'明珠")),
        ("Thing/properties/安装-高度/0 ne null", compared("Thing/properties/安装-高度/0", "ne", None)),
        ("@iot.id in (1, 2)", In(named("@iot.id"), (Literal(1), Literal(2)))),
        ("phenomenonTime ge 2026-11-30T08:00:00+08:00", compared("phenomenonTime", "ge", MIDNIGHT)),
        ("phenomenonTime ge 2026-11-30T08:00:00 08:00", compared("phenomenonTime", "ge", MIDNIGHT)),
        (
            "during(resultTime,2026-11-30T00:00:00Z/2026-11-30T06:00:00Z)",
            Call("during", (named("resultTime"), Literal(Interval(MIDNIGHT, MIDNIGHT + timedelta(hours=6))))),
        ),
        (
            "resultTime gt now() sub duration'PT90M'",
            Binary("gt", named("resultTime"), Binary("sub", Call("now", ()), Literal(timedelta(minutes=90)))),
        ),
        ("date(t) eq 2026-11-30", compared(Call("date", (named("t"),)), "eq", date(2026, 11, 30))),
        ("time(t) lt 08:30:00", compared(Call("time", (named("t"),)), "lt", time(8, 30))),
        (
            "geo.distance(location,geography'POINT (121.5 31.2)') lt 0.5",
            compared(Call("geo.distance", (named("location"), Literal(Geometry("POINT (121.5 31.2)")))), "lt", 0.5),
        ),
        (
            "ST_WITHIN(location,geography'POLYGON ((0 0,1 0,1 1,0 0))')",
            Call("st_within", (named("location"), Literal(Geometry("POLYGON ((0 0,1 0,1 1,0 0))")))),
        ),
    ],
)
def test_a_condition_is_read(text: str, tree: Expression) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not result eq 5", "not (result eq 5)"),
        ("not startswith(name,'x') or b", "(not startswith(name,'x')) or b"),
        ("1 add 2 mul 3 eq 7", "(1 add (2 mul 3)) eq 7"),
        ("7 sub 2 sub 1 eq 4", "((7 sub 2) sub 1) eq 4"),
        ("-a mul 2 lt b mod 3", "((-a) mul 2) lt (b mod 3)"),
        ("result add 1 in (1,2) and a", "((result add 1) in (1,2)) and a"),
    ],
)
def test_operators_bind_by_their_precedence(text: str, same: str) -> None:
    assert parse_filter(text) == parse_filter(same)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at its end: a property, a value, a function or ( is missing here"),
        ("result gt", "at its end: a property"),
        ("(result gt 5", "at its end: ) is missing here"),
        ("result gt 5)", "at character 12, ')': an operator such as and"),
        ("result greater 5", "at character 8, 'greater 5': an operator such as and"),
        ("name eq 'open", 'at character 9, "\'open": a text begins that does not end'),
        ("result ; 5", "at character 8, '; 5': unexpected"),
        ("result add 1", "this is no condition"),
        ("'text'", "this is no condition"),
        ("result and 5", "and joins conditions, and one of these is none"),
        ("(a eq b) add 1 gt 2", "add takes numbers, and one of these is a condition"),
        ("not 5", "not takes a condition"),
        ("-'x' eq 1", "- takes a number"),
        ("length() eq 1", "length takes 1 arguments, and has 0"),
        ("substring(name,1,2,3) eq 'x'", "substring takes 2 or 3 arguments, and has 4"),
        ("soundex(name) eq 'x'", "there is no function soundex; there are after, before"),
        ("properties/ eq 1", "at character 16, '1': an operator"),
        ("a in (b)", "in takes values"),
        ("t ge 2026-11-30T08:00:00", "is not an instant such as 2026-08-15T08:00:00+08:00; state the offset from UTC"),
        ("t ge 2026-02-30T08:00:00Z", "at character 6"),
        ("t eq 2026-02-30", "day is out of range"),
        ("overlaps(t,2026-02-02T00:00:00Z/2026-02-01T00:00:00Z)", "this interval ends before it begins"),
        ("t lt duration'P1M'", "years and months have no length of their own"),
        ("a eq 12345678901234567890", "this number has more than 19 digits"),
        ("a eq 1e999", "this number is too large"),
        ("(" * 60 + "a" + ")" * 60, "nested more than 40 deep"),
        ("not " * 60 + "a", "nested more than 40 deep"),
        ("a or " * 600 + "a", "more than 1000 words and marks"),
        (f"a in ({','.join('1' * 501)})", "this has more than 1000 words"),
        ("a eq '" + "x" * 20000 + "'", "more than 16384 characters"),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_filter(text)
    assert refused.value.parameter == "$filter"
    assert said in str(refused.value)


_instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda instant: instant.replace(tzinfo=UTC))  # noqa: DTZ001
_numbers = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
_intervals = st.tuples(_instants, _instants).map(lambda two: Interval(min(two), max(two)))
_texts = st.text(st.characters(categories=["L", "N", "P", "Zs", "So"]), max_size=12)
_others = st.one_of(
    _texts, _instants, _intervals, st.dates(date(1000, 1, 1)), st.times(),
    st.timedeltas(timedelta(days=-9999), timedelta(days=9999)), st.just(Geometry("POINT (1 2)")), st.none(),
)  # fmt: skip
_steps = st.lists(st.sampled_from(["result", "properties", "名称", "a-b", "@iot.id", "x1"]), min_size=1, max_size=3)
_properties = _steps.map(lambda steps: Property(tuple(steps)))
_values = st.one_of(_properties, _numbers.map(Literal), _others.map(Literal))


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    conditions = inner.filter(is_boolean)
    values = st.one_of(
        _values, st.builds(Binary, st.sampled_from(["add", "sub", "mul", "div", "mod"]), _values, _values)
    )
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.lists(values, min_size=FUNCTIONS[name].least, max_size=FUNCTIONS[name].most).map(
            lambda arguments: Call(name, tuple(arguments))
        )
    )
    return st.one_of(
        st.builds(Binary, st.sampled_from(["and", "or"]), conditions, conditions),
        st.builds(Binary, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.one_of(values, calls), values),
        st.builds(Unary, st.just("not"), conditions),
        st.builds(In, values, st.lists(_numbers.map(Literal), min_size=1, max_size=3).map(tuple)),
        calls.filter(is_boolean),
    )


@given(st.recursive(_properties | st.booleans().map(Literal), _grown, max_leaves=12))
def test_what_is_written_is_read_as_it_was(tree: Expression) -> None:
    assert parse_filter(write(tree)) == tree


@given(st.text(max_size=60) | st.text("aé'() ,/-0123456789.:TZ+eqornt@'", max_size=60))
def test_any_text_is_a_condition_or_a_stated_fault(text: str) -> None:
    with suppress(ParameterError):
        assert is_boolean(parse_filter(text))
