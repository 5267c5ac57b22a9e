"""Which of a project's files matter most, by who uses whom."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neoai_server_ext.errors import Unavailable
from neoai_server_ext.index.outline import Outline
from neoai_server_ext.index.service import IndexService

from .test_index import Folders


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Everything uses `core`; `cellar` is used by `menu` alone; nobody uses `lonely`."""
    folder = tmp_path / "project"
    folder.mkdir()
    core = "class Kettle:\n    def boil_water(self):\n        pass\n\n\ndef _inner():\n    pass\n"
    (folder / "core.py").write_text(core)
    (folder / "cellar.py").write_text("def fetch_bottle(name):\n    return name\n")
    (folder / "menu.py").write_text(
        "def read_menu():\n    Kettle().boil_water()\n    fetch_bottle('red')\n"
    )
    for number in range(4):
        text = f"def serve_guest_{number}():\n    return Kettle().boil_water()\n"
        (folder / f"guest{number}.py").write_text(text)
    (folder / "lonely.py").write_text("def stand_alone():\n    pass\n")
    (folder / ".gitignore").write_text("hidden.py\n")
    (folder / "hidden.py").write_text("def boil_water():\n    pass\n")
    return folder


@pytest.fixture
def index(project: Path, tmp_path: Path) -> IndexService:
    return IndexService(
        projects=Folders(p=project), index_dir=tmp_path / "index", fresh_s=0, watch=False
    )


def order(outline: Outline, *seeds: str, mentioned: tuple[str, ...] = ()) -> list[str]:
    return [ranked.path for ranked in outline.ranked(seeds, mentioned)]


async def test_what_others_use_most_comes_first(index: IndexService, project: Path) -> None:
    outline = await index.outline(project)
    assert order(outline)[0] == "core.py"
    assert order(outline).index("cellar.py") < order(outline).index("lonely.py")
    assert "hidden.py" not in order(outline)


async def test_what_is_near_the_file_in_front_or_spoken_of_comes_before_the_rest(
    index: IndexService, project: Path
) -> None:
    outline = await index.outline(project)
    assert set(order(outline, "menu.py")[:3]) == {"menu.py", "core.py", "cellar.py"}
    assert order(outline, mentioned=("stand_alone",))[0] == "lonely.py"


async def test_definitions_come_with_their_lines_the_most_used_first(
    index: IndexService, project: Path
) -> None:
    core = (await index.outline(project)).ranked(["core.py"])[0]
    assert [definition.symbol for definition in core.definitions][-1] == "_inner"
    found = {
        definition.symbol: (definition.line, definition.text) for definition in core.definitions
    }
    assert found["Kettle"] == (1, "class Kettle:")
    assert found["Kettle.boil_water"] == (2, "    def boil_water(self):")


async def test_only_files_whose_stamp_has_changed_are_looked_at_again(
    index: IndexService, project: Path
) -> None:
    before = await index.outline(project)
    assert await index.outline(project) is before
    (project / "lonely.py").write_text("def stand_alone():\n    fetch_bottle('white')\n")
    edited = await index.outline(project)
    assert edited.files["core.py"] is before.files["core.py"]
    assert edited.rank is before.rank
    assert "cellar.py" in order(edited, "lonely.py")[:2]
    (project / "lonely.py").unlink()
    (project / "new.py").write_text("def newly_made():\n    pass\n")
    after = await index.outline(project)
    assert order(after, mentioned=("newly_made",))[0] == "new.py"
    assert "lonely.py" not in order(after)
    assert after.files["core.py"] is before.files["core.py"]


async def test_the_first_map_of_a_large_project_is_not_waited_for(
    index: IndexService, project: Path
) -> None:
    index.outline_wait_s = 0
    with pytest.raises(Unavailable) as problem:
        await index.outline(project)
    assert problem.value.code == "outlining"
    index.outline_wait_s = 60
    assert order(await index.outline(project))[0] == "core.py"


async def test_a_folder_without_code_and_odd_files_have_a_map(
    index: IndexService, project: Path
) -> None:
    for path in project.iterdir():
        path.unlink()
    assert order(await index.outline(project), "gone.py", mentioned=("x",)) == []
    (project / "long.py").write_text("def " + "a" * 10_000 + "():\n    pass\n" + "x = 1;" * 10_000)
    (project / "binary.py").write_bytes(os.urandom(5000))
    outline = await index.outline(project)
    assert set(order(outline)) == {"binary.py", "long.py"}
    assert all(len(each.text) <= 120 for each in outline.files["long.py"].definitions)
