"""Names and codes of the administrative divisions that warnings name (GB/T 2260)."""

import re

SHANGHAI = "310000"
_NAMES = {
    "上海市": SHANGHAI,
    "黄浦区": "310101",
    "徐汇区": "310104",
    "长宁区": "310105",
    "静安区": "310106",
    "普陀区": "310107",
    "虹口区": "310109",
    "杨浦区": "310110",
    "闵行区": "310112",
    "宝山区": "310113",
    "嘉定区": "310114",
    "浦东新区": "310115",
    "金山区": "310116",
    "松江区": "310117",
    "青浦区": "310118",
    "奉贤区": "310120",
    "崇明区": "310151",
}
_SHORT = {re.sub("(新区|区|市)$", "", name): code for name, code in _NAMES.items()}
_CODE = re.compile(r"(\d{6})(?:0{3}|0{6})?")


def find_division(name: str) -> str | None:
    """Return the six digits of a division by its name, with or without 区 or 市; None where it is not in the table."""
    plain = name.strip().removeprefix("上海市") or "上海市"
    return _NAMES.get(plain) or _SHORT.get(plain)


def division_of_code(text: str) -> str | None:
    """Return the six digits of a code of 6, 9 or 12 digits that names a county or more; None for anything else."""
    match = _CODE.fullmatch(text.strip())
    return match[1] if match else None


def contains(whole: str, part: str) -> bool:
    """Tell whether a division is another or lies in it: 310000 contains 310115."""
    return part.startswith(re.sub("(0000|00)$", "", whole))
