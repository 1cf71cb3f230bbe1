"""Reads and writes CAP 1.2 messages (OASIS Standard, 1 July 2010).

CAP has polygons and circles with the latitude first, times with an offset and without a Z, and its own words for
severity, which stand for the four colours here. Chinese offices add the code of the event (11B06) and the colour as
``<eventCode>`` and ``<parameter>``, or only in the headline; those that are present must agree.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

import defusedxml
import defusedxml.ElementTree

from layers.errors import InputError, ParameterError
from twin.hazard import Level
from twin.warnings import colors, kinds
from twin.warnings.divisions import division_of_code, find_division
from twin.warnings.warning import BEIJING, Circle, Ring, Status, Validity, WeatherWarning, check_year

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LARGEST_BYTES = 1_000_000
_SEVERITIES = {"Minor": Level.BLUE, "Moderate": Level.YELLOW, "Severe": Level.ORANGE, "Extreme": Level.RED}
_WORDS = {level: word for word, level in _SEVERITIES.items()}
_STATUSES = {"Alert": Status.ISSUED, "Update": Status.UPDATED, "Cancel": Status.CANCELLED}
_TYPES = {status: name for name, status in _STATUSES.items()}
_COLOR_NAMES = re.compile("colou?r|level|severity|颜色|级别|等级", re.IGNORECASE)
_EVENT_NAMES = re.compile("event|type|事件|类型", re.IGNORECASE)
_ID = re.compile(r"[^\s,<&]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)")


def read_cap(document: str | bytes) -> WeatherWarning:
    """Read one message; errors name the element."""
    root = _parse(document)
    info = _info(root)
    kind, level = _kind(info), _level(info)
    issued = _time(_required(root, "sent"), "sent")
    status = _status(root, info)
    effective = _optional_time(info, "effective") or issued
    onset = _optional_time(info, "onset")
    expires = _optional_time(info, "expires")
    validity = Validity.STATED if expires else Validity.DEFAULT
    horizon = timedelta(hours=kinds.KINDS[kind].horizon_h(level))
    areas = list(_each(info, "area"))
    if not areas:
        raise ParameterError("area", "is missing: the message does not say where")
    return WeatherWarning(
        id=_required(root, "identifier"),
        kind=kind,
        level=level,
        area="、".join(_required(area, "areaDesc") for area in areas),
        divisions=_divisions(areas),
        rings=tuple(_ring(text) for area in areas for text in _texts(area, "polygon")),
        circles=tuple(_circle(text) for area in areas for text in _texts(area, "circle")),
        issued=issued,
        effective=effective,
        onset=onset,
        expires=expires or (onset or effective) + horizon,
        validity=Validity(_own(info, "validity") or validity),
        status=status,
        headline=_text(info, "headline"),
        text=_text(info, "description"),
        source=_text(info, "senderName") or _text(root, "sender"),
        references=tuple(_text(root, "references").split()),
        previous=_previous(info),
        actual=_actual(root),
    )


def write_cap(warning: WeatherWarning, sender: str = "onemap-twin") -> bytes:
    """Write a warning as a message of ``sender`` (an id without spaces, commas, < and &), UTF-8."""
    for field, value in (("id", warning.id), ("sender", sender)):
        if not _ID.fullmatch(value):
            raise ParameterError(field, f"{value!r} has spaces, commas, < or &, which CAP forbids there")
    if warning.status is Status.CANCELLED and not warning.references:
        raise ParameterError("references", "a cancellation must name the message that it cancels")
    root = Element("alert", {"xmlns": NAMESPACE})
    # An update without references cannot be a CAP Update; our own parameter keeps the status.
    unknown = warning.status is Status.UPDATED and not warning.references
    _add(root, "identifier", warning.id)
    _add(root, "sender", sender)
    _add(root, "sent", _write_time(warning.issued))
    _add(root, "status", "Actual" if warning.actual else "Exercise")
    _add(root, "msgType", "Alert" if unknown else _TYPES[warning.status])
    _add(root, "scope", "Public")
    if warning.references:
        _add(root, "references", " ".join(warning.references))
    _write_info(root, warning)
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def reference_of(warning: WeatherWarning, sender: str = "onemap-twin") -> str:
    """Return the reference by which a later message names this one: sender,identifier,sent."""
    return f"{sender},{warning.id},{_write_time(warning.issued)}"


def _write_info(root: Element, warning: WeatherWarning) -> None:
    kind = kinds.KINDS[warning.kind]
    info = SubElement(root, "info")
    _add(info, "language", "zh-CN")
    _add(info, "category", "Met")
    _add(info, "event", kind.title.zh)
    _add(info, "urgency", "Past" if warning.status is Status.CANCELLED else "Expected")
    _add(info, "severity", _WORDS[warning.level])
    _add(info, "certainty", "Likely")
    _add_pair(info, "eventCode", "eventType", kind.event)
    _add(info, "effective", _write_time(warning.effective))
    if warning.onset:
        _add(info, "onset", _write_time(warning.onset))
    _add(info, "expires", _write_time(warning.expires))
    for name, value in (
        ("senderName", warning.source),
        ("headline", warning.headline),
        ("description", warning.text),
    ):
        if value:
            _add(info, name, value)
    _add_pair(info, "parameter", "color", warning.level.title.en)
    _add_pair(info, "parameter", "onemap:validity", warning.validity.value)
    _add_pair(info, "parameter", "onemap:status", warning.status.value)
    if warning.previous:
        _add_pair(info, "parameter", "onemap:previous", warning.previous.title.en)
    _write_area(info, warning)


def _write_area(info: Element, warning: WeatherWarning) -> None:
    area = SubElement(info, "area")
    _add(area, "areaDesc", warning.area)
    for ring in warning.rings:
        _add(area, "polygon", " ".join(f"{lat!r},{lon!r}" for lon, lat in ring))
    for circle in warning.circles:
        _add(area, "circle", f"{circle.lat!r},{circle.lon!r} {circle.radius_km!r}")
    for code in warning.divisions:
        _add_pair(area, "geocode", "GB/T 2260", code)


def _parse(document: str | bytes) -> Element:
    raw = document.encode() if isinstance(document, str) else document
    if len(raw) > LARGEST_BYTES:
        raise InputError(f"a CAP message of {len(raw)} bytes is larger than the {LARGEST_BYTES} that are read")
    try:
        root: Element = defusedxml.ElementTree.fromstring(raw, forbid_dtd=True)
    except (ParseError, ValueError, LookupError, defusedxml.DefusedXmlException) as error:
        raise InputError(f"this is not readable XML: {error or type(error).__name__}") from error
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise InputError(f"the root is {root.tag!r}, not <alert> in the namespace {NAMESPACE} of CAP 1.2")
    return root


def _info(root: Element) -> Element:
    """Return the block in Chinese, else in English, else the first."""
    blocks = list(_each(root, "info"))
    if not blocks:
        raise ParameterError("info", "is missing: the message does not state the event")
    # The default language of CAP is en-US.
    ranks = {"zh": 0, "en": 1}
    return min(blocks, key=lambda block: ranks.get((_text(block, "language") or "en")[:2].lower(), 2))


def _status(root: Element, info: Element) -> Status:
    name = _required(root, "msgType")
    if name not in _STATUSES:
        raise ParameterError("msgType", f"{name!r} is not supported; use {', '.join(_STATUSES)}")
    status = _STATUSES[name]
    if status is Status.CANCELLED and not _text(root, "references"):
        raise ParameterError("references", "a Cancel must name the message that it cancels")
    own = _own(info, "status")
    return Status.UPDATED if status is Status.ISSUED and own == Status.UPDATED.value else status


def _actual(root: Element) -> bool:
    name = _required(root, "status")
    if name not in {"Actual", "Exercise", "Test"}:
        raise ParameterError("status", f"{name!r} is not supported; use Actual, Exercise or Test")
    return name == "Actual"


def _kind(info: Element) -> str:
    """Return the kind by event, event code and headline, which must agree."""
    candidates = [("event", _required(info, "event"))]
    candidates += [("eventCode", value) for _, value in _pairs(info, "eventCode")]
    candidates += [("parameter", value) for name, value in _pairs(info, "parameter") if _EVENT_NAMES.search(name)]
    headline = re.search(f"({kinds.NAMES})(?:{colors.NAMES})色预警", _text(info, "headline"))
    if headline:
        candidates.append(("headline", headline[1]))
    matches = [(field, code) for field, value in candidates if (code := _find_kind(value))]
    if not matches:
        raise ParameterError("event", f"{candidates[0][1]!r} is no kind of weather warning")
    kind = matches[0][1]
    for field, code in matches:
        if code != kind:
            raise ParameterError(field, f"says {code}, but {matches[0][0]} says {kind}")
    return kind


def _find_kind(value: str) -> str | None:
    """Find a kind by its name or code, or as the first in words such as 大风黄色预警 or "Yellow gale warning"."""
    plain = re.sub(rf"(?:{colors.NAMES})色(?:预警)?(?:信号)?$", "", value.strip())
    plain = re.sub(r"(?i)\b(?:blue|yellow|orange|red|warning|signal|alert)\b", "", plain).strip()
    return kinds.find_kind(plain)


def _level(info: Element) -> Level:
    """Return the level by colour and severity, which must agree where both are known."""
    candidates = [("parameter", value) for name, value in _pairs(info, "parameter") if _COLOR_NAMES.search(name)]
    # In running text a colour counts only before 预警: 橙色 may also be part of a place name.
    headline = re.search(f"(?:{colors.NAMES})色(?=预警)", _text(info, "headline"))
    candidates += [("headline", headline[0])] if headline else []
    matches = [(field, level) for field, value in candidates if (level := colors.find_color(value))]
    severity = _required(info, "severity")
    if severity in _SEVERITIES:
        matches.append(("severity", _SEVERITIES[severity]))
    elif severity != "Unknown":
        raise ParameterError("severity", f"{severity!r} is none of {', '.join(_SEVERITIES)}, Unknown")
    if not matches:
        raise ParameterError("severity", "is Unknown, and no colour is given in a parameter or the headline")
    for field, level in matches:
        if level is not matches[0][1]:
            raise ParameterError(field, f"says {level.title.en}, but {matches[0][0]} says {matches[0][1].title.en}")
    return matches[0][1]


def _previous(info: Element) -> Level | None:
    own = _own(info, "previous")
    return colors.level_of(own, "parameter") if own else None


def _own(info: Element, name: str) -> str:
    """Return the value of one of our own parameters, or an empty text."""
    return next((value for key, value in _pairs(info, "parameter") if key == f"onemap:{name}"), "")


def _divisions(areas: list[Element]) -> tuple[str, ...]:
    """Return the divisions by geocode, else by the names of the areas."""
    values = [value for area in areas for _, value in _pairs(area, "geocode")]
    codes = [code for value in values if (code := division_of_code(value))]
    by_name = [code for area in areas if (code := find_division(_text(area, "areaDesc")))]
    return tuple(dict.fromkeys(codes or by_name))


def _ring(text: str) -> Ring:
    return tuple(_point(pair, "polygon") for pair in text.split())


def _circle(text: str) -> Circle:
    parts = text.split()
    if len(parts) != 2:
        raise ParameterError("circle", f"{text!r} is not of the form latitude,longitude radius")
    lon, lat = _point(parts[0], "circle")
    return Circle(lon, lat, _number(parts[1], "circle"))


def _point(pair: str, field: str) -> tuple[float, float]:
    """Return longitude and latitude of CAP's latitude,longitude."""
    parts = pair.split(",")
    if len(parts) != 2:
        raise ParameterError(field, f"{pair!r} is not of the form latitude,longitude")
    return _number(parts[1], field), _number(parts[0], field)


