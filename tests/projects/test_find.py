"""Finding files by name and text in them, and replacing it across a project, over HTTP."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from neoai_server_ext import errors
from neoai_server_ext.projects.find.models import TextQuery
from neoai_server_ext.projects.find.patterns import split_globs

from ..conftest import RUNS


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def find(jp_serverapp: Any) -> Any:
    """The server's own service."""
    return jp_serverapp.web_app.settings["neoai"].find


@pytest.fixture(params=["ripgrep", "our own"])
def program(request: pytest.FixtureRequest, find: Any, require: Any) -> str:
    """The test runs with ripgrep and with our own search."""
    if request.param == "ripgrep":
        require("ripgrep")
    else:
        find.ripgrep = ""
    return str(request.param)


def fill(folder: Path, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / path).write_bytes(data)


async def searched(call: Any, project: str, query: str, **options: Any) -> tuple[Any, Any]:
    """`({path: file}, end)` of a search."""
    parameters = urlencode({"query": query, **options})
    answer = await call("GET", f"/projects/{project}/search?{parameters}")
    assert answer.code == 200, answer.body
    events = []
    for block in answer.body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    assert [name for name, _ in events][-1] == "end"
    assert all(name == "files" for name, _ in events[:-1])
    files = {item["path"]: item for _, data in events[:-1] for item in data["items"]}
    return files, events[-1][1]


def places(files: Any) -> dict[str, list[tuple[int, int, int]]]:
    """Line, start and end of each match, by file."""
    return {
        path: [(match["line"], match["start"], match["end"]) for match in file["matches"]]
        for path, file in sorted(files.items())
    }


async def test_the_names_of_all_files_come_in_one_reply(call: Any, served: Any, root: Path) -> None:
    project = await served()
    fill(root / "work", dict.fromkeys(["src/a.py", "src/b.pyc", ".git/config", ".env", "z"], ""))
    (root / "work/.gitignore").write_text("*.pyc\n")

    found = (await call("GET", f"/projects/{project}/paths")).json

    assert found["folders"] == [["", ".env", ".gitignore"], ["src/", "a.py"], ["", "z"]]
    assert not found["truncated"]
    same = (await call("GET", f"/projects/{project}/paths?known={found['stamp']}")).json
    assert same == {"stamp": found["stamp"], "folders": None, "truncated": False}
    (root / "work/new").touch()
    changed = (await call("GET", f"/projects/{project}/paths?known={found['stamp']}")).json
    assert changed["folders"][0] == ["", ".env", ".gitignore", "new"]
    assert (await call("GET", "/projects/nothing/paths")).code == 404


async def test_a_long_list_of_names_is_compressed(call: Any, served: Any, root: Path) -> None:
    project = await served()
    fill(root / "work", {f"file-{number:04}.txt": "" for number in range(1000)})
    answer = await call(
        "GET",
        f"/projects/{project}/paths",
        headers={"Accept-Encoding": "gzip"},
        decompress_response=False,
    )
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.body))["folders"][0]) == 1001


async def test_text_is_found_with_its_lines_and_columns(
    call: Any, served: Any, root: Path, program: str
) -> None:
    project = await served()
    fill(
        root / "work",
        {
            "a.py": "import os\nprint('Needle, needle')\n",
            "deep/b.txt": "no\r\n😀é needle\r\n",
            "c.txt": "needless",
            ".hidden": "a needle",
            "utf16.txt": b"\xff\xfe" + "one\nneedle".encode("utf-16-le"),
            "bom.txt": b"\xef\xbb\xbfneedle",
            "latin.txt": b"caf\xe9 needle",
            "binary": b"needle\0needle",
            ".git/config": "needle",
            "ignored.log": "needle",
            ".gitignore": "*.log\n",
        },
    )
    (root / "work/link.txt").symlink_to("a.py")

    files, end = await searched(call, project, "needle")

    assert places(files) == {
        ".hidden": [(1, 2, 8)],
        "a.py": [(2, 7, 13), (2, 15, 21)],
        "bom.txt": [(1, 0, 6)],
        "c.txt": [(1, 0, 6)],
        "deep/b.txt": [(2, 4, 10)],
        "latin.txt": [(1, 5, 11)],
        "utf16.txt": [(2, 0, 6)],
    }
    assert (end["files"], end["matches"], end["limited"]) == (7, 8, None)
    assert files["deep/b.txt"]["matches"][0]["text"] == "😀é needle"
    exact, _ = await searched(call, project, "needle", case="true", word="true")
    assert places(exact)["a.py"] == [(2, 15, 21)]
    assert "c.txt" not in exact


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ("", "", ["a.py", "lib/b.ts", "lib/c.tsx", "lib/deep/d.py"]),
        ("*.py", "", ["a.py", "lib/deep/d.py"]),
        ("*.{ts,tsx}", "", ["lib/b.ts", "lib/c.tsx"]),
        ("lib", "", ["lib/b.ts", "lib/c.tsx", "lib/deep/d.py"]),
        ("./lib/", "deep", ["lib/b.ts", "lib/c.tsx"]),
        ("lib/*.ts, a.py", "", ["a.py", "lib/b.ts"]),
        ("lib/**/d.py", "", ["lib/deep/d.py"]),
        ("", "lib/deep, *.ts", ["a.py", "lib/c.tsx"]),
        ("*.log", "", []),
        ("out", "", []),
        ("[", "", []),
    ],
)
async def test_files_are_included_and_excluded_by_patterns(
    call: Any, served: Any, root: Path, program: str, include: str, exclude: str, expected: Any
) -> None:
    project = await served()
    names = ["a.py", "lib/b.ts", "lib/c.tsx", "lib/deep/d.py", "x.log", "out/e.py", ".git/a.py"]
    fill(root / "work", {**dict.fromkeys(names, "needle"), ".gitignore": "*.log\n/out/\n"})
    files, _ = await searched(call, project, "needle", include=include, exclude=exclude)
    assert sorted(files) == expected


