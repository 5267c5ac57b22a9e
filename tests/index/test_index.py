"""The index of a folder: what is in it, how it keeps up, and what happens when it is damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from neoai_server_ext import errors
from neoai_server_ext.index.service import Hit, IndexService


class Folders:
    """Projects by name, each a folder."""

    def __init__(self, **folders: Path) -> None:
        self._folders = folders

    async def root(self, project_id: str) -> Path:
        if project_id not in self._folders:
            raise errors.NotFound("There is no such project.")
        return self._folders[project_id]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "kitchen.py").write_text(
        'import os\n\n\ndef boil_water(pot):\n    """Heat the pot until it bubbles."""\n'
        "    return pot.heat(100)\n\n\ndef pour(pot, cup):\n    cup.fill(pot)\n"
    )
    (folder / "README.md").write_text("# Kitchen\nBoil water, then pour it.\n")
    return folder


@pytest.fixture
def index(project: Path, tmp_path: Path) -> IndexService:
    return IndexService(
        projects=Folders(p=project), index_dir=tmp_path / "index", fresh_s=0, watch=False
    )


def where(hits: list[Hit]) -> list[str]:
    return [f"{hit.path}:{hit.start_line}" for hit in hits]


async def test_a_question_finds_the_definition_and_its_line(index: IndexService) -> None:
    hits = await index.search("p", "how do I boil water?")
    assert where(hits)[0] == "src/kitchen.py:4"
    assert (hits[0].symbol, hits[0].end_line) == ("boil_water", 6)


async def test_source_comes_before_documentation_unless_that_is_asked_for(
    index: IndexService,
) -> None:
    assert where(await index.search("p", "pour water"))[0].startswith("src/")
    assert where(await index.search("p", "documentation: pour water"))[0].startswith("README")
    only = await index.search("p", "pour", kinds=["doc"])
    assert {hit.path for hit in only} == {"README.md"}


async def test_a_notebook_is_searched_by_its_cells_sources(
    index: IndexService, project: Path
) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Soup\n", "Stir it."], "metadata": {}},
        {
            "cell_type": "code",
            "source": "def stir(pot):\n    pot.turn()",
            "outputs": ["iVBOR gold"],
        },
    ]
    notebook = {"cells": cells, "metadata": {"saffron": 1}, "nbformat": 4, "nbformat_minor": 5}
    (project / "soup.ipynb").write_text(json.dumps(notebook, indent=1))
    hit = (await index.search("p", "stir turn"))[0]
    assert (hit.path, hit.symbol, hit.start_line, hit.end_line) == ("soup.ipynb", "stir", 6, 7)
    assert hit.text == "# %% code 2\ndef stir(pot):\n    pot.turn()"
    assert await index.search("p", "gold") == await index.search("p", "saffron") == []


async def test_only_changed_files_are_read_again(
    index: IndexService, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (project / "README.md", project / "src" / "kitchen.py"):
        os.utime(file, (1, 1))
    await index.search("p", "water")
    read: list[str] = []
    from neoai_server_ext.index import scanning

    original = scanning._read
    monkeypatch.setattr(scanning, "_read", lambda p, n: (read.append(p.name), original(p, n))[1])
    cellar = project / "src" / "cellar.py"
    cellar.write_text("def fetch_wine():\n    pass\n")
    os.utime(cellar, (1, 1))
    assert where(await index.search("p", "wine")) == ["src/cellar.py:1"]
    assert read == ["cellar.py"]


async def test_a_changed_file_is_found_by_what_it_says_now(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    kitchen = project / "src" / "kitchen.py"
    kitchen.write_text("\n\ndef grill_fish():\n    pass\n")
    os.utime(kitchen, ns=(1, 1))
    assert where(await index.search("p", "grill")) == ["src/kitchen.py:3"]
    assert "src/kitchen.py:4" not in where(await index.search("p", "boil"))


async def test_a_deleted_file_is_not_found_any_more(index: IndexService, project: Path) -> None:
    await index.search("p", "water")
    (project / "src" / "kitchen.py").unlink()
    assert {hit.path for hit in await index.search("p", "boil water")} == {"README.md"}
    assert (await index.state("p")).files == 1


async def test_ignored_binary_and_huge_files_and_chats_are_left_out(
    index: IndexService, project: Path
) -> None:
    index.max_file_bytes = 2000
    (project / ".gitignore").write_text("secret/\n")
    (project / "secret").mkdir()
    for path in ("secret/a.py", "talk.chat", "node_modules.py"):
        (project / path).write_text("zebra = 1\n")
    (project / "huge.py").write_text("zebra = 1\n" * 1000)
    (project / "blob.py").write_bytes(b"zebra = 1\0\n")
    assert {hit.path for hit in await index.search("p", "zebra")} == {"node_modules.py"}


async def test_a_link_out_of_the_project_is_not_followed(
    index: IndexService, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.py").write_text("walrus = 1\n")
    (project / "link.py").symlink_to(tmp_path / "outside.py")
    assert await index.search("p", "walrus") == []


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "*",
        "a AND",
        "NEAR(",
        "foo:bar",
        "-x",
        "^",
        "_ __",
        "''; DROP TABLE files",
        "\0",
        "(" * 50,
    ],
)
async def test_no_character_is_special_in_a_query(index: IndexService, query: str) -> None:
    await index.search("p", query)
    await index.search("p", f"water {query} boil")


async def test_a_very_long_query_is_answered(index: IndexService) -> None:
    assert await index.search("p", "boil " + "word " * 5000)


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100, None])
async def test_a_damaged_index_is_made_anew(
    index: IndexService, tmp_path: Path, damage: bytes | None
) -> None:
    await index.search("p", "water")
    (file,) = (tmp_path / "index").glob("*.sqlite")
    if damage is None:
        whole = file.read_bytes()
        damage = whole[:4096] + os.urandom(len(whole) - 4096)
    for left in (tmp_path / "index").glob("*.sqlite-*"):
        left.unlink()
    file.write_bytes(damage)
    assert where(await index.search("p", "boil water"))[0] == "src/kitchen.py:4"


async def test_a_deleted_index_is_made_anew(index: IndexService, tmp_path: Path) -> None:
    await index.search("p", "water")
    for file in (tmp_path / "index").iterdir():
        file.unlink()
    assert await index.search("p", "boil water")


async def test_the_state_tells_how_much_is_indexed(index: IndexService) -> None:
    assert (await index.state("p")).state == "absent"
    started = await index.build("p")
    assert started.state == "building"
    await index.search("p", "water")
    state = await index.state("p")
    assert (state.state, state.files, state.progress) == ("ready", 2, 1.0)
    assert state.chunks >= 4
    assert state.bytes > 100
    assert state.updated_at is not None


async def test_indexing_can_be_cancelled_and_goes_on_later(
    index: IndexService, project: Path
) -> None:
    for i in range(300):
        (project / f"m{i}.py").write_text(f"def f{i}():\n    pass\n" * 20)
    await index.build("p")
    await index.cancel("p")
    await index.search("p", "f299")
    assert (await index.state("p")).files == 302


async def test_a_slow_first_index_is_said_to_be_under_way(index: IndexService) -> None:
    index.wait_s = 0
    with pytest.raises(errors.Unavailable) as raised:
        await index.search("p", "water")
    assert raised.value.code == "indexing"
    await index.close()


async def test_an_unknown_project_is_not_found(index: IndexService) -> None:
    with pytest.raises(errors.NotFound):
        await index.search("nobody", "water")
