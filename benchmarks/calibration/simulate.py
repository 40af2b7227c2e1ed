"""Equal methods, simulated, and the p-value of their difference; images of a content are not independent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from iqabench.stats import content_ratio
from iqabench.stats.significance import LEVEL

Floats = NDArray[np.float64]
NOISE = 1.5
"""Standard deviation of a method's error, in units of that of the quality: an SRCC of about .5, as on PIPAL."""
SMALL_NOISE = 0.3
"""The same for methods with an SRCC of about .94."""
INTERACTION = 0.4
"""Standard deviation of what a method makes of quality within one content, around 1."""
AT_ONCE = 2_000_000
"""Scores that are simulated at once."""


@dataclass(frozen=True)
class Setting:
    """One row of the table."""

    contents: int
    images: int
    interaction: bool
    """True if how well a method does depends on the content, for each method in its own way."""
    labels: Literal["MOS", "votes", "uneven votes"] = "MOS"
    noise: float = NOISE


SETTINGS = (
    *(Setting(c, i, x) for c, i in ((5, 9), (7, 9), (9, 12), (25, 39), (200, 10)) for x in (False, True)),
    *(Setting(c, i, False, noise=SMALL_NOISE) for c, i in ((5, 9), (7, 9), (25, 39), (200, 10))),
    *(Setting(c, 10, x, "votes") for c in (5, 7, 25, 200) for x in (False, True)),
    *(Setting(c, 10, x, "uneven votes") for c in (5, 7, 25, 200) for x in (False, True)),
)


@dataclass(frozen=True)
class Rates:
    """Share of simulations in which equal methods are called different at 5 %."""

    student: float
    """By the test that every command uses."""
    bootstrap: float
    """By the percentile bootstrap of contents, for comparison."""


def false_alarms(setting: Setting, simulations: int, draws: int = 500, seed: int = 0) -> Rates:
    """Simulate two equal methods ``simulations`` times."""
    generator = np.random.default_rng([seed, *setting.labels.encode(), setting.contents, setting.interaction])
    student, bootstrap = [], []
    for size in _batches(simulations, setting):
        gaps, bottoms = _simulated(generator, setting, size)
        student.append(content_ratio(gaps, bottoms).p < LEVEL)
        bootstrap.append(_bootstrap(generator, gaps, bottoms, draws))
    return Rates(float(np.mean(np.concatenate(student))), float(np.mean(np.concatenate(bootstrap))))


def _batches(simulations: int, setting: Setting) -> Iterator[int]:
    most = max(1, AT_ONCE // (setting.contents * setting.images))
    for start in range(0, simulations, most):
        yield min(most, simulations - start)


def _simulated(generator: np.random.Generator, setting: Setting, size: int) -> tuple[Floats, Floats]:
    """Differences ``(simulations, contents)`` and their denominators."""
    shape = (size, setting.contents)
    if setting.labels == "MOS":
        quality = generator.normal(size=(*shape, setting.images))
        slopes = [1 + INTERACTION * setting.interaction * generator.normal(size=(*shape, 1)) for _ in range(2)]
        scores = [slope * quality + setting.noise * generator.normal(size=quality.shape) for slope in slopes]
        return _srcc(scores[0], quality) - _srcc(scores[1], quality), np.ones(shape)
    pairs = generator.integers(1, 20, shape) if setting.labels == "uneven votes" else np.full(shape, setting.images)
    right = [
        generator.binomial(pairs, generator.beta(6, 3, shape) if setting.interaction else np.full(shape, 2 / 3))
        for _ in range(2)
    ]
    return (right[0] - right[1]).astype(np.float64), pairs.astype(np.float64)


def _srcc(scores: Floats, quality: Floats) -> Floats:
    ranks = [rankdata(one, axis=-1) for one in (scores, quality)]
    a, b = (one - one.mean(axis=-1, keepdims=True) for one in ranks)
    return np.asarray((a * b).sum(axis=-1) / np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1)))


def _bootstrap(generator: np.random.Generator, gaps: Floats, bottoms: Floats, draws: int) -> NDArray[np.bool_]:
    contents = gaps.shape[1]
    counts = generator.multinomial(contents, np.full(contents, 1 / contents), size=draws).astype(np.float64)
    drawn = (gaps @ counts.T) / (bottoms @ counts.T)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=1)
    return np.asarray((low > 0) | (high < 0))
