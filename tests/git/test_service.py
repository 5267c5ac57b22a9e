"""What git says of a folder's history, and that asking runs nothing of the repository's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from neoai_server_ext.git.service import GitHistory
from neoai_server_ext.index.service import Commit

from .repository import Repository

HISTORY = GitHistory()
POT = "def boil(pot):\n    return pot.heat(100)\n" * 5


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "kitchen")


def log(repository: Repository, after: str = "", most: int = 100) -> list[Commit]:
    root = repository.root
    return list(HISTORY.commits(root, HISTORY.head(root), after, most))


def test_commits_come_oldest_first_with_message_time_and_paths(repository: Repository) -> None:
    first = repository.commit("Boil water\n\nIn a pot.", pot__py=POT)
    second = repository.commit("Pour", cup__py="cup = 1\n", pot__py=POT + "x = 1\n")
    commits = log(repository)
    assert [commit.id for commit in commits] == [first, second]
    assert commits[0].message == "Boil water\n\nIn a pot."
    assert [set(commit.changed) for commit in commits] == [{"pot.py"}, {"cup.py", "pot.py"}]
    assert 0 < commits[0].time < commits[1].time
    assert HISTORY.head(repository.root) == second


def test_a_rename_is_told_with_both_names(repository: Repository) -> None:
    repository.commit("Boil", pot__py=POT)
    repository.git("mv", "pot.py", "kettle.py")
    repository.commit("Rename")
    assert log(repository)[1].renamed == (("pot.py", "kettle.py"),)


def test_only_the_newest_and_only_new_ones_can_be_asked_for(repository: Repository) -> None:
    first = repository.commit("One", a__py="1")
    second = repository.commit("Two", a__py="2")
    third = repository.commit("Three", a__py="3")
    assert [commit.id for commit in log(repository, after=first)] == [second, third]
    assert [commit.id for commit in log(repository, most=2)] == [second, third]


def test_a_commit_that_was_amended_away_is_not_in_the_history(repository: Repository) -> None:
    root, first = repository.root, repository.commit("One", a__py="1")
    second = repository.commit("Two", a__py="2")
    assert HISTORY.contains(root, first, second)
    repository.git("commit", "--quiet", "--amend", "--message=Better")
    assert not HISTORY.contains(root, second, HISTORY.head(root))
    assert not HISTORY.contains(root, "0" * 40, first)


def test_a_folder_of_a_repository_knows_its_own_files_by_their_paths_in_it(
    repository: Repository,
) -> None:
    inner = repository.root / "inner"
    inner.mkdir()
    (inner / "a.py").write_text("1")
    repository.commit("Both", b__py="2")
    repository.commit("Outer", b__py="3")
    (commit,) = HISTORY.commits(inner, HISTORY.head(inner), "", 100)
    assert (commit.message, commit.changed) == ("Both", ("a.py",))


def test_no_repository_and_one_without_commits_have_no_history(
    tmp_path: Path, repository: Repository
) -> None:
    assert HISTORY.head(tmp_path) == HISTORY.head(tmp_path / "gone") == ""
    assert HISTORY.head(repository.root) == ""
    assert list(HISTORY.commits(tmp_path, "0" * 40, "", 10)) == []


def test_odd_names_and_messages_spoil_nothing(repository: Repository) -> None:
    repository.commit("\x1e" + "0" * 40 + " 5\x1fA\ttrap", a__py="1")
    (repository.root / "tab\tname.py").write_text("1")
    (repository.root / "ümlaut.py").write_text("1")
    repository.commit("Odd")
    assert log(repository)[-1].changed == ("ümlaut.py",)


def test_nothing_runs_that_the_repository_configures(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("One", a__py="1", __gitattributes="*.py diff=evil filter=evil\n")
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    trap.chmod(0o755)
    for name in ("gpg.program", "core.fsmonitor", "core.pager", "pager.log", "diff.external"):
        repository.git("config", name, str(trap))
    for name in ("diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "core.sshCommand"):
        repository.git("config", name, str(trap))
    repository.git("config", "log.showSignature", "true")
    head = repository.git("rev-parse", "HEAD")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    who = "Ann <ann@example.org> 1700009999 +0000"
    signed = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n"
    signed += (
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nSigned\n"
    )
    (tmp_path / "signed").write_text(signed)
    signed = repository.git("hash-object", "-t", "commit", "-w", str(tmp_path / "signed"))
    repository.git("update-ref", "HEAD", signed)
    sprung.unlink(missing_ok=True)
    assert HISTORY.head(repository.root) == signed
    assert HISTORY.contains(repository.root, head, signed)
    assert "One" in [commit.message for commit in log(repository)]
    assert not sprung.exists()
