"""Waits, in a started container that is nobody's yet, until a hub makes a user's server of it.

    python waiting.py PROGRAM

PROGRAM is a Python file with `main()` and, where it has something to prepare, `prepare()`, which
is called first. Then one line is read from the standard input, which only the container engine can
write: a JSON object with the server's `environment`, `arguments` and `folder`. `main()` is the
server from then on, in this process.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

READY = "waiting for a user"
"""Written when everything is loaded; a hub gives the container to nobody before."""
MARK = Path(tempfile.gettempdir()) / "neoai-waiting"
"""There while nobody's: the health check asks no server then."""


def load(program: Path) -> ModuleType:
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("neoai_singleuser", program)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def wait() -> list[str]:
    """Read whose server this is, and take its environment and folder; its arguments."""
    line = sys.stdin.readline()
    if not line:
        sys.exit("No hub is there any more: the input has ended.")
    given = json.loads(line)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.environ.update(given["environment"])
    time.tzset()
    tempfile.tempdir = None
    os.chdir(given["folder"])
    return [str(argument) for argument in given["arguments"]]


def main() -> None:
    """Prepare, wait, and become the server."""
    program = Path(sys.argv[1])
    MARK.touch()
    module = load(program)
    if hasattr(module, "prepare"):
        module.prepare()
    print(READY, flush=True)
    sys.argv = [str(program), *wait()]
    MARK.unlink()
    module.main()


if __name__ == "__main__":
    main()
