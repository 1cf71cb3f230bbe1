"""CAP 1.2, read and written."""

from datetime import UTC, datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError, ParameterError
from twin.hazard import Level
from twin.warnings import Status, Validity, WeatherWarning, decide, read_cap, write_cap
from twin.warnings.cap import NAMESPACE, reference_of
from twin.warnings.kinds import KINDS
from twin.warnings.warning import Circle

MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>31011541600000_20240916070000</identifier>
  <sender>pudong@example.cn</sender>
  <sent>2024-09-16T07:00:00+08:00</sent>
  <status>Actual</status>
  <msgType>Update</msgType>
  <scope>Public</scope>
  <references>pudong@example.cn,31011541600000_20240915170000,2024-09-15T17:00:00+08:00</references>
  <info>
    <language>en-US</language>
    <category>Met</category>
    <event>Gale</event>
    <urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
    <headline>Red gale warning</headline>
    <area><areaDesc>Pudong</areaDesc></area>
  </info>
  <info>
    <language>zh-CN</language>
    <category>Met</category>
    <event>大风</event>
    <urgency>Immediate</urgency><severity>Extreme</severity><certainty>Observed</certainty>
    <eventCode><valueName>eventType</valueName><value>11B06</value></eventCode>
    <effective>2024-09-16T07:00:00+08:00</effective>
    <expires>2024-09-16T19:00:00+08:00</expires>
    <senderName>浦东新区气象台</senderName>
    <headline>浦东新区气象台更新大风红色预警</headline>
    <description>阵风12级以上</description>
    <parameter><valueName>color</valueName><value>RED</value></parameter>
    <area>
      <areaDesc>浦东新区</areaDesc>
      <polygon>31.10,121.40 31.40,121.40 31.40,121.90 31.10,121.90 31.10,121.40</polygon>
      <circle>31.2356,121.5013 5</circle>
      <geocode><valueName>GB</valueName><value>310115000000</value></geocode>
    </area>
  </info>
