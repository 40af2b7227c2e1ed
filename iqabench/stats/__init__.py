"""Statistics of image quality assessment: arrays in, numbers out.

Scores come in with the sign of their declared direction applied (higher is better) and finite.
"""

from __future__ import annotations

from iqabench.stats.bootstrap import (
    Interval,
    PairedDifference,
    bootstrap_mean,
    bootstrap_ratio,
    bootstrap_statistic,
    content_draws,
    paired_bootstrap,
    paired_p_values,
    paired_ratio,
)
from iqabench.stats.correlation import WithinContent, krcc, plcc, srcc, within_content
from iqabench.stats.logistic import LogisticFit, fit_logistic, logistic_curve
from iqabench.stats.pairs import PairAccuracy, algorithm_pair_accuracy, pair_accuracy, pairs_within
from iqabench.stats.significance import Steiger, holm, indistinguishable_groups, ranks_level_with, steiger
from iqabench.stats.votes import VoteAgreement, vote_agreement, vote_ceiling

__all__ = [
    "Interval",
    "LogisticFit",
    "PairAccuracy",
    "PairedDifference",
    "Steiger",
    "VoteAgreement",
    "WithinContent",
    "algorithm_pair_accuracy",
    "bootstrap_mean",
    "bootstrap_ratio",
    "bootstrap_statistic",
    "content_draws",
    "fit_logistic",
    "holm",
    "indistinguishable_groups",
    "krcc",
    "logistic_curve",
    "pair_accuracy",
    "paired_bootstrap",
    "paired_p_values",
    "paired_ratio",
    "pairs_within",
    "plcc",
    "ranks_level_with",
    "srcc",
    "steiger",
    "vote_agreement",
    "vote_ceiling",
    "within_content",
]
