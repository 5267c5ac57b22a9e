"""Which files a change will touch, asked with the commit's message, of any git repository.

    python benchmarks/retrieval.py --repo PATH [--repo PATH …] [--commits 200] [--ablation]

The newest commits that changed one to five source files (no tests, no documentation, no merges)
ask: their messages, cleaned of the names of files and of the numbers of issues. The tree and the
history are those before the first of them. Three rankings of the source files: ours, without an
embedder; BM25 over whole files with identifiers split and stemmed; and a count of the query's
words. The goal: recall@10 and MRR 3 points above BM25's on average, and below it in no repository.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig import ablation
from rig.histories import Asked, git, history, is_source
from rig.rankers import Bm25, KeywordCount

from neoai_server_ext.git.service import GitHistory
from neoai_server_ext.index.alone import NoProjects
from neoai_server_ext.index.service import IndexService

MOST = 50
ABOVE = 0.03

Ranker = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True)
class Marks:
    """Means over the questions."""

    recall_5: float
    recall_10: float
    mrr: float

    def __str__(self) -> str:
        return f"{self.recall_5:.3f}  {self.recall_10:.3f}  {self.mrr:.3f}"


def mean(marks: list[Marks]) -> Marks:
    """Of several repositories, each counting the same."""
    columns = zip(*((each.recall_5, each.recall_10, each.mrr) for each in marks), strict=True)
    return Marks(*(sum(column) / len(marks) for column in columns))


async def measured(rank: Ranker, asked: tuple[Asked, ...]) -> Marks:
    """Ask all questions."""
    found = []
    for question in asked:
        ranked = await rank(question.query)
        places = [i for i, path in enumerate(ranked, 1) if path in question.relevant]
        found.append(
            Marks(
                sum(place <= 5 for place in places) / len(question.relevant),
                sum(place <= 10 for place in places) / len(question.relevant),
                1 / places[0] if places else 0.0,
            )
        )
    return mean(found)


@contextmanager
def checked_out(repository: Path, commit: str, folder: Path) -> Iterator[Path]:
    """The tree of a commit in a repository of its own, which ends at that commit."""
    there = folder / repository.resolve().parent.name
    git(folder, "clone", "--quiet", "--shared", "--no-checkout", str(repository.resolve()), there)
    git(there, "checkout", "--quiet", "--detach", commit)
    yield there


def texts(root: Path) -> dict[str, str]:
    """The source files of a tree."""
    listed = git(root, "ls-files", "-z").decode("utf-8", "replace").split("\0")
    return {
        path: (root / path).read_text("utf-8", "replace")
        for path in filter(is_source, listed)
        if (root / path).is_file() and not (root / path).is_symlink()
    }


async def ours(index: IndexService, root: Path, query: str) -> list[str]:
    """The files in the order of their first passages."""
    hits = await index.search_folder(root, query, MOST)
    return [path for path in dict.fromkeys(hit.path for hit in hits) if is_source(path)]


async def compared(repository: Path, most: int, ablating: bool) -> dict[str, Marks]:
    """The marks of each ranking in one repository."""
    asked = history(repository, most)
    found: dict[str, Marks] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        checked_out(repository, asked.base, Path(name)) as root,
    ):
        there = texts(root)
        print(f"{root.name}: {len(asked.asked)} questions, {len(there)} source files", flush=True)
        for label, ranker in (("BM25", Bm25(there)), ("keyword count", KeywordCount(there))):

            async def rank(query: str, ranker: Bm25 | KeywordCount = ranker) -> list[str]:
                return ranker.ranked(query)

            found[label] = await measured(rank, asked.asked)
        index = IndexService(
            projects=NoProjects(),
            index_dir=Path(name) / "index",
            history=GitHistory(),
            fresh_s=86_400,
            wait_s=600,
        )
        for label, without in ablation.variants(ablating):
            with without:
                found[label] = await measured(lambda q: ours(index, root, q), asked.asked)
        await index.close()
    for label, marks in found.items():
        print(f"  {label:<24} {marks}", flush=True)
    return found


def main() -> int:
    """Measure and print; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", type=Path, action="append", required=True)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--ablation", action="store_true", help="what each signal gives")
    given = parser.parse_args()
    print(f"  {'':<24} recall@5  @10   MRR")
    all_found = [asyncio.run(compared(r, given.commits, given.ablation)) for r in given.repo]
    means = {label: mean([found[label] for found in all_found]) for label in all_found[0]}
    if len(all_found) > 1:
        print(f"mean of {len(all_found)} repositories")
        for label, marks in means.items():
            print(f"  {label:<24} {marks}")
    met = all(
        found["NeoAI"].recall_10 >= found["BM25"].recall_10
        and found["NeoAI"].mrr >= found["BM25"].mrr
        for found in all_found
    )
    met = met and means["NeoAI"].recall_10 >= means["BM25"].recall_10 + ABOVE
    met = met and means["NeoAI"].mrr >= means["BM25"].mrr + ABOVE
    print("goals kept" if met else "GOALS MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
