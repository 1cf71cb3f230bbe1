"""Reads files with tracks: CMA and JTWC tables, QWeather's tables, and JMA's best-track text.

``read_track`` recognises the format by the first line. CMA's times are Beijing's, as the column says; JTWC's and JMA's
are in UTC. CMA's maximum wind is a mean of two minutes, JTWC's of one, JMA's of ten.
"""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from layers.errors import InputError, SourceError
from twin.scenarios.wind.forcing.track import KNOT_MS, MILE_KM, Radii, Track, TrackPoint
from twin.warnings.warning import BEIJING

LARGEST_BYTES = 20_000_000
_Row = Mapping[str, str]
_Quadrants = tuple[float, float, float, float]
# GB/T 28591: lowest speeds of grades 7, 10 and 12.
_CMA_RADII = {"r7_km_ne_se_sw_nw": 13.9, "r10_km": 24.5, "r12_km": 32.7}
_QWEATHER_RADII = {"r30kt_km_ne_se_sw_nw": 30 * KNOT_MS, "r50kt_km": 50 * KNOT_MS, "r64kt_km": 64 * KNOT_MS}
_QUADRANTS_DEG = (45.0, 135.0, 225.0, 315.0)
_HEADER = "66666"


def read_track(path: Path | str, storm: str | None = None) -> Track:
    """Read the track of a file; errors name the row and the column.

    ``storm`` selects one of a JMA file by its name or number (``IN-FA``, ``2106``), and names the track of a table,
    which is otherwise named by the first word of the file's name.
    """
    file = Path(path)
    text = _text(file)
    first_line = text.lstrip().split("\n", 1)[0]
    if first_line.startswith(_HEADER):
        return _jma(file, text, storm)
    columns = set(next(csv.reader([first_line]), []))
    for needed, reader in _TABLES.items():
        if set(needed) <= columns:
            return reader(file, text, storm or file.stem.split("_")[0].capitalize())
    raise SourceError(
        str(file),
        f"the first line, {first_line[:80]!r}, is not that of a CMA table (time_bjt, r7_km_ne_se_sw_nw), QWeather "
        "(time_bjt, r30kt_km_ne_se_sw_nw), JTWC table (dtg_utc, vmax_kt), or JMA's best track (66666 …)",
    )


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise SourceError(str(file), f"is larger than the {LARGEST_BYTES} bytes that are read")
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(str(file), f"cannot be read as text ({error})") from error


def _cma(file: Path, text: str, name: str) -> Track:
    return Track(name, _points(file, text, _cma_point), averaging_s=120.0, agency="CMA")


def _qweather(file: Path, text: str, name: str) -> Track:
    return Track(name, _points(file, text, _qweather_point), averaging_s=120.0, agency="CMA (QWeather)")


def _jtwc(file: Path, text: str, name: str) -> Track:
    return Track(name, _points(file, text, _jtwc_point), averaging_s=60.0, agency="JTWC")


_TABLES: dict[tuple[str, ...], Callable[[Path, str, str], Track]] = {
    ("time_bjt", "lon", "lat", "vmax_ms", "pmin_hpa", "r7_km_ne_se_sw_nw"): _cma,
    ("time_bjt", "lon", "lat", "vmax_ms", "pmin_hpa", "r30kt_km_ne_se_sw_nw"): _qweather,
    ("dtg_utc", "lon", "lat", "vmax_kt"): _jtwc,
}


def _points(file: Path, text: str, read: Callable[[_Row], TrackPoint | None]) -> tuple[TrackPoint, ...]:
    """Read all rows of a table; a row without a point is left out."""
    points: list[TrackPoint] = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            point = read({key: (value or "").strip() for key, value in row.items() if isinstance(key, str)})
        except (ValueError, KeyError, InputError) as error:
            raise SourceError(str(file), str(error), f"line {number}") from error
        if point is None:
            continue
        if points and point.time <= points[-1].time:
            raise SourceError(
                str(file),
                f"{point.time.isoformat()} is not after the line before, {points[-1].time.isoformat()}",
                f"line {number}",
            )
        points.append(point)
    return tuple(points)


def _cma_point(row: _Row) -> TrackPoint:
    return _chinese_point(row, _CMA_RADII)


def _qweather_point(row: _Row) -> TrackPoint | None:
    # Rows that mark the landfall between fixes have neither wind nor pressure.
    if row.get("grade") == "DL":
        return None
    return _chinese_point(row, _QWEATHER_RADII)


def _chinese_point(row: _Row, speeds: Mapping[str, float]) -> TrackPoint:
    radii = (Radii(speed, _quadrants(row[column], column)) for column, speed in speeds.items() if row.get(column))
    return TrackPoint(
        _beijing(row["time_bjt"]),
        _number(row, "lon"),
        _number(row, "lat"),
        pmin_hpa=_number(row, "pmin_hpa"),
        vmax_ms=_number(row, "vmax_ms"),
        radii=tuple(each for each in radii if each.mean_km > 0.0),
    )


