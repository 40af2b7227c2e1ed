"""The file that trained weights travel in: safetensors, half precision, with its history as metadata."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from iqabench._util.errors import WeightsError

SHIPPED = Path(__file__).parent / "weights" / "shipped.safetensors"
"""The weights of this package; ``MODEL_CARD.md`` beside them says where they come from and what they are good for."""

COUNTER = "num_batches_tracked"
"""End of the name of batch norm's counters, which no score depends on."""


def write_checkpoint(state: dict[str, Tensor], path: Path, facts: dict[str, str]) -> None:
    """Store a trained state as float16, without batch norm's counters; ``facts`` go into the header."""
    half = {name: tensor.half().contiguous() for name, tensor in state.items() if not name.endswith(COUNTER)}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(half, path, metadata=facts)


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of :func:`write_checkpoint` as float32 with counters at zero, and the facts.

    Raises
    ------
    WeightsError
        If the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as opened:
            facts = dict(opened.metadata() or {})
            state = {name: opened.get_tensor(name).float() for name in opened.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        hint = "install the package again" if path == SHIPPED else "name a file of CKDN weights that is there and whole"
        raise WeightsError(f"{path}: cannot be read as CKDN weights ({error}); {hint}") from error
    for name in [name for name in state if name.endswith("running_var")]:
        state[name.replace("running_var", COUNTER)] = torch.tensor(0)
    return state, facts
