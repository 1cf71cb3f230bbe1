"""CSV with one observation a line, which is read back as it is; texts are such that spreadsheets do not run them."""

import csv
import io
from collections.abc import Iterator

from layers.spreadsheet import harmless
from twin.sensing.export.form import Form
from twin.sensing.export.pages import Observed, Page, Stream, Wanted, as_text

_COLUMNS = (
    "datastream", "name", "thing", "thing_name", "observed_property", "unit", "time", "time_end", "result", "sequence",
    "quality",
)  # fmt: skip


class CsvForm(Form):
    """Writes a table."""

    def write(self, pages: Iterator[Page], wanted: Wanted) -> Iterator[bytes]:
        """Yield the header line and the lines of each page."""
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(_COLUMNS)
        for stream, page in pages:
            before, after = _of_stream(stream)
            writer.writerows([*before, *after, *_of_observation(one)] for one in page)
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
        yield buffer.getvalue().encode()


def _of_stream(stream: Stream) -> tuple[tuple[object, ...], tuple[str, ...]]:
    texts = (stream.thing_name, stream.observed_property, stream.unit)
    return (stream.number, harmless(stream.name), stream.thing), tuple(map(harmless, texts))


def _of_observation(one: Observed) -> tuple[object, ...]:
    end = "" if one.end is None else one.end.isoformat()
    # A number is no text that could be run, whatever its sign.
    result = as_text(one.result) if isinstance(one.result, int | float) else harmless(as_text(one.result))
    return one.time.isoformat(), end, result, one.sequence, harmless(as_text(one.quality))


FORM = CsvForm("csv", "text/csv; charset=utf-8", ".csv")
