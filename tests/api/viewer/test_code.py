"""A unified code in the search box."""

from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def viewer_url(own_city: Any) -> str:
    """Return the address of a city of the test's own."""
    return str(own_city.client.base_url)


def test_a_unified_code_is_found_and_its_card_shown(own_city: Any, viewer: Any) -> None:
    own_city.client.post("/codes/buildings?division=310115", headers=own_city.signed_in).raise_for_status()
    [found] = own_city.client.get("/objects?key=tower/420.5").json()["objects"]
    viewer.open_beside()
    viewer.search(found["code"])
    viewer.page.keyboard.press("Enter")
    assert "金茂大厦" in viewer.card()
    viewer.settle()
    assert viewer.page.evaluate("viewer.map.getCenter().toArray()") == pytest.approx([121.5012, 31.2372], abs=1e-4)
    viewer.page.click("#tab-source")
    assert found["code"] in viewer.page.inner_text("#tabpanel")
    viewer.picture("search-code")
