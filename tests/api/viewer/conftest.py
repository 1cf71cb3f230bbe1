"""A real browser before the real server: the application on a free port, with the sample loaded."""

import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from city import City
from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

# Maps are drawn by software: by Mesa's llvmpipe where it is installed, which takes half the time, else by SwiftShader,
# which the browser brings along. The page around the map is put together without it, as that is a third of all that
# a page costs. The rest keeps the browser itself from talking to anybody.
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=gl-egl",
    "--disable-gpu-compositing",
    "--ozone-platform=headless",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
# The driver's advice that a picture is copied out of the canvas, which is how a page without a GPU is put together.
SLOW_PICTURE = "GL Driver Message (OpenGL, Performance"
# What deck.gl says of any glass: panes are not sorted by distance, as nobody would notice.
GLASS = "glTF BLEND alphaMode"
TESTS = Path(__file__).parents[2]
OUTPUT = TESTS / "output"
SAMPLE = TESTS.parent / "data" / "sample"
PATIENCE_MS = 60_000
# East of all that the sample has.
BESIDE = "#view=31.21,121.55,13,0,0"
READY = "() => Boolean(globalThis.viewer)"
# A quarter of the pixels, for a map that nobody looks at.
COARSE = "() => viewer.map.setPixelRatio(0.5)"
WIDTH, HEIGHT = 1366, 768
OUTSIDE = (-9, -9)
# MapLibre is idle when all tiles are there, nothing moves and no name fades in any more; a new style comes by frame.
IDLE = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  viewer.map.once('idle', () => requestAnimationFrame(() => setTimeout(done, 80)));
  viewer.map.triggerRepaint();
})))"""

Box = tuple[int, int, int, int]


@dataclass
class Viewer:
    """The viewer in a browser page, driven as a person would."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, state: str = "") -> "Viewer":
        """Open the viewer in the state that an address hash tells, and wait for the map."""
        self.page.goto(f"{self.url}/viewer{state}")
        return self.settle()

    def open_beside(self) -> "Viewer":
        """Open the viewer beside the district, where little is drawn, and coarsely: for all that is not on the map."""
        self.page.goto(f"{self.url}/viewer{BESIDE}")
        self.page.wait_for_function(READY, timeout=PATIENCE_MS)
        self.page.evaluate(COARSE)
        return self.settle()

    def settle(self) -> "Viewer":
        """Wait until every tile is drawn and nothing moves."""
        self.page.wait_for_function(READY, timeout=PATIENCE_MS)
        self.page.evaluate(IDLE)
        return self

    def of_module(self, name: str, expression: str, argument: Any = None) -> Any:
        """Return what a function of the page's own modules gives: ``one`` is the module, ``given`` the argument."""
        path = "document.querySelector('script[type=module]').src.replace('main.js', name)"
        script = f"async ([name, given]) => {{ const one = await import({path}); return ({expression}); }}"
        return self.page.evaluate(script, [name, argument])

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a place is on the screen."""
        spot = self.page.evaluate(
            "([lon, lat]) => { const p = viewer.map.project([lon, lat]); return [p.x, p.y]; }", [lon, lat]
        )
        return spot[0], spot[1]

    def click(self, lon: float, lat: float) -> None:
        """Click on a place of the map."""
        self.page.mouse.click(*self.pixel(lon, lat))

    def picture(self, name: str) -> Image.Image:
        """Keep a screenshot under ``tests/output`` and return it."""
        OUTPUT.mkdir(exist_ok=True)
        raw = self.page.screenshot(path=str(OUTPUT / f"{name}.png"))
        return Image.open(BytesIO(raw)).convert("RGB")

    def search(self, text: str) -> None:
        """Type into the search box and wait for answers."""
        self.page.fill("#query", text)
        self.page.wait_for_selector("#answers li", timeout=PATIENCE_MS)

    def card(self) -> str:
        """Return all that the card says, once it is filled."""
        self.page.wait_for_selector("#right .five", timeout=PATIENCE_MS)
        return self.page.inner_text("#right")


def changed(before: Image.Image, after: Image.Image, box: Box) -> float:
    """Return the share of pixels in ``box`` that clearly differ."""
    difference = ImageChops.difference(before.crop(box), after.crop(box)).convert("L")
    histogram = difference.histogram()
    return sum(histogram[24:]) / sum(histogram)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser; its driver keeps an event loop in this thread, so it ends before other modules run theirs."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def viewer_url(sample_city: City) -> str:
    """Return the address of the application, serving the sample district."""
    return str(sample_city.client.base_url)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield one reader's browser, whose cache the tests of a module share."""
    size = {"width": WIDTH, "height": HEIGHT}
    context = browser.new_context(viewport=size, locale="zh-CN", reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Iterator[Page]:
    """Yield the page in which the tests of a module open the viewer anew: another one would cost as much as a load."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def viewer(tab: Page, viewer_url: str) -> Iterator[Viewer]:
    """Yield a page for the viewer; afterwards nothing was complained of and nobody else was asked."""
    shown = Viewer(tab, viewer_url)
    with _watched(shown):
        yield shown
        _leave(tab)
    assert shown.strangers == [], "the page asked another origin"
    assert shown.complaints == [], "the page complained on the console"


def _leave(page: Page) -> None:
    """Leave a page as if it were new."""
    page.goto("about:blank")
    page.unroute_all()
    page.mouse.move(*OUTSIDE)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


@contextmanager
def _watched(shown: Viewer) -> Iterator[None]:
    """Note what a page complains of, and whom it asks besides its own server."""
    own = (shown.url, "blob:", "data:", "about:")
    listeners: dict[Any, Callable[[Any], None]] = {
        "console": lambda said: shown.complaints.append(said.text) if _complains(said) else None,
        "pageerror": lambda error: shown.complaints.append(str(error)),
        "request": lambda asked: None if asked.url.startswith(own) else shown.strangers.append(asked.url),
    }
    for event, call in listeners.items():
        shown.page.on(event, call)
    try:
        yield
    finally:
        for event, call in listeners.items():
            shown.page.remove_listener(event, call)


@pytest.fixture(scope="session")
def difference() -> Callable[[Image.Image, Image.Image, Box], float]:
    """Return the measure of how much two pictures differ in a box."""
    return changed


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


@pytest.fixture
def barriers(viewer: Viewer, axe: str) -> Callable[[], list[str]]:
    """Return the search for barriers in the page as it is now: WCAG 2.1, A and AA, as axe-core finds them."""

    def search() -> list[str]:
        viewer.page.evaluate(axe)
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        found = viewer.page.evaluate("rules => axe.run(document, rules)", rules)
        return [f"{fault['id']}: {[node['target'] for node in fault['nodes'][:5]]}" for fault in found["violations"]]

    return search


def _complains(said: ConsoleMessage) -> bool:
    return said.type in ("error", "warning") and not any(known in said.text for known in (SLOW_PICTURE, GLASS))
