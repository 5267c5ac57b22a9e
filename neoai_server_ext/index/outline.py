"""What a project's files define and which of them use it, and so which matter most.

Made from the index's passages and kept in memory: of each file its definitions, and its
identifiers as hashes with their counts, some 2 kB a file. Files whose content is as it was are not
looked at again. Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from heapq import nlargest
from math import sqrt
from operator import itemgetter

from . import passages
from .store import Store

IDENTIFIER = re.compile(r"[^\W\d]\w{2,63}")
MOST_DEFINERS = 8
"""A name that more files define says nothing of which one is meant."""
MOST_USES = 65_535
LINE = 120
STEPS = 4
DAMPING = 0.85
ROUNDS = 8
MOST_EDGES = 24
"""A file that uses more others leans on none of the rest."""
PERSONAL = 0.7
MENTIONED = 10.0
KIND_WEIGHT: dict[passages.Kind, float] = {"source": 1.0, "test": 0.3, "doc": 0.1, "config": 0.05}

Edges = list[dict[int, float]]


@dataclass(frozen=True)
class Definition:
    """A definition: `Class.method`, its line from 1, and that line."""

    symbol: str
    line: int
    text: str

    @property
    def name(self) -> str:
        """Its own name, without what it stands in."""
        return self.symbol.rpartition(".")[2]


@dataclass(frozen=True)
class Ranked:
    """A file of the map, and its definitions, the most used first."""

    path: str
    score: float
    definitions: tuple[Definition, ...]


@dataclass(frozen=True)
class _File:
    digest: bytes
    weight: float
    definitions: tuple[Definition, ...]
    names: array[int]
    counts: array[int]

    @property
    def defines(self) -> set[str]:
        """The names that it defines."""
        return {definition.name for definition in self.definitions}

    def uses(self) -> Iterator[tuple[int, int]]:
        """The hashes of its identifiers, and how often each stands in it."""
        return zip(self.names, self.counts, strict=True)


@dataclass(frozen=True)
class Outline:
    """A project's files at one time, and who uses whom.

    edges: from each file to those that define what it uses, their sum 1. used: how much a name's
    hash is used in other files than a definer's. rank: how much a file matters to all others.
    """

    files: Mapping[str, _File] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    definers: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    edges: Edges = field(default_factory=list)
    used: Mapping[int, float] = field(default_factory=dict)
    rank: tuple[float, ...] = ()

    @property
    def paths(self) -> Set[str]:
        """The files, relative to the folder."""
        return self.files.keys()

    def updated(self, store: Store) -> Outline:
        """As the store is now; the same one where nothing has changed."""
        digests = {path: known.digest for path, known in store.known().items()}
        stale = [path for path, digest in digests.items() if self._digest(path) != digest]
        if not stale and len(digests) == len(self.files):
            return self
        files = {path: file for path, file in self.files.items() if path in digests}
        for path, cut in store.passages_of(stale):
            files[path] = _read(path, digests[path], cut)
        for path in set(stale) - files.keys():
            files[path] = _read(path, digests[path], ())
        files = {path: files[path] for path in sorted(digests)}
        if files.keys() == self.files.keys() and all(
            files[path].defines == self.files[path].defines for path in stale
        ):
            return self._with_other_uses(files, stale)
        return _connected(files)

    def users(self, name: str) -> list[str]:
        """The files that have an identifier of three characters or more."""
        wanted = hash(name)
        return [path for path, file in self.files.items() if wanted in file.names]

    def _with_other_uses(self, files: Mapping[str, _File], stale: Iterable[str]) -> Outline:
        """Where nothing else is defined, edits change who uses whom by little: the ranks stay."""
        edges, places = list(self.edges), self._places()
        for path in stale:
            edges[places[path]] = _edges(places[path], files[path], self.definers, {})
        return replace(self, files=files, edges=edges)

    def _places(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.order)}

    def ranked(
        self, seeds: Iterable[str], mentioned: Iterable[str] = (), limit: int = 100
    ) -> list[Ranked]:
        """The files that matter most to whoever works on the `seeds` and speaks of the names
        `mentioned` (personalised PageRank, as aider's repository map has it)."""
        spoken = {hash(name) for name in mentioned}
        places = self._places()
        start: dict[int, float] = defaultdict(float)
        for path in seeds:
            if path in places:
                start[places[path]] += 1.0
        for name in spoken:
            for number in self.definers.get(name, ()):
                start[number] += 1.0 / len(self.definers[name])
        near = self._near(start)
        scores = [
            ((1 - PERSONAL) * rank + PERSONAL * near.get(number, 0.0)) * self.files[path].weight
            for number, (path, rank) in enumerate(zip(self.order, self.rank, strict=True))
        ]
        best = nlargest(limit, zip(scores, self.order, strict=True), key=itemgetter(0))
        return [Ranked(path, score, self._by_use(self.files[path], spoken)) for score, path in best]

    def _digest(self, path: str) -> bytes | None:
        file = self.files.get(path)
        return file.digest if file is not None else None

    def _near(self, start: Mapping[int, float]) -> dict[int, float]:
        """Where a walk along the uses ends that begins at `start` and turns back now and then."""
        total = sum(start.values())
        at = {number: weight / total for number, weight in start.items()}
        found: dict[int, float] = defaultdict(float)
        for _ in range(STEPS if at else 0):
            onward: dict[int, float] = defaultdict(float)
            for number, weight in at.items():
                found[number] += (1 - DAMPING) * weight
                for target, share in self.edges[number].items():
                    onward[target] += DAMPING * weight * share
            at = onward
        return found

    def _by_use(self, file: _File, spoken: Set[int]) -> tuple[Definition, ...]:
        def weight(definition: Definition) -> float:
            name = hash(definition.name)
            private = 0.1 if definition.name.startswith("_") else 1.0
            return (self.used.get(name, 0.0) + MENTIONED * (name in spoken)) * private

        return tuple(sorted(file.definitions, key=lambda each: (-weight(each), each.line)))


def _read(path: str, digest: bytes, cut: Iterable[passages.Passage]) -> _File:
    definitions: dict[tuple[str, int], Definition] = {}
    counts: Counter[int] = Counter()
    for passage in cut:
        counts.update(map(hash, IDENTIFIER.findall(passage.text)))
        first = passage.defined - passage.start
        if passage.symbol and first >= 0:
            line = passage.text.split("\n", first + 1)[first].rstrip()[:LINE]
            key = (passage.symbol, passage.defined)
            definitions.setdefault(key, Definition(passage.symbol, passage.defined, line))
    return _File(
        digest,
        KIND_WEIGHT[passages.kind_of(path)],
        tuple(definitions.values()),
        array("q", counts.keys()),
        array("H", (min(count, MOST_USES) for count in counts.values())),
    )


def _connected(files: Mapping[str, _File]) -> Outline:
    """Who uses whom: by names that few files define, and the more often the better."""
    definers: dict[int, set[int]] = defaultdict(set)
    for number, file in enumerate(files.values()):
        for definition in file.definitions:
            if IDENTIFIER.fullmatch(definition.name):
                definers[hash(definition.name)].add(number)
    known = {
        name: tuple(sorted(numbers))
        for name, numbers in definers.items()
        if len(numbers) <= MOST_DEFINERS
    }
    used: dict[int, float] = {}
    edges = [_edges(number, file, known, used) for number, file in enumerate(files.values())]
    return Outline(files, tuple(files), known, edges, used, _pagerank(edges))


def _edges(
    number: int, file: _File, definers: Mapping[int, tuple[int, ...]], used: dict[int, float]
) -> dict[int, float]:
    """From one file to those that it uses most; adds to how much names are used."""
    out: dict[int, float] = {}
    for name, count in file.uses():
        numbers = definers.get(name)
        if numbers is None or number in numbers:
            continue
        weight = sqrt(count) / len(numbers)
        used[name] = used.get(name, 0.0) + weight
        for target in numbers:
            out[target] = out.get(target, 0.0) + weight
    most = nlargest(MOST_EDGES, out.items(), key=itemgetter(1)) if len(out) > MOST_EDGES else out
    pairs = dict(most)
    total = sum(pairs.values())
    return {target: weight / total for target, weight in pairs.items()}


def _pagerank(edges: Edges) -> tuple[float, ...]:
    count = len(edges)
    rank = [1.0 / count] * count if count else []
    for _ in range(ROUNDS):
        lost = sum(weight for weight, out in zip(rank, edges, strict=True) if not out)
        onward = [(1 - DAMPING + DAMPING * lost) / count] * count
        for weight, out in zip(rank, edges, strict=True):
            for target, share in out.items():
                onward[target] += DAMPING * weight * share
        rank = onward
    return tuple(rank)
