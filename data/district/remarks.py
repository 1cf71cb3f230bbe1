"""Made-up annotations of the sample office block and of a design scheme for its plot."""

from typing import Any

from .office_block import PLACE

_WEST, _EAST = (PLACE[0] - 0.0001, PLACE[1]), (PLACE[0] + 0.0001, PLACE[1])


def annotations() -> list[dict[str, Any]]:
    """Each as it is sent to the map: a text, a point (degrees, metres over the ground), and what it is about."""
    block, slab = {"model": "office-block"}, {"scheme": "sample-b"}
    return [
        _remark("沿街立面夜间泛光过亮，建议降低照度（样例批注）", (*_EAST, 12.0), block),
        _remark("屋面设备未设遮挡，从东方路可见（样例批注）", (*PLACE, 23.4), block),
        _remark("容积率超过规划条件，请核减层数（样例批注）", (*_WEST, 40.0), slab),
    ]


def _remark(text: str, point: tuple[float, float, float], about: dict[str, str]) -> dict[str, Any]:
    return {"text": text, "point": [round(value, 6) for value in point], "about": about}
