"""The one table of statistics: name, label, direction, digits, explanation and function of each.

The leaderboard, its columns and footers, the report, and plans of tables are made from it: another statistic is another
entry of :data:`STATISTICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iqabench._util.errors import DataError, UserError
from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats, group_rows
from iqabench.stats.contents import UNLIMITED
from iqabench.stats.correlation import Correlation, krcc, plcc, srcc, within_content
from iqabench.stats.logistic import LogisticFit, fit_logistic
from iqabench.stats.pairs import algorithm_pair_accuracy, pair_accuracy
from iqabench.stats.votes import vote_agreement, vote_ceiling

Names = NDArray[np.object_]


@dataclass(frozen=True)
class Sample:
    """Finite scores ``(images,)`` of one run, and their labels; higher means better in both."""

    scores: Floats
    mos: Floats
    content: Names
    category: Names
    algorithm: Names
    votes: VotePairs | None = None
    sign: int = 1
    """-1 if the method's own scores were turned."""
    parts: bool = True
    """Whether figures shall say their sums by content, which intervals are made of."""

    @cached_property
    def fit(self) -> LogisticFit:
        """The four-parameter logistic from scores to MOS."""
        return fit_logistic(self.scores, self.mos)


@dataclass(frozen=True)
class ByContent:
    """A figure as a ratio of sums over contents, so that its interval can be taken; vectors ``(contents,)``."""

    contents: tuple[str, ...]
    tops: Floats
    bottoms: Floats

    @classmethod
    def of(cls, parts: Mapping[Any, tuple[float, float]]) -> ByContent:
        """From ``(top, bottom)`` by content."""
        names = sorted(parts)
        table = np.array([parts[name] for name in names], dtype=np.float64).reshape(-1, 2)
        return cls(tuple(map(str, names)), table[:, 0], table[:, 1])


@dataclass(frozen=True)
class Figure:
    """A figure, and how much it rests on."""

    value: float
    pairs: int | None = None
    """Pairs counted, for accuracies and agreement."""
    note: str = ""
    by_content: ByContent | None = None
    """None if the figure is not a mean over contents: a correlation over all images, say."""


@dataclass(frozen=True)
class Statistic:
    """One statistic: its function, and its name, label and explanation in every table."""

    name: str
    """In frames, ``--columns`` and plans."""
    label: str
    """Above a column."""
    explanation: str
    """For a reader who points at the column."""
    meaning: str
    """For a footer: what the figures of a table are; ``{pairs}`` is how many were counted."""
    measure: Callable[[Sample], Figure]
    shared: tuple[str, str] | None = None
    """What a leaderboard's footer calls it, and says of it, in the one sentence that all statistics with it share."""
    sentence: str = ""
    """Its own sentence in that footer, where its label and explanation do not do; ``{pairs}`` is how many were counted,
    ``{most}`` what following the majority of votes gives."""
    better: int = +1
    """+1 if higher is better, -1 if lower, 0 if neither."""
    digits: int = 4
    limits: tuple[float, float] = (-1.0, 1.0)
    interval: tuple[str, str] | None = None
    """Columns with the bounds of its 95 % interval over contents, made from :attr:`Figure.by_content`."""
    spread: bool = False
    """True if the standard deviation over seeds and splits is shown, as ``NAME_sd``."""
    by_votes: bool = False
    """True if it is computed from votes, False if from MOS."""
    in_leaderboard: bool = True
    printed: bool = False
    """True if a printed leaderboard has its column where no others are asked for; CSV and JSON have all."""
    opened: bool = False
    """True if the report shows its column from the start; the others wait behind a button."""
    in_plans: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the leaderboard's frame."""
        return (self.name, *(self.interval or ()), *[f"{self.name}_sd"] * self.spread)


def _within(function: Correlation, sample: Sample) -> Figure:
    found = within_content(function, sample.scores, sample.mos, sample.content)
    lost = f"undefined within {', '.join(found.undefined)}" if found.undefined else ""
    defined = {name: (value, 1.0) for name, value in found.per_content.items() if np.isfinite(value)}
    return Figure(found.mean, note=lost, by_content=ByContent.of(defined))


