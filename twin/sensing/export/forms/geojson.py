"""GeoJSON: each observation a Feature at the place that it is of."""

from collections.abc import Iterator

import orjson

from twin.sensing.export.documents import said, told
from twin.sensing.export.form import Form
from twin.sensing.export.pages import Observed, Page, Stream, Wanted


class GeoJsonForm(Form):
    """Writes a collection of features; coordinates are longitude and latitude of EPSG:4490."""

    def write(self, pages: Iterator[Page], wanted: Wanted) -> Iterator[bytes]:
        """Yield the collection in pieces."""
        yield b'{"type":"FeatureCollection","features":['
        separator = b""
        for stream, page in pages:
            yield separator + b",\n".join(orjson.dumps(_feature(stream, one)) for one in page)
            separator = b",\n"
        yield b"]}\n"


def _feature(stream: Stream, one: Observed) -> dict[str, object]:
    place = None if one.place is None else orjson.Fragment(one.place)
    return {"type": "Feature", "geometry": place, "properties": told(stream) | said(one)}


FORM = GeoJsonForm("geojson", "application/geo+json", ".geojson", places=True)
