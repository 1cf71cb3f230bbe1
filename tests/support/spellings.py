"""Three hundred spellings of addresses and names, made from the bundled sample, including some that do not exist.

Nothing is random: which address gets which spelling follows from its position in the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bundled import building, geometries, rows
from shapely import union_all
from shapely.geometry.base import BaseGeometry

from layers.space.addresses import Address, parse
from layers.space.addresses.numerals import numeral_of

_WIDE = str.maketrans("0123456789-#", "０１２３４５６７８９－＃")
# Several buildings have these numbers.
_SEVERAL = {"世纪大道8号", "富城路33号", "花园石桥路28弄"}
_OLD = str.maketrans("东陆环银滨号楼栋层单国际广场华丰张杨园区桥泽云", "東陸環銀濱號樓棟層單國際廣場華豐張楊園區橋澤雲")


@dataclass(frozen=True)
class Spelling:
    """A query text and its true place; ``None`` where it is not on the map."""

    text: str
    rule: str
    truth: BaseGeometry | None


Rule = Callable[[Address], str]


def spellings() -> list[Spelling]:
    """Return the three hundred."""
    all_spellings = [*_addressed(), *_slips(), *_by_name(), *_nowhere()]
    assert len(all_spellings) == 300, len(all_spellings)
    return all_spellings


def _local_part(address: Address) -> str:
    return address.local


def _words(address: Address, house: str = "号", building: str = "幢", figures: Callable[[str], str] = str) -> str:
    lane = f"{figures(address.lane)}弄" if address.lane else ""
    number = f"{figures(address.number)}{house}" if address.number else ""
    building_part = f"{figures(address.building)}{building}" if address.building else ""
    return f"{address.road}{lane}{number}{building_part}"


def _chinese(figures: str) -> str:
    return numeral_of(int(figures))


def _by_digit(figures: str) -> str:
    return "".join("〇一二三四五六七八九"[int(figure)] for figure in figures)


# Each takes an address of the sample: district, road, and number, lane and number, or number and building.
_RULES: tuple[tuple[str, Rule], ...] = (
    ("as it is", str),
    ("with the city", lambda a: f"上海市{a}"),
    ("short city and district", lambda a: f"上海{a.district.removesuffix('新区').removesuffix('区')}{_local_part(a)}"),
    ("without divisions", _local_part),
    ("full width", lambda a: str(a).translate(_WIDE)),
    ("Chinese numerals", lambda a: f"{a.district}{_words(a, figures=_chinese)}"),
    ("numerals by digit", lambda a: _words(a, figures=_by_digit)),
    ("号楼", lambda a: f"{a.district}{_words(a, building='号楼')}"),
    ("栋", lambda a: f"{a.district}{_words(a, building='栋')}"),
    ("座", lambda a: f"上海市{_words(a, building='座')}"),
    ("traditional", lambda a: f"上海市{a}".translate(_OLD)),
    ("spaces", lambda a: f" 上海市 {a.district} {a.road} {_local_part(a).removeprefix(a.road)} "),
    ("punctuation", lambda a: f"上海市，{a.district}，{_local_part(a)}。"),
    ("storey and room", lambda a: f"{a}3楼301室"),
    ("bare room", lambda a: f"{a}1203"),
    ("hash", lambda a: f"{a.district}{_words(a, house='#', building='#楼')}"),
    ("in brackets", lambda a: f"{_local_part(a)}（{a.district}）" if a.road == "" else f"{_local_part(a)}（近地铁站）"),
    ("with unit", lambda a: f"{a}2单元"),
    ("twice", lambda a: f"上海市{a.district}{a}"),
    ("wide and spaced", lambda a: f"{a.district}　{_local_part(a)}　５楼".translate(_WIDE)),
)


def every_house(step: int) -> Iterator[Spelling]:
    """Yield one in ``step`` houses of the sample, if it has a number of its own, in all spellings."""
    for row, shape in list(zip(rows("buildings"), geometries("buildings"), strict=True))[::step]:
        address = parse(row["properties"]["address"])
        if address.local not in _SEVERAL:
            for rule, write in _RULES:
                yield Spelling(write(address), rule, shape)


def misspelt(name: str) -> str:
    """Return a name with one wrong character; which one follows from the name."""
    place = sum(map(ord, name)) % max(1, len(name) - 1)
    return f"{name[:place]}鑫{name[place + 1 :]}"


def _addressed() -> Iterator[Spelling]:
    """Yield 162 spellings of houses all over the sample, 8 of lanes, and 10 that name house and number."""
    houses = [
        (parse(row["properties"]["address"]), shape, row["properties"])
        for row, shape in zip(rows("buildings"), geometries("buildings"), strict=True)
    ]
    single = [house for house in houses if house[0].local not in _SEVERAL]
    for number in range(162):
        address, shape, _ = single[number * 7919 % len(single)]
        rule, write = _RULES[number % len(_RULES)]
        yield Spelling(write(address), rule, shape)
    lanes = list(dict.fromkeys((house[0].road, house[0].lane) for house in single if house[0].lane))
    for number in range(8):
        road, lane = lanes[number * 101 % len(lanes)]
        shapes = [shape for address, shape, _ in houses if (address.road, address.lane) == (road, lane)]
        yield Spelling(f"浦东{road}{lane}弄" if number % 2 else f"{road}{_chinese(lane)}弄", "lane", union_all(shapes))
    landmarks = [house for house in single if house[2]["source_key"].startswith("landmark/")]
    for address, shape, properties in landmarks[:10]:
        yield Spelling(f"上海市{address}{properties['name']}12层", "number and name", shape)


# Written and meant: names cut short, names and roads misspelt.
_SLIPS = (
    ("上海中心", "上海中心大厦"),
    ("环球金融中心", "上海环球金融中心"),
    ("东方明珠", "东方明珠广播电视塔"),
    ("金茂", "金茂大厦"),
    ("国金中心北塔", "上海国金中心北塔"),
    ("吴昌硕纪念馆", "陈桂春宅（吴昌硕纪念馆）"),
    ("香格里拉大酒店紫金楼", "浦东香格里拉大酒店紫金楼"),
    ("上海证券大楼", "上海证券大厦"),
    ("上海环球金融中兴", "上海环球金融中心"),
    ("震旦国际大厦", "震旦国际大楼"),
    ("浦东新区平安金融大楼", "平安金融大厦"),
    ("世纪大到100号", "上海环球金融中心"),
    ("花园石桥33号", "花旗集团大厦"),
    ("陆家咀环路1000号", "恒生银行大厦"),
    ("张扬路501号", "第一八佰伴"),
    ("浦东新区浦東南路五百二十八号", "上海证券大厦"),
)


def _slips() -> Iterator[Spelling]:
    """Yield 16 with a misspelling."""
    for text, name in _SLIPS:
        row = building(name)
        yield Spelling(text, "slip of the pen", geometries("buildings")[rows("buildings").index(row)])


def _by_name() -> Iterator[Spelling]:
    """Yield 60: landmarks by name and English name, houses of compounds, stations, roads, junctions."""
    buildings = list(zip(rows("buildings"), geometries("buildings"), strict=True))
    landmarks = [pair for pair in buildings if pair[0]["properties"]["source_key"].startswith("landmark/")]
    for number, (row, shape) in enumerate(landmarks[10:34]):
        name, english = row["properties"]["name"], row["properties"]["name_en"]
        spelling = (name, english.upper(), f"上海市浦东新区{name}5楼", f" {name} ")[number % 4]
        if number % 4 == 2:
            district = parse(row["properties"]["address"]).district
            spelling = f"上海市{district}{name}5楼"
        yield Spelling(spelling, "landmark", shape)
    counts: dict[str, int] = {}
    for row, _ in buildings:
        counts[row["properties"]["name"]] = counts.get(row["properties"]["name"], 0) + 1
    compounds = [
        pair
        for pair in buildings
        if counts[pair[0]["properties"]["name"]] == 1 and "楼" in pair[0]["properties"]["name"]
    ]
    for number in range(12):
        row, shape = compounds[number * 311 % len(compounds)]
        name = row["properties"]["name"]
        yield Spelling(name.replace("号楼", ("号楼", "幢", "栋", "#楼")[number % 4]), "house of a compound", shape)
    stations = list(zip(rows("stations"), geometries("stations"), strict=True))
    for number, (row, shape) in enumerate(pair for pair in stations if "（" not in pair[0]["properties"]["name"]):
        if number < 12:
            name = row["properties"]["name"]
            yield Spelling((f"{name}站", f"地铁{name}站", f"{name}地铁站")[number % 3], "station", shape)
    for number, (row, shape) in enumerate(zip(rows("roads")[:8], geometries("roads")[:8], strict=True)):
        name = row["properties"]["name"]
        yield Spelling(name if number % 2 else f"上海市{name}", "road", shape)
    for one, other in (("世纪大道", "东方路"), ("张杨路", "东方路"), ("世纪大道", "浦东南路"), ("浦东大道", "源深路")):
        by_name = {
            row["properties"]["name"]: shape for row, shape in zip(rows("roads"), geometries("roads"), strict=True)
        }
        yield Spelling(f"{one}{other}口", "junction", by_name[one].intersection(by_name[other].buffer(0.0003)))


def _nowhere() -> Iterator[Spelling]:
    """Yield 44 that are not on the map; a confident answer is wrong."""
    addresses = [parse(row["properties"]["address"]) for row in rows("buildings")]
    used_numbers = {(address.road, address.lane or address.number) for address in addresses}
    for number in range(12):
        address = addresses[number * 613 % len(addresses)]
        number_in_use = int((address.lane or address.number).split("-")[0])
        free = next(n for n in range(number_in_use + 1, 9999) if (address.road, str(n)) not in used_numbers)
        yield Spelling(f"上海市{address.district}{address.road}{free}号", "no such number", None)
    lanes = [address for address in addresses if address.lane]
    for number in range(6):
        address = lanes[number * 409 % len(lanes)]
        yield Spelling(f"{address.district}{address.road}{address.lane}弄{80 + number}号", "no such house in it", None)
    for number in range(6):
        address = addresses[number * 1009 % len(addresses)]
        yield Spelling(f"{address.district}{address.road}{9000 + number}号", "far beyond the road", None)
    for road in ("不存在路", "月亮湾大道", "测试一路", "火星街", "彩虹桥东路", "子虚路"):
        yield Spelling(f"上海市浦东新区{road}12号", "no such road", None)
    for text in (
        "北京市朝阳区世纪大道100号",
        "江苏省苏州市姑苏区人民路1号",
        "杭州市西湖区世纪大道88号",
        "天津市世纪大道1号",
    ):
        yield Spelling(text, "another city", None)
    for text in ("上海云顶塔", "乌有大厦3楼", "子虚小区5号楼", "Nowhere Tower", "云顶小区1号楼"):
        yield Spelling(text, "no such name", None)
    for text in (
        "黄浦区世纪大道100号",
        "潍坊新村街道世纪大道100号",
        "世纪大道100号金茂大厦",
        "虹口区银城中路501号",
        "世纪大道88号88幢",
    ):
        yield Spelling(text, "contradicts itself", None)
