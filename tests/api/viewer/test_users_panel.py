"""The administrator's panel of people: a duty officer and a steward of a street, and their tokens."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from city import City, open_server
from streets import NORTH, add_streets

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def district(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a server with two streets."""
    with server.copy_of(template) as database:
        add_streets(database)
        with open_server(database, tmp_path_factory.mktemp("people")) as city:
            yield city


@pytest.fixture
def viewer_url(district: City) -> str:
    """Return the address of the server of this module."""
    return str(district.client.base_url)


@pytest.fixture
def signed(viewer: Any) -> Iterator[Callable[[str], Any]]:
    """Return what opens the viewer for whoever has a token."""

    def sign(token: str) -> Any:
        viewer.page.context.request.post(f"{viewer.url}/session", data={"token": token})
        return viewer.open_beside().page

    yield sign
    viewer.page.context.clear_cookies()


def add(page: Any, name: str, role: str) -> str:
    """Add somebody of the northern street, and return the token that is shown."""
    page.click("#users-add")
    page.fill("#users [name=name]", name)
    page.check(f"#users [name=role][value={role}]")
    page.select_option("#users [name=clearance]", "internal")
    page.fill("#users [name=departments]", "应急局，城运中心")
    page.select_option("#users [name=area]", label="北街道")
    page.fill("#users [name=days]", "30")
    page.click("#users-save")
    page.wait_for_selector("#users-token")
    return str(page.inner_text("#users-token"))


def test_a_visitor_has_no_such_panel(viewer: Any) -> None:
    assert not viewer.open_beside().page.is_visible("#users-open")


def test_an_officer_and_a_steward_are_made_for_a_street_and_their_tokens_end(
    signed: Callable[[str], Any], district: City, viewer: Any, barriers: Callable[[], list[str]]
) -> None:
    page = signed(district.token)
    page.click("#users-open")
    tokens = {name: add(page, name, role) for name, role in (("王警官", "duty"), ("李管理", "steward"))}
    viewer.picture("users-panel")
    page.click("#users-copy")
    assert page.evaluate("navigator.clipboard.readText()") == tokens["李管理"]
    row = page.locator("#users-list li[data-name='王警官']")
    told = row.inner_text()
    assert "值班员" in told
    assert "内部 · 应急局、城运中心 · 北街道" in told
    assert re.search(r"令牌有效至 \d{4}-\d\d-\d\d \d\d:\d\d（北京时间）", told)
    for name, token in tokens.items():
        who = district.client.get("/session", headers={"Authorization": f"Bearer {token}"}).json()
        assert (who["name"], who["area"], who["clearance"]) == (name, NORTH, 2)
    assert barriers() == []
    row.locator("[data-act=revoke]").click()
    page.wait_for_selector("#users-list li[data-name='王警官'][data-active=false]")
    assert "失效" in row.inner_text()
    assert page.query_selector("#users-token") is None
    listed = district.client.get("/users", headers=district.signed_in).json()["users"]
    assert {one["name"]: one["active"] for one in listed} == {"administrator": True, "王警官": False, "李管理": True}


def test_rights_are_changed_and_what_cannot_be_is_said(
    signed: Callable[[str], Any], district: City, viewer: Any
) -> None:
    page = signed(district.token)
    page.click("#users-open")
    add(page, "陈工", "steward")
    page.click("#users-list li[data-name='陈工'] [data-act=edit]")
    assert page.is_checked("#users [name=role][value=steward]")
    page.check("#users [name=role][value=administrator]")
    page.click("#users-save")
    page.wait_for_selector("#users-error")
    assert "an administrator is bound to no area" in page.inner_text("#users-error")
    viewer.complaints[:] = [said for said in viewer.complaints if "400" not in said]
    assert page.is_checked("#users [name=role][value=administrator]"), "what was chosen is lost"
    page.uncheck("#users [name=role][value=administrator]")
    page.select_option("#users [name=area]", "")
    page.click("#users-save")
    page.wait_for_selector("#users-list li[data-name='陈工']")
    assert "全域" in page.inner_text("#users-list li[data-name='陈工']")
    page.click("#users-list li[data-name='陈工'] [data-act=renew]")
    page.wait_for_selector("#users-token")
    page.click("#users-close")
    page.click("#users-open")
    page.wait_for_selector("#users-list li[data-name='陈工']")
    assert page.query_selector("#users-token") is None


def test_who_is_signed_in_reads_role_and_area(signed: Callable[[str], Any], district: City, viewer: Any) -> None:
    wanted = {"name": "赵警官", "roles": ["duty"], "clearance": "internal", "area": NORTH}
    token = district.client.post("/users", json=wanted, headers=district.signed_in).json()["token"]
    page = signed(token)
    assert page.inner_text("#principal") == "赵警官 · 值班员"
    assert not page.is_visible("#users-open")
    page.click("#principal")
    page.wait_for_function("() => document.querySelector('#session-area').textContent.includes('北街道')")
    told = page.inner_text("#session-who")
    assert all(word in told for word in ("赵警官", "值班员", "内部", f"北街道 · {NORTH}"))
    viewer.picture("users-session")
    page.keyboard.press("Escape")
    page.click("#language")
    page.click("#principal")
    assert "duty officer" in page.inner_text("#session-who")
