"""Trained models on disk: each is trained once, found again by what shaped it, and resumed if interrupted."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import torch
from safetensors.torch import save as tensor_bytes

from iqabench._util import distributed
from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, MethodError, StorageError, UserError
from iqabench._util.files import UNFINISHED, locked, storing, sweep, try_lock, write_atomically
from iqabench._util.progress import Overview
from iqabench.data.base import Dataset
from iqabench.data.images import PIXELS
from iqabench.data.splits import Split
from iqabench.methods.contract import Method
from iqabench.results.files import check_training, read_json
from iqabench.results.provenance import git_state, library_versions, now
from iqabench.results.store import TRAINED_FOLDER, digest, folder_name
from iqabench.training import FitSession, NetworkMethod, TrainingSet
from iqabench.training.checkpoint import discard
from iqabench.weights.plain import read_safetensors

MODEL_FILE = "model.safetensors"
BEST_FILE = "model-best.safetensors"
META_FILE = "training.json"
"""Written last: a model without it is not finished."""
CHECKPOINT_FOLDER = "checkpoint"


@dataclass(frozen=True)
class JoinedSet:
    """One of several data sets that are learnt from together."""

    dataset: str
    fingerprint: str
    split: str
    """Digest of its split."""
    split_name: str
    label_kind: str
    label_scope: str
    """What its labels were ranked within: ``content`` or ``set``."""
    rows: int
    """Images to learn from."""


@dataclass(frozen=True)
class TrainingData:
    """What trained methods learn from: a dataset, its split and its fingerprint."""

    dataset: Dataset
    split: Split
    fingerprint: str
    joined: tuple[JoinedSet, ...] = ()
    """The sets that were made one; empty where it is one set as it is."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train, as far as the method's own settings do not say."""

    root: Path
    machine: Machine
    seed: int = 0
    rerun: bool = False
    deterministic: bool = False
    compile: str | None = None
    """Backend of ``torch.compile`` for training steps; None to run them as they are."""


def training_facts(method: Method, data: TrainingData, options: TrainingOptions) -> dict[str, Any]:
    """Everything that shapes the trained weights; its hash names the model."""
    return {
        "method": method.info.name,
        "version": method.info.version,
        "code": None if method.foreign_code is None else dict(method.foreign_code),
        "settings": method.settings,
        "recipe": method.recipe.as_dict() if method.recipe is not None else None,
        "weights": method.starting_weights(),
        "pixels": PIXELS,
        "dataset": data.dataset.card.name,
        "fingerprint": data.fingerprint,
        "split": data.split.digest,
        "seed": options.seed,
        "precision": _precision(options),
        # Only where there are several, so that a model of one set keeps its id.
        **({"joined": [asdict(one) for one in data.joined]} if data.joined else {}),
    }


def _precision(options: TrainingOptions) -> Literal["fp32", "bf16"]:
    """Arithmetic of training: int8 is for scoring, and takes what was trained in fp32."""
    return "bf16" if options.machine.precision == "bf16" else "fp32"


