"""Keeps what int8's calibration found in the user's cache, so that only the first start waits for it.

A file is named by all that made it: the images, the code that calibrates, the weights in float32, torch and the
instructions that it computes with. One that cannot be read is made again; where none can be written, each start
calibrates.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from platformdirs import user_cache_path
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from iqabench._util import waiting
from iqabench._util.errors import StorageError
from iqabench._util.files import write_atomically
from iqabench.scoring import calibration, int8
from iqabench.scoring.calibration import Pass, Seen, calibrated_sequence
from iqabench.scoring.fused import FusedConv
from iqabench.scoring.int8 import Int8Conv
from iqabench.weights.digest import bytes_digest, tensor_digest

Tensors = Mapping[str, Tensor]


def kept_calibration(name: str, network: nn.Module, calibrate: Callable[[], Tensors], source: str) -> Tensors:
    """What ``calibrate()`` returns, or returned before for ``network`` (in float32).

    ``name`` says what else it depends on: how the method shows images to the network. ``source`` is the file of
    Python that says so.
    """
    digest = _digest(name, network, source)
    file = user_cache_path("iqabench", appauthor=False) / "int8" / f"{digest}.safetensors"
    # A file that is not there is not to be read; one that is damaged, or another's, is made again.
    with contextlib.suppress(OSError, SafetensorError), safe_open(file, "pt") as kept:
        read = {key: kept.get_tensor(key) for key in kept.keys()}  # noqa: SIM118  it is no mapping
        if kept.metadata() == _said_of(digest, read):
            return read
    with waiting.at("calibrating for int8, once on this machine"):
        found = {key: tensor.contiguous() for key, tensor in calibrate().items()}
    with contextlib.suppress(StorageError):
        write_atomically(file, save(found, _said_of(digest, found)))
    return found


def sequence_in_int8(
    name: str, layers: nn.Sequential, seen: Callable[[], Seen], apply: Pass = nn.Module.__call__
) -> nn.Sequential:
    """``layers`` with the convolutions of :func:`iqabench.scoring.calibration.calibrated_sequence` in 8 bits."""

    def calibrate() -> Tensors:
        convs = calibrated_sequence(layers, seen(), apply)
        return {f"{index}.{key}": one for index, conv in convs.items() for key, one in conv.tensors().items()}

    found, ready = kept_calibration(name, layers, calibrate, inspect.getfile(seen)), nn.Sequential()
    for index, layer in enumerate(layers):
        own = under(str(index), found)
        ready.append(Int8Conv.of(layer, own) if own and isinstance(layer, FusedConv) else layer)
    return ready


def under(name: str, tensors: Tensors) -> dict[str, Tensor]:
    """Those whose names begin with ``name`` and a point, by the rest of their names."""
    return {key.removeprefix(f"{name}."): one for key, one in tensors.items() if key.startswith(f"{name}.")}


def _said_of(digest: str, found: Tensors) -> dict[str, str]:
    """Metadata of a file: what made it, and what it holds."""
    return {"made_by": digest, "holds": tensor_digest(found)}


def _digest(name: str, network: nn.Module, source: str) -> str:
    weights, instructions = tensor_digest(network.state_dict()), torch.backends.cpu.get_cpu_capability()
    code = [bytes_digest(Path(file).read_bytes()) for file in (calibration.__file__, int8.__file__, source)]
    made_by = "\n".join((name, calibration.calibration_digest(), *code, weights, torch.__version__, instructions))
    return hashlib.blake2b(made_by.encode(), digest_size=16).hexdigest()
