"""After a run that showed a degraded reference: some images again, beside references of other contents.

The scores are kept in ``run.json`` as ``reference_check``; :mod:`iqabench.stats.reference_use` says what they tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.progress import Overview
from iqabench.data.paradigm import Paradigm
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.references import Reference
from iqabench.results.store import ScoreRow
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
from iqabench.scoring.swapped import with_other_references

LEAST, SHARE, MOST = 20, 0.1, 100
"""Images that are scored again: this share of the run's, but never fewer or more than these."""
OF_ONE_CONTENT = 5
"""So many of each content, where there are contents enough."""


def check_reference(
    method: Any,
    reference: Reference,
    rows: pd.DataFrame,
    scored: Mapping[str, ScoreRow],
    machine: Machine,
    overview: Overview,
    protocol: ScoringProtocol | None = None,
) -> dict[str, Any]:
    """``{"scores": {image id: score beside another content's reference}}``; empty where nothing can be checked.

    The run's own scores are left alone. Nothing is checked of a run without a degraded reference, of a method that
    looks at no image or failed, and on a single content.
    """
    if reference.paradigm is not Paradigm.DR or method.scores_rows or rows["content"].nunique() < 2:
        return {}
    chosen = sample(rows[rows["image_id"].map(lambda name: name in scored and scored[name].score is not None)])
    if chosen["content"].nunique() < 2:
        return {}
    others = with_other_references(rows, str(reference.needs), chosen)
    job = ScoringJob(method, folder := MemoryFolder(), set())
    bar = overview.add(f"check the reference of {method.info.name}", len(others))
    batches = plan_batches(others, reference, machine.batch_size)
    score_jobs([job], batches, reference, machine, lambda _, count: overview.advance(bar, count), protocol)
    overview.end(bar, "failed" if job.failure else "done")
    if job.failure:
        return {}
    return {"scores": {name: row.score for name, row in sorted(folder.found.items()) if row.score is not None}}


def sample(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows (manifest columns) to score again: the same whenever they are drawn, spread over the contents."""
    most = int(np.clip(round(SHARE * len(rows)), LEAST, MOST))
    contents = sorted(set(rows["content"]))
    kept = [contents[place] for place in _spread(len(contents), max(2, most // OF_ONE_CONTENT))]
    if not kept:
        return rows.iloc[:0]
    chosen: list[str] = []
    for content in kept:
        images = sorted(rows["image_id"][rows["content"] == content])
        chosen += [images[place] for place in _spread(len(images), most // len(kept))]
    return rows.set_index("image_id", drop=False).rename_axis(None).loc[chosen].reset_index(drop=True)


def _spread(length: int, wanted: int) -> list[int]:
    """At most ``wanted`` places of ``length``, evenly spaced."""
    return sorted({int(place) for place in np.linspace(0, length - 1, min(length, wanted))}) if length else []
