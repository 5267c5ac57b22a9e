"""Announcements in a browser."""

from __future__ import annotations

from tests.hub.test_admin import SERVICE, Site
from tests.hub.test_announcements import announce, on_hub  # noqa: F401
from tests.hub.test_courses import site  # noqa: F401


def test_a_dismissed_one_stays_away_in_that_browser(site: Site, announce, chromium) -> None:  # type: ignore[no-untyped-def] # noqa: F811
    announce("root", "Dismiss me", level="warning").raise_for_status()
    site.hub.until(lambda: on_hub(site, "Dismiss me"), "it is on the hub's pages")
    page = chromium.new_page()
    page.goto(f"{site.hub.url}/hub/login")
    page.fill("#username_input", "bob")
    page.fill("#password_input", "password-of-the-tests")
    page.click("#login_submit")
    page.wait_for_url("**/hub/home**")
    told = page.get_by_text("Dismiss me")
    told.wait_for()
    page.get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    told.wait_for(state="detached")
    page.reload()
    page.get_by_role("button", name="Start My Server").or_(page.locator("#start")).first.wait_for()
    assert told.count() == 0
    page.goto(f"{site.hub.url}{SERVICE}/")
    page.get_by_role("heading", name="My usage").wait_for()
    assert told.count() == 0
    page.close()