def _number(text: str, field: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ParameterError(field, f"{text!r} is not a number") from error


def _optional_time(info: Element, name: str) -> datetime | None:
    text = _text(info, name)
    return _time(text, name) if text else None


def _time(text: str, field: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ParameterError(field, f"{text!r} is not a time with an offset such as 2026-07-01T02:34:00+08:00")
    try:
        return check_year(datetime.fromisoformat(text), field)
    except ValueError as error:
        raise ParameterError(field, f"{text!r} is not a valid date and time ({error})") from error


def _write_time(instant: datetime) -> str:
    return instant.astimezone(BEIJING).isoformat(timespec="seconds")


def _each(parent: Element, name: str) -> Iterator[Element]:
    return iter(parent.findall(f"{{{NAMESPACE}}}{name}"))


def _texts(parent: Element, name: str) -> Iterator[str]:
    return ((element.text or "").strip() for element in _each(parent, name))


def _text(parent: Element, name: str) -> str:
    return next(_texts(parent, name), "")


def _required(parent: Element, name: str) -> str:
    text = _text(parent, name)
    if not text:
        raise ParameterError(name, "is missing or empty")
    return text


def _pairs(parent: Element, name: str) -> Iterator[tuple[str, str]]:
    return ((_text(element, "valueName"), _text(element, "value")) for element in _each(parent, name))


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _add_pair(parent: Element, name: str, key: str, value: str) -> None:
    pair = SubElement(parent, name)
    _add(pair, "valueName", key)
    _add(pair, "value", value)
