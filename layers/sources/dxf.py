"""Drawings of AutoCAD in DXF: shapes on named layers, in coordinates that the file says nothing of."""

import re
from dataclasses import dataclass
from pathlib import Path

from layers.source import Loss, SourceOptions
from layers.title import Title
from layers.vector.encoding import Finding, choose_encoding
from layers.vector.table import TableSource

# So much of a drawing is looked at to find out its encoding.
_SAMPLE = 4 << 20
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})")
_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+ANSI_(\d+)", re.IGNORECASE)
# AutoCAD 2007, the first whose drawings are in UTF-8 always.
_UTF_8_SINCE = 1021


@dataclass(frozen=True)
class DxfSource(TableSource):
    """Reads shapes; what a drawing says of its encoding is checked, for many programs write what AutoCAD would not."""

    def encoding(self, path: Path, options: SourceOptions) -> Finding | None:
        """Return how text has to be read."""
        with path.open("rb") as handle:
            head = handle.read(_SAMPLE)
        if b"\0" in head:
            # Binary, of which there is no text to look at.
            return None if options.encoding is None else choose_encoding(path, [], options.encoding, None)
        version, page = _VERSION.search(head), _PAGE.search(head)
        said = "utf-8" if version and int(version[1]) >= _UTF_8_SINCE else f"cp{page[1].decode()}" if page else None
        return choose_encoding(path, head.splitlines(), options.encoding, said)


SOURCE = DxfSource(
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
    heeds=frozenset({"names", "encoding"}),
    marks=(b"SECTION", b"AutoCAD Binary DXF"),
    outlines=True,
    end=b"EOF",
    idle=frozenset({"PaperSpace", "SubClasses"}),
    sparse=frozenset({"Linetype", "Text"}),
)
