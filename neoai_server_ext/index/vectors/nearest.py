"""The nearest of many vectors, by faiss: on a GPU where its build for one is installed.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...logs import logger
from .kept import Chunk

if TYPE_CHECKING:
    import numpy

FLAT_MOST = 20_000
"""So many vectors are compared one by one; more are sorted into cells of like ones first."""
PER_CELL = 400
PROBED = 16
GROWN = 4
MISSING = (
    "An embedder is configured, but faiss is not installed: pip install 'neoai[vectors]', "
    "or 'neoai[gpu]' where there is a GPU."
)

log = logger("index")


def is_installed() -> bool:
    """Whether there is a faiss, without loading it."""
    return find_spec("faiss") is not None


def builds() -> tuple[str, ...]:
    """Which of faiss's packages are installed, with their versions; two overwrite each other."""
    found = []
    for name in ("faiss-cpu", "faiss-gpu"):
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return tuple(found)


class Nearest:
    """Vectors of length 1 by their ids. Threads may search while one changes it."""

    def __init__(self, dimension: int, count: int, chunks: Iterable[Chunk]) -> None:
        """chunks: about `count` vectors, each id once; the first chunk is a fair sample of all."""
        self.dimension = dimension
        self._ids: set[int] = set()
        self._lock = threading.Lock()
        self._gpu: Any = None
        self._trained = 0
        self._index: Any = self._begun(0, None)
        for ids, vectors in chunks:
            if not self._ids:
                self._index = self._begun(count, vectors)
            self._index.add_with_ids(vectors, ids)
            self._ids.update(ids.tolist())

    def _begun(self, count: int, sample: numpy.ndarray | None) -> Any:
        import faiss

        if sample is None or count <= FLAT_MOST:
            return faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))
        cells = min(count // PER_CELL, len(sample))
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(self.dimension),
            self.dimension,
            cells,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.train(sample)
        index.nprobe = PROBED
        self._trained = count
        return index

    @property
    def ids(self) -> frozenset[int]:
        """The vectors that are there."""
        return frozenset(self._ids)

    @property
    def has_outgrown(self) -> bool:
        """Whether it was made for far fewer vectors, and should be made anew."""
        return len(self._ids) > (GROWN * self._trained or 2 * FLAT_MOST)

    def change(self, chunks: Iterable[Chunk], gone: Iterable[int]) -> None:
        """Add vectors that are not there, and take others out."""
        import numpy

        leaving = numpy.array(sorted(gone), numpy.int64)
        with self._lock:
            self._gpu = None
            if len(leaving):
                self._index.remove_ids(leaving)
                self._ids.difference_update(leaving.tolist())
            for ids, vectors in chunks:
                self._index.add_with_ids(vectors, ids)
                self._ids.update(ids.tolist())

    def search(self, vector: numpy.ndarray, k: int) -> list[tuple[int, float]]:
        """The `k` nearest: their ids and cosines, the nearest first."""
        with self._lock:
            k = min(k, len(self._ids))
            if not k:
                return []
            cosines, ids = self._searched().search(vector.reshape(1, -1), k)
        pairs = zip(ids[0].tolist(), cosines[0].tolist(), strict=True)
        return [(identity, cosine) for identity, cosine in pairs if identity >= 0]

    def save(self, path: Path) -> str:
        """Write it to a file, whole or not at all; gives what `load` must be told of it."""
        import faiss

        draft = path.with_name(path.name + ".part")
        with self._lock:
            faiss.write_index(self._index, str(draft))
        draft.replace(path)
        return _noted(path)

    @classmethod
    def load(cls, path: Path, note: str, dimension: int) -> Nearest | None:
        """What was saved; None where the file is another one, of another dimension, or broken."""
        import faiss

        if not note or _noted(path) != note:
            return None
        try:
            index = faiss.read_index(str(path))
        except (RuntimeError, MemoryError):
            return None
        if index.d != dimension:
            return None
        loaded = cls.__new__(cls)
        loaded.dimension = dimension
        loaded._ids = set(_ids_of(index))
        loaded._lock = threading.Lock()
        loaded._gpu = None
        loaded._index = index
        loaded._trained = index.ntotal if _is_sorted(index) else 0
        return loaded

    def _searched(self) -> Any:
        """The index on the GPU where that can be, else as it is."""
        if self._gpu is None:
            self._gpu = _on_gpu(self._index)
        return self._gpu


def give_back() -> None:
    """Give the system the memory that making an index took and left: some 20 MB of 100,000
    vectors. Only glibc keeps it, and only it has the call."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def gpus() -> int:
    """How many GPUs the faiss that is installed can use."""
    import faiss

    return int(faiss.get_num_gpus()) if hasattr(faiss, "get_num_gpus") else 0


def _on_gpu(index: Any) -> Any:
    import faiss

    try:
        if gpus() == 0:
            return index
        resources = faiss.StandardGpuResources()
        return faiss.index_cpu_to_gpu(resources, 0, index)
    except Exception as error:  # faiss raises whatever CUDA does
        log.warning("the GPU is not used for vectors: %s", error)
        return index


def _is_sorted(index: Any) -> bool:
    return hasattr(index, "nprobe")


def _ids_of(index: Any) -> list[int]:
    import faiss
    import numpy

    if not _is_sorted(index):
        return list(faiss.vector_to_array(index.id_map).tolist())
    lists = index.invlists
    found: list[int] = []
    for cell in range(index.nlist):
        size = lists.list_size(cell)
        if size:
            pointer = lists.get_ids(cell)
            found.extend(numpy.array(faiss.rev_swig_ptr(pointer, size)).tolist())
            lists.release_ids(cell, pointer)
    return found


def _noted(path: Path) -> str:
    """By which a file is known to be the one that was written."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"
