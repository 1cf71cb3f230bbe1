"""Opening an IFC file, and saying in a sentence why one cannot be."""

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ifcopenshell
from ifcopenshell import ifcopenshell_wrapper

from layers.errors import SourceError

# An object of the library: an instance of an IFC class, or the file of them.
Entity = Any

MOST_BYTES = 2 * 1024**3
SCHEMAS = "IFC2X3, IFC4 and IFC4X3_ADD2"
_BEGIN, _END = b"ISO-10303-21;", b"END-ISO-10303-21;"
# A broken file may give a complaint for each of its lines.
_MOST_COMPLAINTS = 50
# A file may end in line feeds, and a copy from a tape or a mail in a few zeros.
_TAIL = 1024
_ERROR = 4


def open_file(path: Path, most_bytes: int = MOST_BYTES) -> tuple[Entity, tuple[str, ...]]:
    """Return the file and what the parser found amiss without losing anything, or raise SourceError."""
    _check_ends(path, most_bytes)
    logger = ifcopenshell_wrapper.logger()
    logger.output_format(logger.FMT_INMEMORY)
    try:
        file = ifcopenshell.open(path, format=".ifc", logger=logger)
    except ifcopenshell.SchemaError as error:
        raise SourceError(str(path), f"{error}; {SCHEMAS} are read: export it again as one of them") from error
    except (ifcopenshell.Error, OSError, RuntimeError) as error:
        raise SourceError(str(path), f"it is no IFC file that can be read: {_first(logger, str(error))}") from error
    found = [message for message in logger.log_messages() if message.severity >= _ERROR - 1]
    for message in found:
        _refuse_losses(path, message.message)
    return file, tuple(dict.fromkeys(message.message for message in found))[:_MOST_COMPLAINTS]


def line_of(path: Path, step: int) -> list[int]:
    """Return the lines on which ``#step`` is defined, counted from 1; for messages, as it reads the whole file."""
    pattern = re.compile(rb"^\s*#%d\s*=" % step)
    with path.open("rb") as lines:
        return [number for number, line in enumerate(lines, 1) if pattern.match(line)]


def place_of(path: Path, entity: Entity) -> str:
    """Return where an instance stands in its file: its number, and its line where that is found."""
    lines = line_of(path, entity.id())
    return f"line {lines[0]}, #{entity.id()}" if lines else f"#{entity.id()}"


@contextmanager
def following_schema(path: Path, entity: Entity) -> Iterator[None]:
    """Raise SourceError where something is not what the schema says, while an instance is read."""
    try:
        yield
    except (AttributeError, TypeError, ValueError, RuntimeError, IndexError) as error:
        raise SourceError(
            str(path), f"the {entity.is_a()} does not follow the schema of the file: {error}", place_of(path, entity)
        ) from error


def _check_ends(path: Path, most_bytes: int) -> None:
    size = path.stat().st_size
    if size > most_bytes:
        raise SourceError(
            str(path), f"it has {size:,} bytes and at most {most_bytes:,} are read; export the model in parts"
        )
    with path.open("rb") as file:
        head = file.read(_TAIL)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    if _BEGIN not in head:
        raise SourceError(str(path), f"it is no IFC file: it does not begin with {_BEGIN.decode()}")
    if _END not in tail:
        raise SourceError(str(path), f"the file is cut short: it ends before {_END.decode()}; copy or export it again")


def _refuse_losses(path: Path, message: str) -> None:
    """Raise SourceError where the parser has left out an instance."""
    if unknown := re.match(r"Entity with name '(\w+)' not found in schema '(\w+)' at offset (\d+)", message):
        line = _line_at(path, int(unknown[3]))
        raise SourceError(
            str(path), f"{unknown[1]} is no class of {unknown[2]}, the schema that its header names", f"line {line}"
        )
    if double := re.match(r"Overwriting instance with name #(\d+)", message):
        lines = " and ".join(str(line) for line in line_of(path, int(double[1])))
        raise SourceError(str(path), f"#{double[1]} is defined more than once", f"lines {lines}")


def _line_at(path: Path, offset: int) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content[:offset].count(b"\n") + 1


def _first(logger: Any, otherwise: str) -> str:
    """Return the parser's first complaint."""
    return next((message.message for message in logger.log_messages() if message.severity >= _ERROR), otherwise)
