"""How far scores depend on the reference that was shown, from what a run scored again beside references of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from iqabench._util.text import counted
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.alignment import signed_mos, signed_scores
from iqabench.stats.arrays import Floats
from iqabench.stats.correlation import srcc, within_content

HARDLY = 0.1
"""Scores that move by less than this share of their spread hardly depend on the reference."""


@dataclass(frozen=True)
class ReferenceUse:
    """What came of showing the references of other contents."""

    images: int
    contents: int
    moved: float
    """Mean move of a score, less what all restorations of its content move together, which changes no order."""
    spread: float
    """Standard deviation of the run's scores within contents, over all images."""
    srcc: float
    """SRCC within contents of the images scored twice, beside their own reference; NaN without MOS."""
    srcc_swapped: float
    """And beside those of other contents."""

    @property
    def share(self) -> float:
        """The move as a share of the spread; infinite where all scores are equal."""
        return self.moved / self.spread if self.spread > 0 else np.inf

    @property
    def hardly(self) -> bool:
        """True if the scores hardly depend on the reference."""
        return self.share < HARDLY

    @property
    def sentence(self) -> str:
        """What a reader must know of it; empty if the scores depend on the reference."""
        if not self.hardly:
            return ""
        changed = "" if np.isnan(self.srcc) else f", SRCC {self.srcc:z.3f} then {self.srcc_swapped:z.3f}"
        share = f"{100 * self.share:.1f}" if self.share >= 0.0005 else "less than 0.1"
        return (
            "the scores hardly depend on the reference: beside that of another content they move by "
            f"{share} % of their spread within contents ({counted(self.images, 'image')} of "
            f"{counted(self.contents, 'content')}{changed})"
        )


def reference_use(results: ResultSet, run: RunResult) -> ReferenceUse | None:
    """What the ``reference_check`` of ``run`` tells; None where it has none, or fewer than two contents count."""
    found = (run.meta.get("reference_check") or {}).get("scores") or {}
    scores, mos = signed_scores(results, run), signed_mos(results)
    images, content = results.labels["image_id"].astype(str), results.labels["content"].astype(str).to_numpy()
    again = run.sign * images.map(found).to_numpy(dtype=np.float64)
    both = np.isfinite(again) & np.isfinite(scores)
    contents = len(set(content[both]))
    if contents < 2:
        return None
    moves = _less_mean(again[both] - scores[both], content[both])
    known = np.isfinite(scores)
    spread = float(np.sqrt(np.mean(_less_mean(scores[known], content[known]) ** 2)))
    labelled = both & np.isfinite(mos)
    agree = [within_content(srcc, one[labelled], mos[labelled], content[labelled]).mean for one in (scores, again)]
    return ReferenceUse(int(both.sum()), contents, float(np.abs(moves).mean()), spread, *agree)


def uses(results: ResultSet, runs: Iterable[RunResult]) -> list[ReferenceUse]:
    """What the checks of runs (one for each seed) tell; those without a check are left out."""
    checked = (reference_use(results, run) for run in runs if run.meta.get("reference_check"))
    return [found for found in checked if found is not None]


def said_of(found: Iterable[ReferenceUse]) -> str:
    """The sentences of those whose scores hardly depend on the reference; mostly empty."""
    return "; ".join(dict.fromkeys(one.sentence for one in found if one.hardly))


def _less_mean(values: Floats, content: np.ndarray) -> Floats:
    """``values`` less the mean of their content."""
    means = pd.Series(values).groupby(content).transform("mean")
    return np.asarray(values - means.to_numpy(dtype=np.float64), dtype=np.float64)
