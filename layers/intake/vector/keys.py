"""The key that identifies a file's features from one load to the next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layers.errors import SourceError
from layers.intake.vector.target import KEY_COLUMNS

# The least share of features with the key: a given one, and a guessed one.
_MOST, _NEARLY_ALL = 0.5, 0.9


class KeyChoice:
    """Chooses a key: the named column, ``source_key`` or ``id`` where nearly all have it, or the features' own id.

    A few features without it must not change the key of all others; they are refused one by one.
    """

    def __init__(self, path: Path, requested: str | None) -> None:
        """Store the column that the user has given, if any."""
        self._path = path
        self._requested = requested
        self._candidates = KEY_COLUMNS if requested is None else (requested,)
        self._counts = dict.fromkeys(self._candidates, 0)
        self._ids = 0
        self.count = 0

    def see(self, properties: Mapping[str, Any], own_id: object) -> None:
        """Take one feature into account."""
        self.count += 1
        self._ids += own_id is not None
        for name in self._candidates:
            self._counts[name] += properties.get(name) is not None

    def see_columns(self, count: int, filled: Mapping[str, int], *, ids: bool) -> None:
        """Take ``count`` features into account, by how many have a value in each column and whether all have an id."""
        self.count += count
        self._ids += count if ids else 0
        for name in self._candidates:
            self._counts[name] += filled.get(name, 0)

    def column(self) -> str | None:
        """Return the property that is the key, or None."""
        enough = self.count * (_NEARLY_ALL if self._requested is None else _MOST)
        chosen = next((name for name in self._candidates if self._counts[name] > enough), None)
        if chosen is None and self._requested is not None:
            missing = self.count - self._counts[self._requested]
            raise SourceError(
                str(self._path), f"{missing} features have no {self._requested!r}, which is given as their key"
            )
        return chosen

    def has_ids(self) -> bool:
        """Tell whether all features have an id of their own."""
        return bool(self.count) and self._ids == self.count
