"""What NVML answers, replayed: the devices, the slices, how busy they are; and where there is no
driver, that is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neoai_hub.gpus.nvml import (
    LiveNvml,
    NvmlError,
    RecordingNvml,
    ReplayedNvml,
    discover,
    kind_of,
    utilisation,
)

REPLIES = Path(__file__).parent / "replies"


def replies(name: str) -> list[dict[str, Any]]:
    return json.loads((REPLIES / name).read_text())["replies"]  # type: ignore[no-any-return]


def test_whole_gpus_and_the_slices_of_a_cut_one_are_found() -> None:
    found = discover(ReplayedNvml(replies("handwritten_h100_and_mig.json")), "n1")
    assert [(device.id[:4], device.kind, device.node) for device in found] == [
        ("GPU-", "H100", "n1"),
        ("MIG-", "H100-1g.10gb", "n1"),
        ("MIG-", "H100-1g.10gb", "n1"),
    ]
    assert found[0].memory_bytes == 85520809984


def test_a_gpu_that_knows_no_slices_is_a_gpu() -> None:
    (found,) = discover(ReplayedNvml(replies("handwritten_t4.json")))
    assert found.kind == "T4"


def test_a_slice_does_not_say_how_busy_it_is() -> None:
    busy = utilisation(ReplayedNvml(replies("handwritten_h100_and_mig.json")))
    assert list(busy.values()) == [0.87]


def test_what_was_recorded_is_replayed_the_same() -> None:
    recorder = RecordingNvml(ReplayedNvml(replies("handwritten_h100_and_mig.json")))
    first = (discover(recorder), utilisation(recorder))
    kept = json.loads(json.dumps(recorder.replies))
    again = ReplayedNvml(kept)
    assert (discover(again), utilisation(again)) == first


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "H100-1g.10gb"),
        ("NVIDIA A100-SXM4-40GB", "A100"),
        ("NVIDIA A100-PCIE-40GB MIG 3g.20gb", "A100-3g.20gb"),
        ("NVIDIA H100 PCIe", "H100"),
        ("NVIDIA H100 NVL", "H100"),
        ("NVIDIA GeForce RTX 4090", "RTX-4090"),
        ("Tesla T4", "T4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA", "NVIDIA"),
    ],
)
def test_a_kind_is_the_short_name_of_a_model(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_driver_that_breaks_is_no_empty_machine() -> None:
    broken = [{"function": "nvmlDeviceGetCount", "target": "", "numbers": [], "error": 15}]
    with pytest.raises(NvmlError) as caught:
        discover(ReplayedNvml(broken))
    assert caught.value.code == 15


def _driver() -> bool:
    try:
        LiveNvml().ask("nvmlDeviceGetCount")
    except NvmlError:
        return False
    return True


def test_the_command_says_what_there_is_or_that_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "nvml.json"
    command = [sys.executable, "-m", "neoai_hub.gpus", "record", str(file)]
    run = subprocess.run(command, capture_output=True, text=True)
    if _driver():
        assert run.returncode == 0
        kept = json.loads(file.read_text())
        assert discover(ReplayedNvml(kept["replies"]))
    else:
        assert run.returncode == 1
        assert "No GPU of NVIDIA's here" in run.stderr
        assert not file.exists()
