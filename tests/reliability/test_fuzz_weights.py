"""Damaged weights and checkpoints, safetensors and torch's, give tensors or one clear UserError."""

from __future__ import annotations

import io
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from fuzz_guard import Guard, fuzz, memory_folder
from fuzz_mutations import damaged
from hypothesis import given
from safetensors.torch import save

from iqabench._util.errors import UserError
from iqabench.training import checkpoint
from iqabench.training.checkpoint import Checkpoint
from iqabench.weights.convert import read_tensors, select, stored_metadata
from iqabench.weights.table import TABLE
from iqabench.weights.unpickle import load_arrays

pytestmark = [pytest.mark.timeout(3600), pytest.mark.filterwarnings("ignore")]

guards = {kind: Guard(kind, 200) for kind in ("weights", "checkpoints", "pickles")}
STATE = {"features.0.weight": torch.arange(24.0).reshape(2, 3, 2, 2), "features.0.bias": torch.zeros(2)}


def torch_bytes(thing: object, zipped: bool = True) -> bytes:
    stream = io.BytesIO()
    torch.save(thing, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


WEIGHTS = (
    save(STATE, {"tensors_sha256": "0" * 64, "source_sha256": "1" * 64}),
    save({"a": torch.zeros(2, dtype=torch.bfloat16), "b": torch.zeros((0, 3)), "c": torch.ones(1, dtype=torch.int64)}),
    *(torch_bytes(STATE, zipped) for zipped in (True, False)),
    torch_bytes({"state_dict": STATE, "epoch": 3}),
    b"<!DOCTYPE html><html></html>",
    b"",
)
PICKLES = tuple(
    pickle.dumps({"AlexNet_0": {"Conv_0": {"kernel": np.ones((1, 1, 3, 2), np.float32)}}}, protocol=protocol)
    for protocol in (3, 4, 5)
)
RECORD = {
    "format": checkpoint.FORMAT,
    "identity": "x",
    "position": {"stage": 0, "epoch": 1, "step": 2, "total": 3, "loss_sum": 0.5, "stage_begun": True},
    "files": {"network": "network-0000003b.safetensors"},
    "optimiser": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]},
    "random": [torch.get_rng_state()[:64].clone()],
    "history": [],
    "best": None,
}


@fuzz(fast=150)
@given(data=damaged(WEIGHTS))
def test_weights(data: bytes) -> None:
    state = guards["weights"](lambda: read_tensors(data, "the file some.pth"), names="some.pth")
    assert all(isinstance(key, str) for key in stored_metadata(data))
    if isinstance(state, UserError):
        return
    assert all(isinstance(value, torch.Tensor) for value in state.values())
    known = TABLE["alexnet-features"]
    assert isinstance(guards["weights"](lambda: select(known, state, "some.pth"), names="some.pth"), UserError)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    yield (place := memory_folder())
    shutil.rmtree(place)


@fuzz(fast=100)
@given(data=damaged([torch_bytes(RECORD), torch_bytes({**RECORD, "best": [1, 0.5]}), torch_bytes(RECORD, False)]))
def test_checkpoints(folder: Path, data: bytes) -> None:
    (folder / "network-0000003b.safetensors").write_bytes(WEIGHTS[0])
    (folder / "position.pt").write_bytes(data)
    found = guards["checkpoints"](lambda: checkpoint.load(folder, "x"), names=folder)
    assert isinstance(found, UserError | Checkpoint)


@fuzz(fast=150)
@given(data=damaged(PICKLES))
def test_pickles_of_arrays(data: bytes) -> None:
    arrays = guards["pickles"](lambda: load_arrays(data, "odd.ckpt"), names="odd.ckpt")
    assert isinstance(arrays, UserError | dict)
