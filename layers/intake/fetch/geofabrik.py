"""A region's OpenStreetMap extract, as Geofabrik and others publish it: a .osm.pbf, and beside it its .md5."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from layers.errors import ParameterError, Unavailable
from layers.intake.fetch.download import Limits, Request, download, text_of
from layers.ops.jobs.progress import Progress

_SUFFIXES = (".osm.pbf", ".osm.bz2", ".osm.gz", ".osm")
_MD5 = re.compile(r"^[0-9a-f]{32}\b")


def fetch_extract(url: str, folder: Path, limits: Limits, progress: Progress) -> Path:
    """Fetch an extract into ``folder``; raises Unavailable when its checksum differs."""
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    if not name.endswith(_SUFFIXES) or not re.fullmatch(r"[\w.-]+", name):
        raise ParameterError("url", f"{url!r} does not name an OpenStreetMap file ({', '.join(_SUFFIXES)})")
    published = _MD5.match(text_of(Request(f"{url}.md5"), limits).strip().lower())
    if published is None:
        raise Unavailable(f"{url}.md5 contains no MD5 checksum")
    target = download(Request(url), folder / name, limits, progress)
    with target.open("rb") as handle:
        # MD5 is what is published; it detects a damaged file, not a forged one.
        checksum = hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if checksum != published[0]:
        target.unlink()
        raise Unavailable(
            f"{url}: the file has the checksum {checksum}, but {published[0]} is published; fetch it again"
        )
    return target
