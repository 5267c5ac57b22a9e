"""Search by words and by meaning together, and what of a project an embedder is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from neoai_server_ext.ai.embedder import ModelEmbedder
from neoai_server_ext.db import Database
from neoai_server_ext.index.alone import NoProjects
from neoai_server_ext.index.service import IndexService
from neoai_server_ext.index.vectors import local

from ...fakes.provider import FakeProvider
from ...projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .meanings import Meanings, vector_of

Call = Callable[..., Awaitable[Any]]

TEA = "def prepare(pot):\n    '''Boil water in the kettle.'''\n"
LOAF = "def make(flour):\n    '''Bake bread in the oven.'''\n"
WORD = "def cook_the_books():\n    '''Nothing to eat.'''\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    for name, text in {"tea.py": TEA, "loaf.py": LOAF, "word.py": WORD}.items():
        (made / name).write_text(text)
    return made


def index_of(tmp_path: Path, embedder: Meanings) -> IndexService:
    made = IndexService(
        projects=NoProjects(), index_dir=tmp_path / "index", embedder_of=lambda name: embedder
    )
    made.embedder = embedder.name
    return made


async def embedded(index: IndexService, folder: Path) -> None:
    """Wait for the vectors."""
    await index.search_folder(folder, "anything")
    task = index._followings[folder]._task
    assert task is not None
    await task


async def test_words_and_meaning_are_brought_together(tmp_path: Path, folder: Path) -> None:
    index = index_of(tmp_path, Meanings())
    await embedded(index, folder)
    hits = await index.search_folder(folder, "cook")
    assert [hit.path for hit in hits][:2] == ["word.py", "tea.py"] or [hit.path for hit in hits][
        :2
    ] == ["tea.py", "word.py"]
    (tea,) = [hit for hit in hits if hit.path == "tea.py"]
    assert (tea.symbol, tea.start_line, tea.end_line) == ("prepare", 1, 2)
    assert tea.snippet.startswith("def prepare(pot):")
    # What both find is one hit, and the first.
    both = await index.search_folder(folder, "kettle water")
    assert [hit.path for hit in both].count("tea.py") == 1
    assert both[0].path == "tea.py"
    await index.close()


async def test_a_question_whose_vector_is_remembered_finds_the_same_without_the_embedder(
    tmp_path: Path, folder: Path
) -> None:
    embedder = Meanings()
    index = index_of(tmp_path, embedder)
    await embedded(index, folder)
    first = await index.search_folder(folder, "cook")
    embedder.stalled = True
    assert await index.search_folder(folder, "cook") == first


async def test_only_the_kinds_that_are_wanted_are_found_by_meaning_too(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "README.md").write_text("# Kitchen\nThe kettle is hot.\n")
    index = index_of(tmp_path, Meanings())
    await embedded(index, folder)
    hits = await index.search_folder(folder, "boil", kinds=["doc"])
    assert {hit.path for hit in hits} == {"README.md"}
    await index.close()


async def test_an_embedder_that_stalls_or_fails_leaves_search_by_words(
    tmp_path: Path, folder: Path
) -> None:
    embedder = Meanings()
    index = index_of(tmp_path, embedder)
    index.embed_wait_s = 0.05
    await embedded(index, folder)
    embedder.stalled = True
    assert [hit.path for hit in await index.search_folder(folder, "cook")] == ["word.py"]
    embedder.stalled, embedder.failure = False, "It is down."
    assert [hit.path for hit in await index.search_folder(folder, "books")] == ["word.py"]
    await index.close()


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def fake(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    provider = FakeProvider()
    provider.vector_of = vector_of
    jp_asyncio_loop.run_until_complete(provider.__aenter__())
    yield provider
    jp_asyncio_loop.run_until_complete(provider.__aexit__(None, None, None))


@pytest.fixture
def jp_server_config(jp_server_config: Any, fake: FakeProvider) -> Any:
    """A model for embedding, which takes money; it is near, as private projects want it."""
    model = {"id": "e", "tasks": ["embed"], "price_in_usd": 1.0, "price_out_usd": 0.0}
    kind = "openai-compatible"
    near = {"name": "near", "kind": kind, "base_url": fake.url, "models": [model]}
    far = {"name": "far", "kind": kind, "base_url": "https://far.example/v1", "models": [model]}
    jp_server_config["AIService"] = {"providers": [near, far], "retries": 0}
    jp_server_config["IndexService"] = {"embedder": "near/e"}
    return jp_server_config


def given(fake: FakeProvider) -> list[str]:
    """The first lines of all that was embedded."""
    texts = [text for request in fake.requests for text in request.body["input"]]
    return [text.split("\n")[0] for text in texts]


async def made(call: Call, root: Path, name: str, **settings: Any) -> str:  # noqa: F811
    (root / name).mkdir(parents=True)
    (root / name / "tea.py").write_text(TEA)
    body = {"path": name, "settings": settings}
    return str((await call("POST", "/projects", body)).json["id"])


async def ready(call: Call, project: str) -> Any:  # noqa: F811
    """The index's state once everything is embedded, or cannot be."""
    await call("POST", f"/ai/index/{project}")
    async with asyncio.timeout(30):
        while True:
            state = (await call("GET", f"/ai/index/{project}")).json
            if state["state"] == "ready" and (state["embedding"] == 1 or state["detail"]):
                return state


