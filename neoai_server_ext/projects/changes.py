"""What has changed since the last commit, by the git program. Blocks.

As in `head`, asking git runs nothing that the repository itself defines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import errors
from .head import Git

MOST_CHARS = 400_000
RECENT = 10
SHOW = (
    *("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--relative"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=dirty"),
)
BINARY = (("core.bigFileThreshold", "1m"), ("log.showSignature", "false"))


@dataclass(frozen=True)
class Changes:
    """What is staged; where nothing is, what the working tree has changed.

    diff: in unified format, paths relative to the folder; at most MOST_CHARS, and is_cut says
    whether there was more. untracked: how many files git does not know. recent: the first lines of
    the last messages, the newest first.
    """

    diff: str
    is_staged: bool
    is_cut: bool
    untracked: int
    recent: tuple[str, ...]


def changes(root: str, *, trusted: bool, hidden: Sequence[str] = ()) -> Changes:
    """What has changed below a folder. hidden: folders in it that are left out.

    Raises NotFound (`no-repository`), Conflict (`git-refused`), Unavailable (`no-git`).
    """
    git = Git(Path(root))
    git.prefix()
    settings = BINARY if trusted else (*BINARY, *git.no_filters())
    within = ["--", ".", *(f":(exclude,literal){folder.rstrip('/')}" for folder in hidden)]

    def asked(*arguments: str) -> str:
        done = git.run(*arguments, *within, settings=settings, literal=False)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise errors.Conflict(f"Git refuses: {said[:500]}", code="git-refused")
        return done.stdout.decode(errors="replace")

    staged = asked("diff", "--cached", *SHOW)
    diff = staged or asked("diff", *SHOW)
    untracked = asked("ls-files", "--others", "--exclude-standard", "-z").count("\0")
    log = git.run("log", f"-{RECENT}", "--no-merges", "--format=%s", settings=settings)
    recent = log.stdout.decode(errors="replace").splitlines()  # none before the first commit
    return Changes(
        diff[:MOST_CHARS], bool(staged), len(diff) > MOST_CHARS, untracked, tuple(recent)
    )