def test_globs_are_split_at_commas_outside_braces() -> None:
    assert split_globs(" *.py , src/,./a,,") == ["*.py", "src", "a"]
    assert split_globs("*.{a,b{1,2}}, {x,y}") == ["*.a", "*.b1", "*.b2", "x", "y"]
    assert split_globs("{a") == ["{a"]


async def test_expressions_are_searched_and_explained_where_they_are_wrong(
    call: Any, served: Any, root: Path, program: str
) -> None:
    project = await served()
    fill(root / "work", {"a.txt": "one 1\r\ntwo 22\nx*y\n"})
    files, _ = await searched(call, project, r"\w+ (\d+)$", regex="true")
    assert places(files) == {"a.txt": [(1, 0, 5), (2, 0, 6)]}
    plain, _ = await searched(call, project, "x*y")
    assert places(plain) == {"a.txt": [(3, 0, 3)]}
    nothing, end = await searched(call, project, "q*", regex="true")
    assert nothing == {}
    assert end["matches"] == 0

    wrong = await call("GET", f"/projects/{project}/search?regex=true&query={quote('(a')}")

    assert wrong.code == 422
    assert wrong.json["type"].endswith("bad-regex")
    assert "This is no regular expression:" in wrong.json["detail"]
    for bad in ("query=", "query=a%0Ab", "query=" + "x" * 5000, "query=x&limit=0"):
        assert (await call("GET", f"/projects/{project}/search?{bad}")).code == 422
    assert (await call("GET", "/projects/nothing/search?query=x")).code == 404


async def test_a_search_stops_at_its_limit_and_at_its_time(
    call: Any, served: Any, root: Path, find: Any, program: str
) -> None:
    project = await served()
    fill(root / "work", {f"{number}.txt": "x x\nx\n" for number in range(50)})
    files, end = await searched(call, project, "x", limit=20)
    assert end["limited"] == "matches"
    assert sum(len(file["matches"]) for file in files.values()) == end["matches"] == 20
    find.max_matches = 7
    assert (await searched(call, project, "x"))[1]["matches"] == 7
    find.timeout_s = 0.0
    answer = await call("GET", f"/projects/{project}/search?query=x")
    assert answer.code == 504


async def test_a_long_line_is_shown_around_its_match(
    call: Any, served: Any, root: Path, program: str
) -> None:
    project = await served()
    fill(root / "work", {"min.js": "é" * 5000 + "needle" + "z" * 5000})
    files, _ = await searched(call, project, "needle")
    (match,) = files["min.js"]["matches"]
    assert (match["start"], match["end"]) == (5000, 5006)
    assert len(match["text"]) == 400
    assert match["text"][match["start"] - match["at"] :].startswith("needle")


async def test_leaving_ends_the_search(find: Any, served: Any, root: Path, program: str) -> None:
    project = await served()
    fill(root / "work", {f"{number}.txt": "x\n" * 2000 for number in range(40)})
    before = _children()
    events = await find.text(project, TextQuery(query="x"))
    assert (await anext(events)).name == "files"
    await events.aclose()
    assert _children() == before


def _children() -> set[str]:
    """The processes that this one has started and that still run."""
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return set(task.read_text().split())


WORDS = ["needle", "Needle", "needless", "x.y", "foo_bar", "naïve", "1", "()", "日本", " "]
NAMES = ["a", "b.py", "c.log", ".env", "src", "build", "é", "日", "sp ace", "d-1.txt", "Makefile"]
RULES = ["*.log", "/build/", "build", "!b.py", "src/*.txt", "**/a", "*.py", "# no", "!src/", ".env"]


