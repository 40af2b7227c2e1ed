"""Training with ``--deterministic``: twice the same digest, and once more when it is interrupted and resumed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision
from iqabench._util.devices import choose_device
from iqabench._util.errors import UserError
from iqabench.checks.samples import CHECK_SIZE
from iqabench.checks.training import tiny_training_set
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.training import FitSession, SilentProgress, TrainingSet
from iqabench.weights.digest import tensor_digest

FIRST = ("ckdn", "nima")
"""Begun with: the paper's network, and one that sees no reference. Small: these alone, each in one precision."""
EPOCHS, SMALL_EPOCHS = 2, 1
"""Of each stage."""
BATCH = 4
SMALL_CROP = 32
"""Small: the most that a stage crops to."""


class _InterruptedError(Exception):
    """Stands for whatever ends a training in its midst."""


class _Steps(SilentProgress):
    """Counts the steps and, at step ``stop``, interrupts the training."""

    def __init__(self, stop: int | None = None) -> None:
        self.taken, self.begun_at, self._stop = 0, 0, stop

    def start(self, total_steps: int, description: str, done: int = 0) -> None:
        """Training begins or goes on."""
        self.taken = self.begun_at = done

    def advance(self, n: int, loss: float, rate: float) -> None:
        """One step is taken."""
        self.taken += 1
        if self.taken == self._stop:
            raise _InterruptedError


def run(task: Task) -> None:
    """Keep the digests of each trained network, method by method, in both precisions."""
    device = choose_device(task.setting.device)
    registry = Registry()
    others = () if task.setting.small else registry.names()
    low = low_precision(device)
    for entry in registry.entries(dict.fromkeys((*FIRST, *others))):
        if not entry.info.trainable:
            continue
        small = (low if entry.info.name == FIRST[0] else "fp32",)
        for precision in small if task.setting.small else dict.fromkeys(("fp32", low)):
            name = f"{entry.info.name}, {precision}"
            if task.left < 0:
                task.keep(name, {"skipped": "no time was left"})
                continue
            try:
                found = digests_of(entry, device, precision, task.setting.small)
            except (UserError, RuntimeError) as error:  # torch has no deterministic form of an operation, say
                found = {"failed": str(error).split("\n")[0]}
            if found:
                task.keep(name, found)


def digests_of(
    entry: MethodEntry, device: torch.device, precision: Literal["fp32", "bf16"], small: bool = False
) -> dict[str, Any]:
    """Digests of a training, of another, and of an interrupted one; empty if no network is trained."""
    first = _method(entry, small)
    if first.recipe is None:
        return {}
    crops = [stage.crop or 0 for stage in first.recipe.stages]
    size = max(CHECK_SIZE, entry.info.minimum_size, *crops)
    with tempfile.TemporaryDirectory() as folder, tiny_training_set(entry.info.training_references, size) as data:

        def trained(method: Any, steps: _Steps, checkpoint: Path | None = None, seconds: float = 60) -> str:
            session = FitSession(
                device=device,
                precision=precision,
                deterministic=True,
                progress=steps,
                checkpoint=checkpoint,
                checkpoint_seconds=seconds,
            )
            method.fit(TrainingSet(data.frame, data.card, data.references), session)
            return tensor_digest(method.trained_state())

        counted, resumed = _Steps(), _Steps()
        digests = [trained(first, counted), trained(_method(entry, small), _Steps())]
        stop = counted.taken // 2 + 1
        try:
            trained(_method(entry, small), _Steps(stop), Path(folder), seconds=0)
            return {"failed": f"a training of {counted.taken} steps did not reach step {stop}"}
        except _InterruptedError:
            digests.append(trained(_method(entry, small), resumed, Path(folder)))
    return {
        "digests": [digest[:16] for digest in digests],
        "steps": counted.taken,
        "resumed at": resumed.begun_at,
        "twice the same": digests[0] == digests[1],
        "resumed the same": digests[0] == digests[2] and resumed.begun_at > 0,
    }


def _method(entry: MethodEntry, small: bool) -> Any:
    offered = {"recipe": "quick", "start": "random", "pretrained": False}
    taken = entry.parameter_names()
    method = entry.create(**{name: value for name, value in offered.items() if name in taken})
    if method.recipe is not None:
        stages = [replace(stage, epochs=SMALL_EPOCHS if small else EPOCHS) for stage in method.recipe.stages]
        if small:
            stages = [replace(stage, crop=stage.crop and min(stage.crop, SMALL_CROP)) for stage in stages]
        method.recipe = replace(method.recipe, stages=tuple(stages), batch_size=min(method.recipe.batch_size, BATCH))
    return method