</alert>
"""


def test_a_message_is_read_in_chinese_and_with_the_latitude_first():
    warning = read_cap(MESSAGE)
    assert (warning.kind, warning.level, warning.status) == ("gale", Level.RED, Status.UPDATED)
    assert (warning.area, warning.division, warning.source) == ("浦东新区", "310115", "浦东新区气象台")
    assert warning.issued == datetime(2024, 9, 15, 23, tzinfo=UTC)
    assert warning.expires - warning.issued == timedelta(hours=12)
    assert warning.rings[0][1] == (121.40, 31.40)
    assert warning.circles == (Circle(121.5013, 31.2356, 5.0),)
    assert warning.references[0].split(",")[1] == "31011541600000_20240915170000"
    assert warning.wind.strongest_gust == 12
    assert decide(warning).scenario == "wind"


def test_the_shapes_decide_where_no_code_is_given():
    coded = "<geocode><valueName>GB</valueName><value>310115000000</value></geocode>"
    warning = read_cap(MESSAGE.replace(coded, "").replace("<areaDesc>浦东新区", "<areaDesc>陆家嘴一带"))
    assert warning.divisions == ()
    assert warning.concerns("310115", (121.55, 31.2))
    assert warning.concerns("310115", (121.5013, 31.27))
    assert not warning.concerns("310115", (120.0, 31.2))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("<value>RED<", "<value>BLUE<", "headline"),
        ("<value>11B06<", "<value>11B03<", "eventCode"),
        ("大风红色预警<", "大风黄色预警<", "headline"),
        ("<event>大风<", "<event>暴雨<", "eventCode"),
        ("31.10,121.40 31.40,121.40 31.40", "121.40,31.10 31.40,121.40 31.40", "polygon"),
        ("31.10,121.90 31.10,121.40<", "31.10,121.90<", "polygon"),
        ("31.10,121.90 31.10,121.40<", "31.10,121.90 31.10<", "polygon"),
        ("5013 5<", "5013 -5<", "circle"),
        ("5013 5<", "5013 nan<", "circle"),
        ("5013 5<", "5013<", "circle"),
        ("<sent>2024-09-16T07:00:00+08:00<", "<sent>2024-09-16T07:00:00<", "sent"),
        ("<sent>2024-09-16T07:00:00+08:00<", "<sent>2024-13-16T07:00:00+08:00<", "sent"),
        ("<expires>2024-09-16T19:00:00+08:00<", "<expires>2024-09-16T06:00:00+08:00<", "expires"),
        ("<expires>2024-09-16T19:00:00+08:00<", "<expires>2025-09-16T06:00:00+08:00<", "expires"),
        ("<sent>2024-09-16T07:00:00+08:00<", "<sent>0001-01-01T00:00:00+08:00<", "sent"),
        ("<msgType>Update<", "<msgType>Ack<", "msgType"),
        ("<status>Actual<", "<status>Draft<", "status"),
        ("31011541600000_20240916070000", "", "identifier"),
        ("<areaDesc>浦东新区<", "<areaDesc><", "areaDesc"),
    ],
)
def test_an_error_names_the_element(old, new, field):
    assert old in MESSAGE
    with pytest.raises(ParameterError) as caught:
        read_cap(MESSAGE.replace(old, new))
    assert caught.value.parameter == field


def test_a_cancel_names_what_it_cancels_and_starts_nothing():
    cancel = MESSAGE.replace("<msgType>Update", "<msgType>Cancel")
    assert decide(read_cap(cancel)).scenario is None
    begin, end = cancel.index("  <references>"), cancel.index("  <info>")
    with pytest.raises(ParameterError, match="references"):
        read_cap(cancel[:begin] + cancel[end:])


def test_an_exercise_starts_nothing():
    assert decide(read_cap(MESSAGE.replace("Actual", "Exercise"))).scenario is None


def test_a_message_without_an_end_holds_as_long_as_its_kind_does():
    bare = MESSAGE.replace("<expires>2024-09-16T19:00:00+08:00</expires>", "")
    warning = read_cap(bare)
    assert (warning.validity, warning.expires - warning.issued) == (Validity.DEFAULT, timedelta(hours=6))


def test_english_alone_will_do():
    english = MESSAGE[: MESSAGE.rindex("  <info>")] + "</alert>"
    warning = read_cap(english)
    assert (warning.kind, warning.level, warning.area) == ("gale", Level.RED, "Pudong")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<alert>",
        "not xml",
        "<alert/>",
        '<!DOCTYPE a [<!ENTITY x "y">]><alert>&x;</alert>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"\xff\xfe\x00",
        '<?xml version="1.0" encoding="klingon"?><alert/>',
        "x" * 1_000_001,
        MESSAGE.replace("cap:1.2", "cap:1.1"),
    ],
)
def test_what_is_no_cap_is_refused(document):
    with pytest.raises(InputError):
        read_cap(document)


PLAIN = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=40)
NAMED = PLAIN.filter(lambda text: text.strip() and not any(char in text for char in " ,<&"))
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LATITUDES, LONGITUDES = st.floats(-90, 90, allow_nan=False), st.floats(-180, 180, allow_nan=False)


@st.composite
def weather_warnings(draw):
    kind = draw(st.sampled_from(sorted(KINDS)))
    issued = draw(TIMES).replace(microsecond=0)
    points = draw(st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=3, max_size=6))
    references = tuple(draw(st.lists(NAMED, max_size=2)))
    status = draw(st.sampled_from([Status.ISSUED, Status.UPDATED] + [Status.CANCELLED] * bool(references)))
    return WeatherWarning(
        id=draw(NAMED),
        kind=kind,
        level=draw(st.sampled_from(list(Level)[1:])),
        area=draw(NAMED),
        divisions=("310115",),
        rings=((*points, points[0]),) if draw(st.booleans()) else (),
        circles=tuple(draw(st.lists(st.builds(Circle, LONGITUDES, LATITUDES, st.floats(0, 500)), max_size=2))),
        issued=issued,
        effective=issued,
        onset=issued + timedelta(hours=1) if draw(st.booleans()) else None,
        expires=issued + timedelta(hours=draw(st.integers(1, 700))),
        validity=draw(st.sampled_from(Validity)),
        status=status,
        headline=draw(PLAIN),
        text=draw(PLAIN),
        source=draw(NAMED),
        references=references,
        previous=draw(st.none() | st.sampled_from(list(Level)[1:])),
        actual=draw(st.booleans()),
    )


@given(weather_warnings())
def test_what_is_written_is_read_again(warning):
    assert read_cap(write_cap(warning)) == warning


# The order of CAP 1.2's schema, appendix 3.4 of the standard.
ALERT = "identifier sender sent status msgType source scope restriction addresses code note references incidents info"
INFO = (
    "language category event responseType urgency severity certainty audience eventCode effective onset expires "
    "senderName headline description instruction web contact parameter resource area"
)


def test_what_is_written_follows_the_schema():
    root = fromstring(write_cap(read_cap(MESSAGE)))
    info = root.find(f"{{{NAMESPACE}}}info")
    for element, order in ((root, ALERT.split()), (info, INFO.split())):
        names = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
        assert names == sorted(names, key=order.index)
    assert {"category", "event", "urgency", "severity", "certainty"} <= {
        child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in info
    }
    assert root.findtext(f"{{{NAMESPACE}}}sent") == "2024-09-16T07:00:00+08:00"


def test_what_cap_forbids_is_not_written():
    warning = read_cap(MESSAGE)
    with pytest.raises(ParameterError, match="sender"):
        write_cap(warning, sender="a b")
    assert reference_of(warning, "us") == "us,31011541600000_20240916070000,2024-09-16T07:00:00+08:00"
