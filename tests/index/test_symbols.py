"""Definitions by parts of their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from neoai_server_ext.index.alone import without_projects
from neoai_server_ext.index.service import IndexService

SHOP = """class ShopKeeper:
    def sell_bread(self): ...

    def open(self): ...


def sell(price):
    return price


def best_seller():
    return 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "tests").mkdir(parents=True)
    (folder / "shop.py").write_text(SHOP)
    (folder / "tests" / "test_shop.py").write_text("def sell():\n    return 2\n")
    (folder / "README.md").write_text("# How to sell\nAsk.\n")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> IndexService:
    return without_projects(tmp_path / "index", None)


async def names(index: IndexService, project: Path, query: str, limit: int = 50) -> list[str]:
    found = await index.symbols_of_folder(project, query, limit)
    return [f"{each.path}:{each.line} {each.symbol}" for each in found]


async def test_whole_names_come_first_then_beginnings_and_source_before_tests(
    index: IndexService, project: Path
) -> None:
    assert await names(index, project, "sell") == [
        "shop.py:7 sell",
        "shop.py:2 ShopKeeper.sell_bread",
        "tests/test_shop.py:1 sell",
        "shop.py:11 best_seller",
        "README.md:1 How to sell",
    ]


async def test_a_method_is_found_by_its_class_and_by_the_beginnings_of_words(
    index: IndexService, project: Path
) -> None:
    assert (await names(index, project, "ShopKeeper.op"))[0] == "shop.py:4 ShopKeeper.open"
    assert (await names(index, project, "keeper bread"))[0] == "shop.py:2 ShopKeeper.sell_bread"
    assert (await names(index, project, "sksb")) == ["shop.py:2 ShopKeeper.sell_bread"]
    assert await names(index, project, "sell", 1) == ["shop.py:7 sell"]


@pytest.mark.parametrize("query", ["", "  ", ".", "%", "_%'\"; DROP TABLE files", "\\", "x" * 8000])
async def test_no_query_is_special(index: IndexService, project: Path, query: str) -> None:
    assert await names(index, project, query) == []
    assert await names(index, project, "sell", 1) == ["shop.py:7 sell"]


async def test_a_definition_that_goes_is_not_found_again(
    index: IndexService, project: Path
) -> None:
    index.fresh_s = 0
    assert await names(index, project, "best") == ["shop.py:11 best_seller"]
    (project / "shop.py").write_text("def cheapest(): ...\n")
    assert await names(index, project, "best") == []
    assert await names(index, project, "cheap") == ["shop.py:1 cheapest"]
