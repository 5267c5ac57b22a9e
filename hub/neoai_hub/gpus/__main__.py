"""`python -m neoai_hub.gpus record FILE` keeps what NVML answers on this machine, for the tests;
`python -m neoai_hub.gpus` lists the GPUs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .nvml import ABSENT, LiveNvml, NvmlError, RecordingNvml, discover, utilisation


def main(arguments: list[str] | None = None) -> int:
    """0; 1 where there is no driver."""
    parser = argparse.ArgumentParser(prog="python -m neoai_hub.gpus", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["list", "record"], default="list")
    parser.add_argument("file", nargs="?", type=Path, default=Path("nvml.json"))
    options = parser.parse_args(arguments)
    nvml = RecordingNvml(LiveNvml())
    try:
        driver = nvml.ask("nvmlSystemGetDriverVersion")
        devices = discover(nvml)
        busy = utilisation(nvml)
    except NvmlError as error:
        if error.code not in ABSENT:
            raise
        print(f"No GPU of NVIDIA's here: {error}.", file=sys.stderr)
        return 1
    if options.what == "record":
        kept = {"source": f"recorded with driver {driver}", "replies": nvml.replies}
        options.file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(f"{len(nvml.replies)} replies are in {options.file}.")
    for device in devices:
        at = f"{busy[device.id]:.0%} busy" if device.id in busy else "does not say how busy"
        print(f"{device.id}  {device.kind}  {device.memory_bytes / 2**30:.0f} GiB  {at}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
