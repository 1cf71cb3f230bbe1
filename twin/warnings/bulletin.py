"""Notices of a Chinese meteorological office: records of its web site, and plain text.

A record has ``headline``, ``warning_type``, ``level``, ``area``, ``published_at``, ``description`` and may have
``date_from``, ``date_to`` and ``raw_id``; its times are Beijing's unless they state an offset. Fields that state the
same fact must agree; an error names the field that does not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from layers.errors import ParameterError
from layers.records import read_each
from twin.hazard import Level
from twin.warnings import colors, kinds
from twin.warnings.divisions import contains, find_division
from twin.warnings.validity import stated_period
from twin.warnings.warning import BEIJING, Status, Validity, WeatherWarning, beijing, check_year

MOST_RECORDS = 1000
LONGEST_TEXT = 5000
_VERBS = {
    "继续发布": Status.ISSUED,
    "发布": Status.ISSUED,
    "更新": Status.UPDATED,
    "变更": Status.UPDATED,
    "升级": Status.UPDATED,
    "解除": Status.CANCELLED,
    "撤销": Status.CANCELLED,
    "取消": Status.CANCELLED,
}
_SIGNAL = rf"(?P<kind>{kinds.NAMES})(?P<color>{colors.NAMES})色预警(?:信号)?"
_ACT = rf"(?P<verb>{'|'.join(_VERBS)})(?:(?:{kinds.NAMES})(?P<from>{colors.NAMES})色(?:预警)?(?:信号)?为)?{_SIGNAL}"
_HEADLINE = re.compile(rf"(?P<area>.{{2,40}}?)(?:气象台|气象局|气象中心)?{_ACT}")
_OPENING = re.compile(
    r"(?P<area>[^\d\s]{2,40}?)(?:中心)?(?:气象台|气象局|气象中心)\s*(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
    rf"(?P<hour>\d{{1,2}})[时点](?:(?P<minute>\d{{1,2}})分)?\s*{_ACT}\s*(?:{colors.GRADE})?"
)
_REPLACED = re.compile(
    rf"(?P<was>{kinds.NAMES})(?P<from>{colors.NAMES})色预警(?:信号)?(?:变更|更新|升级|降级)为{_SIGNAL}"
)


@dataclass(frozen=True)
class _Act:
    """Which office issues, updates or cancels which signal, from a headline or the opening of a text."""

    area: str
    verb: str
    kind: str
    level: Level
    previous: Level | None = None
    at: datetime | None = None


def read_records(records: Sequence[Any]) -> list[WeatherWarning]:
    """Read a list of records; an error names the record by its index, from 0, and the field."""
    return read_each(records, read_record, most=MOST_RECORDS, name="notices")


def read_record(record: Any) -> WeatherWarning:
    """Read one record of the office's site."""
    if not isinstance(record, Mapping):
        raise ParameterError("record", f"a notice is an object with fields, not {type(record).__name__}")
    text, area = _field(record, "description"), _field(record, "area")
    kind = kinds.kind_named(_field(record, "warning_type"), "warning_type")
    level = colors.level_of(_field(record, "level"), "level")
    issued = _time(_field(record, "published_at"), "published_at")
    fields_act = _Act(area, "", kind, level, at=issued)
    headline = _headline(_field(record, "headline"))
    _agree("headline", headline, fields_act)
    opening = _opening(text, required=False)
    if opening:
        _agree("description", opening, fields_act)
    _check_dates(record, issued)
    act = _Act(area, (opening or headline).verb, kind, level, (opening or headline).previous, issued)
    identifier = str(record.get("raw_id") or f"{record['headline']}|{record['published_at']}")
    return _warning(act, identifier, str(record["headline"]), text)


def read_text(text: str) -> WeatherWarning:
    """Read the plain text of a notice, which begins with the office and the time."""
    if len(text) > LONGEST_TEXT:
        raise ParameterError("description", f"{len(text)} characters are more than the {LONGEST_TEXT} of any notice")
    act = _opening(text.strip(), required=True)
    if act is None or act.at is None:
        raise ParameterError("description", "does not say when it was issued")
    title = kinds.KINDS[act.kind].title.zh
    headline = f"{act.area}{act.verb}{title}{act.level.title.zh}预警"
    return _warning(act, f"{headline}|{act.at:%Y-%m-%dT%H:%M}", headline, text.strip())


def _warning(act: _Act, identifier: str, headline: str, text: str) -> WeatherWarning:
    issued = act.at
    if issued is None:
        raise ParameterError("published_at", "is missing")
    status, previous = _VERBS[act.verb], act.previous
    replaced = _replaced(text, act)
    if replaced is not None and status is Status.ISSUED:
        status = Status.UPDATED
    division = find_division(act.area)
    onset, expires, validity = _times(act, text, issued, cancelled=status is Status.CANCELLED)
    office = re.match(r"[^\d\s]{2,40}?(?:气象台|气象局|气象中心)", text)
    return WeatherWarning(
        id=identifier,
        kind=act.kind,
        level=act.level,
        area=act.area,
        divisions=(division,) if division else (),
        issued=issued,
        effective=issued,
        onset=onset,
        expires=expires,
        validity=validity,
        status=status,
        headline=headline,
        text=text,
        source=office[0] if office else "",
        previous=previous or replaced,
    )


