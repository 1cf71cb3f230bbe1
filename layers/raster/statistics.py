"""Exact statistics of a band, gathered block by block."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A band with more different numbers than this holds no classes.
MOST_CLASSES = 256


@dataclass
class RunningStats:
    """Statistics of one band: count, extremes, mean and sum of squared deviations, and the classes that occur."""

    categorical: bool = False
    pixels: int = 0
    count: int = 0
    minimum: float = np.inf
    maximum: float = -np.inf
    mean: float = 0.0
    squares: float = 0.0
    classes: set[int] = field(default_factory=set)

    def see(self, values: NDArray[Any], valid: NDArray[np.bool_]) -> None:
        """Take a block into account (Chan, Golub and LeVeque 1979, for joining means and squares)."""
        self.pixels += valid.size
        valid_values = values[valid]
        if not valid_values.size:
            return
        numbers = valid_values.astype(np.float64)
        mean = float(numbers.mean())
        squares = float(((numbers - mean) ** 2).sum())
        count = self.count + valid_values.size
        delta = mean - self.mean
        self.squares += squares + delta * delta * self.count * valid_values.size / count
        self.mean += delta * valid_values.size / count
        self.count = count
        self.minimum, self.maximum = (
            min(self.minimum, float(valid_values.min())),
            max(self.maximum, float(valid_values.max())),
        )
        if self.categorical and len(self.classes) <= MOST_CLASSES:
            self.classes.update(np.unique(valid_values).astype(int).tolist())

    @property
    def std(self) -> float:
        """Return the standard deviation of all pixels (not of a sample of them)."""
        return float(np.sqrt(self.squares / self.count)) if self.count else 0.0

    @property
    def valid_share(self) -> float:
        """Return the share of pixels that have a value."""
        return self.count / self.pixels if self.pixels else 0.0
