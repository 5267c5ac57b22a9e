"""JupyterLab's launcher in Chromium with and without our lab extension, and what is fetched of us.

    python benchmarks/launcher.py [--rounds 11]

Two servers that differ in our lab extension alone are opened in turn, each time by a browser
that has nothing stored. The launcher is visible when a click would reach a card of it, and no
splash. The goals: visible at most 1.05 times as late, and at most 100 KB (as sent, compressed)
fetched of us before the first editor opens.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from rig.browser import chromium, new_workspace, person
from rig.lab import Lab, Setup, running
from rig.report import Report, at_most, at_most_times

LAUNCHER = "window.launcher = window.seen('.jp-LauncherCard', '.jp-LauncherCard')"
OUR_FILES, OUR_API = "/lab/extensions/@neoai/lab/", "/neoai/v1/"
REST_MS = 3000


def launcher_s(browser: Browser, lab: Lab) -> float:
    """Seconds from the navigation until the launcher is visible."""
    with person(browser, lab) as page:
        page.add_init_script(LAUNCHER)
        page.goto(new_workspace(lab))
        return float(page.evaluate("window.launcher")) / 1000


def fetched(browser: Browser, lab: Lab) -> dict[str, int]:
    """Bytes on the wire by address, until some seconds after the launcher came."""
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def note_address(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["response"]["url"]

    def note_size(event: dict[str, Any]) -> None:
        address = addresses.get(event["requestId"], "")
        sizes[address] = sizes.get(address, 0) + int(event["encodedDataLength"])

    with person(browser, lab) as page:
        wire = page.context.new_cdp_session(page)
        wire.on("Network.responseReceived", note_address)
        wire.on("Network.loadingFinished", note_size)
        wire.send("Network.enable")
        page.add_init_script(LAUNCHER)
        page.goto(new_workspace(lab))
        page.evaluate("window.launcher")
        page.wait_for_timeout(REST_MS)  # what comes late counts too
    return sizes


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    table = Report("with @neoai/lab", "without")
    setups = {"without": Setup(lab_extension=False), "with": Setup()}
    times: dict[str, list[float]] = {name: [] for name in setups}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        labs = {
            name: stack.enter_context(running(folder / name, setup))
            for name, setup in setups.items()
        }
        browser = stack.enter_context(chromium())
        sizes = {name: fetched(browser, lab) for name, lab in labs.items()}  # warms the servers too
        for number in range(rounds):
            for name in list(labs)[:: 1 if number % 2 else -1]:
                times[name].append(launcher_s(browser, labs[name]))
    print_all(table, times, sizes)
    return table.status()


def print_all(
    table: Report, times: dict[str, list[float]], sizes: dict[str, dict[str, int]]
) -> None:
    """The rows, and what was fetched of us, file by file."""
    table.add("launcher visible after", "s", times["with"], times["without"], at_most_times(1.05))
    ours = {url: size for url, size in sizes["with"].items() if OUR_FILES in url}
    asked = {url: size for url, size in sizes["with"].items() if OUR_API in url}
    table.add("our files and answers", "KB", [kb({**ours, **asked})], goal=at_most(100, "KB"))
    table.add("the whole page", "KB", [kb(sizes["with"])], [kb(sizes["without"])])
    table.add("requests", "", [len(sizes["with"])], [len(sizes["without"])])
    print()
    for url, size in sorted({**ours, **asked}.items()):
        print(f"{size / 1000:>9.1f} KB  {url.split('/', 3)[3]}")


def kb(sizes: dict[str, int]) -> float:
    """Their sum in thousands of bytes."""
    return sum(sizes.values()) / 1000


if __name__ == "__main__":
    sys.exit(main())
