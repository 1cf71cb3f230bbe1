"""What people are told of how a model was placed, in both languages."""

from collections.abc import Sequence

from bim.georeference.statement import SiteAngles
from layers.title import Title

NO_NORTH = Title(
    "文件未给出真北方向，按模型 y 轴朝北处理；如不正确，请指定方位角",
    "the file states no true north: the model's y-axis is taken for it; give a heading if that is wrong",
)
NO_HEIGHT = Title(
    "文件未给出场地高程，按 0 米处理；如不正确，请指定高程",
    "the file states no elevation of the site: 0 m is taken; give a height if that is wrong",
)
NO_CRS = Title(
    "文件有坐标转换参数，但没有可用的坐标参考系，未采用；请指定坐标参考系",
    "the file has a conversion to map coordinates but no usable reference system for it: not used; give the crs",
)
BLANK = Title(
    "文件中的坐标转换参数为空（全为 0），未采用",
    "the conversion to map coordinates in the file is blank (all zeros): not used",
)
NULL_ISLAND = Title(
    "场地经纬度为 0°、0°，视为未填写",
    "latitude and longitude of the site are 0° and 0°, which is what an empty form has: not used",
)


def unknown_crs(name: str) -> Title:
    """Say that the file's name of a reference system is unknown, or that it has no plane."""
    return Title(
        f"文件中的坐标参考系“{name}”无法识别，或不是平面坐标系；请指定，例如 EPSG:4549",
        f"the file's reference system {name!r} is unknown or has no plane; give one, for example EPSG:4549",
    )


def crs_without_coordinates(name: str) -> Title:
    """Say that a reference system was given, and that the model has no coordinates in it."""
    return Title(
        f"已指定 {name}，但模型坐标不是该坐标系的坐标，文件中也没有可用的坐标转换参数",
        f"{name} was given, but the model's coordinates are not in it, and the file has no usable conversion to it",
    )


def coordinates_without_crs(point: tuple[float, float, float]) -> Title:
    """Say that the model has coordinates of a map, and that nobody says of which."""
    where = f"({point[0]:.0f}, {point[1]:.0f})"
    return Title(
        f"模型坐标 {where} 像是地图坐标，但未说明坐标参考系；请指定坐标参考系",
        f"the model's coordinates, {where}, seem to be those of a map, of unknown reference system; give the crs",
    )


def unshifted(name: str) -> Title:
    """Say that a shift was undone."""
    return Title(f"经纬度已由 {name} 还原", f"longitude and latitude were converted from {name}")


def twice(off_m: float) -> Title:
    """Say that the model was on the map twice, by offsets so many metres from one another."""
    return Title(
        f"场地位置和坐标转换参数都含地图坐标（两者相差 {off_m:.2f} 米），只应用一次",
        "both the placement of the site and the conversion have coordinates of the map "
        f"({off_m:.2f} m from one another): they are applied once",
    )


def inaccurate(name: str, accuracy_m: float | None) -> Title:
    """Say how well a reference system leads to the map."""
    if accuracy_m is None:
        return Title(
            f"{name} 转换到地图的精度未知，可能差上百米",
            f"how well {name} leads to the map is unknown; it may be a hundred metres off",
        )
    return Title(f"{name} 转换到地图的精度约为 {accuracy_m:g} 米", f"{name} leads to the map to about {accuracy_m:g} m")


def odd_scale(scale: float) -> Title:
    """Say that a metre of the model is not one on the ground."""
    return Title(
        f"模型的 1 米在地面上是 {scale:.5g} 米：请检查长度单位",
        f"a metre of the model is {scale:.5g} m on the ground: check the unit of length",
    )


def north_differs(degrees: float) -> Title:
    """Say that the file's true north is not the one that follows from its coordinates."""
    return Title(
        f"文件中的真北方向与坐标推算的相差 {abs(degrees):.2f}°，采用坐标推算的方向",
        f"true north in the file is {abs(degrees):.2f}° from the one that its coordinates give: those are followed",
    )


def angles_elsewhere(angles: SiteAngles, distance_m: float) -> Title:
    """Say that the site's latitude and longitude are elsewhere; a default of the authoring program, often."""
    far = f"{distance_m / 1000.0:.0f}"
    return Title(
        f"场地经纬度（{angles.longitude:.4f}，{angles.latitude:.4f}）与所采用的位置相距 {far} 千米或更多，未采用",
        f"longitude and latitude of the site ({angles.longitude:.4f}, {angles.latitude:.4f}) are {far} km or more from "
        "the place that was found: not used",
    )


def nothing(level: int, notes: Sequence[Title]) -> str:
    """Say that nothing places the model, why, and what to give."""
    has = "has an address at most" if level == 10 else "says nothing usable of its place"
    why = "".join(f"; {note.en}" for note in notes)
    return (
        f"the model cannot be placed: the file {has}{why}. Give one of: longitude and latitude of a point of it with a "
        "heading; the reference system of its coordinates, for example EPSG:4549, with a conversion where they are not "
        "map coordinates yet; two control points; a footprint of the base map"
    )
