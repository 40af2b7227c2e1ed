"""The one table of statistics: name, label, direction, digits, explanation and function of each.

The leaderboard, its columns and footers, the report, and plans of tables are made from it: another statistic is another
entry of :data:`STATISTICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from iqabench._util.errors import UserError
from iqabench.stats.contents import UNLIMITED
from iqabench.stats.correlation import krcc, plcc, srcc
from iqabench.stats.measures import (
    algorithm_pairs,
    ceiling,
    choice,
    correct,
    mean_score,
    of_area,
    outliers,
    pairs,
    pooled,
    spread_over_contents,
    sure_error,
    votes,
    with_ties,
    within,
)
from iqabench.stats.roc import better_or_worse, different_or_similar
from iqabench.stats.statistic import Figure, Sample, Statistic


def _judged(by_votes: bool) -> tuple[Statistic, ...]:
    """The analysis of Krasula et al. and accuracy with ties, for pairs that ratings or votes tell apart."""
    prefix, who, of = ("vote_", "votes", " (votes)") if by_votes else ("", "ratings", "")

    def one(
        name: str,
        label: str,
        explanation: str,
        meaning: str,
        measure: Callable[[Sample], Figure],
        bounded: bool = False,
    ) -> Statistic:
        interval = (f"{prefix}{name}_low", f"{prefix}{name}_high") if bounded else None
        return Statistic(
            prefix + name,
            label + of,
            explanation,
            meaning,
            measure,
            limits=(0.0, 1.0),
            interval=interval,
            by_votes=by_votes,
            in_plans=False,
        )

    return (
        one(
            "auc_different",
            "AUC different",
            f"Area under the ROC curve: scores differ more where {who} tell two images of a content apart",
            "area under the ROC curve, different or similar, over {pairs} pairs",
            partial(of_area, different_or_similar, by_votes),
            bounded=True,
        ),
        one(
            "auc_better",
            "AUC better",
            f"Area under the ROC curve: which of two images that {who} tell apart is the better one",
            "area under the ROC curve, better or worse, over {pairs} pairs",
            partial(of_area, better_or_worse, by_votes),
            bounded=True,
        ),
        one(
            "correct_better",
            "correct side",
            f"Share of the pairs that {who} tell apart which are put in order",
            "share of the {pairs} pairs told apart that are put in order",
            partial(correct, by_votes),
        ),
        one(
            "tie_accuracy",
            "accuracy with ties",
            f"Share of pairs called better, worse or similar as {who} call them, with the best zone of ties",
            "share of {pairs} pairs called better, worse or similar, with the best zone of ties",
            partial(with_ties, by_votes),
        ),
    )


STATISTICS = (
    Statistic(
        "srcc",
        "SRCC",
        "Spearman's rank correlation with MOS, within each content, then averaged",
        "SRCC within each content, then averaged",
        partial(within, srcc),
        shared=("SRCC", "within each content, then averaged"),
        interval=("srcc_low", "srcc_high"),
        spread=True,
        printed=True,
        opened=True,
    ),
    Statistic(
        "srcc_quarter",
        "SRCC of the lowest quarter",
        "A quarter of the contents have an SRCC below this",
        "SRCC below which a quarter of the contents lie",
        partial(spread_over_contents, 0.25),
        in_plans=False,
    ),
    Statistic(
        "srcc_median",
        "median SRCC",
        "Half of the contents have an SRCC below this",
        "median of the SRCC within each content",
        partial(spread_over_contents, 0.5),
        in_plans=False,
    ),
    Statistic(
        "plcc",
        "PLCC",
        "Pearson's correlation with MOS, within each content, then averaged",
        "PLCC (raw) within each content, then averaged",
        partial(within, plcc),
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
        partial(within, krcc),
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
        partial(pooled, srcc),
        shared=("pooled", "over all images"),
        spread=True,
        printed=True,
    ),
    Statistic(
        "plcc_pooled",
        "PLCC pooled",
        "Pearson's correlation over all images at once, without a fit",
        "PLCC over all images",
        partial(pooled, plcc),
        shared=("pooled", "over all images"),
        spread=True,
    ),
    Statistic(
        "krcc_pooled",
        "KRCC pooled",
        "Kendall's rank correlation over all images at once",
        "KRCC over all images",
        partial(pooled, krcc),
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
        "plcc_logistic5",
        "PLCC logistic-5",
        "Pearson's correlation over all images after the five-parameter logistic",
        "PLCC over all images after a five-parameter logistic fit",
        lambda sample: Figure(sample.fit5.plcc),
        shared=("logistic-5", "over all images after a five-parameter logistic fit"),
        spread=True,
    ),
    Statistic(
        "rmse_logistic5",
        "RMSE logistic-5",
        "Root mean squared error after the five-parameter logistic, in units of MOS",
        "root mean squared error after a five-parameter logistic fit, in units of MOS",
        lambda sample: Figure(sample.fit5.rmse),
        shared=("logistic-5", "over all images after a five-parameter logistic fit"),
        better=-1,
        digits=2,
        limits=(0.0, np.inf),
        in_plans=False,
    ),
    Statistic(
        "outlier_ratio",
        "outliers",
        "Share of images that the four-parameter logistic misses by more than two standard deviations of the ratings",
        "share of {pairs} images that a logistic fit misses by more than two standard deviations of the ratings",
        outliers,
        better=-1,
        limits=(0.0, 1.0),
        in_plans=False,
    ),
    Statistic(
        "rmse_uncertain",
        "RMSE*",
        "Root mean squared error beyond the 95 % interval of each MOS, after the four-parameter logistic",
        "root mean squared error beyond the 95 % interval of each MOS, of {pairs} images",
        sure_error,
        better=-1,
        digits=2,
        limits=(0.0, np.inf),
        in_plans=False,
    ),
    Statistic(
        "pair_accuracy",
        "pair accuracy",
        "Share of pairs within content and category put in the order of MOS",
        "accuracy over {pairs} pairs within content and category",
        partial(pairs, 0.0),
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
        partial(pairs, 50.0),
        limits=(0.0, 1.0),
    ),
    Statistic(
        "pair_accuracy_100",
        "pairs > 100",
        "Share of these pairs whose MOS differ by more than 100 put in the order of MOS",
        "accuracy over the {pairs} of these pairs whose MOS differ by more than 100",
        partial(pairs, 100.0),
        limits=(0.0, 1.0),
    ),
    Statistic(
        "pair_accuracy_means",
        "algorithm pairs",
        "Share of pairs of algorithms within a category put in order, by their means over contents",
        "accuracy over {pairs} pairs of algorithms within a category, by their means over contents",
        algorithm_pairs,
        limits=(0.0, 1.0),
    ),
    Statistic(
        "best_choice",
        "best chosen",
        "Share of contents whose best image, by MOS, has the best score",
        "share of the {pairs} contents whose best image has the best score",
        partial(choice, False),
        limits=(0.0, 1.0),
        interval=("best_choice_low", "best_choice_high"),
        in_plans=False,
    ),
    Statistic(
        "worst_choice",
        "worst chosen",
        "Share of contents whose worst image, by MOS, has the worst score",
        "share of the {pairs} contents whose worst image has the worst score",
        partial(choice, True),
        limits=(0.0, 1.0),
        interval=("worst_choice_low", "worst_choice_high"),
        in_plans=False,
    ),
    *_judged(by_votes=False),
    Statistic(
        "vote_agreement",
        "vote agreement",
        "Share of people's votes on the side that the method prefers",
        "share of all votes that agree, on {pairs} pairs",
        votes,
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
        ceiling,
        better=0,
        limits=(0.0, 1.0),
        by_votes=True,
        in_plans=False,
        opened=True,
    ),
    *_judged(by_votes=True),
    Statistic(
        "mean_score",
        "mean score",
        "Mean of the method's own scores",
        "mean score over images",
        mean_score,
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
