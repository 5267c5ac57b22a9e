"""What is left out is what git leaves out: compared with the real program on random trees."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

import pytest

from neoai_server_ext.projects import globs, ignore, tree

from ..conftest import RUNS

NAMES = ["a", "b", "ab", "a.b", "b.py", "c.pyc", "build", "foo bar", "x1", "x-2", "Z", "a]b", ".h"]
PATTERNS = [
    "a", "*.py", "*.pyc", "/a", "a/", "/b/", "build/", "!build", "!a", "a/b", "a/*", "!a/b", "**/b",
    "a/**", "a/**/b", "**", "!*/", "*", "?", "x[0-9]", "x[!0-9]*", "[a-c]*", "*[[:upper:]]", "a*b",
    "**/a/b", "b/**/a/", "/*/a", "# no", "\\#a", "\\!a", "foo bar", "foo\\ bar ", "a.?", "*.*",
    "[]", "a[]]b", "[^b]", "/**", "**/", "a**b", "/build/**/*.py", "!/a/**/b.py", ".h", "!.h",
    "x*[12]",
    "a\\", "\\a", "[a", "*a*b*", "/", "//", "a//b", "***", "b/", "!b/", "ab/*.py", "[z-a]",
    "\\*.py",
]  # fmt: skip


def git(folder: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    command = ["git", "-C", str(folder), "-c", "core.excludesFile=/dev/null", *arguments]
    found = subprocess.run(command, input=stdin, capture_output=True)
    assert found.returncode in (0, 1), found.stderr
    return found.stdout


def random_tree(root: Path, chance: random.Random, depth: int = 3) -> None:
    for name in chance.sample(NAMES, chance.randint(2, 6)):
        if depth and chance.random() < 0.5:
            (root / name).mkdir()
            random_tree(root / name, chance, depth - 1)
        else:
            (root / name).touch()
    if chance.random() < 0.4 or depth == 3:
        lines = chance.choices(PATTERNS, k=chance.randint(1, 6))
        end = chance.choice(["\n", "\r\n"])
        (root / ".gitignore").write_text(end.join(lines) + end, newline="")


@pytest.mark.parametrize("seed", range(60 * RUNS))
def test_a_random_tree_is_listed_as_git_lists_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    git(tmp_path, "init", "-q")
    random_tree(tmp_path, chance)
    exclude = tmp_path / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("\n".join(chance.choices(PATTERNS, k=2)) + "\n")
    expected = git(tmp_path, "ls-files", "-z", "--others", "--exclude-standard").decode()

    found = sorted(path for path, _, _ in tree.walk(str(tmp_path)))

    assert found == sorted(expected.split("\0")[:-1])


@pytest.mark.parametrize("seed", range(60, 80))
def test_a_single_path_is_judged_as_git_judges_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    git(tmp_path, "init", "-q")
    random_tree(tmp_path, chance)
    everything = [path for path, _, _ in tree.walk(str(tmp_path), ignored=True)]
    stdin = "\0".join(everything).encode()
    left_out = set(
        git(tmp_path, "check-ignore", "-z", "--no-index", "--stdin", stdin=stdin)
        .decode()
        .split("\0")
    )

    found = {path for path, _, _ in tree.walk(str(tmp_path))}

    assert found == set(everything) - left_out


def test_a_subfolder_obeys_the_rules_above_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.log\n/work/made/\n")
    for path in ("work/a.log", "work/a.py", "work/made/b.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()

    assert [p for p, _, _ in tree.walk(str(tmp_path / "work"))] == ["a.py"]
    assert [p for p, _, _ in tree.walk(str(tmp_path), "work")] == ["work/a.py"]
    assert list(tree.walk(str(tmp_path), "work/made")) == []
    assert len(list(tree.walk(str(tmp_path), "work/made", ignored=True))) == 1


def test_a_project_that_its_repository_ignores_is_still_shown(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("/playground/\n*.py\n")
    (tmp_path / "playground").mkdir()
    (tmp_path / "playground" / "a.py").touch()

    assert [p for p, _, _ in tree.walk(str(tmp_path / "playground"))] == ["a.py"]


def test_a_hostile_pattern_takes_no_time() -> None:
    matches = globs.matcher("*a" * 60 + "b")
    started = time.perf_counter()

    assert not matches("a" * 255)

    assert time.perf_counter() - started < 0.05


MANY: dict[str, Callable[[str, int], str]] = {
    "names": lambda word, n: f"{word}{n}.py",
    "folders": lambda word, n: f"/mod{n % 50}/{word}{n}.py",
    "endings": lambda word, n: f"*.{word}{n}",
    "beginnings": lambda word, n: f"{word}*{n}?.py",
    "middles": lambda word, n: f"*{word}*",
    "brackets": lambda word, n: f"[f-h]*{word}",
    "alike": lambda word, n: f"fil*{word}*",
}


@pytest.mark.parametrize("kind", MANY)
def test_a_megabyte_of_patterns_is_obeyed_in_a_moment(tmp_path: Path, kind: str) -> None:
    chance = random.Random(1)
    made = (MANY[kind]("".join(chance.choices("abcdefghij", k=8)), n) for n in count())
    lines = [*islice(made, 40_000), "f*1*.p[y]", "!/mod3/file12.py"]
    (tmp_path / ".gitignore").write_text("\n".join(lines))
    for folder in range(50):
        (tmp_path / f"mod{folder}").mkdir()
        for number in range(20):
            (tmp_path / f"mod{folder}" / f"file{number}.py").touch()
    started = time.process_time()

    found = [path for path, _, _ in tree.walk(str(tmp_path))]

    assert time.process_time() - started < 4
    shown = [p for p in found if p.startswith("mod3/")]
    assert [*(f"mod3/file{n}.py" for n in (0, 12, *range(2, 10)))] == shown
    assert len([p for p in found if p.endswith(".py")]) == 50 * 9 + 1


def test_of_a_file_that_is_too_long_no_half_line_counts(tmp_path: Path) -> None:
    line = "*.log\n"
    text = line * (ignore.MAX_BYTES // len(line)) + "*" * len(line) + "\n"
    (tmp_path / ".gitignore").write_text(text)
    (tmp_path / "a.py").touch()
    (tmp_path / "a.log").touch()

    assert [path for path, _, _ in tree.walk(str(tmp_path))] == [".gitignore", "a.py"]


def test_an_ignore_file_that_is_a_symlink_a_pipe_or_not_utf8_is_harmless(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("*.py\n")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".gitignore").symlink_to(tmp_path / "rules")
    (tmp_path / "linked" / "a.py").touch()
    (tmp_path / "piped").mkdir()
    os.mkfifo(tmp_path / "piped" / ".gitignore")
    (tmp_path / "piped" / "a.py").touch()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / ".gitignore").write_bytes(b"\xff*\n")
    (tmp_path / "raw" / os.fsdecode(b"\xffa")).touch()
    (tmp_path / "raw" / "b").touch()

    found = {path for path, _, _ in tree.walk(str(tmp_path))}

    assert {"linked/a.py", "piped/a.py", "raw/b"} <= found
    assert "raw/" + os.fsdecode(b"\xffa") not in found


def test_rules_are_read_as_git_reads_them() -> None:
    rules = ignore.parse("\ufeffa \n# no\n\n!b/\nc\\ \n")

    assert [(r.components, r.negated, r.folders_only) for r in rules] == [
        ((None, "a"), False, False),
        ((None, "b"), True, True),
        ((None, "c\\ "), False, False),
    ]


def test_jupyters_own_copies_are_left_out_unless_they_are_asked_for(tmp_path: Path) -> None:
    for name in ("a.py", ".ipynb_checkpoints/a-checkpoint.py", "b/.ipynb_checkpoints/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("content")
    assert [path for path, _, _ in tree.walk(str(tmp_path))] == ["a.py"]
    (tmp_path / ".gitignore").write_text("!.ipynb_checkpoints/\n")
    assert len(list(tree.walk(str(tmp_path)))) == 4
