"""Files as the last commit has them, by the git program. Blocks.

Asking git must run nothing that the repository itself defines. What could is switched off:
filters (unless the project is trusted), hooks, fsmonitor, fetching of missing objects, and folders
that pose as bare repositories (git's `safe.bareRepository`). Whose repository it is, git judges.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .. import errors
from . import paths

TIMEOUT_S = 30
MAX_BYTES = 50 << 20
SETTINGS = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("safe.bareRepository", "explicit"),
)
REGULAR = ("100644", "100755")


@dataclass(frozen=True)
class Committed:
    """A file of the last commit. path: where it was then, relative to the repository."""

    commit: str
    path: str
    content: bytes


def committed(root: str, path: str, *, trusted: bool) -> Committed:
    """The file at `path` as HEAD has it, under its old name where a rename is staged; as a
    checkout would write it, but for the filters of programs where the project is not trusted.

    Raises NotFound (`no-repository`, `no-commit`, `not-in-head`), Conflict (`git-refused`),
    TooLarge, Unavailable (`no-git`).
    """
    parts = paths.resolve(root, paths.parse(path))
    folder = Path(root, *parts[:-1])
    while not folder.is_dir():
        folder = folder.parent
    git = Git(folder)
    prefix, commit = git.place()
    below = Path(root, *parts).relative_to(folder)
    name = f"{prefix}{os.fspath(below)}"
    entry = git.entry(commit, name)
    if entry is None:
        old = git.name_before(name)
        entry = git.entry(commit, old) if old else None
        if old is None or entry is None:
            raise errors.NotFound(
                f"`{path}` is not in the last commit: it is new, or git does not track it.",
                code="not-in-head",
            )
        name = old
    mode, blob, size = entry
    if mode not in REGULAR:
        raise errors.NotFound(f"`{path}` is no file in the last commit.", code="not-in-head")
    if size > MAX_BYTES:
        raise errors.TooLarge(f"In the last commit `{path}` is too large to be compared.")
    return Committed(commit, name, git.content(blob, name, filtered=trusted))


class Git:
    """Git, asked from a folder of a repository that is not trusted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prefix(self) -> str:
        """The folder's path in its repository, with a slash at the end. Raises NotFound
        (`no-repository`), Conflict (`git-refused`)."""
        inside = self.run("rev-parse", "--show-prefix")
        if inside.returncode:
            said = inside.stderr.decode(errors="replace").strip()
            if "not a git repository" in said:
                raise errors.NotFound(
                    "It is in no git repository: there is no last commit to compare with.",
                    code="no-repository",
                )
            raise errors.Conflict(f"Git refuses: {said[:500]}", code="git-refused")
        return os.fsdecode(inside.stdout.removesuffix(b"\n"))

    def place(self) -> tuple[str, str]:
        """The folder's path in its repository, as `prefix`, and the last commit."""
        prefix = self.prefix()
        head = self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if head.returncode:
            raise errors.NotFound("The repository has no commit yet.", code="no-commit")
        return prefix, head.stdout.decode().strip()

    def entry(self, commit: str, name: str) -> tuple[str, str, int] | None:
        """The mode, blob and size that a commit has under a name."""
        listed = self.run("ls-tree", "--full-tree", "-l", "-z", commit, "--", name).stdout
        for line in listed.split(b"\0"):
            about, _, found = line.partition(b"\t")
            if found == os.fsencode(name):
                mode, _, blob, size = about.decode().split()
                return mode, blob, int(size) if size.isdigit() else 0
        return None

    def name_before(self, name: str) -> str | None:
        """What a file was called that `git mv` has renamed since."""
        changes = self.run(
            *("diff-index", "--cached", "--find-renames", "--diff-filter=R", "--name-status"),
            *("--no-ext-diff", "--no-textconv", "-z", "HEAD"),
        ).stdout.split(b"\0")
        for old, new in zip(changes[1::3], changes[2::3], strict=False):
            if new == os.fsencode(name):
                return os.fsdecode(old)
        return None

    def content(self, blob: str, name: str, *, filtered: bool) -> bytes:
        """A blob as a checkout would write it. Line endings and encodings are git's own doing;
        filters are programs."""
        off = () if filtered else self.no_filters()
        read = self.run("cat-file", "--filters", f"--path={name}", blob, settings=off)
        if read.returncode:
            read = self.run("cat-file", "blob", blob)
        if read.returncode:
            said = read.stderr.decode(errors="replace").strip()
            raise errors.Conflict(f"Git cannot read it: {said[:500]}", code="git-refused")
        return read.stdout

    def no_filters(self) -> tuple[tuple[str, str], ...]:
        """Settings with which every filter, wherever it is configured, changes nothing."""
        found = self.run("config", "-z", "--name-only", "--get-regexp", r"^filter\.").stdout
        drivers = {
            key.rpartition(b".")[0] for key in found.split(b"\0") if key.startswith(b"filter.")
        }
        return tuple(
            (os.fsdecode(driver) + "." + name, value)
            for driver in sorted(drivers)
            for name, value in (
                ("clean", ""),
                ("smudge", ""),
                ("process", ""),
                ("required", "false"),
            )
        )

    def run(
        self, *arguments: str, settings: tuple[tuple[str, str], ...] = (), literal: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """What git says. literal: whether paths among the arguments mean just these, and no
        patterns. Raises Unavailable (`no-git`)."""
        paths = ["--literal-pathspecs"] if literal else []
        try:
            return subprocess.run(
                ["git", "--no-pager", *paths, "--no-optional-locks", *arguments],
                cwd=self._folder,
                env=_environment((*SETTINGS, *settings)),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=TIMEOUT_S,
            )
        except FileNotFoundError as error:
            raise errors.Unavailable(
                "Git is not installed on the server.", code="no-git"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise errors.Unavailable("Git took too long.", code="no-git") from error


def _environment(settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    found |= {
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C",
    }
    for number, (key, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found
