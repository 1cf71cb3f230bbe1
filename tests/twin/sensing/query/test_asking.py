import pytest

from twin.sensing.query import parse_options, query_of


@pytest.mark.parametrize(
    "query",
    [
        [],
        [("$filter", "name eq 'a;b,(c'"), ("$orderby", "name desc,id"), ("$select", "name,id"), ("$top", "3")],
        [("$expand", "Datastreams($expand=Observations($orderby=result desc;$top=1;$count=true);$skip=2),Locations")],
        [("$expand", "Datastreams/Observations"), ("$resultFormat", "dataArray"), ("$skiptoken", "abc")],
        [("$filter", "result gt 5 and not (phenomenonTime lt 2026-01-01T00:00:00Z)"), ("$count", "false")],
    ],
)  # fmt: skip
def test_what_is_asked_again_is_the_same(query):
    options = parse_options(query)
    assert parse_options(query_of(options)) == options
