"""Parses addresses into their parts."""

import re

from layers.space.addresses.address import Address
from layers.space.addresses.divisions import MUNICIPALITIES, PROVINCES, SHANGHAI, SHANGHAI_DISTRICTS, SHORT
from layers.space.addresses.text import fold

_HAN = "一-龥"
_NUMBER = r"\d+(?:-\d+)*[a-z甲乙丙丁]?"
_ROAD = rf"[{_HAN}a-z]{{1,10}}?(?:大道|公路|路|街(?!道)|(?:(?<![隧通地匝便步车辅人街])道|巷|胡同|弄)(?=\d|$|/|口))"
_CORNER = "交叉路口|交叉口|交汇处|交界处|路口|口"
_SHORTS = "|".join(SHORT)
_ADDRESSED = rf"(?![东南西北中]?(?:大道|路|街))(?:[{_HAN}]{{2,6}}街道|[{_HAN}]{{2,9}}?(?:大道|路|街)(?:\d|$|/|口))"

_PROVINCE = re.compile("|".join(PROVINCES))
_SHANGHAI = re.compile(rf"(?:上海|shanghai)(?=(?:{_SHORTS})[{_HAN}]{{2}}|{_ADDRESSED})")
_CITY = re.compile(rf"[{_HAN}]{{2,3}}(?<![超城夜菜门])市(?=[{_HAN}]{{1,6}}(?:区|县|镇|路|大道|街|公路))")
_ANY_CITY = re.compile(rf"[{_HAN}]{{1,7}}?(?:市|自治州|地区|盟)")
_DISTRICT = re.compile("|".join(SHANGHAI_DISTRICTS))
_ANY_DISTRICT = re.compile(rf"[{_HAN}]{{1,6}}?(?:新区|(?<!小)区|县|旗)")
_SHORT = re.compile(rf"({_SHORTS})(?={_ADDRESSED})")
_STREET = re.compile(rf"[{_HAN}]{{2,7}}?街道(?!口|路)")
_TOWN = re.compile(rf"[{_HAN}]{{1,5}}镇(?![路街])")
_COMMUNITY = re.compile(rf"([{_HAN}]{{1,8}}?)(居民委员会|村民委员会|居委会|村委会|居委|社区)")
_COMMUNITIES = {"居民委员会": "居委会", "居委": "居委会", "村民委员会": "村委会"}

_ON_ROAD = re.compile(_ROAD)
_CROSSED = re.compile(
    rf"(?:[/&]|[与和同近](?=[{_HAN}]{{2,10}}?(?:大道|路|街)))?({_ROAD})(?:$|(?:{_CORNER})(?P<name>.*))"
)
_AT_CORNER = re.compile(f"(?:{_CORNER})$")
_NEAR = re.compile(r"(?<=[号弄幢栋座楼层室\d])(?:靠近|临近|近).*$")
_LANE_HOUSE_ROOM = re.compile(r"(?<=弄)(\d{1,3})-(\d{3,4})室?$")
_HOUSE_UNIT_ROOM = re.compile(r"(?<=号)(\d{1,3})-(\d{1,2})-(\d{3,4})室?$")
_HOUSE_ROOM = re.compile(r"(?<=号)(\d{1,3})-(\d{3,4})室?$")
_LANE = re.compile(rf"({_NUMBER})弄")
_HOUSE = re.compile(rf"(?P<before>[^\d]*)(?P<number>{_NUMBER})号(?![楼幢栋座院线])")
_BARE_HOUSE = re.compile(r"(\d+(?:-\d+)?[a-z]?)(?: |$)")
_INSIDE = re.compile(
    rf"(?P<name>.*?)(?:(?P<building>{_NUMBER}|[a-z甲乙丙丁])(?:号楼|号幢|幢|栋|座))?"
    r"(?:(?P<unit>\d+|[a-z])(?:单元|门))?"
    r"(?:(?P<storey>(?:地下|-)?b?\d+)(?:层|楼|f))?"
    rf"(?:(?P<room>{_NUMBER})(?:室|房|户)|(?P<bare>\d{{3,4}}[a-z]?))?"
)
_MOST_ROUNDS = 12


def parse(text: str) -> Address:
    """Read an address in any of the usual spellings; what fits no part becomes the name."""
    return read(fold(text))


