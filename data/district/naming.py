"""Names for synthetic objects: plain words, combined in a fixed order."""

from .rng import Rng

FIRST = "云锦兰桂松竹荷清明瑞祥和泰永福嘉华秀文春"
SECOND = "溪苑庭桥台泉岭湾泽川原林洲浦园舍堤"
COUNT = len(FIRST) * len(SECOND)
TAG = "（样例）"  # ends the name of a made-up shop or station


def word(number: int) -> str:
    """The two-character word of a number; ``COUNT`` of them differ."""
    return FIRST[number * 7 % len(FIRST)] + SECOND[number * 5 % len(SECOND)]


def street(number: int) -> str:
    """The name of a made-up street."""
    return word(number) + ("路", "街", "巷")[number // COUNT % 3]


def compound(number: int, ending: str) -> str:
    """The name of a made-up compound or house."""
    return word(number + 173) + ending


def contact(trade: str, number: int) -> dict[str, str]:
    """Owner and telephone of a made-up company, such as 样例物业管理公司3.

    The telephone number cannot exist: no subscriber's number in China begins with 0.
    """
    owner = f"样例{trade}{number}"
    return {"owner": owner, "phone": f"021-0555-{Rng('phone', owner).whole(0, 9999):04d}"}
