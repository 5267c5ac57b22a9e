"""Renders one template, in a process of its own: what takes too long is ended with it.

Reads `{source, target, answers}` as JSON from its input; says why not on its output.
"""

from __future__ import annotations

import json
import sys


def main() -> int:
    """The exit status: 0 when it is done, 2 for an answer that the template refuses."""
    from copier import run_copy

    wanted = json.load(sys.stdin)
    try:
        run_copy(
            wanted["source"],
            wanted["target"],
            data=wanted["answers"],
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=False,
            skip_tasks=True,
        )
    except ValueError as error:
        print(error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