def normalise(text: str) -> str:
    """Return an address in its canonical writing; a second time changes nothing."""
    return str(parse(text))


def read(folded: str) -> Address:
    """Return what a folded text says, such that its canonical writing says the same."""
    address = _read(folded)
    if not (address.name or address.crossing):
        return address
    readings = [address]
    while (again := _read(fold(str(readings[-1])))) not in readings and len(readings) < _MOST_ROUNDS:
        readings.append(again)
    # Nonsense such as 1号12号 alternates between readings; the first of them in the order of texts is taken.
    turns = readings[readings.index(again) :] if again in readings else [again]
    return turns[0] if len(turns) == 1 else min(turns, key=str)


def _read(text: str) -> Address:
    province, city, district, text = _divisions(text)
    street, community, text = _neighbourhood(text, within=bool(district))
    road = crossing = ""
    if match := _ON_ROAD.match(text):
        road, text = match[0], text[match.end() :]
        if crossed := _CROSSED.match(text):
            crossing, text = crossed[1], crossed["name"] or ""
            return Address(province, city, district, street, community, road, crossing, name=text.strip())
        text = _AT_CORNER.sub("", text) if _AT_CORNER.match(text) else text
    return _below(text, (province, city, district, street, community, road, crossing))


def without_divisions(folded: str) -> str:
    """Return a folded text, which may be the beginning of an address, without the divisions that it begins with."""
    _, _, district, text = _divisions(folded)
    return _neighbourhood(text, within=bool(district))[2]


def _divisions(text: str) -> tuple[str, str, str, str]:
    province = city = district = ""
    if match := _PROVINCE.match(text):
        province, text = match[0], text[match.end() :]
        while text.startswith(province):
            text = text[len(province) :]
        text = text.removeprefix("市辖区")
    elif match := _SHANGHAI.match(text):
        province, text = SHANGHAI, text[match.end() :]
    if province not in MUNICIPALITIES and (match := (_ANY_CITY if province else _CITY).match(text)):
        city, text = match[0], text[match.end() :]
    elsewhere = bool(city) or (bool(province) and province != SHANGHAI)
    if match := (_ANY_DISTRICT if elsewhere else _DISTRICT).match(text):
        district, text = match[0], text[match.end() :]
        while text.startswith(district):
            text = text[len(district) :]
    elif not elsewhere and (match := _SHORT.match(text)):
        district, text = SHORT[match[0]], text[match.end() :]
    return province, city, district, text


def _neighbourhood(text: str, *, within: bool) -> tuple[str, str, str]:
    street = community = ""
    if (match := _STREET.match(text)) or (within and (match := _TOWN.match(text))):
        street, text = match[0], text[match.end() :]
    if match := _COMMUNITY.match(text):
        community, text = match[1] + _COMMUNITIES.get(match[2], match[2]), text[match.end() :]
    return street, community, text


def _below(text: str, above: tuple[str, str, str, str, str, str, str]) -> Address:
    """Read what comes after the road, or after the divisions where none is named."""
    if "近" in text:
        text = _NEAR.sub("", text)
    if "-" in text:
        text = _LANE_HOUSE_ROOM.sub(r"\1号\2室", text)
        text = _HOUSE_UNIT_ROOM.sub(r"\1幢\2单元\3室", text)
        text = _HOUSE_ROOM.sub(r"\1幢\2室", text)
    lane = number = before = ""
    if match := _LANE.match(text):
        lane, text = match[1], text[match.end() :]
    if match := _HOUSE.match(text):
        before, number, text = match["before"], match["number"], text[match.end() :]
    elif above[5] and not lane and (match := _BARE_HOUSE.match(text)):
        number, text = match[1], text[match.end() :]
    inside = _INSIDE.fullmatch(text)
    assert inside is not None  # noqa: S101 - the group of the name matches anything
    name, building, unit, storey, room, bare = (part or "" for part in inside.groups())
    if bare and not (lane or number or building or unit or storey):
        name, bare = name + bare, ""
    if storey:
        storey = storey.replace("地下", "b").replace("-", "b").replace("bb", "b")
    return Address(*above, lane, number, (before + name).strip(), building, unit, storey, room or bare)
