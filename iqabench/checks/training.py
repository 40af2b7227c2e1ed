"""Checks of ``fit``: a method trains on a tiny set, scores afterwards, and can be saved and loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from iqabench.checks.samples import CHECK_SIZE, blurred, pristine, restored_batch
from iqabench.checks.scoring import CheckFailed, call, pictures
from iqabench.data.base import Card
from iqabench.methods.contract import MethodEntry
from iqabench.training import FitSession, TrainingSet

_CONTENTS = 2
_CATEGORIES = ("04", "04", "00", "03")


@contextmanager
def tiny_training_set(references: tuple[str, ...], size: int = CHECK_SIZE) -> Iterator[TrainingSet]:
    """Two contents x four restorations with graded labels, as files that are gone afterwards."""
    with TemporaryDirectory() as folder:
        rows = []
        for content in range(_CONTENTS):
            truth = pristine(size, seed=content)
            files = {"pristine": truth, "degraded": blurred(truth, 4)}
            paths = {name: _write(Path(folder) / f"{content}-{name}.png", picture) for name, picture in files.items()}
            for index, picture in enumerate(restored_batch(truth)):
                name = f"{content}-{index}"
                rows.append(
                    {
                        "image_id": name,
                        "image": _write(Path(folder) / f"{name}.png", picture[None]),
                        **paths,
                        "content": str(content),
                        "algorithm": str(index),
                        "category": _CATEGORIES[index],
                        "task": "",
                        "mos": 1000.0 + 200.0 * index,
                    }
                )
        yield TrainingSet(pd.DataFrame(rows), Card(name="check", mos_range=(900.0, 1900.0)), references)


def fit_briefly(method: Any, data: TrainingSet) -> None:
    """``fit`` with every stage of the recipe cut to one epoch."""
    recipe = method.recipe
    if recipe is not None:
        stages = tuple(replace(stage, epochs=min(stage.epochs, 1)) for stage in recipe.stages)
        method.recipe = replace(recipe, stages=stages, batch_size=min(recipe.batch_size, 4))
    method.fit(data, FitSession())


def trains_and_can_be_saved(entry: MethodEntry) -> Any:
    """Train one method briefly, load its state into another, and compare; return the trained one."""
    # The small recipe, where there is one: the full one is meant for images and batches of another order of size.
    recipe = {"recipe": "quick"} if "recipe" in entry.parameter_names() else {}
    method, twin = entry.create(**recipe), entry.create(**recipe)
    crops = [stage.crop or 0 for stage in method.recipe.stages] if method.recipe is not None else []
    size = max(CHECK_SIZE, entry.info.minimum_size, *crops)
    with tiny_training_set(entry.info.training_references, size) as data:
        fit_briefly(method, data)
    state = method.trained_state()
    if not (isinstance(state, dict) and state and all(isinstance(value, Tensor) for value in state.values())):
        raise CheckFailed("trained_state() must return a dictionary of tensors with at least one in it")
    twin.load_trained_state({name: tensor.clone() for name, tensor in state.items()})
    if method.scores_rows:
        return method
    for one in (method, twin):
        one.eval()
    restored, shown = pictures(method)
    if not torch.allclose(call(method, restored, shown), call(twin, restored, shown), atol=1e-6):
        raise CheckFailed(
            "a second instance that loads trained_state() scores differently; the state must hold everything "
            "that score() needs"
        )
    return method


def _write(path: Path, picture: Tensor) -> str:
    array = (picture[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(array).save(path)
    return str(path)
