"""Files in a zip."""

import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path, PurePosixPath

from layers.errors import SourceError

# A Shapefile's files have 2 GB at most each; a zip with more than a few of them is a zip bomb.
_MOST_BYTES = 8 << 30
_UTF_8_NAME = 0x800


class Unpacked:
    """One file of a zip and those beside it with the same stem, in a temporary folder."""

    def __init__(self, path: Path, suffix: str) -> None:
        """Unpack; raises SourceError where there is not exactly one file with that suffix."""
        self._folder = Path(tempfile.mkdtemp(prefix="onemap-zip-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.path = _unpack(path, suffix, self._folder)


def _unpack(path: Path, suffix: str, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as packed:
            chosen = _single(path, packed, suffix)
            stem = str(PurePosixPath(chosen).with_suffix(""))
            parts = [info for info in packed.infolist() if _stem(info.filename).lower() == stem.lower()]
            if sum(info.file_size for info in parts) > _MOST_BYTES:
                raise SourceError(str(path), f"this unpacks to more than {_MOST_BYTES >> 30} GiB; unpack it yourself")
            for info in parts:
                with packed.open(info) as inside, (folder / f"part{_suffix(info.filename)}").open("wb") as outside:
                    shutil.copyfileobj(inside, outside, 1 << 20)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise SourceError(str(path), f"this is not a complete zip file ({error}); fetch it again") from error
    except RuntimeError as error:
        raise SourceError(str(path), f"this zip cannot be unpacked ({error})") from error
    return folder / f"part{suffix}"


def _single(path: Path, packed: zipfile.ZipFile, suffix: str) -> str:
    names = [info.filename for info in packed.infolist() if not info.is_dir()]
    fitting = [name for name in names if name.lower().endswith(suffix) and not _is_metadata(name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SourceError(
            str(path), f"this has {len(fitting)} files of the kind {suffix}, but one is expected: {_listed(fitting)}"
        )
    raise SourceError(str(path), f"this has no {suffix}, only {_listed(names) or 'nothing'}")


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _is_metadata(name: str) -> bool:
    """Tell whether it is metadata that macOS has added."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("._")


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
