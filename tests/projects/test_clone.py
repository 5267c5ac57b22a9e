"""Cloning: real git over file, git and http, refused URLs, failures, cancel, and a crash."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.projects import giturl

SECRET = "s3cret-p@ss/word"
SECRET_IN_URL = "s3cret-p%40ss%2Fword"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    found = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return found.stdout


@pytest.fixture
def repository(root: Path) -> Path:
    """A bare repository with one commit, inside the server's root, ready for dumb HTTP too."""
    work = root / "origin work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    (work / "a.py").write_text("print('a')\n")
    git(work, "add", "a.py")
    git(work, "commit", "-q", "-m", "first")
    bare = root / "origin.git"
    git(root, "clone", "-q", "--bare", str(work), str(bare))
    git(bare, "update-server-info")
    return bare


class GitOverHTTP(SimpleHTTPRequestHandler):
    """Serves a folder, to whoever knows the password."""

    protected = False

    def do_GET(self) -> None:
        wanted = "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode()
        if self.protected and self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def http(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server with the repository."""
    monkeypatch.setattr(GitOverHTTP, "protected", False)
    handler = partial(GitOverHTTP, directory=str(repository.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def folders(root: Path) -> list[str]:
    """What is in the root, without what the fixtures put there."""
    return sorted(p.name for p in root.iterdir() if not p.name.startswith("origin"))


def problem(answer: Any) -> str:
    return str(answer.json["type"].rsplit(":", 1)[-1])


async def test_a_repository_below_the_root_is_cloned(
    call: Any, repository: Path, root: Path
) -> None:
    for i, url in enumerate([f"file://{repository}", str(repository), "origin.git", "origin work"]):
        answer = await call("POST", "/projects", {"name": f"mine{i}", "git_url": url})

        assert answer.code == 201, answer.body
        assert (answer.json["path"], answer.json["state"]) == (f"mine{i}", "ready")
        assert (root / f"mine{i}/a.py").read_text() == "print('a')\n"
        assert git(root / f"mine{i}", "status", "--porcelain") == ""
    assert folders(root) == ["mine0", "mine1", "mine2", "mine3"]


async def test_a_repository_is_cloned_over_http_and_git(
    call: Any, http: str, repository: Path, root: Path
) -> None:
    answer = await call("POST", "/projects", {"git_url": f"http://{http}/origin.git"})
    assert answer.code == 201, answer.body
    assert (answer.json["name"], answer.json["path"]) == ("origin", "origin")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    daemon = subprocess.Popen(
        ["git", "daemon", "--export-all", f"--port={port}", "--listen=127.0.0.1", "--reuseaddr",
         "--verbose", f"--base-path={root}", str(root)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert daemon.stderr is not None
    try:
        assert b"Ready" in daemon.stderr.readline()
        body = {"git_url": f"git://127.0.0.1:{port}/origin.git", "path": "deep/er/clone"}
        answer = await call("POST", "/projects", body)
        assert answer.code == 201, answer.body
        assert (root / "deep/er/clone/a.py").exists()
    finally:
        os.killpg(daemon.pid, signal.SIGTERM)
        daemon.wait()
        daemon.stderr.close()


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch pwned",
        "--upload-pack=touch${IFS}pwned",
        "-u",
        "ext::sh -c touch% pwned",
        "ext::sh",
        "fd::17",
        "::x",
        "file:///etc",
        "file://elsewhere/repo",
        "file:///",
        "/etc",
        "../outside",
        "origin.git/../../outside",
        "ssh://-oProxyCommand=touch/x",
        "ssh://-oProxyCommand=touch%20pwned/x",
        "-oProxyCommand=touch:x",
        "git@-oProxyCommand=x:y",
        "host:-upload",
        "http://host/-x",
        "http://user:pa%0ass@host/x",
        "http://",
        "http://host",
        "http://host:99999/x",
        "http://[::1/x",
        "ftp://host/x",
        "javascript://host/x",
        "https://host/a b",
        "https://host/a\nb",
        "https://host/a\0b",
        "https://host/\ud800",
        "ssh://user:password@host/x",
        "http://" + "x" * 2050,
        "",
        "   ",
        7,
    ],
)
async def test_a_malicious_or_broken_url_is_refused(
    call: Any, repository: Path, root: Path, url: Any
) -> None:
    before = folders(root)

    answer = await call("POST", "/projects", {"name": "mine", "git_url": url})

    assert answer.code == 422, answer.body
    assert folders(root) == before
    assert (await call("GET", "/projects")).json["items"] == []
    assert not list(Path.cwd().glob("pwned*"))


async def test_a_link_to_a_repository_outside_is_refused(
    call: Any, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    git(outside, "init", "-q")
    (root / "link").symlink_to(outside)
    answer = await call("POST", "/projects", {"name": "mine", "git_url": "link"})
    assert answer.code == 422


async def test_an_unreachable_url_is_502_with_gits_reason(call: Any, root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    answer = await call("POST", "/projects", {"name": "m", "git_url": f"http://127.0.0.1:{port}/x"})

    assert (answer.code, problem(answer)) == (502, "git-failed")
    assert "Failed to connect" in answer.json["detail"]
    assert folders(root) == []
    assert (await call("GET", "/projects")).json["items"] == []
    nothing = await call("POST", "/projects", {"name": "m", "git_url": "nothing.git"})
    assert nothing.code == 502


async def test_a_server_that_says_nothing_is_504(
    call: Any, projects: Any, root: Path, silent: str
) -> None:
    projects.clone_stall_s = 0.5
    answer = await call("POST", "/projects", {"name": "m", "git_url": f"git://{silent}/x"})
    assert answer.code == 504
    assert folders(root) == []


async def test_a_password_is_used_and_kept_nowhere(
    call: Any,
    http: str,
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: Any,
    capfd: Any,
) -> None:
    monkeypatch.setattr(GitOverHTTP, "protected", True)

    wanting = await call("POST", "/projects", {"name": "m", "git_url": f"http://{http}/origin.git"})
    assert (wanting.code, problem(wanting)) == (502, "git-auth")
    assert "token" in wanting.json["detail"]
    wrong = {"name": "m", "git_url": f"http://user:wr0ng-secret@{http}/origin.git"}
    refused = await call("POST", "/projects", wrong)
    assert (refused.code, problem(refused)) == (502, "git-auth")
    right = {"name": "mine", "git_url": f"http://user:{SECRET_IN_URL}@{http}/origin.git"}
    answer = await call("POST", "/projects", right)
    assert answer.code == 201, answer.body

    assert answer.json["git_url"] == f"http://{http}/origin.git"
    places = [caplog.text, *capfd.readouterr(), refused.body.decode(), answer.body.decode()]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            places.append(path.read_bytes().decode("latin-1"))
    for secret in (SECRET, SECRET_IN_URL, "wr0ng-secret"):
        assert not any(secret in place for place in places)


async def test_the_place_of_a_clone_must_be_free(call: Any, repository: Path, root: Path) -> None:
    (root / "taken").mkdir()
    answer = await call("POST", "/projects", {"name": "taken", "git_url": "origin.git"})
    assert (answer.code, problem(answer)) == (409, "exists")
    assert folders(root) == ["taken"]
    assert (await call("GET", "/projects")).json["items"] == []


def events(body: bytes) -> list[tuple[int, str, Any]]:
    """(id, name, data) of a stream."""
    found = []
    for block in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def test_a_clone_in_the_background_tells_how_it_goes(
    call: Any, repository: Path, root: Path
) -> None:
    body = {"name": "mine", "git_url": "origin.git"}

    answer = await call("POST", "/projects", body, headers={"Prefer": "respond-async, wait=5"})

    assert answer.code == 202
    assert answer.json["state"] == "cloning"
    assert answer.headers["Preference-Applied"] == "respond-async"
    address = f"/projects/{answer.json['id']}"
    assert answer.headers["Location"].endswith(address)
    stream = await call("GET", f"{address}/events")
    assert stream.headers["Content-Type"] == "text/event-stream"
    seen = events(stream.body)
    assert [number for number, _, _ in seen] == list(range(1, len(seen) + 1))
    assert {name for _, name, _ in seen[:-1]} == {"progress"}
    assert {"phase", "percent", "counts"} == set(seen[0][2])
    assert seen[-1][1] == "ready"
    assert (await call("GET", address)).json["state"] == "ready"
    again = await call("GET", f"{address}/events", headers={"Last-Event-ID": str(len(seen) - 1)})
    assert events(again.body) == seen[-1:]


async def test_a_project_that_is_not_cloned_has_one_event(call: Any, served: Any) -> None:
    project = await served()
    stream = await call("GET", f"/projects/{project}/events")
    assert [name for _, name, _ in events(stream.body)] == ["ready"]
    assert (await call("POST", f"/projects/{project}/cancel")).code == 409
    assert (await call("GET", "/projects/none/events")).code == 404
    assert (await call("POST", "/projects/none/cancel")).code == 404


@pytest.mark.parametrize("how", [("POST", "/cancel"), ("DELETE", ""), ("DELETE", "?files=true")])
async def test_a_clone_is_cancelled_and_taken_away(
    call: Any, root: Path, silent: str, how: tuple[str, str]
) -> None:
    body = {"path": "new/mine", "git_url": f"git://{silent}/x"}
    answer = await call("POST", "/projects", body, headers={"Prefer": "respond-async"})
    address = f"/projects/{answer.json['id']}"
    assert (await call("GET", f"{address}/files")).code == 409
    assert (await call("PUT", f"{address}/files/a", body=b"x")).code == 409
    assert (await call("POST", "/projects", body)).code == 409
    following = asyncio.ensure_future(call("GET", f"{address}/events"))

    assert (await call(how[0], address + how[1])).code == 204

    assert events((await following).body)[-1][1] == "cancelled"
    assert (await call("GET", address)).code == 404
    assert folders(root) == []


async def test_a_clone_that_fails_in_the_background_can_be_tried_again(
    call: Any, root: Path, repository: Path
) -> None:
    later = root / "later.git"
    body = {"name": "mine", "git_url": "later.git"}
    answer = await call("POST", "/projects", body, headers={"Prefer": "respond-async"})
    address = f"/projects/{answer.json['id']}"
    last = events((await call("GET", f"{address}/events")).body)[-1]
    assert (last[1], last[2]["code"]) == ("failed", "git-failed")
    project = (await call("GET", address)).json
    assert project["state"] == "failed"
    assert "Clone it again" in project["error"]
    assert (await call("GET", f"{address}/files")).code == 409
    assert folders(root) == []

    repository.rename(later)
    again = await call("POST", "/projects", body)

    assert (again.code, again.json["state"]) == (201, "ready")
    assert (await call("GET", address)).code == 404
    assert len((await call("GET", "/projects")).json["items"]) == 1


CRASHING = """
import asyncio, sys
from neoai_server_ext.db import Database
from neoai_server_ext.projects.models import ProjectCreate
from neoai_server_ext.projects.service import ProjectService

async def main(url, root, git_url):
    service = ProjectService(db=Database(url), root_dir=root)
    await service.create(ProjectCreate(name="mine", git_url=git_url), wait=False)
    print("cloning", flush=True)
    await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_crash_in_the_middle_leaves_a_project_with_a_way_on(
    projects: Any, db_url: str, root: Path, silent: str, repository: Path
) -> None:
    await projects.list_all()  # the database is there
    url = f"git://{silent}/x"
    crashing = subprocess.Popen(
        [sys.executable, "-c", CRASHING, db_url, str(root), url], stdout=subprocess.PIPE
    )
    assert crashing.stdout is not None
    assert await asyncio.to_thread(crashing.stdout.readline) == b"cloning\n"

    await projects.start()
    assert (await projects.list_all())[0].state == "cloning"  # the other server lives
    crashing.kill()
    crashing.wait()
    crashing.stdout.close()
    await projects.start()

    (project,) = await projects.list_all()
    assert project.state == "failed"
    assert project.error is not None
    assert "Clone it again" in project.error
    assert folders(root) == []


async def test_stopping_the_server_ends_its_clones(
    call: Any, projects: Any, root: Path, silent: str
) -> None:
    body = {"name": "mine", "git_url": f"git://{silent}/x"}
    await call("POST", "/projects", body, headers={"Prefer": "respond-async"})

    await projects.stop()

    (project,) = await projects.list_all()
    assert project.state == "failed"
    assert folders(root) == []


def test_what_git_gets_to_see(tmp_path: Path) -> None:
    root = str(tmp_path)
    source = giturl.parse("https://user:p%40ss@example.org:8443/a/b.git?x=1", root)
    assert source.url == "https://example.org:8443/a/b.git?x=1"
    assert source.secret == ("user", "p@ss")
    assert source.name == "b"
    assert source.redact("p@ss and p%40ss") == "*** and ***"
    token = giturl.parse("https://ghp_0123456789@example.org/a", root)
    assert token.url == "https://example.org/a"
    assert token.lone_user
    assert giturl.parse("git@example.org:team/repo.git", root).protocol == "ssh"
    assert (
        giturl.parse("ssh://git@example.org:22/repo", root).url == "ssh://git@example.org:22/repo"
    )
    with pytest.raises(errors.Invalid):
        giturl.parse("file://" + root, root)
