"""Chromium before a JupyterLab."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from .lab import TOKEN, Lab

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# `seen(selector, within, text)` resolves with the time (ms since the navigation) of the first frame
# in which a node of `selector` has the text and a click on its start would reach the `within`
# around it: what lies under a splash or a spinner is not seen.
SEEN = """
window.seen = (selector, within, text = '') => new Promise(resolve => {
  const isSeen = node => {
    const box = node.getBoundingClientRect();
    const x = box.left + Math.min(box.width, 40) / 2, y = box.top + box.height / 2;
    return box.width && node.textContent.includes(text) &&
      node.closest(within).contains(document.elementFromPoint(x, y));
  };
  const look = () => [...document.querySelectorAll(selector)].some(isSeen)
    ? resolve(performance.now()) : requestAnimationFrame(look);
  requestAnimationFrame(look);
});
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def person(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A page of somebody who is logged in and whose browser has nothing of JupyterLab yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    try:
        assert context.request.get(f"{lab.url}api/me?token={TOKEN}").ok
        page = context.new_page()
        page.add_init_script(SEEN)
        yield page
    finally:
        context.close()


def new_workspace(lab: Lab) -> str:
    """The address of JupyterLab with a layout of its own, which shows the launcher."""
    return f"{lab.url}lab/workspaces/{uuid.uuid4().hex}"
