"""Device and precision of a computation; only the precision may change a score."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from iqabench._util.distributed import local_rank, size
from iqabench._util.errors import UserError


@dataclass(frozen=True)
class Machine:
    """Device, precision, batch size, number of workers and image cache of a computation."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    precision: str = "fp32"
    batch_size: int = 8
    workers: int = 2
    cache: Path | None = None
    """Folder of decoded images; None to decode every time."""
    cache_gib: float = 16.0

    def autocast(self) -> torch.autocast:
        """The context in which methods score."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def choose_device(name: str = "auto") -> torch.device:
    """``auto`` is the GPU where there is one, else the CPU; raises UserError for a device that is not there.

    Of several processes each takes the GPU of its own number on its machine.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and size() > 1 and torch.cuda.is_available():
        if local_rank() >= torch.cuda.device_count():
            raise UserError(
                f"there is no GPU for process {local_rank() + 1} of this machine, which has "
                f"{torch.cuda.device_count()}; start fewer processes on it, or use --device cpu"
            )
        name = f"cuda:{local_rank()}"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {name}: not usable here ({str(error).splitlines()[0]}); try --device cpu") from error
    if device.type == "cuda" and device.index is not None:
        # What names no device of its own (NCCL, new tensors) shall use this one.
        torch.cuda.set_device(device)
    return device


def compiler(wanted: bool, machine: Machine) -> str | None:
    """Backend that training steps are compiled with, None for none; raises UserError where there is nothing to gain."""
    if not wanted:
        return None
    if machine.device.type != "cuda":
        raise UserError(f"--compile is for training on a GPU, and the device is {machine.device}; leave it out")
    return "inductor"
