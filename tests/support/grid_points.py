"""Points of all hemispheres, off and on the lines of the lattice."""

import numpy as np

DEGREE = 7_372_800


def random_points(count: int, lat_limit: float, seed: int = 39409) -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes, half of them over Shanghai."""
    rng = np.random.default_rng(seed)
    half = count // 2
    lon = np.concatenate([rng.uniform(-180, 180, half), rng.uniform(121, 122, count - half)])
    lat = np.concatenate([rng.uniform(-lat_limit, lat_limit, half), rng.uniform(30.8, 31.5, count - half)])
    return lon, lat


def points_on_lines(count: int, lat_limit: int, seed: int = 2020) -> tuple[np.ndarray, np.ndarray]:
    """Return points on lines of cells of all sizes, as doubles and as they are written with nine decimals or fewer."""
    rng = np.random.default_rng(seed)
    sizes = np.array([44236800, 29491200, 3686400, 1843200, 1228800, 122880, 8192, 4096, 2048, 512, 64, 8, 1])
    lines = []
    for limit in (180, lat_limit):
        size = rng.choice(sizes, count)
        units = rng.integers(-limit * DEGREE // size + 1, limit * DEGREE // size) * size
        exact = units / DEGREE
        how = rng.integers(0, 4, count)
        lines.append(
            np.select(
                [how == 0, how == 1, how == 2], [exact, np.round(exact, 9), np.round(exact, 5)], np.nextafter(exact, 0)
            )
        )
    return lines[0], lines[1]
