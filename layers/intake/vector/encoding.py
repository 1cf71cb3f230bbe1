"""The encoding of a table's text: the declared one, verified against the text.

Text from Chinese offices is UTF-8 or one of the GB family, of which GB 18030 contains the others. Files often declare
it wrongly: a GBK file without a code page, or with a Western code page.
"""

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ParameterError, SourceError

UTF_8, GB_18030 = "utf-8", "gb18030"
# The least share of common characters, among those that are not ASCII, in correctly decoded text.
_MOST = 0.8
_GB_FAMILY = {"gb2312", "gbk", "gb18030"}


@dataclass(frozen=True)
class EncodingChoice:
    """The encoding to read with, and a note where it is not the declared one."""

    encoding: str
    note: str | None = None


def python_encoding(name: str) -> str:
    """Return the name of an encoding in Python; raises ParameterError where there is none."""
    try:
        codec = codecs.lookup(name.strip()).name
    except LookupError as error:
        raise ParameterError(
            "encoding", f"{name!r} is not a known encoding; use one such as utf-8, gbk, gb18030 or big5"
        ) from error
    return GB_18030 if codec in _GB_FAMILY else codec


def choose_encoding(
    path: Path, samples: Iterable[bytes], requested: str | None, declared: str | None
) -> EncodingChoice:
    """Return the encoding of text with these samples.

    ``requested`` is that of the user, and is refused when the text is not in it. ``declared`` is that of the file, and
    is overridden then.
    """
    texts = [sample for sample in samples if not sample.isascii()]
    if requested is not None:
        return _requested(path, texts, requested)
    known = _python_encoding_or_none(declared)
    if not texts:
        return EncodingChoice(known or UTF_8)
    detected = _detected(texts)
    if known is None:
        return _undeclared(path, detected)
    if detected is None:
        if not _decodes(texts, known):
            raise SourceError(
                str(path), f"its text is not in {declared}, as declared; give its encoding with --encoding"
            )
        return EncodingChoice(known)
    if detected == known or _is_believable(texts, known, detected):
        return EncodingChoice(known)
    message = f"text is declared as {declared}, but is in {detected} (文字编码标注有误，按 {detected} 读取)"
    return EncodingChoice(detected, f"{message}; override with --encoding")


def _requested(path: Path, texts: list[bytes], requested: str) -> EncodingChoice:
    encoding = python_encoding(requested)
    if not _decodes(texts, encoding):
        other = _detected(texts)
        looks = "" if other is None else f"; it looks like {other}"
        raise SourceError(str(path), f"its text is not in {requested}, as given by --encoding{looks}")
    return EncodingChoice(encoding)


def _undeclared(path: Path, detected: str | None) -> EncodingChoice:
    if detected is None:
        raise SourceError(
            str(path), "its text is neither UTF-8 nor GB 18030, and no encoding is declared; give it with --encoding"
        )
    message = f"no encoding is declared; it was detected as {detected} (按 {detected} 读取)"
    return EncodingChoice(detected, f"{message}; override with --encoding")


def _python_encoding_or_none(declared: str | None) -> str | None:
    try:
        return None if declared is None else python_encoding(declared)
    except ParameterError:
        return None


def _is_believable(texts: list[bytes], declared: str, detected: str) -> bool:
    """Tell whether text is plausible in its declared encoding, although another was detected."""
    if detected == UTF_8 and _share(texts, UTF_8, _is_chinese) >= _MOST:
        return False
    return _decodes(texts, declared) and _share(texts, declared, _is_chinese) >= _MOST


def _detected(texts: list[bytes]) -> str | None:
    """Return the encoding of text; UTF-8 is sometimes valid GBK, GBK hardly ever valid UTF-8."""
    if _decodes(texts, UTF_8) and (_share(texts, UTF_8, _is_chinese) >= _MOST or not _is_gb(texts)):
        return UTF_8
    return GB_18030 if _is_gb(texts) else None


def _is_gb(texts: list[bytes]) -> bool:
    return _decodes(texts, GB_18030) and _share(texts, GB_18030, _is_common) >= _MOST


def _decodes(texts: list[bytes], encoding: str) -> bool:
    try:
        for text in texts:
            _decoded(text, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(text: bytes, encoding: str) -> str:
    """Decode all but a character at the end that a field's width has cut in two."""
    return codecs.getincrementaldecoder(encoding)().decode(text)


def _share(texts: list[bytes], encoding: str, fits: Callable[[str], bool]) -> float:
    """Return the share of the characters beyond ASCII that fit."""
    letters = [letter for text in texts for letter in _decoded(text, encoding) if not letter.isascii()]
    return sum(map(fits, letters)) / max(len(letters), 1)


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uffef"


def _is_common(letter: str) -> bool:
    """Tell whether it is one of the 7,445 characters of GB 2312, which Western text rarely resembles."""
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