def ensure_trained(
    method: Method,
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
    facts = distributed.decided_by_first(lambda: training_facts(method, data, options))
    folder = _folder(facts, options)
    if not options.rerun and distributed.decided_by_first(lambda: _is_there(folder, validate is not None)):
        if distributed.is_first():
            _tidy(folder)
        return _found(method, folder, options, overview)
    # Of several processes the first holds the lock for all.
    alone = locked(folder, f"train {method.info.name}", overview.say) if distributed.is_first() else nullcontext()
    with alone:
        if distributed.decided_by_first(lambda: _settled(folder, options, validate is not None)):
            return _found(method, folder, options, overview)
        return _train(method, facts, folder, data, options, overview, validate)


def is_trained(method: Method, data: TrainingData, options: TrainingOptions, best: bool = False) -> bool:
    """True if :func:`ensure_trained` would find the model; with ``best`` also that of the best epoch."""
    return _is_there(_folder(training_facts(method, data, options), options), best)


def _folder(facts: dict[str, Any], options: TrainingOptions) -> Path:
    return options.root / TRAINED_FOLDER / folder_name(facts["method"]) / digest(facts)


def _settled(folder: Path, options: TrainingOptions, with_best: bool) -> bool:
    """True if the model is there; where it is to be trained again, what there is of it goes first."""
    if (folder / META_FILE).is_file() and (options.rerun or not _is_there(folder, with_best)):
        # In this order: a training that is not finished has no META_FILE, and goes on at its own checkpoint.
        discard(folder / CHECKPOINT_FOLDER)
        with storing(folder):
            (folder / BEST_FILE).unlink(missing_ok=True)
            (folder / META_FILE).unlink()
    return _is_there(folder, with_best)


def _tidy(folder: Path) -> None:
    """Remove what a kill left beside a finished model: nothing reads it, so no process waits to do it."""
    if not ((folder / CHECKPOINT_FOLDER).exists() or any(folder.glob(f"*{UNFINISHED}"))):
        return
    with suppress(StorageError):
        lock = try_lock(folder)
        if lock is not None:
            try:
                if (folder / META_FILE).is_file():
                    discard(folder / CHECKPOINT_FOLDER)
                    sweep(folder)
            finally:
                lock.release()


def _is_there(folder: Path, with_best: bool) -> bool:
    if not all((folder / name).is_file() for name in (MODEL_FILE, META_FILE)):
        return False
    return not with_best or (folder / BEST_FILE).is_file() or _has_no_best(folder)


def _has_no_best(folder: Path) -> bool:
    """True if it was trained with validation, and no epoch came out best: training again would find none either."""
    try:
        meta = read_json(folder / META_FILE)
    except UserError:
        return False
    return meta.get("validated") is True and meta.get("best_epoch") is None


def _found(method: Method, folder: Path, options: TrainingOptions, overview: Overview) -> dict[str, Any]:
    meta = load_trained(method, folder)
    if options.deterministic and not meta.get("deterministic") and meta.get("device") != "cpu":
        overview.say(
            f"note: {method.info.name} was trained before, without --deterministic; --rerun trains it bit-exactly"
        )
    return meta


def load_trained(method: Method, folder: Path, best: bool = False) -> dict[str, Any]:
    """Load a model of :func:`ensure_trained` into ``method`` and return its ``training.json``."""
    file = folder / (BEST_FILE if best else MODEL_FILE)
    try:
        meta = read_json(folder / META_FILE)
        check_training(meta, folder / META_FILE)
        state = read_safetensors(file.read_bytes(), str(file))
        method.load_trained_state(state)
    except StorageError:
        raise
    # A method that is given another network's tensors may object in any of torch's ways.
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, UserError) as error:
        raise DataError(f"{file}: cannot be read ({error}); delete {folder} to train again") from error
    method.notes = meta["notes"]
    return meta


def _train(
    method: Method,
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
        precision=_precision(options),
        seed=options.seed,
        checkpoint=folder / CHECKPOINT_FOLDER,
        progress=OverviewProgress(overview, f"train {method.info.name}"),
        validate=validate,
        deterministic=options.deterministic,
        compile=options.compile,
    )
    training_set = TrainingSet(rows, data.dataset.card, method.info.training_references)
    if distributed.is_first() or trained_together(method):
        try:
            method.fit(training_set, session)
        except RuntimeError as error:
            raise MethodError(f"{method.info.name}: training failed: {error}") from error
    facts = {**facts, "validated": validate is not None}
    kept = _keep(method, facts, folder, data, options, rows, started) if distributed.is_first() else ({}, {})
    meta, state = distributed.from_first(kept)
    if not distributed.is_first():
        method.load_trained_state(state)
    return meta


def trained_together(method: Method) -> bool:
    """True if all processes take part in its training; else the first one trains, and the others wait."""
    return isinstance(method, NetworkMethod)


def _keep(
    method: Method,
    facts: dict[str, Any],
    folder: Path,
    data: TrainingData,
    options: TrainingOptions,
    rows: pd.DataFrame,
    started: float,
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Write what was trained; return ``training.json`` and the trained state."""
    _save(method.trained_state(), folder / MODEL_FILE)
    best = method.best
    if best is not None:
        _save(best.state, folder / BEST_FILE)
    recipe = method.recipe
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
        "start": method.start if isinstance(method.start, str) else None,
        "best_epoch": best.epoch if best else None,
        "seconds": round(time.perf_counter() - started, 1),
        "device": str(options.machine.device),
        "processes": distributed.size(),
        "threads": torch.get_num_threads(),
        "deterministic": options.deterministic,
        "notes": list(method.notes),
        "history": [_without_nan(vars(record)) for record in method.history],
        "git": git_state(),
        "versions": library_versions(),
        "finished": now(),
    }
    write_atomically(folder / META_FILE, json.dumps(meta, indent=1, sort_keys=True) + "\n")
    discard(folder / CHECKPOINT_FOLDER)
    sweep(folder)
    return meta, method.trained_state()


def _without_nan(record: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no number for an undefined validation: it becomes null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in record.items()
    }


def _save(state: dict[str, torch.Tensor], path: Path) -> None:
    write_atomically(path, tensor_bytes(state))


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
        if done:
            self._overview.say(f"{self._description}: continues after step {done} of {total_steps}")

    def advance(self, n: int, loss: float, rate: float) -> None:
        """One optimiser step is done."""
        self._overview.advance(self._task, 1, f"{self._where} loss {loss:.4f} rate {rate:.2g}")

    def message(self, text: str) -> None:
        """Remember stage and epoch."""
        self._where = text

    def finish(self) -> None:
        """Training is over."""
        self._overview.end(self._task)
