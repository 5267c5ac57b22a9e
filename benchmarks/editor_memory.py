"""What 50 files leave behind in the page's memory once they are closed, beside JupyterLab's editor.

    python benchmarks/editor_memory.py [--files 50] [--size 100000]

One page for each editor, with collaboration and without. A first file is opened and closed, so that
what is loaded once does not count; then the others, one after the other, each of its own. The
JavaScript heap is read after its garbage was collected. The goal: at most 20 MB more than before.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from editor_open import EDITORS, source
from playwright.sync_api import CDPSession, Page
from rig.browser import chromium, new_workspace, person
from rig.lab import Lab, Setup, running
from rig.report import Report, at_most

OPEN_AND_CLOSE = """
async ([path, factory, line, editor, mark]) => {
  const seen = window.seen(line, editor, mark);
  const widget = await window.jupyterapp.commands.execute('docmanager:open', { path, factory });
  await seen;
  widget.close();
  await new Promise(resolve => widget.isDisposed ? resolve() : widget.disposed.connect(resolve));
}
"""
MB = 1e6


def heap_mb(cdp: CDPSession) -> float:
    """The page's JavaScript heap without garbage."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    used: float = cdp.send("Runtime.getHeapUsage")["usedSize"]
    return used / MB


def open_and_close(page: Page, lab: Lab, name: str, text: str, factory: str) -> None:
    """A file of its own, from the disk to the screen and away."""
    mark = f"mark_of_{name}_"
    (lab.root / f"{name}.py").write_text(f"# {mark}\n{text}")
    page.evaluate(OPEN_AND_CLOSE, [f"{name}.py", factory, *EDITORS[factory], mark])


def left_mb(lab: Lab, factory: str, files: int, text: str) -> float:
    """Megabytes that the page holds after `files` files were opened and closed."""
    with chromium() as browser, person(browser, lab) as page:
        page.goto(new_workspace(lab))
        page.evaluate("window.seen('.jp-LauncherCard', '.jp-LauncherCard')")
        cdp = page.context.new_cdp_session(page)
        prefix = factory.split()[0].lower()
        open_and_close(page, lab, f"{prefix}_warm", text, factory)
        page.wait_for_timeout(2000)
        before = heap_mb(cdp)
        for number in range(files):
            open_and_close(page, lab, f"{prefix}_{number}", text, factory)
        page.wait_for_timeout(2000)
        return heap_mb(cdp) - before


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--size", type=int, default=100_000, help="bytes of each file")
    given = parser.parse_args()
    text = source(given.size)
    ours, peer = EDITORS
    table = Report(ours, f"JupyterLab's {peer}")
    for collaborative in (True, False):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            lab = stack.enter_context(running(folder / "home", Setup(collaborative=collaborative)))
            left = {factory: [left_mb(lab, factory, given.files, text)] for factory in EDITORS}
        mode = "collaborative" if collaborative else "single"
        table.add(f"{mode}: left in the heap", "MB", left[ours], left[peer], at_most(20, "MB"))
    return table.status()


if __name__ == "__main__":
    sys.exit(main())
