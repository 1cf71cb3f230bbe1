"""The folder of rasters keeps what the catalogue speaks of, and what may still be on its way."""

import os
import time
from pathlib import Path

import pytest

from layers.errors import Conflict, Unavailable
from layers.raster.files import RasterFiles

DAYS = 2 * 24 * 3600


def test_only_old_files_that_nobody_speaks_of_are_swept(tmp_path: Path) -> None:
    files = RasterFiles(tmp_path)
    names = []
    for _ in range(3):
        with files.work() as folder:
            made = folder / "made.tif"
            made.write_bytes(b"pixels")
            names.append(files.take(made))
    known, left, fresh = names
    (tmp_path / "notes.txt").write_text("somebody's own")
    (tmp_path / ".work-killed").mkdir()
    for name in (known, left, "notes.txt", ".work-killed"):
        os.utime(tmp_path / name, (time.time() - DAYS,) * 2)
    assert files.sweep({known}) == 2
    assert {entry.name for entry in tmp_path.iterdir()} == {known, fresh, "notes.txt"}


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.tif").write_bytes(b"")
    files = RasterFiles(tmp_path / "rasters")
    with pytest.raises(Unavailable):
        files.path("../secret.tif")
    with pytest.raises(Conflict):
        files.put("../secret.tif", tmp_path / "secret.tif")
