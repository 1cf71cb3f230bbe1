"""Query options: ``$filter``, ``$orderby``, ``$expand`` with options of its own, ``$select``, paging, the format."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from layers.errors import ParameterError
from layers.numbers import parse_whole
from twin.sensing.query.expression import Expression, Property
from twin.sensing.query.filtering import parse_expression, parse_filter
from twin.sensing.query.tokens import LONGEST

Item = TypeVar("Item")
MOST_ORDERS, MOST_SELECTED, MOST_EXPANDED, DEEPEST_EXPAND = 10, 100, 20, 5
_DIRECTIONS = {"asc": False, "desc": True}


@dataclass(frozen=True)
class Order:
    """An expression to sort by."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True)
class Options:
    """What a request asks of a set of entities; None and empty: not asked."""

    filter: Expression | None = None
    orderby: tuple[Order, ...] = ()
    expand: tuple["Expand", ...] = ()
    select: tuple[Property, ...] = ()
    top: int | None = None
    skip: int | None = None
    count: bool | None = None
    result_format: str | None = None
    skip_token: str | None = None


@dataclass(frozen=True)
class Expand:
    """A link whose entities are wanted in the answer, and what is asked of them."""

    link: str
    options: Options = Options()


def parse_options(query: Iterable[tuple[str, str]]) -> Options:
    """Read the options of a request, decoded; what does not begin with $ is not looked at. Raises ParameterError."""
    return _options(((name, value) for name, value in query if name.startswith("$")), 0)


def _options(pairs: Iterable[tuple[str, str]], depth: int) -> Options:
    values: dict[str, Any] = {}
    for name, text in pairs:
        reader = _READERS.get(name)
        if reader is None:
            raise ParameterError(name[:40], f"there is no such option; there are {', '.join(_READERS)}")
        key, read = reader
        if key in values:
            raise ParameterError(name, "this is stated twice")
        if len(text) > LONGEST:
            raise ParameterError(name, f"this has more than {LONGEST} characters")
        values[key] = read(text, depth)
    return Options(**values)


def _filter(text: str, _: int) -> Expression:
    return parse_filter(text)


def _orderby(text: str, _: int) -> tuple[Order, ...]:
    orders = tuple(_order(part) for part in _parts("$orderby", text, ","))
    return _capped("$orderby", orders, MOST_ORDERS)


def _order(text: str) -> Order:
    before, _, last = text.rstrip().rpartition(" ")
    if before.strip() and last.lower() in _DIRECTIONS:
        return Order(parse_expression(before, "$orderby"), _DIRECTIONS[last.lower()])
    return Order(parse_expression(text, "$orderby"))


def _select(text: str, _: int) -> tuple[Property, ...]:
    selected = [_property("$select", part) for part in _parts("$select", text, ",")]
    return _capped("$select", tuple(dict.fromkeys(selected)), MOST_SELECTED)


def _property(option: str, text: str) -> Property:
    expression = parse_expression(text, option)
    if not isinstance(expression, Property):
        raise ParameterError(option, f"{text.strip()[:40]!r} is not the name of a property")
    return expression


def _expand(text: str, depth: int) -> tuple[Expand, ...]:
    if depth >= DEEPEST_EXPAND:
        raise ParameterError("$expand", f"this is nested more than {DEEPEST_EXPAND} deep")
    merged: dict[str, Expand] = {}
    for part in _parts("$expand", text, ","):
        one = _expanded(part.strip(), depth)
        merged[one.link] = _merged(merged[one.link], one) if one.link in merged else one
    return _capped("$expand", tuple(merged.values()), MOST_EXPANDED)


def _expanded(text: str, depth: int) -> Expand:
    """Read ``Datastreams/Observations($top=1)``: the options are those of the last link."""
    path, opened, rest = text.partition("(")
    links = [link.strip() for link in path.split("/")]
    if depth + len(links) > DEEPEST_EXPAND:
        raise ParameterError("$expand", f"this is nested more than {DEEPEST_EXPAND} deep")
    if not all(link.isidentifier() for link in links):
        raise ParameterError("$expand", f"{path[:40]!r} is not a link such as Datastreams/Observations")
    if opened and not rest.endswith(")"):
        raise ParameterError("$expand", f"{text[-40:]!r} does not end with )")
    options = _options(_pairs(rest[:-1]), depth + len(links)) if opened else Options()
    one = Expand(links[-1], options)
    for link in reversed(links[:-1]):
        one = Expand(link, Options(expand=(one,)))
    return one


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in _parts("$expand", text, ";"):
        name, is_stated, value = part.partition("=")
        if not is_stated:
            raise ParameterError("$expand", f"{part.strip()[:40]!r} is not of the form $option=value")
        yield name.strip(), value


def _merged(first: Expand, second: Expand) -> Expand:
    """Return what ``Datastreams,Datastreams/Sensor`` asks: the same link, with all that is to be expanded of it."""
    both = {one.link: one for one in first.options.expand}
    for one in second.options.expand:
        both[one.link] = _merged(both[one.link], one) if one.link in both else one
    values = {}
    for name in (field.name for field in fields(Options) if field.name != "expand"):
        mine, other = getattr(first.options, name), getattr(second.options, name)
        if mine not in (None, (), other) and other not in (None, ()):
            raise ParameterError("$expand", f"{first.link} is expanded twice, with different options")
        values[name] = other if mine in (None, ()) else mine
    return replace(first, options=Options(expand=tuple(both.values()), **values))


def _whole(option: str) -> Callable[[str, int], int]:
    return lambda text, _: parse_whole(option, text.strip())


def _count(text: str, _: int) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ParameterError("$count", f"{text[:40]!r} is neither true nor false")
    return text.strip().lower() == "true"


def _as_is(text: str, _: int) -> str:
    return text.strip()


def _parts(option: str, text: str, separator: str) -> Iterator[str]:
    """Split at separators that stand in no parentheses and in no quotes."""
    depth, start, in_quotes = 0, 0, False
    for at, sign in enumerate(text):
        if sign == "'":
            in_quotes = not in_quotes
        elif not in_quotes:
            depth += (sign == "(") - (sign == ")")
            if depth < 0:
                break
            if sign == separator and depth == 0:
                yield _part(option, text[start:at])
                start = at + 1
    if in_quotes or depth:
        raise ParameterError(option, "its quotes or parentheses do not match")
    yield _part(option, text[start:])


def _part(option: str, text: str) -> str:
    if not text.strip():
        raise ParameterError(option, "one of its parts is empty")
    return text


def _capped(option: str, items: tuple[Item, ...], most: int) -> tuple[Item, ...]:
    if len(items) > most:
        raise ParameterError(option, f"this has more than {most} parts")
    return items


_READERS: dict[str, tuple[str, Callable[[str, int], Any]]] = {
    "$filter": ("filter", _filter),
    "$orderby": ("orderby", _orderby),
    "$expand": ("expand", _expand),
    "$select": ("select", _select),
    "$top": ("top", _whole("$top")),
    "$skip": ("skip", _whole("$skip")),
    "$count": ("count", _count),
    "$resultFormat": ("result_format", _as_is),
    "$skiptoken": ("skip_token", _as_is),
}
