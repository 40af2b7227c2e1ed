"""What must hold at any moment, also just after a kill: a file that has its final name is whole and right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load

from iqabench.results.store import load_results
from tests.reliability.harness.plans import timeless

_VOLATILE = {"scores.partial.csv", "run.json"}
"""Files that grow or change until their run is complete."""


def check_whole(results: Path, truth: dict[str, Any]) -> None:
    """Assert that every file below ``results`` is what the undisturbed run has there, or a whole step towards it."""
    for path in results.rglob("*"):
        name = str(path.relative_to(results))
        if path.is_dir() or path.name == ".lock" or path.name.endswith(".part"):
            continue
        if path.name == "scores.partial.csv":
            _check_partial(path, truth[str(path.with_name("scores.csv").relative_to(results))])
        elif path.parent.name == "checkpoint":
            if path.name == "position.pt":
                _check_checkpoint(path)
        elif path.suffix == ".json":
            record = timeless(json.loads(path.read_text()))
            if path.name not in _VOLATILE or record["status"] == "complete":
                assert record == truth[name], f"{name} differs from that of the undisturbed run"
        else:
            assert path.read_bytes() == truth[name], f"{name} differs from that of the undisturbed run"
    if list(results.glob("*/*/labels/*/card.json")) and list(results.glob("*/*/*/*/*/run.json")):
        load_results(results)


def _check_partial(path: Path, truth: bytes) -> None:
    *whole, torn = path.read_bytes().split(b"\n")
    right = set(truth.split(b"\n"))
    assert set(whole) <= right, f"{path}: a row that the undisturbed run does not have"
    assert not torn or any(row.startswith(torn) for row in right), f"{path}: a torn row of something else"


def _check_checkpoint(position: Path) -> None:
    record = torch.load(position, map_location="cpu", weights_only=True)
    for name in record["files"].values():
        assert load((position.parent / name).read_bytes())
