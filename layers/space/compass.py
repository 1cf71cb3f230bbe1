"""The eight points of the compass, clockwise from north."""

from layers.title import Title

POINTS = (
    Title("北", "north"),
    Title("东北", "north-east"),
    Title("东", "east"),
    Title("东南", "south-east"),
    Title("南", "south"),
    Title("西南", "south-west"),
    Title("西", "west"),
    Title("西北", "north-west"),
)
