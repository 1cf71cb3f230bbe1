"""A table of addresses, geocoded row by row."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from layers.errors import InputError, ParameterError
from layers.query.geocode.answer import Answer
from layers.query.geocode.find import geocode
from layers.query.geocode.gazetteer import Gazetteer
from layers.spreadsheet import harmless

Row = dict[str, str]
_USUAL = ("地址", "详细地址", "住址", "address", "addr", "位置", "地点")
ADDED = ("lon", "lat", "confidence", "how", "how_zh", "matched", "layer", "fid", "code")
_LONGEST_CELL = 100_000


def read_table(body: bytes) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of a CSV file in UTF-8 or GB 18030."""
    reader = csv.DictReader(io.StringIO(_text(body), newline=""), restval="")
    try:
        columns = list(reader.fieldnames or [])
        if not columns:
            raise InputError("the table is empty: its first line must name the columns")
        twice = {name for name in columns if columns.count(name) > 1}
        if twice:
            raise InputError(f"the table has several columns {min(twice)!r}")
        return columns, [_row(row, reader.line_num, len(columns)) for row in reader]
    except csv.Error as error:
        raise InputError(f"the table, line {reader.line_num}: {error}") from error


def _row(row: Mapping[str | None, Any], line: int, most: int) -> Row:
    if None in row:
        raise InputError(f"the table, line {line}: it has more than {most} cells; put text with commas in quotes")
    longest = max((len(cell) for cell in row.values()), default=0)
    # Checked here: the csv module's limit is global to the process, and other code raises it.
    if longest > _LONGEST_CELL:
        raise InputError(f"the table, line {line}: a cell has {longest} characters, more than {_LONGEST_CELL}")
    return {str(name): cell for name, cell in row.items()}


def address_column(columns: Sequence[str], requested: str | None) -> str:
    """Return the column that has the addresses: the one that is wanted, or one with a usual name."""
    if requested is not None:
        if requested not in columns:
            raise ParameterError("column", f"the table has no column {requested!r}; it has {', '.join(columns)}")
        return requested
    usual = next((name for name in _USUAL for column in columns if column.strip().lower() == name), None)
    if usual is None and len(columns) > 1:
        raise ParameterError("column", f"which column has the addresses? The table has {', '.join(columns)}")
    return columns[0] if usual is None else next(name for name in columns if name.strip().lower() == usual)


def geocode_table(gazetteer: Gazetteer, columns: Sequence[str], rows: Iterable[Row], column: str) -> str:
    """Return the table as CSV with the answers behind its columns, in the order of its rows."""
    added = [name if name not in columns else f"geocode_{name}" for name in ADDED]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([*columns, *added])
    for row in rows:
        answers = geocode(gazetteer, row[column])
        writer.writerow([*(row[name] for name in columns), *_cells(answers[0] if answers else None)])
    return buffer.getvalue()


def _cells(answer: Answer | None) -> list[str]:
    if answer is None:
        return ["", "", "0", "none", "未匹配", "", "", "", ""]
    place = answer.place
    return [
        f"{answer.lon:.7f}",
        f"{answer.lat:.7f}",
        f"{answer.confidence:.2f}",
        answer.how.value,
        answer.how.words.zh,
        harmless(answer.matched),
        place.layer if place else "",
        str(place.fid) if place else "",
        (place.code or "") if place else "",
    ]


def _text(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("the table is neither in UTF-8 nor in GB 18030")
