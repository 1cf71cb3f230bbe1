"""Drawings of AutoCAD in DXF: shapes on named layers, in undeclared coordinates."""

import re
from dataclasses import dataclass
from pathlib import Path

from layers.intake.source import Loss, SourceOptions
from layers.intake.vector.encoding import EncodingChoice, choose_encoding
from layers.intake.vector.table import TableSource
from layers.title import Title

# The bytes of a drawing from which its encoding is detected.
_SAMPLE = 4 << 20
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})")
_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+ANSI_(\d+)", re.IGNORECASE)
# AutoCAD 2007, the first whose drawings are in UTF-8 always.
_UTF_8_SINCE = 1021


@dataclass(frozen=True)
class DxfSource(TableSource):
    """Reads shapes; the declared encoding is verified, as many programs write a wrong one."""

    def encoding(self, path: Path, options: SourceOptions) -> EncodingChoice | None:
        """Return the encoding of text."""
        with path.open("rb") as handle:
            head = handle.read(_SAMPLE)
        if b"\0" in head:
            # A binary drawing has no text to check.
            return None if options.encoding is None else choose_encoding(path, [], options.encoding, None)
        version, page = _VERSION.search(head), _PAGE.search(head)
        declared = "utf-8" if version and int(version[1]) >= _UTF_8_SINCE else f"cp{page[1].decode()}" if page else None
        return choose_encoding(path, head.splitlines(), options.encoding, declared)


SOURCE = DxfSource(
    "dxf",
    Title("DXF 图", "DXF drawing"),
    (".dxf",),
    losses=(
        Loss(
            "attributes",
            Title("没有属性,只有图层名", "objects have no attributes but the name of their layer"),
            kept=("layer",),
        ),
        Loss("parts", Title("多部件对象分为多个对象", "the parts of an object become separate objects")),
    ),
    supports=frozenset({"names", "encoding"}),
    signatures=(b"SECTION", b"AutoCAD Binary DXF"),
    closed_outlines=True,
    end=b"EOF",
    ignored=frozenset({"PaperSpace", "SubClasses"}),
    optional=frozenset({"Linetype", "Text"}),
)
