"""What one finished or unfinished run left on disk, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

SCORE_COLUMNS = ("image_id", "score", "error")
"""Columns of ``scores.csv``: one row per restored image; ``score`` is empty where ``error`` says why."""

LABEL_COLUMNS = ("image_id", "image", "content", "algorithm", "category", "task", "mos")
"""Columns of the labels kept beside the runs; ``image`` is a path relative to the dataset's root, or ``""``."""


@dataclass(frozen=True)
class RunResult:
    """One run: one method shown one kind of reference, on one split of one dataset.

    ``meta`` is ``run.json``: ``schema, status (complete | partial | failed), run_id, identity (whose digest is the run
    id), signature, method {name, version, paradigms, lower_is_better, summary, citation, trained_on, trainable},
    parameters, reference, paradigm (NR | DR | FR, of this run), dataset, fingerprint, split {name, digest, seed}, seed,
    precision, selection (last | best | none), training (null, or {id, recipe, epochs, dataset, split, start, seconds}),
    weights {name: sha256}, n_expected, n_scored, params (int or null), gflops (float or null), ms_per_image, device,
    notes [str], reference_check {scores {image id: score beside the reference of another content}} (a DR run's),
    git {commit, dirty}, versions {name: version}, started, finished``.
    ``scores`` has exactly :data:`SCORE_COLUMNS`, sorted by ``image_id``.
    """

    meta: dict[str, Any]
    scores: pd.DataFrame
    path: Path | None = None

    @property
    def method(self) -> str:
        """Name of the method that was run."""
        return str(self.meta["method"]["name"])

    @property
    def sign(self) -> int:
        """+1 if a higher score means better quality, -1 if lower does; from the method's declaration."""
        return -1 if self.meta["method"]["lower_is_better"] else 1


@dataclass(frozen=True)
class ResultSet:
    """All runs on one split of one dataset (one fingerprint) by one protocol, with their labels.

    ``labels`` has :data:`LABEL_COLUMNS` (only the rows that the split scores); ``votes`` the columns
    ``content, image_id_a, image_id_b, votes_a, votes_b`` or is None; ``card`` is the dataset's card as
    plain data (``name, version, label_kind, mos_higher_is_better, mos_range, licence, citation, ...``).
    """

    dataset: str
    split: str
    fingerprint: str
    card: dict[str, Any]
    labels: pd.DataFrame
    votes: pd.DataFrame | None
    runs: list[RunResult] = field(default_factory=list)
    ratings: pd.DataFrame | None = None
    """Columns ``image_id, deviation, judges``: how far the judges of an image disagree, and how many they were."""
    checks: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Saved figures of the ladder and the control, by kind: :data:`iqabench.results.checks.COLUMNS`."""
    protocol: str = ""
    """Name of the protocol that all runs were scored by; empty where none was named."""
    protocol_rules: str = ""
    """Digest and rules of the protocol, in words."""
