"""The header of a dBase table, as beside a Shapefile: its size, and the declared encoding."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layers.errors import SourceError

# The records sampled, from all over the file.
_RECORDS = 4_000
_FIELD = 32
_END = b"\r"
# Language drivers by number, those used in China and in Esri's products. The two of Western Windows and DOS are
# defaults that programs write without checking, so they are ignored.
_LANGUAGES = {0x4D: "gbk", 0x7A: "gbk", 0x4F: "big5", 0x78: "big5", 0x13: "cp932", 0x7B: "cp932", 0x4E: "cp949"}


@dataclass(frozen=True)
class DbfField:
    """One column."""

    name: bytes
    kind: str
    start: int
    width: int


@dataclass(frozen=True)
class Dbf:
    """The header."""

    path: Path
    records: int
    first: int
    width: int
    language: str | None
    fields: tuple[DbfField, ...]

    def samples(self) -> Iterator[bytes]:
        """Yield column names, and texts of records from all over the file."""
        yield from (field.name for field in self.fields)
        texts = [field for field in self.fields if field.kind == "C"]
        step = max(1, self.records // _RECORDS)
        with self.path.open("rb") as handle:
            for number in range(0, self.records, step):
                handle.seek(self.first + number * self.width)
                record = handle.read(self.width)
                yield from (record[field.start : field.start + field.width].rstrip(b" \0") for field in texts)


def read_dbf(path: Path) -> Dbf:
    """Read the header of a table; raises SourceError when the file is shorter than it declares."""
    with path.open("rb") as handle:
        head = handle.read(_FIELD)
        if len(head) < _FIELD:
            raise SourceError(str(path), "the file is truncated in its header; fetch it again")
        records, first, width = struct.unpack_from("<IHH", head, 4)
        fields, start = [], 1
        while (entry := handle.read(_FIELD)) and not entry.startswith(_END):
            if len(entry) < _FIELD or handle.tell() > first:
                raise SourceError(str(path), "this is not a dBase table: its list of columns has no end")
            name, kind, length = entry[:11].split(b"\0", 1)[0], chr(entry[11]), entry[16]
            fields.append(DbfField(name, kind, start, length))
            start += length
    size = path.stat().st_size
    if size < first + records * width:
        present = max(0, size - first) // max(width, 1)
        raise SourceError(str(path), f"the file is truncated: it has {present} of {records} records; fetch it again")
    return Dbf(path, records, first, width, _LANGUAGES.get(head[29]), tuple(fields))
