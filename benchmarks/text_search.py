"""Text search across a project through NeoAI's REST API, beside ripgrep itself.

    python benchmarks/text_search.py [--files 20000] [--rounds 15]

In turn, round by round, on the same files: `rg` with a pipe for its output, and our endpoint, read
to its end. The goal: at most 1.5 times ripgrep's wall time, for few matches and for many.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from rig.lab import TOKEN, Lab, Setup, running
from rig.report import Report, at_most_times

LINES = 120
QUERIES = {
    "a rare word": {"query": "needle"},
    "a word, 2,000 times": {"query": "crumb", "case": "true"},
    "an expression": {"query": r"needle_\d+\(", "regex": "true"},
    "nothing": {"query": "there is no such text"},
}


def make_files(root: Path, count: int) -> None:
    """Source files of about 5 KB each."""
    chance = random.Random(1)
    words = [f"word{number}" for number in range(500)]
    lines = [
        "    " * chance.randint(0, 3) + " ".join(chance.choices(words, k=6)) for _ in range(3000)
    ]
    for number in range(count):
        folder = root / f"package{number // 1000}" / f"module{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        text = chance.sample(lines, LINES)
        if number % 100 == 0:
            text[50] = f"value = needle_{number}(1)"
        if number % 10 == 0:
            text[60] = "a crumb of bread"
        (folder / f"file{number}.py").write_text("\n".join(text) + "\n")
    (root / ".gitignore").write_text("__pycache__/\n*.pyc\n")


def ripgrep_ms(root: Path, query: dict[str, str]) -> tuple[float, int]:
    """Milliseconds, and how many lines matched."""
    options = ["--line-number", "--hidden", "--no-require-git"]
    options += [] if query.get("regex") else ["--fixed-strings"]
    options += [] if query.get("case") else ["--ignore-case"]
    command = ["rg", *options, "--regexp", query["query"], "."]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True)
    return (time.perf_counter() - began) * 1000, done.stdout.count(b"\n")


def ours_ms(lab: Lab, project: str, query: dict[str, str]) -> tuple[float, int]:
    """Milliseconds until the stream's end, and how many matches it told of."""
    connection = http.client.HTTPConnection(urlsplit(lab.url).netloc, timeout=120)
    headers = {"Authorization": f"token {TOKEN}"}
    began = time.perf_counter()
    connection.request(
        "GET", f"/neoai/v1/projects/{project}/search?{urlencode(query)}", headers=headers
    )
    body = connection.getresponse().read()
    took = (time.perf_counter() - began) * 1000
    connection.close()
    end = json.loads(body.rpartition(b"data: ")[2])
    assert end["limited"] is None, end
    return took, int(end["matches"])


def registered(lab: Lab) -> str:
    """The id of the project in the folder `work`."""
    connection = http.client.HTTPConnection(urlsplit(lab.url).netloc, timeout=120)
    body = json.dumps({"name": "work", "path": "work"})
    connection.request("POST", "/neoai/v1/projects", body, {"Authorization": f"token {TOKEN}"})
    return str(json.loads(connection.getresponse().read())["id"])


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    if shutil.which("rg") is None:
        raise SystemExit("ripgrep is missing: apt-get install ripgrep")
    table = Report("NeoAI's endpoint", "ripgrep")
    with (
        tempfile.TemporaryDirectory() as name,
        running(Path(name) / "home", Setup(lab_extension=False)) as lab,
    ):
        root = lab.root / "work"
        make_files(root, given.files)
        project = registered(lab)
        for what, query in QUERIES.items():
            ours, peer = [], []
            for number in range(given.rounds + 2):
                theirs, lines = ripgrep_ms(root, query)
                took, matches = ours_ms(lab, project, query)
                assert lines == matches, (lines, matches)
                if number >= 2:
                    ours.append(took)
                    peer.append(theirs)
            table.add(what, "ms", ours, peer, at_most_times(1.5))
    return table.status()


if __name__ == "__main__":
    sys.exit(main())
