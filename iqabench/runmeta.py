"""What ``run.json`` says of a run, and which of it makes the run's id."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from iqabench.provenance import git_state, library_versions, now
from iqabench.references import parse_reference
from iqabench.store import SCHEMA, RunFolder, digest

if TYPE_CHECKING:
    from iqabench.runner import RunRequest
    from iqabench.scoring.engine import Job


def run_facts(
    method: Any,
    *,
    reference: str,
    dataset: str,
    fingerprint: str,
    split: str,
    precision: str,
    training: dict[str, Any] | None,
    selection: str,
) -> dict[str, Any]:
    """Everything that may change a score, and nothing else: device and batch size are left out on purpose."""
    return {
        "schema": SCHEMA,
        "method": method.info.name,
        "version": method.info.version,
        "settings": dict(getattr(method, "settings", {})),
        "weights": dict(getattr(method, "weights_used", {})),
        "training": training["id"] if training else None,
        "selection": selection,
        "reference": reference,
        "dataset": dataset,
        "fingerprint": fingerprint,
        "split": split,
        "precision": precision,
    }


def started_meta(
    facts: dict[str, Any], method: Any, request: RunRequest, training: dict[str, Any] | None, expected: int
) -> dict[str, Any]:
    """``run.json`` before the first image is scored."""
    info = method.info
    card = request.dataset.card
    return {
        "schema": SCHEMA,
        "run_id": digest(facts),
        "status": "partial",
        "method": {
            "name": info.name,
            "version": info.version,
            "paradigms": [str(one) for one in info.paradigms],
            "lower_is_better": info.lower_is_better,
            "summary": info.summary,
            "citation": info.citation,
            "trained_on": list(info.trained_on),
            "trainable": info.trainable,
        },
        "parameters": facts["settings"],
        "reference": facts["reference"],
        "paradigm": str(parse_reference(facts["reference"]).paradigm),
        "dataset": card.name,
        "label_version": card.label_version,
        "fingerprint": request.fingerprint,
        "split": {
            "name": request.split_name,
            "digest": facts["split"],
            "seed": request.split.seed if request.split else None,
        },
        "seed": request.seed,
        "precision": request.machine.precision,
        "selection": facts["selection"],
        "training": _training_summary(training),
        "weights": facts["weights"],
        "n_expected": expected,
        "params": parameter_count(method),
        "notes": [str(note) for note in getattr(method, "notes", [])],
        "device": str(request.machine.device),
        "batch_size": request.machine.batch_size,
        "git": git_state(),
        "versions": library_versions(),
        "started": now(),
    }


def finished_meta(folder: RunFolder, job: Job, expected: int) -> dict[str, Any]:
    """``run.json`` after the last image: complete only if every image has a score."""
    scored = sum(row.score is not None for row in folder.rows().values())
    meta = folder.read_meta()
    cost = 1000 * job.seconds / job.scored if job.scored else math.nan
    return {
        **meta,
        "status": "failed" if job.failure else "complete" if scored == expected else "partial",
        "failure": job.failure,
        "n_scored": scored,
        "ms_per_image": cost if math.isfinite(cost) else None,
        "finished": now(),
    }


def parameter_count(method: Any) -> int | None:
    """Parameters that scoring needs, or what the method states as ``parameter_count``; None without any."""
    stated = getattr(method, "parameter_count", None)
    if isinstance(stated, int):
        return stated
    if isinstance(method, torch.nn.Module):
        left_out = tuple(getattr(method, "training_only", ()))
        return sum(one.numel() for name, one in method.named_parameters() if not name.startswith(left_out))
    return None


def _training_summary(training: dict[str, Any] | None) -> dict[str, Any] | None:
    if training is None:
        return None
    kept = ("id", "recipe", "epochs", "dataset", "split_name", "label_kind", "start_kind", "seconds", "rows", "seed")
    return {**{name: training.get(name) for name in kept}, "best_epoch": training.get("best_epoch")}
