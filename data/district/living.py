"""Cases reported by citizens and patrols."""

from datetime import datetime, timedelta, timezone
from typing import Any

from shapely.geometry import Point

from . import facts
from .fabric import House
from .feature import Feature, lon_lat
from .rng import Rng

BEIJING = timezone(timedelta(hours=8))
START = datetime(2026, 1, 1, tzinfo=BEIJING)
END = datetime(2026, 2, 1, tzinfo=BEIJING)
CASES = 300
WAITING = timedelta(days=6)  # some of the latest cases are still open, overdue or not

Row = dict[str, Any]

# Four digits: class and subclass of cases; department; hours allowed.
SORTS = {
    ("0101", "市容环境", "暴露垃圾", "区市容环卫部门", 12): 0.2,
    ("0104", "市容环境", "道路破损", "区道路养护单位", 48): 0.13,
    ("0107", "市容环境", "绿化养护不到位", "区绿化管理部门", 72): 0.1,
    ("0201", "宣传广告", "违规广告", "区城管执法部门", 48): 0.09,
    ("0301", "施工管理", "施工扰民", "区生态环境部门", 24): 0.09,
    ("0402", "突发事件", "路面积水", "区排水管理单位", 4): 0.08,
    ("0405", "突发事件", "管线泄漏", "区应急管理部门", 2): 0.04,
    ("0501", "街面秩序", "机动车乱停放", "区公安交警部门", 6): 0.15,
    ("0503", "街面秩序", "占道经营", "区城管执法部门", 12): 0.12,
}
SOURCES = {"网格巡查": 0.45, "12345热线": 0.35, "视频发现": 0.12, "市民随手拍": 0.08}


def incidents(houses: list[House], parts: list[Feature]) -> list[Row]:
    """Cases of January 2026, by the time of report."""
    houses_in_area = [house for house in houses if _division(house.plan.shape.centroid)]
    rows = [_case(number, houses_in_area, parts) for number in range(1, CASES + 1)]
    rows.sort(key=lambda row: (row["reported_at"], row["title"]))
    return [{"id": _case_id(row["reported_at"], rank), **row} for rank, row in enumerate(rows, 1)]


def _case_id(reported_at: str, rank: int) -> str:
    """District, day and serial number."""
    return f"310115{reported_at[:10].replace('-', '')}{rank:06d}"


def _case(number: int, houses: list[House], parts: list[Feature]) -> Row:
    rng = Rng("case", number)
    code, main, sub, department, hours = rng.weigh(SORTS)
    reported = START + timedelta(seconds=int(rng.between(0, (END - START).total_seconds())))
    return {
        "class_code": code,
        "class": main,
        "subclass": sub,
        **_where(rng, sub, houses, parts),
        "source": rng.weigh(SOURCES),
        "department": department,
        **_course(rng, reported, hours),
    }


def _where(rng: Rng, sub: str, houses: list[House], parts: list[Feature]) -> Row:
    """A place beside a city part, or at a synthetic house."""
    if rng.chance(0.5):
        part = rng.pick(parts)
        title, place = f"{part.properties['name']}旁{sub}", part.geometry
    else:
        house = rng.pick(houses)
        title, place = f"{house.estate.address}{sub}", house.plan.shape.centroid
    lon, lat = lon_lat(place)
    return {"title": title, "lon": lon, "lat": lat, "division_code": _division(place)}


def _division(point: Any) -> str | None:
    """The code of the subdistrict around a point."""
    codes = [row["division_code"] for row, shape in facts.areas("boundaries") if shape.covers(Point(point))]
    return codes[0] if codes else None


def _course(rng: Rng, reported: datetime, hours: int) -> Row:
    """Times and status: most cases are closed in time, some late, the last ones are still open."""
    accepted = reported + timedelta(minutes=rng.whole(3, 90))
    due = accepted + timedelta(hours=hours)
    closed = accepted + (due - accepted) * rng.between(0.15, 1.25)
    open_still = closed >= END or (accepted > END - WAITING and rng.chance(0.4))
    return {
        "reported_at": reported.isoformat(),
        "accepted_at": accepted.isoformat() if accepted < END else None,
        "due_at": due.isoformat() if accepted < END else None,
        "closed_at": None if open_still else closed.replace(microsecond=0).isoformat(),
        "status": "已结案" if not open_still else "处置中" if accepted < END else "待受理",
    }
