"""Trained models on disk: each is trained once, found again by what shaped it, and resumed if interrupted."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors.torch import load_file, save_file

from iqabench.contract import Trainable
from iqabench.datasets.base import Dataset
from iqabench.devices import Machine
from iqabench.errors import DataError, MethodError, WeightsError
from iqabench.progress import Overview
from iqabench.provenance import git_state, library_versions, now
from iqabench.splits import Split
from iqabench.store import TRAINED_FOLDER, digest, folder_name, write_atomically
from iqabench.training import FitSession, TrainingSet
from iqabench.weights import load_with_origin

MODEL_FILE = "model.safetensors"
BEST_FILE = "model-best.safetensors"
META_FILE = "training.json"


@dataclass(frozen=True)
class TrainingData:
    """What trained methods learn from: a dataset, its split and its fingerprint."""

    dataset: Dataset
    split: Split
    fingerprint: str


@dataclass(frozen=True)
class TrainingOptions:
    """How to train, as far as the method's own settings do not say."""

    root: Path
    machine: Machine
    seed: int = 0
    rerun: bool = False
    deterministic: bool = False


def training_facts(method: Trainable, data: TrainingData, options: TrainingOptions) -> dict[str, Any]:
    """Everything that shapes the trained weights; its hash names the model."""
    return {
        "method": method.info.name,
        "version": method.info.version,
        "settings": dict(getattr(method, "settings", {})),
        "start": start_weights(method),
        "dataset": data.dataset.card.name,
        "fingerprint": data.fingerprint,
        "split": data.split.digest,
        "seed": options.seed,
        "precision": options.machine.precision,
    }


def start_weights(method: Trainable) -> dict[str, str | None]:
    """Digest of each pretrained set that the method can start from, None where it cannot be had here."""
    found: dict[str, str | None] = {}
    for name in method.info.weights:
        try:
            found[name] = load_with_origin(name)[1].sha256
        except WeightsError:
            found[name] = None
    return found


def ensure_trained(
    method: Trainable,
    data: TrainingData,
    options: TrainingOptions,
    overview: Overview,
    validate: Callable[[Any, int], float] | None = None,
) -> dict[str, Any]:
    """Load the trained weights into ``method``, training it first if nobody has; return ``training.json``.

    Raises
    ------
    DataError, MethodError
        If the training data cannot carry the method, or training fails.
    """
    facts = training_facts(method, data, options)
    folder = options.root / TRAINED_FOLDER / folder_name(method.info.name) / digest(facts)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        model_there = (folder / MODEL_FILE).is_file() and (folder / META_FILE).is_file()
        if model_there and not options.rerun and (validate is None or (folder / BEST_FILE).is_file()):
            return load_trained(method, folder)
        return _train(method, facts, folder, data, options, overview, validate)


def load_trained(method: Trainable, folder: Path, best: bool = False) -> dict[str, Any]:
    """Load a model of :func:`ensure_trained` into ``method`` and return its ``training.json``."""
    file = folder / (BEST_FILE if best else MODEL_FILE)
    try:
        meta = json.loads((folder / META_FILE).read_text(encoding="utf-8"))
        state = load_file(file)
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: cannot be read ({error}); delete {folder} to train again") from error
    method.load_trained_state(state)
    notes = getattr(method, "notes", None)
    if isinstance(notes, list):
        notes[:] = meta["notes"]
    return meta


def _train(
    method: Trainable,
    facts: dict[str, Any],
    folder: Path,
    data: TrainingData,
    options: TrainingOptions,
    overview: Overview,
    validate: Callable[[Any, int], float] | None,
) -> dict[str, Any]:
    frame = data.split.apply(data.dataset.frame, for_training=True)
    rows = frame[frame["part"] == "train"]
    started = time.perf_counter()
    session = FitSession(
        device=options.machine.device,
        precision="bf16" if options.machine.precision == "bf16" else "fp32",
        seed=options.seed,
        checkpoint=folder / "checkpoint",
        progress=OverviewProgress(overview, f"train {method.info.name}"),
        validate=validate,
        deterministic=options.deterministic,
    )
    training_set = TrainingSet(rows, data.dataset.card, method.info.training_references)
    try:
        method.fit(training_set, session)
    except RuntimeError as error:
        raise MethodError(f"{method.info.name}: training failed: {error}") from error
    _save(method.trained_state(), folder / MODEL_FILE)
    best = getattr(method, "best", None)
    if best is not None:
        _save(best.state, folder / BEST_FILE)
    recipe = getattr(method, "recipe", None)
    meta = {
        **facts,
        "id": folder.name,
        "split_name": data.split.name,
        "label_kind": data.dataset.card.label_kind,
        "rows": len(rows),
        "contents": int(rows["content"].nunique()),
        "algorithms": int(rows["algorithm"].nunique()),
        "recipe": recipe.name if recipe else None,
        "epochs": recipe.epochs if recipe else None,
        "start_kind": start if isinstance(start := getattr(method, "start", None), str) else None,
        "best_epoch": best.epoch if best else None,
        "seconds": round(time.perf_counter() - started, 1),
        "device": str(options.machine.device),
        "notes": list(getattr(method, "notes", [])),
        "history": [vars(record) for record in getattr(method, "history", [])],
        "git": git_state(),
        "versions": library_versions(),
        "finished": now(),
    }
    write_atomically(folder / META_FILE, json.dumps(meta, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return meta


def _save(state: dict[str, torch.Tensor], path: Path) -> None:
    temporary = path.with_suffix(".tmp")
    save_file(state, temporary)
    temporary.replace(path)


class OverviewProgress:
    """Shows a training run as one bar of the overview (see :class:`iqabench.training.progress.Progress`)."""

    def __init__(self, overview: Overview, description: str) -> None:
        self._overview = overview
        self._description = description
        self._where = ""

    def start(self, total_steps: int, description: str, done: int = 0) -> None:
        """Add the bar, with the steps taken before an interruption already on it."""
        self._task = self._overview.add(self._description, total_steps, completed=done)
        self._overview.begin(self._task)

    def advance(self, n: int, loss: float, rate: float) -> None:
        """One optimiser step is done."""
        self._overview.advance(self._task, 1, f"{self._where} loss {loss:.4f} rate {rate:.2g}")

    def message(self, text: str) -> None:
        """Remember stage and epoch."""
        self._where = text

    def finish(self) -> None:
        """Training is over."""
        self._overview.end(self._task)
