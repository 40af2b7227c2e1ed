"""What ``run.json`` says of a run, and which of it makes the run's id."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import MethodError
from iqabench.data.images import PIXELS, UPSAMPLING
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.references import parse_reference
from iqabench.methods.contract import Method
from iqabench.methods.size import parameter_count
from iqabench.results.provenance import git_state, library_versions, now
from iqabench.results.signature import signature
from iqabench.results.store import SCHEMA, RunFolder, digest
from iqabench.scoring.calibration import calibration_digest
from iqabench.scoring.precision import INT8, notes_of, precision_of

if TYPE_CHECKING:
    from iqabench.runs.run import RunRequest
    from iqabench.scoring.engine import ScoringJob


def run_facts(
    method: Method,
    *,
    reference: str,
    dataset: str,
    fingerprint: str,
    split: str,
    precision: str,
    training: dict[str, Any] | None,
    selection: str,
    protocol: ScoringProtocol | None = None,
) -> dict[str, Any]:
    """The identity of a run: everything that may change a score, and nothing else.

    ``precision`` is what was asked for; the identity names that in which the method scores.
    Device, batch size and number of threads are left out on purpose: docs/identity.md says why of each. Without a
    ``protocol`` none is named, so that runs from before there were any keep their ids.

    Raises
    ------
    MethodError
        If the method states what JSON cannot hold.
    """
    started_from = {name: digest for name, digest in (training or {}).get("weights", {}).items() if digest is not None}
    weights = started_from | method.weights_used
    if not all(isinstance(word, str) for pair in weights.items() for word in pair):
        raise MethodError(f"weights_used must map names to digests, both text; it is {weights!r}")
    code = method.foreign_code
    return {
        "schema": SCHEMA,
        "method": method.info.name,
        "version": method.info.version,
        "code": None if code is None else dict(code),
        "settings": method.settings,
        "weights": weights,
        "training": training["id"] if training else None,
        "selection": selection,
        "reference": reference,
        "upsampling": UPSAMPLING if protocol is None else protocol.resize,
        "pixels": PIXELS,
        "dataset": dataset,
        "fingerprint": fingerprint,
        "split": split,
        "precision": precision_of(method, precision),
        "tf32": False,
        "tiles": "whole",
        **({"calibration": calibration_digest()} if precision == INT8 else {}),
        **({} if protocol is None else {"protocol": protocol.identity}),
    }


def started_meta(
    facts: dict[str, Any], method: Method, request: RunRequest, training: dict[str, Any] | None, expected: int
) -> dict[str, Any]:
    """``run.json`` before the first image is scored."""
    info = method.info
    card = request.dataset.card
    meta = {
        "schema": SCHEMA,
        "run_id": digest(facts),
        "identity": facts,
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
        "precision": facts["precision"],
        "selection": facts["selection"],
        "training": _training_summary(training),
        "weights": facts["weights"],
        "n_expected": expected,
        "params": parameter_count(method),
        "notes": [*(str(note) for note in method.notes), *notes_of(method, facts["precision"])],
        "device": str(request.machine.device),
        "batch_size": request.machine.batch_size,
        "git": git_state(),
        "versions": library_versions(),
        "started": now(),
    }
    return {**meta, "signature": signature(meta)}


def finished_meta(folder: RunFolder, job: ScoringJob, scored: int, expected: int) -> dict[str, Any]:
    """``run.json`` after the last image: complete only if every image has a score."""
    meta = folder.read_meta()
    cost = 1000 * job.pace
    return {
        **meta,
        "status": "failed" if job.failure else "complete" if scored == expected else "partial",
        "failure": job.failure,
        "n_scored": scored,
        "ms_per_image": cost if math.isfinite(cost) else None,
        "finished": now(),
    }


def _training_summary(training: dict[str, Any] | None) -> dict[str, Any] | None:
    if training is None:
        return None
    kept = (
        "id",
        "recipe",
        "epochs",
        "dataset",
        "fingerprint",
        "split",
        "split_name",
        "label_kind",
        "start",
        "seconds",
        "rows",
        "seed",
    )
    joined = {"joined": training["joined"]} if training.get("joined") else {}
    return {**{name: training.get(name) for name in kept}, "best_epoch": training.get("best_epoch"), **joined}
