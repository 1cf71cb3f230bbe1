"""Reproducible random numbers: every draw is a hash of a key and a counter."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")

SEED = "onemap-twin sample 2026-01-01"


class Rng:
    """A sequence of draws that depends only on its key, so that a change in one block does not affect the others."""

    def __init__(self, *key: str | int) -> None:
        """Identify the sequence by ``key``."""
        self._key = "/".join([SEED, *map(str, key)])
        self._draws = 0

    def unit(self) -> float:
        """Draw a number in [0, 1)."""
        self._draws += 1
        digest = hashlib.blake2b(f"{self._key}#{self._draws}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") / 2**48

    def between(self, low: float, high: float) -> float:
        """Draw a number in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number in low … high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """Draw whether an event of this probability occurs."""
        return self.unit() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of ``items`` uniformly."""
        return items[self.whole(0, len(items) - 1)]

    def weigh(self, weights: Mapping[Item, float]) -> Item:
        """Draw one key of ``weights`` in proportion to its weight."""
        remainder = self.unit() * sum(weights.values())
        for item, weight in weights.items():
            remainder -= weight
            if remainder < 0:
                return item
        return next(reversed(list(weights)))