async def test_a_configured_model_embeds_the_project_and_its_cost_is_in_the_ledger(
    call: Call,  # noqa: F811
    root: Path,  # noqa: F811
    fake: FakeProvider,
) -> None:
    project = await made(call, root, "kitchen")
    state = await ready(call, project)
    assert (state["embedder"], state["detail"]) == ("near/e", None)
    assert state["index_bytes"] > 0
    assert given(fake) == ["tea.py prepare"]
    found = await call("POST", "/ai/search", {"project_id": project, "query": "cook"})
    assert [item["path"] for item in found.json["items"]] == ["tea.py"]
    usage = (await call("GET", "/ai/usage?group_by=task,project")).json
    assert {(item["task"], item["project"]) for item in usage["items"]} == {("embed", project)}


async def test_each_batch_looks_the_projects_up_at_most_once(
    call: Call,  # noqa: F811
    root: Path,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    project = await made(call, root, "kitchen")
    await ready(call, project)
    neoai = jp_serverapp.web_app.settings["neoai"]
    embedder = ModelEmbedder(neoai.ai, neoai.projects, "near/e")
    asked: list[str] = []
    with statements(neoai.db, asked):
        await embedder.embed(root / "kitchen", ["tea", "water"])
    assert len([each for each in asked if "FROM projects" in each]) <= 1


@contextmanager
def statements(db: Database, said: list[str]) -> Iterator[None]:
    """Bring in what the database is asked meanwhile."""

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    assert db._engine is not None
    engine = db._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_private_project_within_another_is_not_embedded_with_it(
    call: Call,  # noqa: F811
    root: Path,  # noqa: F811
    fake: FakeProvider,
) -> None:
    outer = await made(call, root, "outer")
    inner = await made(call, root, "outer/secret", private=True)
    await ready(call, outer)
    assert given(fake) == ["tea.py prepare"]
    await ready(call, inner)
    assert given(fake) == ["tea.py prepare"] * 2


class TestFarAway:
    """The model is not nearby."""

    @pytest.fixture
    def jp_server_config(self, jp_server_config: Any) -> Any:
        jp_server_config["IndexService"] = {"embedder": "far/e"}
        return jp_server_config

    async def test_a_private_project_goes_to_no_model_far_away_and_is_found_by_words(
        self,
        call: Call,  # noqa: F811
        root: Path,  # noqa: F811
        fake: FakeProvider,
    ) -> None:
        project = await made(call, root, "secret", private=True)
        state = await ready(call, project)
        assert "private" in state["detail"]
        assert fake.requests == []
        found = await call("POST", "/ai/search", {"project_id": project, "query": "kettle"})
        assert [item["path"] for item in found.json["items"]] == ["tea.py"]


async def test_without_fastembed_it_is_said_what_to_install_and_words_are_searched(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "find_spec", lambda name: None)
    index = IndexService(projects=NoProjects(), index_dir=tmp_path / "index")
    index.embedder = "fastembed/BAAI/bge-small-en-v1.5"
    await embedded(index, folder)
    semantic = index._followings[folder].semantic
    assert semantic.problem == "fastembed is not installed: pip install 'neoai[embeddings]'."
    assert [hit.path for hit in await index.search_folder(folder, "kettle")] == ["tea.py"]
    await index.close()
