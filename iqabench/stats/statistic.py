"""What a statistic is, and what it is computed from: the words of :mod:`iqabench.stats.table`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iqabench._util.errors import DataError
from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats, Groups, group
from iqabench.stats.correlation import WithinContent, srcc, within_content
from iqabench.stats.judged import JudgedPairs, Ratings, rated_pairs, voted_pairs
from iqabench.stats.logistic import LogisticFit, fit_logistic, fit_logistic5

Names = NDArray[np.object_]
KEYS = ("content", "category", "algorithm")
"""Columns of labels that :class:`Labelled` takes, in its order."""


@dataclass(frozen=True)
class Labelled:
    """What is known of images beside their scores, ``(images,)``, and how they group: found once for all methods."""

    mos: Floats
    """Finite, higher meaning better."""
    content: Names
    category: Names
    algorithm: Names
    ratings: Ratings | None = None
    """How far the judges of each image disagree, where the data set says it."""

    @classmethod
    def of(cls, labels: pd.DataFrame, mos: Floats, ratings: Ratings | None = None) -> Labelled:
        """From the labels of a split (:data:`iqabench.results.model.LABEL_COLUMNS`), as far as ``mos`` is known."""
        content, category, algorithm = (labels[name].astype(str).to_numpy(dtype=object) for name in KEYS)
        return cls(mos, content, category, algorithm, ratings).only(np.isfinite(mos))

    def only(self, rows: NDArray[np.bool_]) -> Labelled:
        """Some of the images, ``(images,)`` of booleans."""
        if rows.all():
            return self
        ratings = None if self.ratings is None else self.ratings.of(rows)
        return Labelled(self.mos[rows], self.content[rows], self.category[rows], self.algorithm[rows], ratings)

    @cached_property
    def contents(self) -> Groups:
        """Images by content."""
        return group(self.content)

    @cached_property
    def within_category(self) -> Groups:
        """Images by content and category."""
        return group(self.contents, self.categories)

    @cached_property
    def categories(self) -> Groups:
        """Images by category."""
        return group(self.category)

    @cached_property
    def algorithms(self) -> Groups:
        """Images by algorithm."""
        return group(self.algorithm)

    @cached_property
    def judged(self) -> JudgedPairs | None:
        """What the judges said of pairs within a content; None where that is not known."""
        return None if self.ratings is None else rated_pairs(self.mos, self.ratings, self.contents)


_NO_NAMES = np.empty(0, dtype=object)
UNLABELLED = Labelled(np.empty(0), _NO_NAMES, _NO_NAMES, _NO_NAMES)
"""For a sample that votes alone judge."""


@dataclass(frozen=True)
class Sample:
    """Finite scores ``(images,)`` of one run, and their labels; higher means better in both."""

    scores: Floats
    labelled: Labelled
    votes: VotePairs | None = None
    sign: int = 1
    """-1 if the method's own scores were turned."""
    parts: bool = True
    """Whether figures shall say their sums by content, which intervals are made of."""

    @cached_property
    def srcc_within(self) -> WithinContent:
        """SRCC within each content."""
        return within_content(srcc, self.scores, self.labelled.mos, self.labelled.contents)

    @cached_property
    def fit(self) -> LogisticFit:
        """The four-parameter logistic from scores to MOS."""
        return fit_logistic(self.scores, self.labelled.mos)

    @cached_property
    def fit5(self) -> LogisticFit:
        """The five-parameter logistic from scores to MOS."""
        return fit_logistic5(self.scores, self.labelled.mos)

    @cached_property
    def voted(self) -> JudgedPairs:
        """What the votes say of their pairs.

        Raises DataError without votes.
        """
        if self.votes is None:
            raise DataError("no votes between these images")
        return voted_pairs(self.votes)


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
    bounds: tuple[float, float] | None = None
    """Its 95 % interval, if that is not made from :attr:`by_content`."""


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
    """Columns with the bounds of its 95 % interval over contents, made from :attr:`Figure.by_content`, or
    :attr:`Figure.bounds`."""
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
