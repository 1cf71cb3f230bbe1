"""How alike a Chinese name is to one in English or pinyin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from layers.entities.matching.likeness.names import likeness, named
from layers.entities.matching.likeness.vocabulary import CHINESE_OF, TERMS

GLYPHS = st.text("金茂银城世纪东方明珠环球张杨浦江花木源深", min_size=2, max_size=5)


def alike(one: str, other: str) -> float:
    found = likeness(named([one]), named([other]))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("han", "latin"),
    [
        ("金茂大厦", "Jin Mao Tower"),
        ("金茂大厦", "Jinmao Dasha"),
        ("上海环球金融中心", "Shanghai World Financial Center"),
        ("东方明珠", "Oriental Pearl"),
        ("东方明珠广播电视塔", "Dongfang Mingzhu TV Tower"),
        ("上海证券交易所", "Shanghai Stock Exchange"),
        ("太平金融大厦", "Taiping Financial Mansion"),
        ("中国银行大厦", "Bank of China Tower"),
        ("上海国金中心商场", "IFC Mall"),
        ("浦东南路", "South Pudong Road"),
        ("豫园", "Yuyuan Garden"),
        ("静安寺", "Jing'an Temple"),
        ("长清路", "Changqing Road"),
        ("绿城花园", "Lücheng Garden"),
        ("人民广场", "People’s Square"),
        ("中山东二路", "East Zhongshan No. 2 Road"),
        ("外滩SOHO", "The Bund SOHO"),
        ("陆家嘴", "Lujiazui"),
    ],
)
def test_translations_and_spellings_are_told(han: str, latin: str) -> None:
    assert alike(han, latin) >= 0.7


@pytest.mark.parametrize(
    ("han", "latin"),
    [
        ("金茂大厦", "Aurora Plaza"),
        ("上海银行大厦", "Bank of China Tower"),
        ("东昌路", "Dong'an Road"),
        ("太平金融大厦", "World Financial Center"),
        ("浦东美术馆", "Shanghai Ocean Aquarium"),
        ("花木路", "Huashan Road"),
        ("上海国金中心南塔", "Shanghai IFC North Tower"),
        ("金茂大厦", "Gold Mansion"),
    ],
)
def test_other_names_are_not(han: str, latin: str) -> None:
    assert alike(han, latin) <= 0.6


def test_a_free_translation_speaks_only_a_little_against() -> None:
    assert alike("正大广场", "Super Brand Mall") == 0.5
    # Where both have a name in one script, that decides.
    both = named(["正大广场", "Super Brand Mall"]), named(["金茂大厦", "Jin Mao Tower"])
    assert (likeness(*both) or 0) < 0.6


@given(GLYPHS, st.sampled_from(["大厦 Tower", "路 Road", "广场 Plaza", "公园 Park"]), st.data())
def test_a_name_and_its_pinyin_are_always_told(core: str, kind: str, data: st.DataObject) -> None:
    han, latin = kind.split()
    sounds = [reading[0] for reading in pinyin(core, style=Style.NORMAL)]
    # Syllables are written together or apart.
    spelt = "".join(sound + data.draw(st.sampled_from(["", " "])) for sound in sounds)
    assert alike(core + han, f"{spelt} {latin}") >= 0.6


@given(st.text("金茂大厦上海路北东方A1 ", max_size=8), st.text("jinmao shanghai road east tower 1'", max_size=20))
def test_it_is_the_same_both_ways_and_at_most_nine_tenths(han: str, latin: str) -> None:
    there, back = likeness(named([han]), named([latin])), likeness(named([latin]), named([han]))
    assert there == back
    if any(glyph > "一" for glyph in han):
        assert there is None or 0.2 <= there <= 0.9


def test_whole_descriptions_are_read_no_further_than_names() -> None:
    assert alike("金茂大厦" + "（样例）很高" * 500, "Jin Mao Tower " + "is very high " * 500) >= 0.5
    assert alike("啊" * 5000, "a" * 5000) == 0.5


def test_the_vocabulary_is_in_lower_case_single_words() -> None:
    assert all(word.isalnum() and word == word.lower() for word in CHINESE_OF)
    assert all(english and len(set(english)) == len(english) for english in TERMS.values())


def test_real_bilingual_names(bilingual: list[tuple[str, str]]) -> None:
    """Every name with its own translation, and with that of the hundred that follow it in the list."""
    both = [(named([han]), named([latin])) for han, latin in bilingual]
    turned = [*both, *both]
    own = [likeness(han, latin) or 0 for han, latin in both]
    others = [
        likeness(han, turned[at + step][1]) or 0
        for at, (han, _) in enumerate(both)
        for step in range(1, 101)
        if bilingual[at][0] != bilingual[(at + step) % len(both)][0]
    ]
    told = [sum(value >= 0.6 for value in values) / len(values) for values in (own, others)]
    print(f"\n{len(own)} bilingual names: {told[0]:.1%} told, {told[1]:.2%} of {len(others)} other pairs taken for one")
    assert told[0] >= 0.85
    assert told[1] <= 0.005
