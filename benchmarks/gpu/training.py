"""The paper's whole training of CKDN: 8,750 images, 30 epochs, from files that are decoded in its first epoch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision, peak_of, wait
from benchmarks.speed.harness import SpeedSetting
from benchmarks.speed.training import GFLOP, paper_training
from ckdn.method import CKDN
from iqabench._util.devices import choose_device
from iqabench._util.errors import DataError
from iqabench.training import FitSession, SilentProgress, TrainingSet

STEPS = 4_080
"""Of the paper's training: 30 epochs of 136 batches of 64."""


def run(task: Task) -> None:
    """Keep, after every epoch, how far the training is and how long it took."""
    if not task.setting.small and not task.known["made-data"]["made"]["whole"]:
        raise DataError("the data was not made whole: training needs PIPAL's 200 contents; give it more --minutes")
    device = choose_device(task.setting.device)
    compile_by = compiler_of(task.known)
    method, data, session = new_training(task.setting, compile_by)
    size, epochs = method.recipe.batch_size, method.recipe.epochs
    steps = data.steps(size, method.recipe.drop_last)
    task.keep(
        "what",
        {
            "images": len(data),
            "epochs": epochs,
            "batch": size,
            "compiled": compile_by or "no",
            "precision": session.precision,
        },
    )
    peak = peak_of(task.known["device"])
    session.progress = progress = _Epochs(task, device, steps, size, peak)
    started = time.perf_counter()
    method.fit(data, session)
    wait(device)
    progress.keep_all(time.perf_counter() - started, epochs)


class _Epochs(SilentProgress):
    def __init__(self, task: Task, device: torch.device, steps: int, size: int, peak: float) -> None:
        self._task, self._device, self._steps, self._size, self._peak = task, device, steps, size, peak
        self._begun = time.perf_counter()
        self._marks: list[float] = []

    def message(self, text: str) -> None:
        """An epoch begins; the one before, if there was one, has ended."""
        self._marks.append(time.perf_counter() - self._begun)
        if len(self._marks) > 1:
            self.keep_all(self._marks[-1], len(self._marks) - 1)

    def keep_all(self, seconds: float, epochs: int) -> None:
        """Keep the figures after ``epochs``."""
        ends = [*self._marks[1:epochs], seconds]
        each = [end - begin for begin, end in zip(self._marks, ends, strict=False)]
        images = self._size * self._steps
        # The first epoch decodes, and compiles; the last tells how fast it is once it runs.
        rate = images / each[-1]
        figures = {
            "epochs": epochs,
            "seconds": seconds,
            "seconds of each epoch": [round(one, 3) for one in each],
            "images/s in the last epoch": rate,
            "share of the peak in the last epoch": rate * GFLOP / 1e3 / self._peak,
            "most memory, GiB": memory_gib(self._device),
        }
        self._task.keep("training", figures)


def new_training(setting: SpeedSetting, compile_by: str | None) -> tuple[CKDN, TrainingSet, FitSession]:
    """A new CKDN, its training set with nothing decoded, and a session in bf16, where the device has it."""
    options, rows, card = paper_training(setting)
    device = choose_device(setting.device)
    session = FitSession(device=device, precision=low_precision(device), compile=compile_by)
    return CKDN(**options), TrainingSet(rows, card, ("degraded", "pristine")), session


def compiler_of(known: Mapping[str, Mapping[str, Any]]) -> str | None:
    """``inductor`` if, by the figures of the part ``forms``, compiling pays in a whole training."""
    forms = known.get("forms", {})
    plain, compiled = (forms.get(f"training step: {name}", {}) for name in ("as it is", "torch.compile"))
    if "ms" not in plain or "ms" not in compiled or compiled.get("by") != "inductor":
        return None
    return "inductor" if compiled["first s"] + STEPS * compiled["ms"] / 1000 < STEPS * plain["ms"] / 1000 else None


def memory_gib(device: torch.device) -> float:
    """The most memory that was held since the process began: of the GPU by torch, else of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
