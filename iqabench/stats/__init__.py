"""Statistics of image quality assessment, the leaderboard and the comparison of two methods.

Arrays enter, numbers leave; scores come in with the sign of their declared direction applied (higher is better) and
finite. Imports ``results`` and what is below it, and no torch.
"""

from __future__ import annotations

from iqabench.stats.contents import UNLIMITED, Interval, content_mean, content_ratio
from iqabench.stats.correlation import WithinContent, krcc, plcc, srcc, within_content
from iqabench.stats.judged import JudgedPairs, Ratings, rated_pairs, voted_pairs
from iqabench.stats.logistic import LogisticFit, fit_logistic, fit_logistic5, logistic5_curve, logistic_curve
from iqabench.stats.pairs import PairAccuracy, algorithm_pair_accuracy, pair_accuracy, pairs_within
from iqabench.stats.pairwise import Difference, Pairwise
from iqabench.stats.roc import (
    Area,
    AreaDifference,
    area,
    area_difference,
    better_or_worse,
    correct_side,
    different_or_similar,
    tie_accuracy,
)
from iqabench.stats.significance import holm, indistinguishable_groups, ranks_level_with
from iqabench.stats.uncertain import Choice, best_choice, outlier_ratio, uncertain_rmse
from iqabench.stats.votes import VoteAgreement, vote_agreement, vote_ceiling

__all__ = [
    "UNLIMITED",
    "Area",
    "AreaDifference",
    "Choice",
    "Difference",
    "Interval",
    "JudgedPairs",
    "LogisticFit",
    "PairAccuracy",
    "Pairwise",
    "Ratings",
    "VoteAgreement",
    "WithinContent",
    "algorithm_pair_accuracy",
    "area",
    "area_difference",
    "best_choice",
    "better_or_worse",
    "content_mean",
    "content_ratio",
    "correct_side",
    "different_or_similar",
    "fit_logistic",
    "fit_logistic5",
    "holm",
    "indistinguishable_groups",
    "krcc",
    "logistic5_curve",
    "logistic_curve",
    "outlier_ratio",
    "pair_accuracy",
    "pairs_within",
    "plcc",
    "ranks_level_with",
    "rated_pairs",
    "srcc",
    "tie_accuracy",
    "uncertain_rmse",
    "vote_agreement",
    "vote_ceiling",
    "voted_pairs",
    "within_content",
]
