"""What is around the map: picture, signing in, small screens, and readers who use other means than eyes and mouse."""

import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.browser

NEAR = "#view=31.2373,121.5014,16,0,0"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the accessibility checker's script from the npm registry; skips where that cannot be reached."""
    if shutil.which("npm") is None:
        pytest.skip("axe-core comes by npm, which is not on this machine")
    folder = tmp_path_factory.mktemp("axe")
    ask = ["npm", "pack", "axe-core@4", "--silent", "--fetch-retries=0", "--fetch-timeout=20000"]
    fetched = subprocess.run(ask, cwd=folder, capture_output=True, check=False, timeout=60)
    packed = next(folder.glob("axe-core-*.tgz"), None)
    if fetched.returncode or packed is None:
        pytest.skip("axe-core cannot be fetched from the npm registry")
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def faults(viewer: Any, axe: str) -> list[str]:
    viewer.page.evaluate(axe)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = viewer.page.evaluate("rules => axe.run(document, rules)", rules)
    return [f"{fault['id']}: {[node['target'] for node in fault['nodes'][:5]]}" for fault in found["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_known_barrier_stands_before_any_reader(viewer: Any, axe: str, theme: str) -> None:
    viewer.open(f"{NEAR}&theme={theme}")
    viewer.click(121.5014, 31.2373)
    viewer.card()
    assert faults(viewer, axe) == []


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
    viewer.open(NEAR)
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


def test_the_page_comes_with_its_policy(viewer: Any) -> None:
    answer = viewer.page.goto(f"{viewer.url}/viewer")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    viewer.settle()
