"""The search box: names in both languages, coordinates, layers, and the keyboard alone."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ["上海中心", "Shanghai Tower"])
def test_shanghai_tower_is_found_by_either_name(viewer: Any, name: str) -> None:
    viewer.open_beside()
    viewer.search(name)
    viewer.picture(f"search-{'zh' if name == '上海中心' else 'en'}")
    viewer.page.keyboard.press("Enter")
    card = viewer.card()
    viewer.settle()
    assert "上海中心大厦" in card
    assert "632 m" in card
    assert viewer.page.inner_text('#right dd[data-column="floors"]') == "128"
    centre = viewer.page.evaluate("viewer.map.getCenter().toArray()")
    assert centre == pytest.approx([121.5013, 31.2356], abs=0.001)


def test_coordinates_are_flown_to_in_either_order(viewer: Any) -> None:
    viewer.open_beside()
    for text, lat in (("121.5,31.23", 31.23), ("31.24 121.5", 31.24), ("121.5， 31.25", 31.25)):
        viewer.search(text)
        viewer.page.keyboard.press("Enter")
        viewer.settle()
        assert viewer.page.evaluate("viewer.map.getCenter().toArray()") == pytest.approx([121.5, lat], abs=1e-5)


def test_a_layer_is_found_and_switched_on(viewer: Any) -> None:
    viewer.open_beside()
    assert not viewer.page.is_checked('[data-layer="poi"] input')
    viewer.search("兴趣点")
    viewer.page.keyboard.press("Enter")
    viewer.settle()
    assert viewer.page.is_checked('[data-layer="poi"] input')


def test_nothing_found_is_said(viewer: Any) -> None:
    viewer.open_beside()
    viewer.search("没有这个地方")
    assert "没有找到" in viewer.page.inner_text("#answers")


def test_the_keyboard_opens_search_and_layers(viewer: Any) -> None:
    viewer.open_beside()
    viewer.page.keyboard.press("/")
    assert viewer.page.evaluate("document.activeElement.id") == "query"
    assert viewer.page.input_value("#query") == ""
    viewer.page.keyboard.press("Escape")
    viewer.page.keyboard.press("l")
    assert viewer.page.is_hidden("#left")
    viewer.page.keyboard.press("l")
    assert viewer.page.is_visible("#left")
    viewer.page.keyboard.press("3")
    assert viewer.page.get_attribute("#mode-3d", "aria-pressed") == "true"


def test_a_grid_code_is_flown_to_and_a_wrong_one_told(viewer: Any) -> None:
    viewer.open_beside()
    viewer.search("n51h3620400")
    assert "北斗网格码" in viewer.page.inner_text("#answers")
    viewer.page.keyboard.press("Enter")
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getCenter().toArray()") == pytest.approx([121.5010, 31.2335], abs=0.002)
    viewer.page.fill("#query", "N51H36Z")
    viewer.page.fill("#query", "N51H369")
    viewer.page.wait_for_function("() => document.getElementById('answers').textContent.includes('N51H369')")
    assert "9" in viewer.page.inner_text("#answers")
    viewer.complaints[:] = [said for said in viewer.complaints if "400" not in said]


def test_an_address_in_another_spelling_is_flown_to(viewer: Any) -> None:
    viewer.open_beside()
    viewer.search("上海市浦东新区银城中路五百零一号")
    assert "地址" in viewer.page.inner_text("#answers")
    viewer.page.keyboard.press("Enter")
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getCenter().toArray()") == pytest.approx([121.5013, 31.2356], abs=0.002)
