"""In what encoding text is: said, detected, and said wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError, SourceError
from layers.intake.vector.encoding import EncodingChoice, choose_encoding

TEXTS = ["浦东新区", "陆家嘴街道", "上海中心大厦", "plain", "联通"]
WESTERN = ["Müller", "Café", "Åre", "Señor", "naïve"]


def choose(tmp_path, texts, encoding, *, wanted=None, said=None) -> EncodingChoice:
    return choose_encoding(tmp_path / "a.shp", [text.encode(encoding) for text in texts], wanted, said)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_nobody_says_is_detected_and_told(tmp_path, encoding):
    found = choose(tmp_path, TEXTS, encoding)
    assert found.encoding == encoding
    assert f"it was detected as {encoding}" in found.note


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "GBK"),
        ("gb18030", "UTF-8"),
        ("gb18030", "ISO-8859-1"),
        ("gb18030", "cp1252"),
        ("utf-8", "ISO-8859-1"),
    ],
)
def test_what_is_said_wrongly_is_overruled_and_told(tmp_path, encoding, said):
    found = choose(tmp_path, TEXTS, encoding, said=said)
    assert found.encoding == encoding
    assert found.note.startswith(f"text is declared as {said}, but is in {encoding}")


@pytest.mark.parametrize(
    ("texts", "encoding", "said"),
    [
        (TEXTS, "utf-8", "UTF-8"),
        (TEXTS, "gb18030", "GBK"),
        (["臺北市", "高雄市"], "big5", "big5"),
        (WESTERN, "cp1252", "cp1252"),
        (["plain"], "ascii", "cp1252"),
    ],
)
def test_what_is_said_rightly_stands(tmp_path, texts, encoding, said):
    found = choose(tmp_path, texts, encoding, said=said)
    assert found.note is None
    assert all(text.encode(encoding).decode(found.encoding) == text for text in texts)


def test_ascii_without_a_word_is_read_as_utf_8(tmp_path):
    assert choose(tmp_path, ["plain"], "ascii") == EncodingChoice("utf-8")


def test_what_a_person_states_is_taken_or_refused(tmp_path):
    assert choose(tmp_path, TEXTS, "gb18030", wanted="GBK", said="UTF-8") == EncodingChoice("gb18030")
    with pytest.raises(SourceError, match="not in utf-8, as given by --encoding; it looks like gb18030"):
        choose(tmp_path, TEXTS, "gb18030", wanted="utf-8")
    with pytest.raises(ParameterError, match="encoding: 'klingon' is not a known encoding"):
        choose(tmp_path, TEXTS, "gb18030", wanted="klingon")


def test_text_in_nothing_known_asks_for_its_encoding(tmp_path):
    with pytest.raises(SourceError, match="neither UTF-8 nor GB 18030, and no encoding is declared"):
        choose(tmp_path, WESTERN, "cp1252")


def test_a_character_that_a_field_cuts_in_two_does_no_harm(tmp_path):
    samples = ["上海市浦东新区".encode()[:10], "陆家嘴街道".encode()[:8]]
    assert choose_encoding(tmp_path / "a.shp", samples, None, None).encoding == "utf-8"


# The characters of GB 2312's first level, which all names in the sample are made of.
HAN = [bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]


@given(st.lists(st.text(st.sampled_from(HAN), min_size=2, max_size=12), min_size=4, max_size=20))
def test_chinese_is_told_from_its_bytes(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / "a.csv"
    for encoding in ("utf-8", "gb18030"):
        assert choose_encoding(path, [text.encode(encoding) for text in texts], None, None).encoding == encoding
