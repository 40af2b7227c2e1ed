"""Where and how a method is trained, as opposed to on what and with which recipe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from iqabench.training.progress import Progress, SilentProgress


@dataclass
class FitSession:
    """What :meth:`Method.fit` is given beside the data."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    precision: Literal["fp32", "bf16"] = "fp32"
    """``bf16`` computes in bfloat16 where it is safe (autocast); weights stay float32."""
    seed: int = 0
    checkpoint: Path | None = None
    """Folder for resuming: an interrupted training continues there exactly where it stopped."""
    progress: Progress = field(default_factory=SilentProgress)
    validate: Callable[[Any, int], float] | None = None
    """``validate(method, epoch)`` after every epoch (counted from 1): higher is better; the best state is kept."""
    deterministic: bool = False
    """Use only deterministic algorithms of torch, also on a GPU (slower)."""
    checkpoint_seconds: float = 60.0
    """A checkpoint is written at the end of every epoch, and this many seconds after the last one."""
    compile: str | None = None
    """Backend of ``torch.compile`` for the steps (``inductor``); None to run them as they are."""

    def autocast(self) -> torch.autocast:
        """Context in which the loss is computed."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    @contextmanager
    def seeded(self) -> Iterator[None]:
        """Seed torch inside, and leave its generators and determinism outside as they were."""
        devices = [self.device] if self.device.type == "cuda" else []
        before = torch.are_deterministic_algorithms_enabled()
        if self.deterministic:
            # cuBLAS reads this when its first handle is made; without it deterministic mode refuses to run.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)
        try:
            with torch.random.fork_rng(devices=devices):
                torch.manual_seed(self.seed)
                yield
        finally:
            torch.use_deterministic_algorithms(before)
