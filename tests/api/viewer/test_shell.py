"""What is around the map: picture, signing in, small screens, and readers who use other means than eyes and mouse."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

NEAR = "#view=31.2373,121.5014,16,0,0"


def test_every_layer_has_a_sign_that_is_seen(viewer: Any) -> None:
    page = viewer.open(NEAR).page
    signs = page.locator("#themes .sign")
    boxes = page.evaluate(
        "[...document.querySelectorAll('#themes .sign b')].map(one => [one.offsetWidth, one.offsetHeight])"
    )
    assert len(boxes) >= signs.count() > 20
    assert all(wide and high for wide, high in boxes)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_known_barrier_stands_before_any_reader(viewer: Any, barriers: Any, theme: str) -> None:
    viewer.open(f"{NEAR}&theme={theme}")
    viewer.click(121.5014, 31.2373)
    viewer.card()
    assert barriers() == []


def test_the_picture_has_map_and_legend(viewer: Any, tmp_path: Path) -> None:
    viewer.open(NEAR)
    with viewer.page.expect_download() as waiting:
        viewer.page.click("#print")
    target = tmp_path / "map.png"
    waiting.value.save_as(target)
    picture = Image.open(target).convert("RGB")
    assert picture.width == 1366
    on_map = picture.crop((400, 200, 900, 600)).getcolors(1_000_000)
    strip = picture.crop((0, picture.height - 132, 1366, picture.height)).getcolors(1_000_000)
    assert len(on_map or []) > 50
    assert len(strip or []) > 20
    picture.save(Path(__file__).parents[2] / "output" / "print.png")


def test_a_wrong_token_is_told_and_nothing_else_happens(viewer: Any) -> None:
    viewer.open_beside()
    viewer.page.click("#principal")
    viewer.page.fill("#token", "not-a-token")
    viewer.page.click("#sign-in")
    viewer.page.wait_for_selector("#session-error:not([hidden])")
    assert len(viewer.page.inner_text("#session-error")) > 5
    viewer.page.click("#sign-cancel")
    assert viewer.page.is_hidden("#session")
    viewer.complaints[:] = [said for said in viewer.complaints if "401" not in said]


def test_a_small_screen_shows_map_and_search_first(viewer: Any) -> None:
    viewer.page.set_viewport_size({"width": 390, "height": 780})
    viewer.open(NEAR)
    assert viewer.page.is_hidden("#left")
    viewer.picture("small-screen")
    viewer.page.click("#left-open")
    assert viewer.page.is_visible("#left")
    assert viewer.page.evaluate("document.documentElement.scrollWidth") <= 390
    viewer.picture("small-screen-layers")


def test_a_second_visit_fetches_no_file_of_the_page_again(viewer: Any) -> None:
    viewer.open_beside()
    viewer.page.goto("about:blank")
    viewer.open_beside()
    files = viewer.page.evaluate(
        "() => performance.getEntriesByType('resource')"
        ".filter(one => /viewer.(static|vendor)/.test(one.name)).map(one => [one.name, one.transferSize])"
    )
    assert len(files) > 20
    assert [name for name, fetched in files if fetched] == []


def test_the_page_comes_with_its_policy(viewer: Any) -> None:
    answer = viewer.page.goto(f"{viewer.url}/viewer")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    viewer.settle()
