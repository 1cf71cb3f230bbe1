"""What of observations somebody asks for, as a file that streams."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from api.app_state import AppState
from layers.access import Principal
from layers.errors import ParameterError
from layers.numbers import parse_wholes
from layers.temporal import parse_when
from twin.sensing.entities.view import View
from twin.sensing.export import MOST_STREAMS, Wanted, forms, read_pages, refreshed, streams_of, streams_wanted
from twin.sensing.files.times import zone_of

_ZONE = "Asia/Shanghai"
_LONGEST = 20 * MOST_STREAMS


@dataclass(frozen=True)
class Asked:
    """Which observations are asked for, and in which form."""

    datastreams: Annotated[str | None, Query(max_length=_LONGEST, description="numbers of datastreams: 1,2,3")] = None
    things: Annotated[str | None, Query(max_length=_LONGEST, description="or of things, for all of theirs")] = None
    datetime: Annotated[str | None, Query(description="an RFC 3339 instant or interval a/b; all without it")] = None
    f: Annotated[str, Query(max_length=20, description="csv, geojson, ndjson or parquet")] = "csv"
    zone: Annotated[str, Query(max_length=60, description="of the times: a name, an offset or UTC")] = _ZONE


def export(app_state: AppState, principal: Principal, asked: Asked, *, headless: bool) -> Response:
    """Return what is asked for, read page by page while it is sent. Raises NotFound, ParameterError."""
    form = forms().get(asked.f)
    if form is None:
        raise ParameterError("f", f"{asked.f!r} is none of {', '.join(forms())}")
    view = View.of(principal)
    numbers = _numbers(app_state, view, asked)
    when = None if asked.datetime is None else parse_when(asked.datetime)
    first, last = (None, None) if when is None else (when.first, when.last)
    wanted = Wanted(tuple(numbers), first, last, zone_of(asked.zone), form.places)
    headers = {"content-disposition": f'attachment; filename="observations{form.suffix}"'}
    if headless:
        return Response(media_type=form.media_type, headers=headers)
    read = read_pages(app_state.database.reader.connect, lambda: refreshed(view), wanted)
    return StreamingResponse(_whole(form.write(read, wanted)), media_type=form.media_type, headers=headers)


def _whole(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces that have something in them: an empty one may end an answer."""
    return (piece for piece in pieces if piece)


def _numbers(app_state: AppState, view: View, asked: Asked) -> Sequence[int]:
    if (asked.datastreams is None) == (asked.things is None):
        raise ParameterError("datastreams", "name either datastreams or things, by their numbers: 1,2,3")
    name, text = ("datastreams", asked.datastreams) if asked.things is None else ("things", asked.things)
    named = parse_wholes(name, text or "")
    with app_state.database.reader.connect() as connection:
        numbers = streams_of(connection, view, named) if asked.datastreams is None else named
        if len(numbers) > MOST_STREAMS:
            raise ParameterError(name, f"these are more than {MOST_STREAMS} datastreams; ask for them in parts")
        streams_wanted(connection, view, numbers)
    return numbers