def _pooled(function: Correlation, sample: Sample) -> Figure:
    return Figure(function(sample.scores, sample.mos))


def _pairs(margin: float, sample: Sample) -> Figure:
    whole = pair_accuracy(sample.scores, sample.mos, sample.content, sample.category, margin)
    if not sample.parts:
        return Figure(float(whole.accuracy), whole.pairs)
    right = {}
    for name, rows in group_rows(sample.content).items():
        part = pair_accuracy(sample.scores[rows], sample.mos[rows], sample.content[rows], sample.category[rows], margin)
        if part.pairs:
            right[name] = (float(part.accuracy) * part.pairs, float(part.pairs))
    return Figure(float(whole.accuracy), whole.pairs, by_content=ByContent.of(right))


def _algorithm_pairs(sample: Sample) -> Figure:
    found = algorithm_pair_accuracy(sample.scores, sample.mos, sample.algorithm, sample.category)
    return Figure(float(found.accuracy), found.pairs)


def _votes(sample: Sample) -> Figure:
    votes = _cast(sample)
    a, b = sample.scores[votes.a], sample.scores[votes.b]
    found = vote_agreement(a, b, votes.votes_a, votes.votes_b, votes.content)
    counted = dict(zip(found.contents, zip(found.agreeing, found.cast, strict=True), strict=True))
    return Figure(float(found.share), len(votes.a), by_content=ByContent.of(counted))


def _ceiling(sample: Sample) -> Figure:
    votes = _cast(sample)
    return Figure(vote_ceiling(votes.votes_a, votes.votes_b), len(votes.a))


def _cast(sample: Sample) -> VotePairs:
    if sample.votes is None:
        raise DataError("no votes between these images")
    return sample.votes


def _mean_score(sample: Sample) -> Figure:
    plain = sample.sign * sample.scores
    sums = {name: (float(plain[rows].sum()), float(rows.size)) for name, rows in group_rows(sample.content).items()}
    return Figure(float(np.mean(plain)), by_content=ByContent.of(sums))


