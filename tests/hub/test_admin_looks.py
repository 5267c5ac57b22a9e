"""The admin service's pages, "my usage" and the spawn page in a browser: axe, keys, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.conftest import FLAGS, REPOSITORY, SCREENSHOTS
from tests.conftest import CHROMIUM, require
from tests.fakes.hub import Hub, free_port

from .filled import CONFIG, GPU, GROUPS, fill
from .test_admin_roles import every_route

SERVICE = "/services/neoai"
NO_PAGES = ("/v1/", "/static", "/oauth_callback")
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """async () => {
  const found = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations']
  });
  return found.violations.filter(({ impact }) => impact !== 'minor').flatMap(
    ({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
      `${id}: ${html.slice(0, 200)} (${failureSummary})`));
}"""
PAGES = {
    "usage": f"{SERVICE}/",
    "users": f"{SERVICE}/admin/users",
    "quotas": f"{SERVICE}/admin/quotas",
    "quota-form": f"{SERVICE}/admin/quotas/edit?scope=group&name=machine-learning",
    "courses": f"{SERVICE}/courses",
    "course": f"{SERVICE}/courses/course?course=staff",
    "member": f"{SERVICE}/courses/member?course=staff&user=ann",
    "limits": f"{SERVICE}/courses/limits?course=staff",
    "ceiling": f"{SERVICE}/courses/ceiling?course=staff",
    "import": f"{SERVICE}/admin/import",
    "announcements": f"{SERVICE}/announcements",
    "invitations": f"{SERVICE}/admin/invitations",
    "profiles": f"{SERVICE}/admin/profiles?user=ann",
    "gpus": f"{SERVICE}/admin/gpus",
    "gpu": f"{SERVICE}/admin/gpus?device={GPU}1&span=day",
    "gpu-never-held": f"{SERVICE}/admin/gpus?device={GPU}2&span=week",
    "audit": f"{SERVICE}/admin/audit",
    "spawn": "/hub/spawn",
}


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Playwright has a loop of its own, which pytest-jupyter's would be in the way of."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Nor has any server to be cleaned up."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    require("hub's proxy")
    folder: Path = tmp_path_factory.mktemp("hub")
    hub = Hub(folder, CONFIG.format(port=free_port()), groups=GROUPS)
    try:
        hub.start()
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        hub.until(lambda: "GPUs: " in hub.log(), "the GPUs are known")
        fill(folder)
        hub.ready("bob", {"profile": "small"})
        token = hub.http.post("/users/root/tokens", json={}).json()["token"]
        for page, given in (
            ("courses", {"name": "staff"}),
            ("announcements", {"text": "New GPUs on Monday", "level": "warning"}),
            ("announcements", {"text": "Bring your laptops", "group": "staff"}),
            ("admin/invitations", {"uses": "30", "days": "7", "groups": "staff"}),
        ):
            where, headers = f"{hub.url}{SERVICE}/{page}", {"Authorization": f"token {token}"}
            reply = httpx.post(where, data=given, headers=headers)
            done = "hx-redirect" in reply.headers or "?invitation_code=" in reply.text
            assert done, reply.text
        yield hub
    finally:
        hub.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    require("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(hub: Hub, chromium: Any) -> Any:
    """Cookies of an admin, for contexts of any size."""
    context = chromium.new_context(base_url=hub.url)
    page = context.new_page()
    page.goto("/hub/login")
    page.fill("#username_input", "root")
    page.fill("#password_input", "password-of-the-tests")
    page.click("#login_submit")
    page.wait_for_url("**/hub/home")
    page.goto(f"{SERVICE}/")
    state = context.storage_state()
    context.close()
    return state


def opened(hub: Hub, chromium: Any, signed_in: Any, width: int, scheme: str) -> Any:
    context = chromium.new_context(
        base_url=hub.url, storage_state=signed_in, color_scheme=scheme,
        viewport={"width": width, "height": 900}, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
    return page


def test_every_page_of_the_service_is_looked_at() -> None:
    looked_at = {
        address.removeprefix(SERVICE).partition("?")[0]
        for address in PAGES.values()
        if address.startswith(SERVICE)
    }
    pages = {
        route
        for method, route in every_route()
        if method == "GET" and not route.startswith(NO_PAGES) and not route.endswith(".csv")
    }
    assert pages == looked_at


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    hub: Hub, chromium: Any, signed_in: Any, scheme: str, width: int
) -> None:
    page = opened(hub, chromium, signed_in, width, scheme)
    broken: list[str] = []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, address in PAGES.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(SCREENSHOTS / f"hub-{name}-{scheme}-{width}.png"), full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            broken.append(f"{name}: {wide} px wider than the page")
        page.evaluate(AXE.read_text())
        broken += [f"{name}: {line}" for line in page.evaluate(CHECK)]
    assert not broken, "\n".join(broken)
    assert not page.wrong
    page.context.close()


REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter(each => each.checkVisibility({ visibilityProperty: true }) && !each.disabled
    && !(each.type === 'radio' && !each.checked))"""
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return { index: window.reachable.indexOf(at), seen: ring || style.boxShadow !== 'none',
    html: at.outerHTML.slice(0, 120) };
}"""


def test_every_action_is_reached_by_the_tab_key_and_shows_that_it_has_the_focus(
    hub: Hub, chromium: Any, signed_in: Any
) -> None:
    page = opened(hub, chromium, signed_in, 360, "dark")
    missed: list[str] = []
    for name, address in PAGES.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        many = page.evaluate(f"() => (window.reachable = ({REACHABLE})()).length")
        reached = set()
        # A date's parts have the focus one after the other.
        parts = 8 * page.locator('input[type="datetime-local"]').count()
        for _ in range(many + parts + 5):
            page.keyboard.press("Tab")
            at = page.evaluate(FOCUSED)
            if at is None:
                break
            reached.add(at["index"])
            if not at["seen"]:
                missed.append(f"{name}: no sign of the focus on {at['html']}")
        for index in set(range(many)) - reached:
            html = page.evaluate("index => window.reachable[index].outerHTML.slice(0, 120)", index)
            missed.append(f"{name}: not reached: {html}")
    assert not missed, "\n".join(missed)
    page.context.close()


def test_the_first_key_leads_past_the_links_to_the_content(
    hub: Hub, chromium: Any, signed_in: Any
) -> None:
    page = opened(hub, chromium, signed_in, 1280, "light")
    page.goto(PAGES["users"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


def test_a_server_is_stopped_by_keys_or_not_at_all_and_the_focus_stays(
    hub: Hub, chromium: Any, signed_in: Any
) -> None:
    page = opened(hub, chromium, signed_in, 1280, "light")
    page.goto(f"{PAGES['users']}?q=bob")
    stop = page.get_by_role("button", name="Stop the server default of bob")
    stop.focus()
    page.once("dialog", lambda dialog: dialog.dismiss())  # what Escape does
    page.keyboard.press("Enter")
    assert stop.evaluate("each => each === document.activeElement")
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Enter")
    page.get_by_text("is being stopped").wait_for()
    assert "is being stopped" in page.evaluate("document.activeElement.textContent")
    assert page.evaluate("document.activeElement !== document.body")
    hub.gone("bob")
    page.context.close()


def test_an_older_answer_of_the_search_never_replaces_a_newer_one(
    hub: Hub, chromium: Any, signed_in: Any
) -> None:
    page = opened(hub, chromium, signed_in, 1280, "light")
    page.goto(PAGES["users"])
    held: list[Any] = []
    page.route("**/admin/users?q=student0", lambda route: held.append(route))
    search = page.get_by_role("searchbox")
    with page.expect_request("**/admin/users?q=student0"):
        search.fill("student0")
    with page.expect_response("**/admin/users?q=ann"):
        search.fill("ann")
    page.get_by_text("1 user", exact=True).wait_for()
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")
    assert page.locator("tbody th").all_text_contents() == ["ann"]
    assert page.url.endswith("q=ann")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_start_tells_the_place_in_the_line(
    hub: Hub, chromium: Any, signed_in: Any, scheme: str
) -> None:
    page = opened(hub, chromium, signed_in, 360, scheme)
    page.goto("/hub/spawn")
    page.get_by_role("radio", name="One GPU").press("Space")
    page.get_by_role("button", name="Start").press("Enter")
    message = page.locator("#progress-message")
    page.get_by_text("Every fitting GPU is taken").first.wait_for()
    assert "in the line" in message.inner_text()
    assert message.get_attribute("aria-live") == "polite"
    page.screenshot(path=str(SCREENSHOTS / f"hub-pending-{scheme}-360.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text())
    assert page.evaluate(CHECK) == []
    hub.end("root")
    page.context.close()


def test_a_refusal_is_told_in_its_own_words_on_the_page_that_starts_servers(
    hub: Hub, chromium: Any, signed_in: Any
) -> None:
    quotas = {"quotas": [{"kind": "servers", "limit": 0}]}
    token = hub.http.post("/users/root/tokens", json={}).json()["token"]
    reply = httpx.put(
        f"{hub.url}{SERVICE}/v1/quotas/user/root",
        json=quotas,
        headers={"Authorization": f"token {token}"},
    )
    assert reply.status_code == 200
    page = opened(hub, chromium, signed_in, 360, "dark")
    page.goto("/hub/spawn")
    page.get_by_role("button", name="Start").click()
    refusal = page.get_by_role("alert").first
    refusal.wait_for()
    assert refusal.inner_text().startswith("Servers: your own quota is 0 servers")
    page.screenshot(path=str(SCREENSHOTS / "hub-refused-dark-360.png"), full_page=True)
    page.evaluate(AXE.read_text())
    assert page.evaluate(CHECK) == []
    page.context.close()
