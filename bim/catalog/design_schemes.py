"""Sites of design schemes, each a named alternative for its ground 规划方案."""

from typing import ClassVar

from layers.base import MAX_ZOOM, Column
from layers.grades import Grade
from layers.store import NAME, DatasetLayer
from layers.style import Label, Single, Style, Variant
from layers.title import Title

# In no tile: for programs that ask by name.
_NEVER = MAX_ZOOM + 1


class DesignLayer(DatasetLayer):
    """A layer of what is only designed: search, which finds what there is, does not find it."""

    searchable: ClassVar[bool] = False


LAYER = DesignLayer(
    id="design_schemes",
    title=Title("规划方案", "Design schemes"),
    theme="planning",
    geometry="MultiPolygon",
    columns=(
        NAME,
        Column("name_en", "text", Title("英文名称", "English name")),
        Column("replaces", "text", Title("替换的现状", "takes the place of"), minzoom=_NEVER),
        Column("limits", "text", Title("自定规划条件", "limits of its own"), minzoom=_NEVER),
        Column("made_by", "text", Title("建立者", "made by"), minzoom=_NEVER, grade=Grade.INTERNAL),
    ),
    style=Style(
        kind="fill",
        variants=(Variant("plain", Title("方案用地", "site of a scheme"), Single("#CC79A7")),),
        order=54,
        outline="#7b3f61",
        opacity=0.15,
        label=Label(minzoom=15, size=12, color="#7b3f61"),
    ),
    minzoom=11,
    visible=False,
    description=Title(
        "规划设计方案的用地范围；方案本身的建筑在图层 scheme_elements，不进入现状底图",
        "the sites of design schemes; what they build is in the layer scheme_elements, and never in the base map",
    ),
)
