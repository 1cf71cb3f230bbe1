"""From options to the query of a request that asks the same."""

from collections.abc import Iterator

from twin.sensing.query.options import Expand, Options
from twin.sensing.query.writing import write


def query_of(options: Options) -> list[tuple[str, str]]:
    """Return the names and values of options, not encoded."""
    return list(_pairs(options))


def _pairs(options: Options) -> Iterator[tuple[str, str]]:
    if options.filter is not None:
        yield "$filter", write(options.filter)
    if options.orderby:
        orders = (write(one.expression) + (" desc" if one.descending else "") for one in options.orderby)
        yield "$orderby", ",".join(orders)
    if options.select:
        yield "$select", ",".join("/".join(one.steps) for one in options.select)
    if options.expand:
        yield "$expand", ",".join(map(_expanded, options.expand))
    for name, value in (("$top", options.top), ("$skip", options.skip), ("$skiptoken", options.skip_token)):
        if value is not None:
            yield name, str(value)
    if options.count is not None:
        yield "$count", str(options.count).lower()
    if options.result_format is not None:
        yield "$resultFormat", options.result_format


def _expanded(one: Expand) -> str:
    inner = ";".join(f"{name}={value}" for name, value in _pairs(one.options))
    return f"{one.link}({inner})" if inner else one.link
