"""Drawings of AutoCAD in DXF: shapes on named layers, in coordinates that the file says nothing of."""

from layers.source import Loss
from layers.title import Title
from layers.vector.table import TableSource

SOURCE = TableSource(
    "dxf",
    Title("DXF 图", "DXF drawing"),
    (".dxf",),
    losses=(
        Loss(
            "attributes",
            Title(
                "没有属性,只有图层名", "things have no attributes: the name of the layer that they are drawn on is kept"
            ),
            kept=("layer",),
        ),
        Loss("parts", Title("多部件对象分为多个对象", "the parts of one object are objects of their own")),
    ),
    marks=(b"SECTION", b"AutoCAD Binary DXF"),
    end=b"EOF",
    idle=frozenset({"PaperSpace", "SubClasses"}),
    sparse=frozenset({"Linetype", "Text"}),
)
