"""One kind of shapes out of a file that has several."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import shapely

from layers.source import GeometryKind
from layers.vector.feed import Feature, Feed, VectorSurvey
from layers.vector.shapes import shapes_of

_DIMENSIONS: dict[GeometryKind, int] = {"points": 0, "lines": 1, "areas": 2}
_RING = 4


class ChosenFeed(Feed):
    """The points, lines or areas of another feed; what has no shape, or a broken one, stays for others to tell of.

    Where closed lines are meant as areas, they are made such when areas are chosen.
    """

    def __init__(self, feed: Feed, kind: GeometryKind) -> None:
        """Wrap a feed."""
        super().__init__(feed.path)
        self.renames = feed.renames
        self._feed = feed
        self._kind = kind
        self._closed = feed.closed_are_areas and kind == "areas"
        self._left = 0

    def survey(self, key: str | None) -> VectorSurvey:
        """Look through the file, and count what is chosen."""
        survey = self._feed.survey(key)
        self._left, types, count = 0, set(), 0
        for batch in self.batches():
            count += len(batch)
            types |= {shape.geom_type for shape in _shapes(batch) if shape is not None}
        self.notes = self._feed.notes
        if self._left:
            self.notes.append(f"{self._left} features that are no {self._kind} were left out, as --geometry asks")
        return replace(survey, geometries=frozenset(types), count=count)

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features that are chosen."""
        for batch in self._feed.batches():
            kept = [self._chosen(feature, shape) for feature, shape in zip(batch, _shapes(batch), strict=True)]
            yield [feature for feature in kept if feature is not None]
            self._left += sum(feature is None for feature in kept)

    def _chosen(self, feature: Feature, shape: Any) -> Feature | None:
        if shape is None or shapely.get_dimensions(shape) == _DIMENSIONS[self._kind]:
            return feature
        if self._closed and shape.geom_type == "LineString" and shape.is_closed and len(shape.coords) >= _RING:
            return feature._replace(geometry=shapely.to_wkb(shapely.Polygon(shape), byte_order=1))
        return None


def _shapes(batch: list[Feature]) -> Any:
    return shapes_of([feature.geometry for feature in batch])
