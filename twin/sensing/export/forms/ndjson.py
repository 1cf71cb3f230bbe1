"""Lines of JSON, each an Observation, which are read back as they are."""

from collections.abc import Iterator

import orjson

from twin.sensing.export.documents import said, told
from twin.sensing.export.form import Form
from twin.sensing.export.pages import Page, Wanted


class JsonLinesForm(Form):
    """Writes lines of JSON."""

    def write(self, pages: Iterator[Page], wanted: Wanted) -> Iterator[bytes]:
        """Yield the lines of each page."""
        for stream, page in pages:
            yield b"".join(orjson.dumps(told(stream) | said(one), option=orjson.OPT_APPEND_NEWLINE) for one in page)


FORM = JsonLinesForm("ndjson", "application/x-ndjson", ".ndjson")
