"""Opening a source file of 1 MB in NeoAI's editor (Monaco), beside JupyterLab's own.

    python benchmarks/editor_open.py [--rounds 9] [--size 1000000]

One page, with collaboration and without; both editors have opened such a file before. Then each
opens, in turn, a copy that nobody has opened yet. It is open when its first line is in sight.
The goal: no slower than JupyterLab's editor. How long the page was busy on the way (the part of
its tasks beyond 50 ms each, until a second after) is printed beside it.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Page
from rig.browser import chromium, new_workspace, person
from rig.lab import Lab, Setup, running
from rig.report import Report, at_most_times

# By the factory's name: a line of text, and the editor around it.
EDITORS = {
    "NeoAI Editor": (".view-line", ".monaco-editor"),
    "Editor": (".cm-line", ".cm-editor"),
}
OPEN = """
async ([path, factory, line, editor, mark]) => {
  const tasks = [];
  const watch = new PerformanceObserver(list => tasks.push(...list.getEntries()));
  watch.observe({ entryTypes: ['longtask'] });
  const began = performance.now();
  const seen = window.seen(line, editor, mark);
  const widget = await window.jupyterapp.commands.execute('docmanager:open', { path, factory });
  const took = (await seen) - began;
  await new Promise(resolve => setTimeout(resolve, 1000));
  watch.disconnect();
  const busy = tasks.filter(task => task.startTime + task.duration > began)
    .reduce((sum, task) => sum + task.duration - 50, 0);
  const length = widget.context.model.sharedModel.getSource().length;
  widget.dispose();
  return [took, busy, length];
}
"""
WARMING = 3


def source(size: int) -> str:
    """That many bytes of the standard library's source, in whole lines of ASCII."""
    library = Path(sysconfig.get_path("stdlib"))
    text = ""
    for file in sorted(library.glob("*.py"), key=lambda file: (-file.stat().st_size, file.name)):
        text += file.read_text(encoding="utf-8").encode("ascii", "ignore").decode()
        if len(text) >= size:
            return text[: text.rindex("\n", 0, size) + 1]
    raise SystemExit(f"the standard library has less than {size} bytes")


def open_ms(page: Page, lab: Lab, name: str, text: str, factory: str) -> tuple[float, float]:
    """Milliseconds until a new file's first line is in sight, and those that the page was busy."""
    mark = f"mark_of_{name}_"
    content = f"# {mark}\n{text}"
    (lab.root / f"{name}.py").write_text(content)
    took, busy, length = page.evaluate(OPEN, [f"{name}.py", factory, *EDITORS[factory], mark])
    assert length == len(content), f"{factory} has {length} of {len(content)} characters"
    return took, busy


def compare(table: Report, collaborative: bool, rounds: int, text: str) -> None:
    """Measure both editors in one page, and print."""
    took: dict[str, list[float]] = {factory: [] for factory in EDITORS}
    busy: dict[str, list[float]] = {factory: [] for factory in EDITORS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = stack.enter_context(running(folder / "home", Setup(collaborative=collaborative)))
        page = stack.enter_context(person(stack.enter_context(chromium()), lab))
        page.goto(new_workspace(lab))
        page.evaluate("window.seen('.jp-LauncherCard', '.jp-LauncherCard')")
        for number in range(WARMING + rounds):
            for factory in list(EDITORS)[:: 1 if number % 2 else -1]:
                name = f"{factory.split()[0].lower()}{number}"
                sight, blocked = open_ms(page, lab, name, text, factory)
                if number >= WARMING:
                    took[factory].append(sight)
                    busy[factory].append(blocked)
    mode = "collaborative" if collaborative else "single"
    ours, peer = EDITORS
    table.add(f"{mode}: first line in sight", "ms", took[ours], took[peer], at_most_times(1))
    table.add(f"{mode}: page busy", "ms", busy[ours], busy[peer])


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--size", type=int, default=1_000_000, help="bytes of the file")
    given = parser.parse_args()
    text = source(given.size)
    table = Report("NeoAI Editor", "JupyterLab's Editor")
    for collaborative in (True, False):
        compare(table, collaborative, given.rounds, text)
    return table.status()


if __name__ == "__main__":
    sys.exit(main())
