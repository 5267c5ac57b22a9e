"""Files are found by the messages of the commits that touched them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neoai_server_ext.git.service import GitHistory
from neoai_server_ext.index.service import Commit, IndexService

from ..git.repository import Repository
from .test_index import Folders

POT = "def boil(pot):\n    return pot.heat(100)\n" * 5


class Counting(GitHistory):
    """Remembers which commits were read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def commits(self, root: Path, head: str, after: str, most: int) -> Iterator[Commit]:
        for commit in super().commits(root, head, after, most):
            self.read.append(commit.message)
            yield commit


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "kitchen")
    repository.commit("Set up", pot__py=POT, cup__py="class Cup:\n    size = 2\n")
    repository.commit("Fix the whistle of the kettle", pot__py=POT + "\nx = 1\n")
    return repository


@pytest.fixture
def history() -> Counting:
    return Counting()


@pytest.fixture
def index(repository: Repository, tmp_path: Path, history: Counting) -> IndexService:
    return IndexService(
        projects=Folders(p=repository.root),
        index_dir=tmp_path / "index",
        history=history,
        watch=False,
        fresh_s=0,
    )


async def files(index: IndexService, query: str) -> list[str]:
    return [hit.path for hit in await index.search("p", query)]


async def test_a_file_is_found_by_the_message_of_a_commit_that_touched_it(
    index: IndexService,
) -> None:
    assert (await files(index, "kettle whistles"))[0] == "pot.py"
    await index.close()


async def test_a_renamed_file_keeps_its_history(
    index: IndexService, repository: Repository
) -> None:
    assert (await files(index, "whistle"))[0] == "pot.py"
    repository.git("mv", "pot.py", "boiler.py")
    repository.commit("Rename")
    assert (await files(index, "whistle"))[0] == "boiler.py"
    await index.close()


async def test_only_new_commits_are_read(
    index: IndexService, repository: Repository, history: Counting
) -> None:
    await files(index, "pot")
    repository.commit("Paint the handle", cup__py="class Cup:\n    size = 3\n")
    assert (await files(index, "paint handles"))[0] == "cup.py"
    assert history.read == ["Set up", "Fix the whistle of the kettle", "Paint the handle"]
    await index.close()


async def test_a_rebase_and_another_branch_are_noticed(
    index: IndexService, repository: Repository, history: Counting
) -> None:
    await files(index, "pot")
    repository.git("commit", "--quiet", "--amend", "--message=Tune the siren")
    assert (await files(index, "siren"))[0] == "pot.py"
    assert await files(index, "whistle") == []
    assert history.read[2:] == ["Set up", "Tune the siren"]
    await index.close()


async def test_a_folder_without_a_repository_is_searched_by_its_files(
    index: IndexService, repository: Repository, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.py").write_text(POT)
    assert {hit.path for hit in await index.search_folder(plain, "boil pot")} == {"a.py"}
    await index.close()
