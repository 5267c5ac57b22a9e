"""The pages of the hub's own accounts in a browser: what axe finds, on a phone too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.hub import Hub

from .test_admin_looks import (  # noqa: F401
    AXE,
    CHECK,
    SCREENSHOTS,
    chromium,
    jp_asyncio_loop,
    jp_server_cleanup,
)
from .test_end_to_end import Person, admin, hub  # noqa: F401

PAGES = ["login", "signup", "authorize", "change-password"]
# Without what is JupyterHub's: landmarks of pages that are not ours.
SERIOUS = CHECK.replace("impact !== 'minor'", "['serious', 'critical'].includes(impact)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_pages_of_accounts(
    hub: Hub,  # noqa: F811
    chromium: Any,  # noqa: F811
    scheme: str,
) -> None:
    for name in ("ann", "a-user-whose-name-is-as-long-as-their-university-makes-them"):
        assert "sent to the admin" in Person(hub, name, "a long password").sign_up()
    root = admin(hub)
    context = chromium.new_context(
        base_url=hub.url, color_scheme=scheme, viewport={"width": 360, "height": 800}
    )
    page = context.new_page()
    broken: list[str] = []
    for name in PAGES:
        if name == "authorize":
            page.goto("/hub/login?next=/hub/authorize")
            page.fill("#username_input", root.name)
            page.fill("#password_input", root.password)
            page.click("#login_submit")
            page.wait_for_url("**/hub/authorize")
        page.goto(f"/hub/{name}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(SCREENSHOTS / f"hub-{name}-{scheme}-360.png"), full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            broken.append(f"{name}: wider than the page")
        page.evaluate(AXE.read_text())
        broken += [f"{name}: {line}" for line in page.evaluate(SERIOUS)]
    assert not broken, "\n".join(broken)
    context.close()