STATISTICS = (
    Statistic(
        "srcc",
        "SRCC",
        "Spearman's rank correlation with MOS, within each content, then averaged",
        "SRCC within each content, then averaged",
        partial(_within, srcc),
        shared=("SRCC", "within each content, then averaged"),
        interval=("srcc_low", "srcc_high"),
        spread=True,
        printed=True,
        opened=True,
    ),
    Statistic(
        "plcc",
        "PLCC",
        "Pearson's correlation with MOS, within each content, then averaged",
        "PLCC (raw) within each content, then averaged",
        partial(_within, plcc),
        shared=("PLCC", "within each content, then averaged"),
        spread=True,
        printed=True,
        opened=True,
    ),
    Statistic(
        "krcc",
        "KRCC",
        "Kendall's rank correlation with MOS, within each content, then averaged",
        "KRCC within each content, then averaged",
        partial(_within, krcc),
        shared=("KRCC", "within each content, then averaged"),
        spread=True,
        printed=True,
        opened=True,
    ),
    Statistic(
        "srcc_pooled",
        "SRCC pooled",
        "Spearman's rank correlation over all images at once",
        "SRCC over all images",
        partial(_pooled, srcc),
        shared=("pooled", "over all images"),
        spread=True,
        printed=True,
    ),
    Statistic(
        "plcc_pooled",
        "PLCC pooled",
        "Pearson's correlation over all images at once, without a fit",
        "PLCC over all images",
        partial(_pooled, plcc),
        shared=("pooled", "over all images"),
        spread=True,
    ),
    Statistic(
        "krcc_pooled",
        "KRCC pooled",
        "Kendall's rank correlation over all images at once",
        "KRCC over all images",
        partial(_pooled, krcc),
        shared=("pooled", "over all images"),
        spread=True,
    ),
    Statistic(
        "plcc_logistic",
        "PLCC logistic",
        "Pearson's correlation over all images after the four-parameter logistic",
        "PLCC over all images after a four-parameter logistic fit",
        lambda sample: Figure(sample.fit.plcc),
        shared=("logistic", "over all images after a four-parameter logistic fit"),
        spread=True,
        printed=True,
    ),
    Statistic(
        "rmse",
        "RMSE logistic",
        "Root mean squared error after the four-parameter logistic, in units of MOS",
        "root mean squared error after a four-parameter logistic fit, in units of MOS",
        lambda sample: Figure(sample.fit.rmse),
        shared=("logistic", "over all images after a four-parameter logistic fit"),
        better=-1,
        digits=2,
        limits=(0.0, np.inf),
        spread=True,
        in_plans=False,
    ),
    Statistic(
        "pair_accuracy",
        "pair accuracy",
        "Share of pairs within content and category put in the order of MOS",
        "accuracy over {pairs} pairs within content and category",
        partial(_pairs, 0.0),
        sentence="Pair accuracy: {pairs} within content and category.",
        limits=(0.0, 1.0),
        spread=True,
        printed=True,
        opened=True,
    ),
    Statistic(
        "pair_accuracy_50",
        "pairs > 50",
        "Share of these pairs whose MOS differ by more than 50 put in the order of MOS",
        "accuracy over the {pairs} of these pairs whose MOS differ by more than 50",
        partial(_pairs, 50.0),
        limits=(0.0, 1.0),
    ),
    Statistic(
        "pair_accuracy_100",
        "pairs > 100",
        "Share of these pairs whose MOS differ by more than 100 put in the order of MOS",
        "accuracy over the {pairs} of these pairs whose MOS differ by more than 100",
        partial(_pairs, 100.0),
        limits=(0.0, 1.0),
    ),
    Statistic(
        "pair_accuracy_means",
        "algorithm pairs",
        "Share of pairs of algorithms within a category put in order, by their means over contents",
        "accuracy over {pairs} pairs of algorithms within a category, by their means over contents",
        _algorithm_pairs,
        limits=(0.0, 1.0),
    ),
    Statistic(
        "vote_agreement",
        "vote agreement",
        "Share of people's votes on the side that the method prefers",
        "share of all votes that agree, on {pairs} pairs",
        _votes,
        sentence="Vote agreement: share of all votes on {pairs}; following the majority gives {most}.",
        limits=(0.0, 1.0),
        interval=("vote_low", "vote_high"),
        spread=True,
        by_votes=True,
        printed=True,
        opened=True,
    ),
    Statistic(
        "vote_ceiling",
        "vote ceiling",
        "Share of votes on the majority's side: the most that any method can reach",
        "share of votes on the majority's side, on {pairs} pairs",
        _ceiling,
        better=0,
        limits=(0.0, 1.0),
        by_votes=True,
        in_plans=False,
        opened=True,
    ),
    Statistic(
        "mean_score",
        "mean score",
        "Mean of the method's own scores",
        "mean score over images",
        _mean_score,
        better=0,
        limits=UNLIMITED,
        in_leaderboard=False,
    ),
)
"""Every statistic, in the order of a leaderboard's columns."""


def named(statistics: Iterable[Statistic]) -> dict[str, Statistic]:
    """Statistics by their names.

    Raises
    ------
    UserError
        If two of them would write one column.
    """
    found: dict[str, Statistic] = {}
    owners: dict[str, str] = {}
    for one in statistics:
        for column in one.columns:
            if column in owners:
                raise UserError(
                    f"two statistics, {owners[column]!r} and {one.name!r}, have a column {column!r}: "
                    "give one of them another name in STATISTICS (iqabench/stats/table.py)"
                )
            owners[column] = one.name
        found[one.name] = one
    return found


BY_NAME = named(STATISTICS)
LEADERBOARD = tuple(one for one in STATISTICS if one.in_leaderboard)
SPREAD = tuple(one.name for one in STATISTICS if one.spread)
"""Figures whose standard deviation over seeds or splits is shown, as ``NAME_sd``."""
