"""Query options of SensorThings, and resource paths."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.sensing.query import Expand, Options, Order, Path, Property, Segment, parse_filter, parse_options, parse_path

TIME = Property(("phenomenonTime",))


def test_all_options_are_read() -> None:
    query = [
        ("$filter", "result gt 5"),
        ("$orderby", "phenomenonTime desc, length(name) asc,id"),
        ("$select", "name,properties/floor,name"),
        ("$top", "010"),
        ("$skip", "0"),
        ("$count", "True"),
        ("$resultFormat", "dataArray"),
        ("token", "not ours"),
    ]
    options = parse_options(query)
    assert options.filter == parse_filter("result gt 5")
    assert [order.descending for order in options.orderby] == [True, False, False]
    assert options.select == (Property(("name",)), Property(("properties", "floor")))
    assert (options.top, options.skip, options.count, options.result_format) == (10, 0, True, "dataArray")


def test_links_are_expanded_with_options_of_their_own() -> None:
    text = "Datastreams($filter=name eq 'a;b),(c';$expand=Observations($top=1;$orderby=phenomenonTime desc)),Locations"
    streams, locations = parse_options([("$expand", text)]).expand
    assert streams.options.filter == parse_filter("name eq 'a;b),(c'")
    assert streams.options.expand == (Expand("Observations", Options(top=1, orderby=(Order(TIME, descending=True),))),)
    assert locations == Expand("Locations")


def test_paths_of_links_are_expanded_one_in_the_other_and_once() -> None:
    (streams,) = parse_options([("$expand", "Datastreams,Datastreams/Sensor($select=id),Datastreams/Thing")]).expand
    sensor = Expand("Sensor", Options(select=(Property(("id",)),)))
    assert streams == Expand("Datastreams", Options(expand=(sensor, Expand("Thing"))))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ([("$top", "-1")], "$top: '-1' is not a whole number"),
        ([("$top", "1e3")], "$top: '1e3' is not a whole number"),
        ([("$skip", "9" * 30)], "out of range"),
        ([("$count", "yes")], "$count: 'yes' is neither true nor false"),
        ([("$top", "1"), ("$top", "1")], "$top: this is stated twice"),
        ([("$filtre", "a")], "$filtre: there is no such option; there are $filter, $orderby"),
        ([("$orderby", "name desc,,id")], "$orderby: one of its parts is empty"),
        ([("$orderby", ",".join(["a"] * 11))], "$orderby: this has more than 10 parts"),
        ([("$select", "name eq 1")], "$select: 'name eq 1' is not the name of a property"),
        ([("$expand", "Datastreams($top=1")], "$expand: its quotes or parentheses do not match"),
        ([("$expand", "Datastreams($top=1)x")], "does not end with )"),
        ([("$expand", "Datastreams(top)")], "$expand: 'top' is not of the form $option=value"),
        ([("$expand", "Datastreams(x=1)")], "x: there is no such option"),
        ([("$expand", "1")], "$expand: '1' is not a link such as"),
        ([("$expand", "Datastreams($top=1),Datastreams($top=2)")], "Datastreams is expanded twice, with different"),
        ([("$expand", "a/b/c/d/e/f")], "$expand: this is nested more than 5 deep"),
        ([("$expand", "a($expand=" * 6 + "a" + ")" * 6)], "$expand: this is nested more than 5 deep"),
        ([("$filter", "x eq '" + "y" * 20000)], "$filter: this has more than 16384 characters"),
    ],
)
def test_a_fault_is_named_with_its_option(query: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_options(query)
    assert said in str(refused.value)


@given(
    st.text(max_size=40) | st.text("ab'(),;/$=topexand12", max_size=60),
    st.sampled_from(["$expand", "$orderby", "$select"]),
)
def test_any_text_is_an_option_or_a_stated_fault(text: str, option: str) -> None:
    with suppress(ParameterError):
        assert isinstance(parse_options([(option, text)]), Options)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", Path(())),
        ("Things", Path((Segment("Things"),))),
        ("Things(1)/Datastreams('a/''b')/", Path((Segment("Things", 1), Segment("Datastreams", "a/'b")))),
        ("Things(007)/properties/$value", Path((Segment("Things", 7), Segment("properties")), "$value")),
        ("Things(7)/properties/楼层", Path((Segment("Things", 7), Segment("properties"), Segment("楼层")))),
        ("Things(1)/Locations/$ref", Path((Segment("Things", 1), Segment("Locations")), "$ref")),
        ("Things(-1)", Path((Segment("Things", -1),))),
        ("Things(1)/@iot.id", Path((Segment("Things", 1), Segment("@iot.id")))),
    ],
)  # fmt: skip
def test_a_path_is_read(text: str, path: Path) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text",
    ["Things(1", "Things()", "Things(1)x", "Things//Locations", "$ref", "Things/$ref/x", "Things(1.5)", "a b",
     "a/" * 13, "x" * 2001, f"Things({'9' * 30})", "Things('a)"],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="path"):
        parse_path(text)
