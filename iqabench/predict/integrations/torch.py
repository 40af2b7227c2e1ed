"""Validation in a plain PyTorch loop: ``update`` for each batch, ``compute`` or ``log`` at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from iqabench._util.errors import UserError
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.predict.integrations.metrics import metrics_given
from iqabench.predict.integrations.trackers import ExperimentTracker


@dataclass(frozen=True)
class BestScore:
    """The best mean of a metric so far, and when it was."""

    score: float
    step: int


class Validation:
    """Mean scores over a validation set, with the best of them so far.

    Parameters
    ----------
    metrics
        Names of methods, objects, or a dict of options, as
        :func:`iqabench.predict.integrations.metrics.metrics_given` takes them. A metric that compares is shown the
        pristine image where that is given and it knows what to do with it, else the degraded one; CKDN always sees the
        degraded image. ``psnr@degraded`` asks for one.
    protocol
        Of ``iqabench list protocols``: ``sr-y-border4`` is luma without border, which super-resolution papers print.
        It holds for all metrics but those of a dict that name their own. Default: RGB, whole images.
    trackers
        :mod:`iqabench.predict.integrations.trackers` that :meth:`log` writes to.
    prefix
        Goes before the name of a metric there.

    Examples
    --------
    >>> import torch
    >>> from iqabench.predict.integrations.torch import Validation
    >>> validation = Validation("psnr,sharpness")
    >>> degraded = torch.zeros(2, 3, 16, 16)
    >>> validation.update(torch.full((2, 3, 64, 64), 26 / 255), degraded)
    >>> {name: round(score, 2) for name, score in validation.compute().items()}
    {'psnr': 19.83, 'sharpness': 0.0}
    """

    def __init__(
        self,
        metrics: Any = "ckdn",
        *,
        protocol: str | ScoringProtocol | None = None,
        trackers: Sequence[ExperimentTracker] = (),
        prefix: str = "val/",
    ) -> None:
        self.metrics = metrics_given(metrics, protocol)
        self.trackers = list(trackers)
        self.prefix = prefix
        self.best: dict[str, BestScore] = {}
        self._scores: dict[str, list[float]] = {}
        self.reset()

    @property
    def higher_is_better(self) -> dict[str, bool]:
        """By name of metric."""
        return {metric.label: metric.sign > 0 for metric in self.metrics}

    def reset(self) -> None:
        """Forget the images so far; the best scores are kept."""
        self._scores = {metric.label: [] for metric in self.metrics}

    def update(self, restored: Tensor, degraded: Tensor | None = None, pristine: Tensor | None = None) -> None:
        """Score a batch.

        Parameters
        ----------
        restored
            ``(N, 3, H, W)`` floats; what lies outside of [0, 1] is cut off.
        degraded
            ``(N, 3, h, w)`` in [0, 1], of the same size or a whole number of times smaller.
        pristine
            ``(N, 3, H, W)`` in [0, 1].

        Raises
        ------
        UserError
            If a reference is missing, or an image cannot be scored.
        """
        fresh = {metric.label: metric.scores(restored, degraded, pristine) for metric in self.metrics}
        for name, scores in fresh.items():
            self._scores[name] += scores

    def sums(self) -> dict[str, tuple[float, int]]:
        """Sum of scores and number of images by metric, for those who reduce over processes."""
        return {name: (math.fsum(scores), len(scores)) for name, scores in self._scores.items()}

    def compute(self) -> dict[str, float]:
        """Mean score of all images since :meth:`reset` by metric.

        Raises
        ------
        UserError
            If no image was given.
        """
        if not all(self._scores.values()):
            raise UserError("no image was scored since the last reset: call update(restored, degraded) first")
        return {name: total / count for name, (total, count) in self.sums().items()}

    def log(self, step: int) -> dict[str, float]:
        """:meth:`compute`, note what is best so far, write to the trackers as ``PREFIXNAME``, and :meth:`reset`."""
        means = self.compute()
        for metric in self.metrics:
            mean, before = means[metric.label], self.best.get(metric.label)
            if before is None or metric.sign * mean > metric.sign * before.score:
                self.best[metric.label] = BestScore(mean, step)
        for tracker in self.trackers:
            tracker.log({f"{self.prefix}{name}": mean for name, mean in means.items()}, step)
        self.reset()
        return means
