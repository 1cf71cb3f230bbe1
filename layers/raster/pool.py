"""Opened files, lent to one thread at a time: a GDAL dataset must not be used by two at once."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rasterio
from rasterio.errors import RasterioIOError

from layers.errors import Unavailable
from layers.raster.files import RasterFiles
from layers.raster.survey import CACHE_BYTES

# Our own files are complete: no sidecar files are read or written.
OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GDAL_CACHEMAX": CACHE_BYTES}
_MOST_IDLE = 24
# The file, and the number of the overview or None for the pixels themselves.
Key = tuple[str, int | None]


class DatasetPool:
    """Lends opened datasets, and keeps some unused ones open for reuse."""

    def __init__(self, files: RasterFiles) -> None:
        """Open files of ``files``."""
        self.files = files
        self._idle: OrderedDict[Key, list[Any]] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, name: str, overview: int | None = None) -> Iterator[Any]:
        """Lend a dataset; after an error it is closed instead of reused."""
        key = (name, overview)
        with rasterio.Env(**OPTIONS):
            dataset = self._take(key) or self._open(key)
            try:
                yield dataset
            except BaseException:
                dataset.close()
                raise
            self._give_back(key, dataset)

    def close(self) -> None:
        """Close the unused datasets."""
        with self._lock:
            left = [dataset for datasets in self._idle.values() for dataset in datasets]
            self._idle.clear()
        for dataset in left:
            dataset.close()

    def _take(self, key: Key) -> Any:
        with self._lock:
            waiting = self._idle.get(key)
            if not waiting:
                return None
            self._idle.move_to_end(key)
            return waiting.pop()

    def _open(self, key: Key) -> Any:
        name, overview = key
        path = self.files.path(name)
        level = {} if overview is None else {"OVERVIEW_LEVEL": overview}
        try:
            return rasterio.open(path, driver="GTiff", **level)
        except RasterioIOError as error:
            raise Unavailable(
                f"the raster file {name} is damaged; restore a backup, or load the raster again"
            ) from error

    def _give_back(self, key: Key, dataset: Any) -> None:
        surplus = []
        with self._lock:
            self._idle.setdefault(key, []).append(dataset)
            self._idle.move_to_end(key)
            while sum(map(len, self._idle.values())) > _MOST_IDLE:
                oldest = next(iter(self._idle))
                surplus += self._idle.pop(oldest)
        for old in surplus:
            old.close()
