"""A region's OpenStreetMap extract, as Geofabrik and others publish it: a .osm.pbf, and beside it its .md5."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from layers.errors import ParameterError, Unavailable
from layers.fetch.download import Limits, Wish, download, text_of
from layers.ingest.progress import Progress

_SUFFIXES = (".osm.pbf", ".osm.bz2", ".osm.gz", ".osm")
_MD5 = re.compile(r"^[0-9a-f]{32}\b")


def fetch_extract(url: str, folder: Path, limits: Limits, progress: Progress) -> Path:
    """Fetch an extract into ``folder``; raises Unavailable where it is not what its checksum says."""
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    if not name.endswith(_SUFFIXES) or not re.fullmatch(r"[\w.-]+", name):
        raise ParameterError("url", f"{url!r} names no OpenStreetMap file ({', '.join(_SUFFIXES)})")
    stated = _MD5.match(text_of(Wish(f"{url}.md5"), limits).strip().lower())
    if stated is None:
        raise Unavailable(f"{url}.md5 holds no MD5 checksum")
    target = download(Wish(url), folder / name, limits, progress)
    with target.open("rb") as handle:
        # MD5 is what is published; it tells a broken file, not a forged one.
        found = hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != stated[0]:
        target.unlink()
        raise Unavailable(f"{url}: the file has the checksum {found}, and {stated[0]} is published; fetch it again")
    return target
