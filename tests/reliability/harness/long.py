"""Runs that are long in images or in steps, and small in everything else."""

from __future__ import annotations

import re
from pathlib import Path

from tests.reliability.harness.footprint import Footprint, rows_on_disk, watch
from tests.reliability.harness.plans import LOGGED, TINY_NETWORK, fresh, write_data

STEPS_OF_AN_EPOCH = 35
"""143 training images in batches of 4."""


def long_scoring(folder: Path, contents: int, algorithms: int) -> tuple[Footprint, str, int]:
    """Score ``contents`` x ``algorithms`` small images with psnr and a plugin; footprint, stderr, rows written."""
    manifest = write_data(fresh(folder / "data"), contents, algorithms, size=16)
    # Without MOS there is no split: every image is scored.
    lines = [line.rpartition(",")[0] for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join(lines) + "\n")
    results = fresh(folder / "results")
    words = ("run", "--methods", "psnr,logged-mae", "--plugin", str(LOGGED), "--no-anchors", "--device", "cpu")
    words = (*words, "--dataset", "manifest", "--root", str(manifest), "--format", "csv", "--results", str(results))
    footprint, told = watch(words, lambda: rows_on_disk(results), 0.05)
    return footprint, told, rows_on_disk(results)


def long_training(folder: Path, steps: int) -> tuple[Footprint, str, int]:
    """Train the tiny network for ``steps``, in whole epochs; footprint, stderr, steps taken."""
    manifest = write_data(fresh(folder / "data"), contents=16, algorithms=20)
    results = fresh(folder / "results")
    epochs = -(-steps // STEPS_OF_AN_EPOCH)
    words = ("run", "--methods", "tiny-network", "--plugin", str(TINY_NETWORK), "--no-anchors", "--device", "cpu")
    words = (*words, "--dataset", "manifest", "--root", str(manifest), "--set", f"tiny-network.epochs={epochs}")
    seen = 0

    def by_checkpoint() -> int:
        nonlocal seen
        for path in results.glob("trained/*/*/checkpoint/network-*.safetensors"):
            seen = max(seen, int(path.name[len("network-") :][:7]))
        return seen

    footprint, told = watch((*words, "--format", "csv", "--results", str(results)), by_checkpoint, 0.1)
    taken = re.search(r"train tiny-network: (\d+)/(\d+), .* done", told)
    assert taken is not None, told
    assert taken[1] == taken[2]
    return footprint, told, int(taken[1])
