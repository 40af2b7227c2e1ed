"""How well metrics agree with the labels of one data set: the figures, and the test between every two.

Everything comes from :mod:`iqabench.stats.assessment`, whose test every table and comparison gives, too. Evidence that
a distribution ships is a file of the same figures, for sets whose votes are not to be published.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from iqabench._util.errors import DataError
from iqabench._util.papers import folders
from iqabench._util.records import Record, checked
from iqabench.data.rows import read_text
from iqabench.predict.advice.tasks import restrict_to_task, tasks_of
from iqabench.results.model import ResultSet
from iqabench.results.signature import signature_of_run
from iqabench.stats.ablations import without_ablations
from iqabench.stats.alignment import training_data_of
from iqabench.stats.arrays import Floats
from iqabench.stats.assessment import AssessedGroup, assess
from iqabench.stats.contents import content_ratio

VERSION = 1
CHANCE = {"vote agreement": 0.5, "SRCC": 0.0}
"""What a metric reaches that knows nothing, by statistic."""
_LIMITS = {"vote agreement": (0.0, 1.0), "SRCC": (-1.0, 1.0)}


class EvidenceRow(Record):
    """One metric beside one reference, with its agreement."""

    label: str
    """``METHOD@REFERENCE``, and the selection behind it if there is one."""
    method: str
    paradigm: Literal["NR", "DR", "FR"]
    reference: str
    learnt_from: str
    """Data set, kind of labels and split that it was trained on; empty for a metric that was not."""
    value: float
    low: float | None
    high: float | None
    """95 % interval over contents; None where there is none."""
    ms_per_image: float | None
    device: str
    signature: str
    run_ids: str


class EvidenceDifference(Record):
    """Row ``a`` minus row ``b``."""

    a: int
    b: int
    difference: float
    p: float | None
    """Of this difference alone; None where contents are too few for a test."""
    p_adjusted: float | None
    """Holm's correction for all pairs of ranked rows; None where contents are too few for a test."""


class Evidence(Record):
    """What is known of the metrics on one data set and split, best first."""

    format: Literal["metric-evidence"] = "metric-evidence"
    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    dataset: str
    split: str
    protocol: str = ""
    """Name and rules of the protocol that all rows were scored by; empty where none was named."""
    fingerprint: str
    labels_sha256: str
    votes_sha256: str
    label_kind: Literal["human", "pseudo", "none"]
    tasks: tuple[str, ...] = Field(strict=False)
    statistic: Literal["vote agreement", "SRCC"]
    images: int
    contents: int
    pairs: int | None
    """Pairs with votes; None where MOS ranks."""
    votes: float | None
    finished: str
    """When the last of the runs was."""
    rows: tuple[EvidenceRow, ...] = Field(strict=False)
    differences: tuple[EvidenceDifference, ...] = Field(strict=False)

    def between(self, i: int, j: int) -> EvidenceDifference:
        """The difference of two rows, whichever comes first."""
        wanted = {i, j}
        return next(one for one in self.differences if {one.a, one.b} == wanted)


def evidence_of(results: ResultSet, task: str = "any") -> Evidence | None:
    """The evidence in stored runs, of one task's images, without ablations; None if nothing can be ranked."""
    restricted = restrict_to_task(results, task)
    if restricted is None:
        return None
    assessed = assess(restricted)
    ranked = assessed.ranked
    if not ranked:
        return None
    statistic: Literal["vote agreement", "SRCC"] = "SRCC" if assessed.by_mos else "vote agreement"
    votes = None if assessed.by_mos else assessed.votes
    # Nobody looks for an ablation; the test of differences counts it, as in the leaderboard.
    shown = without_ablations([restricted])
    places = [
        place for place, one in enumerate(ranked) if shown is None or any(run.path in shown for run in one.group.runs)
    ]
    rows = [_row(ranked[place], *assessed.sums(ranked[place]), limits=_LIMITS[statistic]) for place in places]
    differences = []
    for i, j in combinations(range(len(places)), 2):
        found = assessed.pairwise.between(places[i], places[j])
        differences.append(
            EvidenceDifference(
                a=i, b=j, difference=found.difference, p=_known(found.p), p_adjusted=_known(found.p_adjusted)
            )
        )
    return Evidence(
        dataset=results.dataset,
        split=results.split,
        protocol=f"{results.protocol} ({results.protocol_rules})" if results.protocol else "",
        fingerprint=results.fingerprint,
        labels_sha256=str(results.card.get("labels_sha256") or ""),
        votes_sha256=str(results.card.get("votes_sha256") or ""),
        label_kind=results.card.get("label_kind", "none"),
        tasks=tuple(tasks_of(restricted)),
        statistic=statistic,
        images=len(restricted.labels),
        contents=assessed.pairwise.contents,
        pairs=None if votes is None else len(votes.a),
        votes=None if votes is None else float(np.sum(votes.votes_a + votes.votes_b)),
        finished=max(str(run.meta.get("finished") or "") for one in ranked for run in one.group.runs),
        rows=tuple(rows),
        differences=tuple(differences),
    )


def shipped_evidence() -> Iterator[Evidence]:
    """Evidence that installed distributions offer.

    Raises
    ------
    DataError
        If a file is not what it should be.
    """
    for folder in folders("EVIDENCE"):
        for file in sorted(folder.glob("*.json")):
            yield read_evidence(file)


def read_evidence(file: Path) -> Evidence:
    """Read a file that :func:`as_text` made."""
    try:
        said = json.loads(read_text(file))
    except ValueError as error:
        raise DataError(f"{file}: no JSON ({error}); install iqabench again") from error
    return checked(Evidence, said, str(file), DataError)


def as_text(evidence: Evidence) -> str:
    """The file of an evidence."""
    return json.dumps(evidence.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _row(one: AssessedGroup, tops: Floats, bottoms: Floats, limits: tuple[float, float]) -> EvidenceRow:
    interval, first = content_ratio(tops, bottoms, limits), one.group.first
    costs = [float(run.meta["ms_per_image"]) for run in one.group.runs if run.meta.get("ms_per_image") is not None]
    return EvidenceRow(
        label=one.group.label,
        method=one.group.method,
        paradigm=first.meta["paradigm"],
        reference=first.meta["reference"],
        learnt_from=training_data_of(first),
        value=float(interval.value),
        low=_known(float(interval.low)),
        high=_known(float(interval.high)),
        ms_per_image=float(np.mean(costs)) if costs else None,
        device=str(first.meta.get("device") or "unknown"),
        signature=signature_of_run(first.meta),
        run_ids=one.group.run_ids,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