@pytest.mark.parametrize("seed", range(6 * RUNS))
async def test_our_own_search_finds_what_ripgrep_finds(
    call: Any, served: Any, root: Path, find: Any, require: Any, seed: int
) -> None:
    require("ripgrep")
    chance = random.Random(seed)
    if chance.random() < 0.5:
        # The project lies within a repository, whose rules hold in it too.
        fill(root, {".git/info/exclude": "c.log\n", ".gitignore": chance.choice(RULES) + "\n"})
    project = await served()
    _grow(root / "work", chance)
    for query in (
        {"query": "needle"},
        {"query": "needle", "case": "true", "word": "true"},
        {"query": "x.y", "word": "true"},
        {"query": "()"},
        {"query": "日本"},
        {"query": r"^\s*\w+", "regex": "true"},
        {"query": r"(foo|x).?\w$", "regex": "true", "case": "true"},
        {"query": r"ï\w", "regex": "true", "word": "true"},
        {"query": "needle", "include": "*.py, src"},
        {"query": "needle", "exclude": "*.txt, build"},
    ):
        find.ripgrep = "rg"
        one, end = await searched(call, project, **query)
        find.ripgrep = ""
        other, other_end = await searched(call, project, **query)
        assert one == other, query
        assert end["matches"] == other_end["matches"]


def _grow(folder: Path, chance: random.Random) -> None:
    """A tree with everything in it that a search can stumble over."""
    for _ in range(40):
        path = "/".join(chance.choices(NAMES, k=chance.randint(1, 3)))
        file = folder / path
        if any(part.is_file() for part in [file, *file.parents]) or file.is_dir():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        ending = chance.choice(["\n", "\r\n"])
        lines = [
            " ".join(chance.choices(WORDS, k=chance.randint(0, 5)))
            for _ in range(chance.randint(0, 6))
        ]
        text = ending.join(lines) + chance.choice(["", ending])
        content = chance.choice(
            [
                text.encode(),
                text.encode(),
                text.encode(),
                b"\xef\xbb\xbf" + text.encode(),
                b"\xff\xfe" + text.encode("utf-16-le"),
                b"\xfe\xff" + text.encode("utf-16-be"),
                text.encode() + b"\0",
                text.encode("latin-1", "ignore"),
            ]
        )
        file.write_bytes(content)
    for place in chance.sample([folder, *[f for f in folder.iterdir() if f.is_dir()]], 2):
        (place / ".gitignore").write_text("\n".join(chance.sample(RULES, 3)) + "\n")
    (folder / "loop").symlink_to(".")
    (folder / "out").symlink_to("/etc/hostname")
    fill(folder, {".git/needle": "needle", ".ignore": "*\n"})


def edits(files: Any, new: str, *paths: str) -> list[Any]:
    """What a client asks for that replaces each match by `new`."""
    return [
        {
            "path": path,
            "stamp": file["stamp"],
            "edits": [
                {
                    "line": match["line"],
                    "start": match["start"],
                    "old": _slice(match["text"], match["start"] - match["at"],
                                  match["end"] - match["at"]),
                    "new": new,
                }
                for match in file["matches"]
            ],
        }
        for path, file in files.items()
        if not paths or path in paths
    ]  # fmt: skip


