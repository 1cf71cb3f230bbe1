"""In what encoding a table's text is: what is said, checked against what is there.

Text from Chinese offices is UTF-8 or one of the GB family, of which GB 18030 holds the others. What files say of it is
often wrong: a GBK file without a code page, or one that is said to be in the code page of some Western machine.
"""

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ParameterError, SourceError

UTF_8, GB_18030 = "utf-8", "gb18030"
# Of the characters that are not ASCII, that many are usual ones where text has been read rightly.
_MOST = 0.8
_GB_FAMILY = {"gb2312", "gbk", "gb18030"}


@dataclass(frozen=True)
class Finding:
    """The encoding to read with, and a sentence where it is not the one that was said."""

    encoding: str
    note: str | None = None


def python_encoding(name: str) -> str:
    """Return the name of an encoding in Python; raises ParameterError where there is none."""
    try:
        found = codecs.lookup(name.strip()).name
    except LookupError as error:
        raise ParameterError("encoding", f"{name!r} is no encoding; such as utf-8, gbk, gb18030 or big5") from error
    return GB_18030 if found in _GB_FAMILY else found


def choose_encoding(path: Path, samples: Iterable[bytes], wanted: str | None, said: str | None) -> Finding:
    """Return how to read text of which these are samples.

    ``wanted`` is what a person states, and is refused where the text is not in it. ``said`` is what the file says,
    and is overruled then.
    """
    texts = [sample for sample in samples if not sample.isascii()]
    if wanted is not None:
        return _as_wanted(path, texts, wanted)
    stated = _known(said)
    if not texts:
        return Finding(stated or UTF_8)
    found = _detected(texts)
    if stated is None:
        return _unsaid(path, found)
    if found is None:
        if not _decodes(texts, stated):
            raise SourceError(str(path), f"its text is not in {said}, as it says; state what it is in with --encoding")
        return Finding(stated)
    if found == stated or _is_believable(texts, stated, found):
        return Finding(stated)
    told = f"text is said to be in {said}, but is in {found} (文字编码标注有误，按 {found} 读取)"
    return Finding(found, f"{told}; overrule with --encoding")


def _as_wanted(path: Path, texts: list[bytes], wanted: str) -> Finding:
    encoding = python_encoding(wanted)
    if not _decodes(texts, encoding):
        other = _detected(texts)
        looks = "" if other is None else f"; it looks like {other}"
        raise SourceError(str(path), f"its text is not in {wanted}, which --encoding states{looks}")
    return Finding(encoding)


def _unsaid(path: Path, found: str | None) -> Finding:
    if found is None:
        raise SourceError(
            str(path), "its text is neither UTF-8 nor GB 18030, and nothing says what it is; state it with --encoding"
        )
    told = f"nothing says how text is encoded; it was found to be in {found} (按 {found} 读取)"
    return Finding(found, f"{told}; overrule with --encoding")


def _known(said: str | None) -> str | None:
    try:
        return None if said is None else python_encoding(said)
    except ParameterError:
        return None


def _is_believable(texts: list[bytes], stated: str, found: str) -> bool:
    """Tell whether text reads well in what it is said to be in, although it was taken for something else."""
    if found == UTF_8 and _share(texts, UTF_8, _is_chinese) >= _MOST:
        return False
    return _decodes(texts, stated) and _share(texts, stated, _is_chinese) >= _MOST


def _detected(texts: list[bytes]) -> str | None:
    """Return what text is in; UTF-8 passes for GBK now and then, GBK hardly ever for UTF-8."""
    if _decodes(texts, UTF_8) and (_share(texts, UTF_8, _is_chinese) >= _MOST or not _is_gb(texts)):
        return UTF_8
    return GB_18030 if _is_gb(texts) else None


def _is_gb(texts: list[bytes]) -> bool:
    return _decodes(texts, GB_18030) and _share(texts, GB_18030, _is_usual) >= _MOST


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
    """Return how many of the characters that are not ASCII fit."""
    letters = [letter for text in texts for letter in _decoded(text, encoding) if not letter.isascii()]
    return sum(map(fits, letters)) / max(len(letters), 1)


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uffef"


def _is_usual(letter: str) -> bool:
    """Tell whether it is one of the 7,445 characters of GB 2312, which Western text hardly looks like."""
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
