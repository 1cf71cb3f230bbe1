"""A filter for one kind of shapes in a file with several."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import shapely

from layers.intake.source import GeometryKind
from layers.intake.vector.feed import Feature, Feed, VectorSurvey
from layers.intake.vector.shapes import shapes_of

_DIMENSIONS: dict[GeometryKind, int] = {"points": 0, "lines": 1, "areas": 2}
_RING = 4


class GeometryTypeFilter(Feed):
    """The points, lines or areas of another feed; features without a valid shape are passed on for later refusal.

    Closed lines that represent areas are converted when areas are chosen.
    """

    def __init__(self, feed: Feed, kind: GeometryKind) -> None:
        """Wrap a feed."""
        super().__init__(feed.path)
        self.renames = feed.renames
        self._feed = feed
        self._kind = kind
        self._closed = feed.closed_are_areas and kind == "areas"
        self._skipped = 0

    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the file, and count the chosen features."""
        survey = self._feed.survey(key)
        self._skipped, types, count = 0, set(), 0
        for batch in self.batches():
            count += len(batch)
            types |= {shape.geom_type for shape in _shapes(batch) if shape is not None}
        self.notes = self._feed.notes
        if self._skipped:
            self.notes.append(
                f"{self._skipped} features that are not {self._kind} were left out, because of --geometry"
            )
        return replace(survey, geometries=frozenset(types), count=count)

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the chosen features."""
        for batch in self._feed.batches():
            chosen = [self._chosen(feature, shape) for feature, shape in zip(batch, _shapes(batch), strict=True)]
            yield [feature for feature in chosen if feature is not None]
            self._skipped += sum(feature is None for feature in chosen)

    def _chosen(self, feature: Feature, shape: Any) -> Feature | None:
        if shape is None or shapely.get_dimensions(shape) == _DIMENSIONS[self._kind]:
            return feature
        if self._closed and shape.geom_type == "LineString" and shape.is_closed and len(shape.coords) >= _RING:
            return feature._replace(geometry=shapely.to_wkb(shapely.Polygon(shape), byte_order=1))
        return None


def _shapes(batch: list[Feature]) -> Any:
    return shapes_of([feature.geometry for feature in batch])
