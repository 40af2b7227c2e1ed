"""Statistics of image quality assessment, the leaderboard and the comparison of two methods.

Arrays enter, numbers leave; scores come in with the sign of their declared direction applied (higher is better) and
finite. Imports ``results`` and what is below it, and no torch.
"""

from __future__ import annotations

from iqabench.stats.contents import UNLIMITED, Interval, content_mean, content_ratio
from iqabench.stats.correlation import WithinContent, krcc, plcc, srcc, within_content
from iqabench.stats.logistic import LogisticFit, fit_logistic, logistic_curve
from iqabench.stats.pairs import PairAccuracy, algorithm_pair_accuracy, pair_accuracy, pairs_within
from iqabench.stats.pairwise import Difference, Pairwise
from iqabench.stats.significance import holm, indistinguishable_groups, ranks_level_with
from iqabench.stats.votes import VoteAgreement, vote_agreement, vote_ceiling

__all__ = [
    "UNLIMITED",
    "Difference",
    "Interval",
    "LogisticFit",
    "PairAccuracy",
    "Pairwise",
    "VoteAgreement",
    "WithinContent",
    "algorithm_pair_accuracy",
    "content_mean",
    "content_ratio",
    "fit_logistic",
    "holm",
    "indistinguishable_groups",
    "krcc",
    "logistic_curve",
    "pair_accuracy",
    "pairs_within",
    "plcc",
    "ranks_level_with",
    "srcc",
    "vote_agreement",
    "vote_ceiling",
    "within_content",
]
