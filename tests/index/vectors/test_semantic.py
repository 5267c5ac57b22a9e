"""Vectors of passages: kept by their content, found by their meaning, and never in the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import numpy
import pytest

from neoai_server_ext.index.alone import without_projects
from neoai_server_ext.index.passages import Kind
from neoai_server_ext.index.service import IndexService
from neoai_server_ext.index.store import Store
from neoai_server_ext.index.vectors import Semantic, nearest
from neoai_server_ext.index.vectors import semantic as semantic_module
from neoai_server_ext.index.vectors.nearest import Nearest

from .meanings import Meanings


class World:
    """A folder with its index, and its vectors by an embedder."""

    def __init__(self, folder: Path, embedder: Meanings) -> None:
        self.root = folder / "project"
        self.index_dir = folder / "index"
        self.embedder = embedder
        self.index: IndexService = without_projects(self.index_dir, None)
        self.index.fresh_s = 0
        self.semantic: Semantic

    async def updated(self, embedder: Meanings | None = None) -> Semantic:
        """The vectors as they are after a start anew."""
        await self.index.search_folder(self.root, "anything")
        (file,) = (f for f in self.index_dir.glob("*.sqlite") if ".vectors" not in f.name)
        self.semantic = Semantic(Store(file), self.root, embedder or self.embedder)
        await self.again()
        return self.semantic

    async def again(self) -> None:
        await self.index.search_folder(self.root, "anything")
        await self.semantic.update(lambda: False)

    async def near(self, question: str, k: int = 1) -> list[str]:
        found = await self.semantic.near(question, get_args(Kind), k, 5.0)
        return [path for path, _ in found]

    def file(self, suffix: str) -> Path:
        (found,) = self.index_dir.glob(f"*{suffix}")
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    root = tmp_path / "project"
    root.mkdir()
    (root / "tea.py").write_text("def prepare(pot):\n    '''Boil water in the kettle.'''\n")
    (root / "loaf.py").write_text("def make(flour):\n    '''Bake bread in the oven.'''\n")
    (root / "trip.py").write_text("def go(car):\n    '''Drive with the engine on.'''\n")
    return World(tmp_path, Meanings())


async def test_passages_are_found_by_what_they_mean(world: World) -> None:
    await world.updated()
    assert await world.near("cook something") == ["tea.py"]
    assert await world.near("the motor") == ["trip.py"]
    assert world.semantic.problem == ""
    assert sorted(await world.near("dough", 3)) == ["loaf.py", "tea.py", "trip.py"]


async def test_only_what_is_new_is_embedded(world: World) -> None:
    await world.updated()
    world.embedder.texts.clear()
    (world.root / "car.py").write_text("def wheel():\n    '''The motor.'''\n")
    await world.again()
    assert [text.split("\n")[0] for text in world.embedder.texts] == ["car.py wheel"]
    assert set(await world.near("wheel motor", 2)) == {"car.py", "trip.py"}
    (world.root / "car.py").unlink()
    await world.again()
    assert await world.near("wheel motor") == ["trip.py"]
    # What comes back, as with a branch, has its vector still.
    world.embedder.texts.clear()
    (world.root / "car.py").write_text("def wheel():\n    '''The motor.'''\n")
    await world.again()
    assert world.embedder.texts == []
    assert "car.py" in await world.near("wheel motor", 2)


async def test_a_start_anew_embeds_nothing_and_reads_what_was_saved(world: World) -> None:
    await world.updated()
    world.embedder.texts.clear()
    await world.updated()
    assert world.embedder.texts == []
    assert await world.near("kettle") == ["tea.py"]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "another dimension", "gone"])
async def test_a_broken_file_of_the_nearest_is_made_anew_from_the_vectors(
    world: World, damage: str
) -> None:
    await world.updated()
    file = world.file(".faiss")
    content = file.read_bytes()
    if damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "garbage":
        file.write_bytes(b"\xff" * len(content))
    elif damage == "gone":
        file.unlink()
    else:
        ids = numpy.array([1], numpy.int64)
        Nearest(9, 1, [(ids, numpy.ones((1, 9), numpy.float32))]).save(file)
    world.embedder.texts.clear()
    await world.updated()
    assert world.embedder.texts == []
    assert await world.near("kettle") == ["tea.py"]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "no tables"])
async def test_broken_vectors_are_made_anew(world: World, damage: str) -> None:
    import sqlite3

    await world.updated()
    file = world.file(".vectors.sqlite")
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:5000])
    elif damage == "garbage":
        file.write_bytes(b"not a database at all" * 500)
    else:
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE about")
    await world.updated()
    assert world.semantic.problem == ""
    assert await world.near("kettle") == ["tea.py"]


async def test_another_embedder_gets_vectors_of_its_own(world: World) -> None:
    await world.updated()
    other = Meanings("test/other", extra=4)
    await world.updated(other)
    assert len(other.texts) == 3
    assert await world.near("kettle") == ["tea.py"]


async def test_a_model_that_changes_behind_its_name_is_noticed(world: World) -> None:
    await world.updated()
    world.embedder.extra = 2
    assert await world.near("kettle") == []
    (world.root / "new.py").write_text("def oven():\n    pass\n")
    await world.again()
    assert world.semantic.problem == ""
    assert await world.near("kettle") == ["tea.py"]
    assert set(await world.near("oven", 2)) == {"new.py", "loaf.py"}


async def test_an_embedder_that_fails_is_told_of_left_alone_for_a_while_and_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.embedder.failure = "The provider's quota is used up."
    await world.updated()
    assert world.semantic.problem == "The provider's quota is used up."
    assert await world.near("kettle") == []
    world.embedder.failure = None
    await world.again()
    assert world.embedder.texts == []
    monkeypatch.setattr(semantic_module, "REST_S", 0.0)
    await world.again()
    assert world.semantic.problem == ""
    assert await world.near("kettle") == ["tea.py"]


async def test_a_question_does_not_wait_for_an_embedder_that_stalls(world: World) -> None:
    await world.updated()
    assert await world.near("kettle") == ["tea.py"]
    world.embedder.stalled = True
    assert await world.semantic.near("oven", get_args(Kind), 1, 0.05) == []
    # What was asked before needs no embedder.
    assert await world.near("kettle") == ["tea.py"]


async def test_nothing_of_what_is_hidden_is_embedded(world: World) -> None:
    (world.root / "secret").mkdir()
    shutil.copy(world.root / "tea.py", world.root / "secret" / "tea.py")
    world.embedder.private = ("secret/",)
    await world.updated()
    assert not any("secret" in text for text in world.embedder.texts)
    assert "secret/tea.py" not in await world.near("kettle", 10)


async def test_cancelled_it_keeps_what_it_has_and_goes_on_later(world: World) -> None:
    for number in range(120):
        (world.root / f"f{number}.py").write_text(f"def motor{number}():\n    pass\n")
    await world.index.search_folder(world.root, "anything")
    (file,) = world.index_dir.glob("*.sqlite")
    world.semantic = Semantic(Store(file), world.root, world.embedder)
    await world.semantic.update(lambda: len(world.embedder.texts) >= 50)
    half = len(world.embedder.texts)
    assert 50 <= half < 123
    await world.semantic.update(lambda: False)
    assert len(world.embedder.texts) == len(set(world.embedder.texts)) == 123


def chunks_of(vectors: numpy.ndarray) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
    return [(numpy.arange(len(vectors), dtype=numpy.int64) + (1 << 61), vectors)]


def units(count: int, dimension: int = 32) -> numpy.ndarray:
    chance = numpy.random.default_rng(1)
    made = chance.standard_normal((count, dimension), dtype=numpy.float32)
    return made / numpy.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [1, 500, 21_000])
def test_the_nearest_of_few_and_of_many_are_found_changed_and_read_again(
    count: int, tmp_path: Path
) -> None:
    vectors = units(count)
    made = Nearest(32, count, chunks_of(vectors))
    first = (1 << 61) + count // 2
    assert made.search(vectors[count // 2], 1)[0][0] == first
    note = made.save(tmp_path / "x.faiss")
    read = Nearest.load(tmp_path / "x.faiss", note, 32)
    assert read is not None
    assert read.ids == made.ids
    read.change([], [first])
    assert first not in read.ids
    assert first not in [identity for identity, _ in read.search(vectors[count // 2], 5)]
    assert Nearest.load(tmp_path / "x.faiss", note, 31) is None
    assert Nearest.load(tmp_path / "x.faiss", "", 32) is None


def test_a_gpu_that_cannot_be_used_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    import faiss

    vectors = units(10)
    made = Nearest(32, 10, chunks_of(vectors))
    assert made.search(vectors[3], 1)[0][0] == (1 << 61) + 3
    asked: list[int] = []

    def broken(resources: object, device: int, index: object) -> object:
        asked.append(device)
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", broken, raising=False)
    assert nearest.gpus() == 1
    again = Nearest(32, 10, chunks_of(vectors))
    assert again.search(vectors[3], 1)[0][0] == (1 << 61) + 3
    assert asked == [0]
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", lambda r, d, index: index, raising=False)
    again.change([], [])
    assert again.search(vectors[4], 1)[0][0] == (1 << 61) + 4


async def test_without_faiss_it_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "is_installed", lambda: False)
    await world.updated()
    assert "pip install 'neoai[vectors]'" in world.semantic.problem
    assert world.embedder.texts == []


def test_the_doctor_names_the_faiss_that_is_there_and_tells_of_two(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.index.check()[0]
    assert world.index.check()[1].startswith("faiss-cpu ")
    monkeypatch.setattr(nearest, "builds", lambda: ("faiss-cpu 1", "faiss-gpu 1"))
    assert not world.index.check()[0]
    monkeypatch.setattr(nearest, "builds", tuple)
    assert world.index.check() == (
        True,
        "no faiss; no embedder is configured: search goes by words",
    )
    world.index.embedder = "p/m"
    is_well, said = world.index.check()
    assert not is_well
    assert "pip install 'neoai[vectors]'" in said
