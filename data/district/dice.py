"""Chance that never changes: every throw is a hash of a name and a number."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")

SEED = "onemap-twin sample 2026-01-01"


class Dice:
    """A row of throws that depends on its key alone, so that a change in one block leaves all others as they were."""

    def __init__(self, *key: str | int) -> None:
        """Name the row of throws by ``key``."""
        self._key = "/".join([SEED, *map(str, key)])
        self._throws = 0

    def unit(self) -> float:
        """Throw a number in [0, 1)."""
        self._throws += 1
        digest = hashlib.blake2b(f"{self._key}#{self._throws}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") / 2**48

    def between(self, low: float, high: float) -> float:
        """Throw a number in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """Throw a whole number in low … high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """Say whether something of this probability happens."""
        return self.unit() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        """Take one of ``items``, each as likely as the others."""
        return items[self.whole(0, len(items) - 1)]

    def weigh(self, weights: Mapping[Item, float]) -> Item:
        """Take one key of ``weights`` in proportion to its weight."""
        rest = self.unit() * sum(weights.values())
        for item, weight in weights.items():
            rest -= weight
            if rest < 0:
                return item
        return next(reversed(list(weights)))
