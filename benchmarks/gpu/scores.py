"""Every method's scores on the device beside those on the CPU, in fp32 and bf16, with TF32 off and on.

A score may be off by the tolerance of ``iqabench verify`` (:mod:`iqabench.verify.tolerance`): a share of the spread of
the method's scores. The engine turns TF32 off whatever the process has chosen, so a score must be the same with the
switch on. ``tf32 let through`` goes past the engine and shows what the switch would do; nobody is held to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.gpu.parts import Task
from benchmarks.gpu.peaks import low_precision, tf32
from iqabench._util.devices import Machine, choose_device
from iqabench._util.errors import UserError
from iqabench.data.images import Pixels, read_image, upsample
from iqabench.data.open import open_dataset
from iqabench.data.references import Reference, parse_reference
from iqabench.methods.contract import MethodEntry, Paradigm
from iqabench.methods.registry import Registry
from iqabench.methods.untrained import mark_trained
from iqabench.scoring.batches import InMemory
from iqabench.scoring.engine import score_in_memory, to_float
from iqabench.verify.tolerance import LOW_PRECISION, OTHER_LIBRARIES, deviation
from iqabench.weights.resolve import locate

CONTENTS, IMAGES = 2, 8
SMALL_IMAGES, SMALL_SIDE = 1, 64
"""Small: so many images of one content, cropped to this side or to what the method needs."""
FLAT = 1e-3
"""A spread below this share of the scores' own size: the drawn weights tell the images hardly apart."""
OFFERED = {"start": "random", "recipe": "quick", "pretrained": False}
"""Settings of methods that are trained, which are looked at with weights that are drawn."""


def run(task: Task) -> None:
    """Keep a figure for each method: differences and whether they hold, or why it was not looked at."""
    device = choose_device(task.setting.device)
    registry = Registry()
    for entry in registry.entries():
        name = entry.info.name
        if task.left < 0:
            task.keep(name, {"skipped": "no time was left"})
            continue
        reason = _not_looked_at(entry)
        if reason:
            task.keep(name, {"skipped": reason})
            continue
        try:
            task.keep(name, compared(entry, device, task.setting.small))
        except Exception as error:  # an operation that the device lacks costs one method
            told = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            task.keep(name, {"failed": told.strip().split("\n")[0]})


def _not_looked_at(entry: MethodEntry) -> str:
    if entry.info.requires:
        return f"it needs {', '.join(entry.info.requires)}"
    missing = [] if entry.info.trainable else [name for name in entry.info.weights if locate(name) is None]
    return f"its weights are not here: {', '.join(missing)}" if missing else ""


def compared(entry: MethodEntry, device: torch.device, small: bool) -> dict[str, Any]:
    """Differences between ``device`` and the CPU, in every arithmetic; or why there are none."""
    method = _built(entry)
    if method.scores_rows:
        return {"skipped": "it looks at no image"}
    if entry.info.trainable and not isinstance(method, torch.nn.Module):
        return {"skipped": "it learns, but no network whose weights could be drawn"}
    reference = parse_reference("none" if entry.info.paradigms == (Paradigm.NR,) else "degraded")
    rows = _rows(entry.info.minimum_size, small)
    here = _scores(method, rows, reference, Machine(torch.device("cpu")))
    found: dict[str, Any] = {"images": len(rows), "spread": float(np.std(here)), "drawn": entry.info.trainable}
    # The spread of a few small pictures is no yardstick of low precision.
    judged = not small and found["spread"] > FLAT * float(np.abs(here).max())
    for precision in dict.fromkeys(("fp32", low_precision(device))):
        machine = Machine(device, precision)
        for switch, on in (("TF32 off", False), ("TF32 on", True)):
            if small and on != (precision == "fp32"):
                continue  # one of the two shows that it runs: the engine's answer is the same
            with tf32(on):
                found[f"{precision}, {switch}"] = _difference(
                    here, _scores(method, rows, reference, machine), _allowed(precision, judged)
                )
    with tf32(True):
        found["tf32 let through"] = _difference(here, _past_the_engine(method, rows, reference, device), None)
    return found


def _built(entry: MethodEntry) -> Any:
    taken = entry.parameter_names()
    torch.manual_seed(1)
    chosen = {name: value for name, value in OFFERED.items() if name in taken and entry.info.trainable}
    method = entry.create(**chosen)
    if entry.info.trainable:
        mark_trained(method)
    return method


def _rows(minimum: int, small: bool) -> pd.DataFrame:
    """Rows of mini with their pixels in memory, degraded images enlarged to the size of the restored ones."""
    frame = open_dataset("mini").frame
    chosen = sorted(frame["content"].unique())[: 1 if small else CONTENTS]
    frame = frame[frame["content"].isin(chosen)].groupby("content").head(SMALL_IMAGES if small else IMAGES)
    whole = read_image(frame["image"].iloc[0]).shape[0]
    side = max(SMALL_SIDE, minimum) if small else whole
    columns = {
        column: [InMemory(Path(path).name, _pixels(path, whole, side)) for path in frame[column]]
        for column in ("image", "degraded")
    }
    return frame.assign(**columns)


def _pixels(path: str, whole: int, side: int) -> Pixels:
    return np.ascontiguousarray(upsample(read_image(path), whole, whole)[:side, :side])


def _scores(method: Any, rows: pd.DataFrame, reference: Reference, machine: Machine) -> np.ndarray:
    found = score_in_memory(method, rows, reference, machine)
    wrong = [f"{key}: {one.error}" for key, one in found.items() if one.error]
    if wrong:
        raise UserError(f"{machine.device}, {machine.precision}: {wrong[0]}")
    return np.array([found[key].score for key in rows["image_id"]], dtype=np.float64)


def _past_the_engine(method: Any, rows: pd.DataFrame, reference: Reference, device: torch.device) -> np.ndarray:
    """Scores in whatever arithmetic the process has chosen, image by image."""
    method.to(device)

    def tensor(image: InMemory) -> torch.Tensor:
        return to_float(torch.from_numpy(image.pixels).permute(2, 0, 1)[None].to(device))

    scores = []
    with torch.inference_mode():
        for image, shown in zip(rows["image"], rows["degraded"], strict=True):
            prepared = method.prepare(tensor(shown)) if reference.needs else None
            scores.append(float(method.score(tensor(image), prepared)))
    return np.array(scores)


def _allowed(precision: str, judged: bool) -> float | None:
    if precision == "fp32":
        return OTHER_LIBRARIES
    return LOW_PRECISION if judged else None


def _difference(here: np.ndarray, there: np.ndarray, allowed: float | None) -> dict[str, Any]:
    """Largest and mean difference: as they are, and as shares of the spread, of which ``allowed`` is the most."""
    shares = [float(deviation(one, other, here)) for one, other in zip(here, there, strict=True)]
    return {
        "largest": float(np.abs(here - there).max()),
        "mean": float(np.abs(here - there).mean()),
        "largest share": max(shares),
        "mean share": float(np.mean(shares)),
        "allowed share": allowed,
        "holds": None if allowed is None else max(shares) <= allowed,
    }
