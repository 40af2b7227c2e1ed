"""Checkpoints from which an interrupted training continues bit for bit.

A folder holds ``position.pt`` (optimiser, random states, position, history), which names the
network's file ``network-<step>.safetensors``. Each file is written under another name and then
moved, ``position.pt`` last: whatever moment a crash hits, the folder holds one whole checkpoint. A
disk that is full costs the new checkpoint, never the old one.
"""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as tensor_bytes
from torch import Tensor

from iqabench._util import distributed
from iqabench._util.errors import MethodError, WeightsError
from iqabench._util.files import storing, sweep, write_atomically
from iqabench.methods.learning import BestState, EpochRecord
from iqabench.training.network import NetworkMethod
from iqabench.weights.plain import read_safetensors, read_torch

FORMAT = 2
POSITION_FILE = "position.pt"


@dataclass
class Position:
    """How far a training is."""

    stage: int = 0
    """Index of the stage that the next step belongs to."""
    epoch: int = 0
    """Index of the epoch, from 0 over all stages, that the next step belongs to."""
    step: int = 0
    """Steps of that epoch already taken."""
    total: int = 0
    """Steps taken altogether."""
    loss_sum: float = 0.0
    """Sum of the losses of that epoch so far."""
    stage_begun: bool = False
    """False exactly between two stages: ``begin_stage`` has not run yet and there is no optimiser."""


@dataclass
class Checkpoint:
    """All that training needs to go on."""

    position: Position
    network: dict[str, Tensor]
    optimiser: dict[str, Any] | None
    random: list[list[Tensor]]
    """States of torch's generators, by process."""
    history: list[EpochRecord] = field(default_factory=list)
    best: BestState | None = None


def save(
    folder: Path, identity: str, network: NetworkMethod, optimiser: torch.optim.Optimizer | None, position: Position
) -> None:
    """Write a checkpoint and remove the one before it. ``identity`` says which training it belongs to.

    Of several processes all call it, and the first one writes.
    """
    random = distributed.gathered(random_states(next(network.parameters()).device))
    if not distributed.is_first():
        return
    names = {"network": f"network-{position.total:07d}{'b' if position.stage_begun else 'a'}.safetensors"}
    _write_tensors(folder / names["network"], network.state_dict())
    if network.best is not None:
        names["best"] = f"best-{network.best.epoch:04d}.safetensors"
        if not (folder / names["best"]).exists():
            _write_tensors(folder / names["best"], network.best.state)
    record = {
        "format": FORMAT,
        "identity": identity,
        "position": asdict(position),
        "files": names,
        "optimiser": None if optimiser is None else optimiser.state_dict(),
        "random": random,
        "history": [asdict(entry) for entry in network.history],
        "best": None if network.best is None else [network.best.epoch, network.best.validation],
    }
    stream = io.BytesIO()
    torch.save(record, stream)
    write_atomically(folder / POSITION_FILE, stream.getvalue())
    _remove_all_but(folder, set(names.values()))


def discard(folder: Path) -> None:
    """Remove a checkpoint, its position first: what a kill leaves of the rest is not a checkpoint."""
    if folder.is_dir():
        with storing(folder):
            (folder / POSITION_FILE).unlink(missing_ok=True)
        _remove_all_but(folder, set())
        sweep(folder)
        with suppress(OSError):  # something that is not ours lies in it
            folder.rmdir()


def load(folder: Path, identity: str) -> Checkpoint | None:
    """Read the checkpoint of ``folder``; None if there is none.

    Raises
    ------
    MethodError
        If it cannot be read, or belongs to another training.
    """
    path = folder / POSITION_FILE
    if not path.exists():
        # Without a position, whatever lies here belongs to a checkpoint that was never finished.
        discard(folder)
        return None
    advice = f"delete the folder {folder} to train from the beginning, or give another folder"
    try:
        record = read_torch(path.read_bytes(), str(path))
        if record["format"] != FORMAT or record["identity"] != identity:
            raise MethodError(
                f"{path}: checkpoint of another training (data, recipe, seed or settings differ); {advice}"
            )
        network = _read_tensors(folder, record["files"]["network"])
        best = _read_tensors(folder, record["files"]["best"]) if record["best"] else {}
        found = Checkpoint(
            position=Position(**record["position"]),
            network=network,
            optimiser=record["optimiser"],
            random=record["random"],
            history=[EpochRecord(**entry) for entry in record["history"]],
            best=BestState(record["best"][0], record["best"][1], best) if record["best"] else None,
        )
    except (OSError, KeyError, IndexError, TypeError, AttributeError, ValueError, WeightsError) as error:
        raise MethodError(f"{path}: cannot read this checkpoint ({error}); {advice}") from error
    _remove_all_but(folder, set(record["files"].values()))
    sweep(folder)
    return found


def _read_tensors(folder: Path, name: str) -> dict[str, Tensor]:
    if Path(name).name != name:
        raise ValueError(f"it names the file {name!r}, which does not lie beside it")
    return read_safetensors((folder / name).read_bytes(), name)


def random_states(device: torch.device) -> list[Tensor]:
    """States of torch's generators: the CPU's and, on a GPU, the device's."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states


def restore_random_states(states: list[Tensor], device: torch.device) -> None:
    """Undo :func:`random_states`; a GPU's state is left alone if the checkpoint was made without one."""
    torch.set_rng_state(states[0])
    if device.type == "cuda" and len(states) > 1:
        torch.cuda.set_rng_state(states[1], device)


def _write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    # Clones: safetensors refuses tensors that share memory, as shared embeddings do.
    own = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    write_atomically(path, tensor_bytes(own))


def _remove_all_but(folder: Path, kept: set[str]) -> None:
    for old in [*folder.glob("network-*.safetensors"), *folder.glob("best-*.safetensors")]:
        if old.name not in kept:
            with storing(old):
                old.unlink(missing_ok=True)
