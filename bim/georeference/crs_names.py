"""Reference systems of the map by the names that people and authoring programs give to them."""

import re
import unicodedata
from collections.abc import Iterable

from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.errors import ParameterError
from layers.space import Frame, LocalGrid, Shift, crs_name, parse_crs

_EPSG = re.compile(r"EPSG\W{0,3}(\d{4,5})(?!\d)", re.IGNORECASE)
_UTM = re.compile(r"(ETRS\W?89|WGS\W?84)\W*UTM\W*(?:zone)?\W*(\d{1,2})\W?([NS])?(?![A-Z])", re.IGNORECASE)
_UTM_DATUMS = {"ETRS89": "ETRS89", "WGS84": "WGS 84"}
# Datums of China as people write them, and as PROJ does.
_DATUMS = (
    (re.compile(r"CGCS\W?2000|国家\W?2000|2000\W?国家|大地\W?2000", re.IGNORECASE), "CGCS2000"),
    (re.compile(r"西安\W?(?:19)?80|Xi'?an\W?(?:19)?80", re.IGNORECASE), "Xian 1980"),
    (re.compile(r"北京\W?(?:19)?54|Beijing\W?(?:19)?54", re.IGNORECASE), "Beijing 1954"),
)
_MERIDIAN = re.compile(r"(?:中央经线|中央子午线|\bCM|_CM)\W{0,3}(\d{2,3})(?!\d)", re.IGNORECASE)
_ZONE = re.compile(r"(?:zone|带号)\W{0,3}(\d{2})(?!\d)|(?<!\d)(\d{2})\W?(?:号带|带)", re.IGNORECASE)
_SIX = re.compile(r"(?:6|六)\W?(?:度|degree|°)", re.IGNORECASE)


def plane_frame(name: str, grids: Iterable[LocalGrid] = (), parameter: str = "crs") -> CRS | LocalGrid:
    """Return the plane reference system of a name: a code, a URN, a name of PROJ's, a local grid, a Chinese spelling.

    Of one with heights the plane is taken. Raises ParameterError for a name that is unknown, or has no plane.
    """
    frame = _read(name, tuple(grids), parameter)
    if isinstance(frame, CRS) and frame.is_compound:
        frame = frame.sub_crs_list[0]
    if isinstance(frame, Shift) or (isinstance(frame, CRS) and not frame.is_projected):
        raise ParameterError(
            parameter,
            f"{name!r} ({crs_name(frame)}) has degrees, and a model's eastings and northings are metres of a plane; "
            "give a projected one, for example EPSG:4549",
        )
    return frame


def _read(name: str, grids: tuple[LocalGrid, ...], parameter: str) -> Frame:
    try:
        return parse_crs(name, parameter, grids)
    except ParameterError:
        spelled = _spelled(unicodedata.normalize("NFKC", name))
        if spelled is None:
            raise
    try:
        return CRS.from_user_input(spelled)
    except CRSError as error:
        raise ParameterError(
            parameter, f"{name!r} reads as {spelled!r}, which is not known; give its EPSG code"
        ) from error


def _spelled(name: str) -> str | None:
    """Return a name that PROJ knows of one that people write, or None."""
    if code := _EPSG.search(name):
        return f"EPSG:{code[1]}"
    if utm := _UTM.search(name):
        datum = _UTM_DATUMS[re.sub(r"\W", "", utm[1]).upper()]
        return f"{datum} / UTM zone {int(utm[2])}{(utm[3] or 'N').upper()}"
    return _gauss_kruger(name)


def _gauss_kruger(name: str) -> str | None:
    """Return the zone of Gauss and Krüger that a name describes by datum and central meridian or zone number.

    A central meridian without a width is that of a zone of 3°: the numbers are the same in both.
    """
    datum = next((plain for pattern, plain in _DATUMS if pattern.search(name)), None)
    meridian, zone = _MERIDIAN.search(name), _ZONE.search(name)
    if datum is None or not (meridian or zone):
        return None
    series = "Gauss-Kruger" if _SIX.search(name) else "3-degree Gauss-Kruger"
    if meridian:
        return f"{datum} / {series} CM {int(meridian[1])}E"
    return f"{datum} / {series} zone {zone[1] or zone[2]}" if zone else None