def _jtwc_point(row: _Row) -> TrackPoint:
    names = ("r34ne_nm", "r34se_nm", "r34sw_nm", "r34nw_nm")
    ne, se, sw, nw = (MILE_KM * (_optional(row, name) or 0.0) for name in names)
    radii = Radii(34 * KNOT_MS, (ne, se, sw, nw))
    rmw = _optional(row, "rmax_nm")
    return TrackPoint(
        _parsed(row["dtg_utc"], "dtg_utc", "%Y%m%d%H"),
        _number(row, "lon"),
        _number(row, "lat"),
        pmin_hpa=_optional(row, "pmin_hpa"),
        vmax_ms=_number(row, "vmax_kt") * KNOT_MS,
        radii=(radii,) if radii.mean_km > 0.0 else (),
        rmw_km=rmw * MILE_KM if rmw else None,
        env_hpa=_optional(row, "poci_hpa"),
    )


def _beijing(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"column time_bjt: {text!r} is not a time such as 2024-09-16 07:00:00") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=BEIJING)


def _parsed(text: str, column: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"column {column}: {text!r} is not a time of the form {form}") from error


def _quadrants(text: str, column: str) -> _Quadrants:
    parts = text.split("|")
    try:
        ne, se, sw, nw = (float(part) for part in parts)
    except ValueError as error:
        raise ValueError(f"column {column}: {text!r} is not four radii such as 200|180|200|180") from error
    return ne, se, sw, nw


def _number(row: _Row, column: str) -> float:
    value = _optional(row, column)
    if value is None:
        raise ValueError(f"column {column}: is empty")
    return value


def _optional(row: _Row, column: str) -> float | None:
    text = row.get(column, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"column {column}: {text!r} is not a number") from error
    if not math.isfinite(value):
        raise ValueError(f"column {column}: {text!r} is not a finite number")
    return value


def _jma(file: Path, text: str, storm: str | None) -> Track:
    """Read one storm of JMA's best track (RSMC Tokyo's format)."""
    storms = list(_jma_storms(text))
    matches = [lines for lines in storms if storm is None or storm.upper() in _jma_names(lines[0][1])]
    if len(matches) != 1:
        listed = [_jma_names(lines[0][1]) for lines in (matches or storms)[-5:]]
        names = ", ".join(f"{number} {name}" for number, name in listed)
        problem = "no storm is named" if storm is None else f"{len(matches)} storms are called {storm!r}"
        raise SourceError(str(file), f"{problem}; the file has {len(storms)}, such as {names}; name one by its number")
    header, *rows = matches[0]
    points = []
    for number, line in rows:
        try:
            points.append(_jma_point(line))
        except (ValueError, InputError) as error:
            raise SourceError(str(file), str(error), f"line {number}") from error
    return Track(_jma_names(header[1])[1].title(), tuple(points), averaging_s=600.0, agency="JMA")


def _jma_storms(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines of each storm with their numbers, the header first."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(_HEADER) and lines:
            yield lines
            lines = []
        if line.strip():
            lines.append((number, line))
    if lines:
        yield lines


def _jma_names(header: str) -> tuple[str, str]:
    """Return number and name of a header line."""
    return header[6:10].strip(), header[30:50].strip().upper()


def _jma_point(line: str) -> TrackPoint:
    """Read a line of fixed columns: time, latitude and longitude in tenths, pressure, wind in knots, radii in miles."""
    stamp = _parsed(line[:8], "time", "%y%m%d%H")
    lon = _fixed(line, (19, 23), "longitude") / 10.0
    wind = _fixed(line, (33, 36), "wind")
    fields = (((41, 42, 46, 51), 50), ((52, 53, 57, 62), 30))
    radii = (Radii(knots * KNOT_MS, _jma_quadrants(line, columns)) for columns, knots in fields)
    return TrackPoint(
        stamp,
        lon - 360.0 if lon > 180.0 else lon,
        _fixed(line, (15, 18), "latitude") / 10.0,
        pmin_hpa=_fixed(line, (24, 28), "pressure"),
        # Below tropical-storm strength JMA gives no wind and writes 0.
        vmax_ms=wind * KNOT_MS if wind > 0.0 else None,
        radii=tuple(each for each in radii if each.mean_km > 0.0),
    )


def _jma_quadrants(line: str, columns: tuple[int, int, int, int]) -> _Quadrants:
    """Return quadrants of the longest radius, its direction, and the shortest, opposite to it."""
    if len(line.rstrip()) <= columns[1]:
        return 0.0, 0.0, 0.0, 0.0
    direction = _fixed(line, columns[:2], "direction of the radius")
    longest = MILE_KM * _fixed(line, columns[1:3], "radius")
    shortest = MILE_KM * _fixed(line, columns[2:], "radius")
    middle, half = (longest + shortest) / 2.0, (longest - shortest) / 2.0
    # 1 is north-east, then clockwise to 8, north; 9 is a circle, and 0 none.
    angles = (math.radians(quadrant - 45.0 * direction) for quadrant in _QUADRANTS_DEG)
    ne, se, sw, nw = (middle + half * math.cos(angle) for angle in angles)
    return ne, se, sw, nw


def _fixed(line: str, columns: tuple[int, int], name: str) -> float:
    text = line[columns[0] : columns[1]].strip()
    try:
        return float(text or "0")
    except ValueError as error:
        raise ValueError(f"{name} in columns {columns[0] + 1}-{columns[1]}: {text!r} is not a number") from error
