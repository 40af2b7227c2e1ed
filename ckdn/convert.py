"""The authors' released checkpoints as safetensors of our names; nothing in them is run, none is left out."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from ckdn.architecture import Architecture
from ckdn.model import TRAINING_ONLY, Network
from iqabench._util.errors import WeightsError
from iqabench.weights.plain import read_torch

RELEASED_NAMES = {
    "qse_1": "qse.stem",
    "qse_2": "qse.blocks",
    "dte_1": "dte.stem",
    "dte_2": "dte.blocks",
    "csp": "csp",
    "aux_csp": "pretraining_csp",
    "fc_": "head.layers",
    "fc1_": "pretraining_head.layers",
}
"""Part of a released name, and where it goes."""

_NAME = re.compile(rf"(?:module\.)?({'|'.join(RELEASED_NAMES)})\.(.+)")


def convert(source: Path, target: Path) -> dict[str, Tensor]:
    """Convert a released checkpoint; writes ``target`` as :func:`read_released` returns it, and returns it.

    Raises WeightsError as that function does.
    """
    state = read_released(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, target, metadata={"method": "ckdn", "recipe": "released"})
    return state


def read_released(source: Path) -> dict[str, Tensor]:
    """The inference part of a released checkpoint: the trained state of ``CKDN(recipe="released")``.

    The arguments that its training script saves beside the tensors are read over.

    Raises
    ------
    WeightsError
        If the file cannot be read without running code in it, or a tensor is missing, unknown or of another shape.
    """
    try:
        content = source.read_bytes()
    except FileNotFoundError as error:
        raise WeightsError(f"{source}: no such file") from error
    except OSError as error:
        raise WeightsError(f"{source}: cannot be read ({error.strerror})") from error
    checkpoint = read_torch(content, str(source), arguments=True)
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("state_dict"), dict):
        raise WeightsError(f"{source}: no released CKDN checkpoint; it is not a dictionary with a state_dict")
    return inference_state(checkpoint["state_dict"], str(source))


def inference_state(released: dict[str, Tensor], origin: str) -> dict[str, Tensor]:
    """Rename the tensors of a released ``state_dict``, check all, and keep those that scoring needs."""
    odd = [name for name, tensor in released.items() if not (isinstance(name, str) and isinstance(tensor, Tensor))]
    if odd:
        raise WeightsError(f"{origin}: the checkpoint holds {odd[0]!r}, which is no tensor")
    renamed = {rename(name, origin): tensor for name, tensor in released.items()}
    expected = Network(Architecture(difference="released")).state_dict()
    for what, names in (("lacks", set(expected) - set(renamed)), ("has the unknown", set(renamed) - set(expected))):
        if names:
            raise WeightsError(f"{origin}: the checkpoint {what} {min(names)} ({len(names)} in all)")
    for name, tensor in renamed.items():
        if tensor.shape != expected[name].shape:
            raise WeightsError(
                f"{origin}: {name} has shape {tuple(tensor.shape)}, expected {tuple(expected[name].shape)}"
            )
    return {
        f"network.{name}": tensor.contiguous().clone()
        for name, tensor in renamed.items()
        if not name.startswith(TRAINING_ONLY)
    }


def rename(name: str, origin: str) -> str:
    """Our name of a released tensor."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise WeightsError(f"{origin}: the checkpoint has the unknown tensor {name}")
    return f"{RELEASED_NAMES[match[1]]}.{match[2]}"


def main(arguments: list[str]) -> int:
    """``python -m ckdn.convert CHECKPOINT FILE``; returns the exit status."""
    if len(arguments) != 2:
        print("usage: python -m ckdn.convert CHECKPOINT FILE", file=sys.stderr)
        return 2
    source, target = map(Path, arguments)
    try:
        state = convert(source, target)
    except WeightsError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{target}: {len(state)} tensors")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
