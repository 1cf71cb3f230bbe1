"""Reads the contents of a PDF made by reportlab."""

import re
import zlib
from base64 import a85decode


def page_content(pdf: bytes) -> bytes:
    """Return the content streams of a PDF's pages."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    return b"\n".join(zlib.decompress(a85decode(b"<~" + stream.strip(), adobe=True)) for stream in streams)


def shows(pdf: bytes, chinese: str) -> bool:
    """Tell whether the pages of a PDF show a word, as UCS-2 in the octal escapes of PDF's strings."""
    escaped = b"".join(
        b"\\%03o" % byte if byte < 32 or byte > 126 else (b"\\" if byte in b"()\\" else b"") + bytes([byte])
        for byte in chinese.encode("utf-16-be")
    )
    return escaped in page_content(pdf)
