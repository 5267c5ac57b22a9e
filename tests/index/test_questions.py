"""Search answers twenty questions about a real package with the right file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neoai_server_ext.index.service import Hit, IndexService

from ..corpus import corpus
from .questions import QUESTIONS, Answer
from .test_index import Folders

NEAR = 10
FLOOR_AT_3 = 17
FLOOR_AT_1 = 8


def position(hits: list[Hit], answer: Answer) -> int:
    """The rank of the first passage that opens within ten lines of the answer; 0 for none."""
    path, lines = answer
    for i, hit in enumerate(hits):
        if hit.path == path and any(abs(hit.start_line - line) <= NEAR for line in lines):
            return i + 1
    return 0


async def test_twenty_questions_have_the_right_file_and_line_among_the_first_three(
    tmp_path: Path, require: Any, capsys: Any
) -> None:
    require("package index")
    index = IndexService(projects=Folders(p=corpus()), index_dir=tmp_path)
    ranks = [position(await index.search("p", asked), answer) for asked, answer in QUESTIONS]
    at_1, at_3 = ranks.count(1), sum(0 < rank <= 3 for rank in ranks)
    with capsys.disabled():
        print(f"\nsearch: {at_1}/20 right at 1, {at_3}/20 right within 3; ranks {ranks}")
    assert at_3 >= FLOOR_AT_3
    assert at_1 >= FLOOR_AT_1
