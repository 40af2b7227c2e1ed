"""Where and how the arithmetic runs: nothing here but the precision may change a score."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from iqabench.errors import UserError


@dataclass(frozen=True)
class Machine:
    """Device, arithmetic, and how much is done at once."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    precision: str = "fp32"
    batch_size: int = 8
    workers: int = 2

    def autocast(self) -> torch.autocast:
        """The context in which methods score."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")


def choose_device(name: str = "auto") -> torch.device:
    """``auto`` is the GPU where there is one, else the CPU; raises UserError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {name}: not usable here ({str(error).splitlines()[0]}); try --device cpu") from error
    return device