def _times(act: _Act, text: str, issued: datetime, *, cancelled: bool) -> tuple[datetime | None, datetime, Validity]:
    """Return onset, end and where the end comes from."""
    if cancelled:
        return None, issued, Validity.STATED
    # The opening states the day of issue, not a time of the weather.
    opening = _OPENING.match(text)
    period = stated_period(text[opening.end() :] if opening else text, issued)
    if period.expires is not None:
        return period.onset, period.expires, Validity.STATED
    horizon = timedelta(hours=kinds.KINDS[act.kind].horizon_h(act.level))
    return period.onset, (period.onset or issued) + horizon, Validity.DEFAULT


def _replaced(text: str, act: _Act) -> Level | None:
    """Return the level that the text says is replaced; what replaces it has to be the warning's own signal."""
    match = _REPLACED.search(text)
    if match is None:
        return None
    kind, level = kinds.kind_named(match["kind"], "description"), colors.level_of(match["color"], "description")
    if (kind, level) != (act.kind, act.level):
        raise ParameterError("description", f"{match[0]!r} names another signal than {_signal(act)}")
    return colors.level_of(match["from"], "description")


def _headline(text: str) -> _Act:
    match = _HEADLINE.match(text.strip())
    if match is None:
        raise ParameterError("headline", f"{text!r} is not of the form 浦东新区发布雷电黄色预警")
    return _act(match, "headline")


def _opening(text: str, *, required: bool) -> _Act | None:
    match = _OPENING.match(text)
    if match is None:
        if required:
            example = "浦东新区气象台2026年07月01日02时34分发布雷电黄色预警"
            raise ParameterError("description", f"does not begin with office, time and signal as in {example}")
        return None
    act = _act(match, "description", _opening_time(match))
    for level in _grade_levels(match):
        if level is not act.level:
            raise ParameterError("description", f"{match[0]!r} has the grade of {level.title.zh}")
    return act


def _act(match: re.Match[str], field: str, at: datetime | None = None) -> _Act:
    return _Act(
        area=match["area"],
        verb=match["verb"],
        kind=kinds.kind_named(match["kind"], field),
        level=colors.level_of(match["color"], field),
        previous=colors.level_of(match["from"], field) if match["from"] else None,
        at=at,
    )


def _opening_time(match: re.Match[str]) -> datetime:
    parts = [int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute")]
    try:
        instant = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], tzinfo=BEIJING)
    except ValueError as error:
        raise ParameterError("description", f"{match[0]!r} is not a valid date and time ({error})") from error
    return check_year(instant, "description")


def _grade_levels(match: re.Match[str]) -> list[Level]:
    """Return the levels of [Ⅲ级/较重]: by the numeral and by the word."""
    numeral = [colors.level_of_grade(match["roman"])] if match["roman"] else []
    return numeral + ([colors.level_of_word(match["word"])] if match["word"] else [])


def _agree(field: str, text_act: _Act, record_act: _Act) -> None:
    """Refuse a text that contradicts the record's own fields."""
    if text_act.kind != record_act.kind or text_act.level is not record_act.level:
        raise ParameterError(
            field, f"says {_signal(text_act)}, but warning_type and level of the notice say {_signal(record_act)}"
        )
    if not _same_area(text_act.area, record_act.area):
        raise ParameterError(field, f"names {text_act.area}, but the area of the notice is {record_act.area}")
    if text_act.at is not None and record_act.at is not None and text_act.at != record_act.at:
        raise ParameterError(
            field, f"was issued at {beijing(text_act.at)}, but published_at of the notice is {beijing(record_act.at)}"
        )


def _same_area(office_area: str, area: str) -> bool:
    """Tell whether an office's area equals or contains the warning's."""
    outer, inner = find_division(office_area), find_division(area)
    if outer and inner:
        return contains(outer, inner)
    return office_area in area or area in office_area


def _signal(act: _Act) -> str:
    return f"{kinds.KINDS[act.kind].title.zh}{act.level.title.zh}预警"


def _check_dates(record: Mapping[str, Any], issued: datetime) -> None:
    """Refuse days that do not enclose the time of issue; they are not the warning's validity."""
    days = [_date(str(record[name]), name) if record.get(name) else None for name in ("date_from", "date_to")]
    day = issued.astimezone(BEIJING).date()
    if days[0] and day < days[0]:
        raise ParameterError("date_from", f"{days[0]} is after the day of issue, {day}")
    if days[1] and (day > days[1] or (days[0] and days[0] > days[1])):
        raise ParameterError("date_to", f"{days[1]} is before the day of issue, {day}, or before date_from")


def _field(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(name, "is missing or empty" if value in (None, "") else f"{value!r} is not a text")
    if len(value) > LONGEST_TEXT:
        raise ParameterError(name, f"{len(value)} characters are more than the {LONGEST_TEXT} of any notice")
    return value.strip()


def _time(text: str, field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(field, f"{text!r} is not a time such as 2026-07-01T02:34") from error
    return check_year(instant if instant.tzinfo else instant.replace(tzinfo=BEIJING), field)


def _date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(field, f"{text!r} is not a day such as 2026-07-01") from error
