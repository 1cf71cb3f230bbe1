"""Renaming of columns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from layers.errors import ParameterError
from layers.intake.vector.feed import Feature, Feed, VectorSurvey
from layers.intake.vector.target import KEY_COLUMNS

Pairs = tuple[tuple[str, str], ...]


def new_names(path: Path, present: Iterable[str], pairs: Pairs) -> dict[str, str]:
    """Return the new name of each column; raises ParameterError when one is missing or two would collide."""
    names = {name: name for name in present}
    listed = ", ".join(names) or "none"
    for old, new in pairs:
        if old not in names:
            raise ParameterError("map", f"{path.name} has no column {old!r}; it has {listed}")
        if names[old] != old:
            raise ParameterError("map", f"column {old!r} is renamed twice, to {names[old]!r} and to {new!r}")
        names[old] = new
    old_names: dict[str, str] = {}
    for old, new in names.items():
        if new in old_names:
            raise ParameterError(
                "map", f"columns {old_names[new]!r} and {old!r} of {path.name} would both be named {new!r}"
            )
        old_names[new] = old
    return names


class RenamedFeed(Feed):
    """Another feed's features, with some columns renamed."""

    def __init__(self, feed: Feed, pairs: Pairs) -> None:
        """Wrap a feed."""
        super().__init__(feed.path)
        self._feed = feed
        self._pairs = pairs
        self._new = dict(pairs)

    def survey(self, key: str | None) -> VectorSurvey:
        """Survey the file; the key may be given by its new name."""
        old = {new: name for name, new in self._pairs}
        chosen = next((old[name] for name in (key, *KEY_COLUMNS) if name in old), key)
        survey = self._feed.survey(chosen)
        self.notes = self._feed.notes
        names = new_names(self.path, survey.columns, self._pairs)
        columns = {names[name]: kind for name, kind in survey.columns.items()}
        return replace(survey, columns=columns, key=None if survey.key is None else names[survey.key])

    def batches(self) -> Iterator[list[Feature]]:
        """Stream the features."""
        for batch in self._feed.batches():
            yield [feature._replace(properties=self._renamed(feature.properties)) for feature in batch]

    def _renamed(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        return {self._new.get(name, name): value for name, value in properties.items()}