def _slice(text: str, start: int, end: int) -> str:
    """As JavaScript cuts a string."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


async def test_a_replacement_across_the_project_and_its_undo(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    before: dict[str, str | bytes] = {
        "a.py": b"old = old\nkeep\n",
        "crlf.txt": b"one\r\n\xf0\x9f\x98\x80 old\r\n",
        "utf16.txt": b"\xff\xfe" + "old".encode("utf-16-le"),
        "bom.txt": b"\xef\xbb\xbfold",
        "latin.txt": b"caf\xe9 old\n",
        "other.txt": b"nothing\n",
    }
    fill(root / "work", before)
    (root / "work/a.py").chmod(0o755)
    files, _ = await searched(call, project, "old")

    made = await call("POST", f"/projects/{project}/replacements", {"files": edits(files, "né$1")})

    assert made.code == 201, made.body
    assert {file["state"] for file in made.json["files"]} == {"done"}
    assert made.json["edits"] == 6
    work = root / "work"
    assert (work / "a.py").read_bytes() == "né$1 = né$1\nkeep\n".encode()
    assert (work / "crlf.txt").read_bytes() == "one\r\n😀 né$1\r\n".encode()
    assert (work / "utf16.txt").read_bytes() == b"\xff\xfe" + "né$1".encode("utf-16-le")
    assert (work / "bom.txt").read_bytes() == b"\xef\xbb\xbf" + "né$1".encode()
    assert (work / "latin.txt").read_bytes() == b"caf\xe9 " + "né$1\n".encode()
    assert (work / "a.py").stat().st_mode & 0o777 == 0o755

    address = f"/projects/{project}/replacements/{made.json['id']}/undo"
    undone = await call("POST", address)

    assert {file["state"] for file in undone.json["files"]} == {"done"}
    assert {path: (work / path).read_bytes() for path in before} == before
    assert (await call("POST", address)).code == 404
    other = await served("elsewhere")
    assert (await call("POST", f"/projects/{other}/replacements/x/undo")).code == 404


async def test_what_changed_meanwhile_is_reported_and_left_alone(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    work = root / "work"
    fill(work, {"a": "old\n", "b": "old\n", "c": "old\n", "d": "old\n"})
    files, _ = await searched(call, project, "old")
    (work / "a").write_text("old and mine\n")
    (work / "b").unlink()

    made = await call("POST", f"/projects/{project}/replacements", {"files": edits(files, "new")})

    states = {file["path"]: file["state"] for file in made.json["files"]}
    assert states == {"a": "changed", "b": "missing", "c": "done", "d": "done"}
    assert (work / "a").read_text() == "old and mine\n"
    assert (work / "c").read_text() == "new\n"

    (work / "c").write_text("new and mine\n")
    address = f"/projects/{project}/replacements/{made.json['id']}/undo"
    undone = (await call("POST", address)).json

    states = {file["path"]: file["state"] for file in undone["files"]}
    assert states == {"c": "changed", "d": "done"}
    assert (work / "c").read_text() == "new and mine\n"
    assert (work / "d").read_text() == "old\n"


@pytest.mark.parametrize(
    "edit",
    [
        {"line": 1, "start": 1, "old": "old", "new": "x"},
        {"line": 9, "start": 0, "old": "old", "new": "x"},
        {"line": 1, "start": 99, "old": "old", "new": "x"},
        {"line": 1, "start": 0, "old": "olD", "new": "x"},
    ],
)
async def test_an_edit_that_does_not_fit_changes_nothing(
    call: Any, served: Any, root: Path, edit: Any
) -> None:
    project = await served()
    fill(root / "work", {"a": "old\nold\n"})
    files, _ = await searched(call, project, "old")
    wanted = edits(files, "new")
    wanted[0]["edits"][0] = edit
    made = await call("POST", f"/projects/{project}/replacements", {"files": wanted})
    assert made.json["files"][0]["state"] == "changed"
    assert made.json["edits"] == 0
    assert (root / "work/a").read_text() == "old\nold\n"


async def test_a_notebook_stays_one_and_a_chat_as_it_is(call: Any, served: Any, root: Path) -> None:
    project = await served()
    fill(root / "work", {"a.ipynb": '{"cells": "old"}', "b.chat": "old", "c.ipynb": '["old"]'})
    files, _ = await searched(call, project, "old")
    wanted = [*edits(files, 'say "hi"', "a.ipynb", "b.chat"), *edits(files, "new", "c.ipynb")]
    made = await call("POST", f"/projects/{project}/replacements", {"files": wanted})
    states = {file["path"]: file["state"] for file in made.json["files"]}
    assert states == {"a.ipynb": "failed", "b.chat": "failed", "c.ipynb": "done"}
    assert (root / "work/a.ipynb").read_text() == '{"cells": "old"}'
    assert (root / "work/b.chat").read_text() == "old"


async def test_replacing_outside_or_with_bad_input_is_refused(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "secret").write_text("old")
    edit = {"line": 1, "start": 0, "old": "old", "new": "x"}
    address = f"/projects/{project}/replacements"
    for path in ("../secret", "/etc/passwd", ".git/config", "a\0b"):
        body = {"files": [{"path": path, "stamp": "1-1", "edits": [edit]}]}
        made = await call("POST", address, body)
        assert made.json["files"][0]["state"] in ("missing", "failed")
    assert (root / "secret").read_text() == "old"
    for body in ({}, {"files": []}, {"files": [{"path": "a", "stamp": "", "edits": []}]}):
        assert (await call("POST", address, body)).code == 422


async def test_only_the_last_replacements_are_kept(
    find: Any, call: Any, served: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neoai_server_ext.projects.find import replacing

    monkeypatch.setattr(replacing, "KEPT", 2)
    project = await served()
    ids = []
    for number in range(3):
        fill(root / "work", {"a": f"old {number}\n"})
        files, _ = await searched(call, project, "old")
        made = await call("POST", f"/projects/{project}/replacements", {"files": edits(files, "x")})
        ids.append(made.json["id"])
        await asyncio.to_thread(os.utime, root / "work/a")
    with pytest.raises(errors.NotFound):
        await find.undo(project, ids[0])
    assert (await find.undo(project, ids[2])).edits == 1
