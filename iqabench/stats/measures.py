"""How each figure of :mod:`iqabench.stats.table` is computed from a sample: functions of a :class:`Sample`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from iqabench._util.errors import DataError
from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats, group
from iqabench.stats.correlation import Correlation, within_content
from iqabench.stats.judged import JudgedPairs
from iqabench.stats.pairs import algorithm_pair_accuracy, pairs_in_order
from iqabench.stats.roc import Area, correct_side, tie_accuracy
from iqabench.stats.statistic import ByContent, Figure, Sample
from iqabench.stats.uncertain import best_choice, outlier_ratio, uncertain_rmse
from iqabench.stats.votes import vote_agreement, vote_ceiling

UNKNOWN = Figure(float("nan"), pairs=0, bounds=(float("nan"), float("nan")))
"""Of labels whose judges are not known."""


def within(function: Correlation, sample: Sample) -> Figure:
    """A correlation within each content, averaged."""
    found = within_content(function, sample.scores, sample.labelled.mos, sample.labelled.contents)
    lost = f"undefined within {', '.join(found.undefined)}" if found.undefined else ""
    defined = {name: (value, 1.0) for name, value in found.per_content.items() if np.isfinite(value)}
    return Figure(found.mean, note=lost, by_content=ByContent.of(defined))


def pooled(function: Correlation, sample: Sample) -> Figure:
    """A correlation over all images at once."""
    return Figure(function(sample.scores, sample.labelled.mos))


def pairs(margin: float, sample: Sample) -> Figure:
    """Pair accuracy within content and category, of pairs whose MOS differ by more than ``margin``."""
    labelled = sample.labelled
    whole = pairs_in_order(sample.scores, labelled.mos, labelled.within_category, margin)
    if not sample.parts:
        return Figure(float(whole.accuracy), whole.pairs)
    right = {}
    for name, rows in labelled.contents.rows().items():
        part = pairs_in_order(sample.scores[rows], labelled.mos[rows], group(labelled.category[rows]), margin)
        if part.pairs:
            right[name] = (float(part.accuracy) * part.pairs, float(part.pairs))
    return Figure(float(whole.accuracy), whole.pairs, by_content=ByContent.of(right))


def algorithm_pairs(sample: Sample) -> Figure:
    """Pair accuracy of algorithms, by their means over contents."""
    labelled = sample.labelled
    found = algorithm_pair_accuracy(sample.scores, labelled.mos, labelled.algorithms, labelled.categories)
    return Figure(float(found.accuracy), found.pairs)


def votes(sample: Sample) -> Figure:
    """Share of votes that agree."""
    votes = _cast(sample)
    a, b = sample.scores[votes.a], sample.scores[votes.b]
    found = vote_agreement(a, b, votes.votes_a, votes.votes_b, votes.content)
    counted = dict(zip(found.contents, zip(found.agreeing, found.cast, strict=True), strict=True))
    return Figure(float(found.share), len(votes.a), by_content=ByContent.of(counted))


def ceiling(sample: Sample) -> Figure:
    """Share of votes on the majority's side."""
    votes = _cast(sample)
    return Figure(vote_ceiling(votes.votes_a, votes.votes_b), len(votes.a))


def _cast(sample: Sample) -> VotePairs:
    if sample.votes is None:
        raise DataError("no votes between these images")
    return sample.votes


def spread_over_contents(quantile: float, sample: Sample) -> Figure:
    """A quantile of the SRCC of the contents."""
    values = sample.srcc_within.vector
    defined = values[np.isfinite(values)]
    return Figure(float(np.quantile(defined, quantile)) if defined.size else float("nan"))


def choice(worst: bool, sample: Sample) -> Figure:
    """The best (or worst) image of a content, found."""
    found = best_choice(sample.scores, sample.labelled.mos, sample.labelled.contents, worst)
    hits = {name: (float(hit), 1.0) for name, hit in zip(found.contents, found.hits, strict=True)}
    return Figure(found.share, len(found.contents), by_content=ByContent.of(hits))


def outliers(sample: Sample) -> Figure:
    """Predictions outside two standard deviations of the ratings."""
    labelled = sample.labelled
    if labelled.ratings is None:
        return UNKNOWN
    return Figure(*outlier_ratio(sample.fit.predicted, labelled.mos, labelled.ratings))


def sure_error(sample: Sample) -> Figure:
    """RMSE beyond the intervals of the labels."""
    labelled = sample.labelled
    if labelled.ratings is None:
        return UNKNOWN
    return Figure(*uncertain_rmse(sample.fit.predicted, labelled.mos, labelled.ratings, len(sample.fit.parameters)))


def of_area(analysis: Callable[[Floats, JudgedPairs], Area], by_votes: bool, sample: Sample) -> Figure:
    """An area under a ROC curve over judged pairs, with its own interval."""
    pairs = _judged(sample, by_votes)
    if pairs is None:
        return UNKNOWN
    found = analysis(sample.scores, pairs)
    return Figure(found.value, len(pairs.a), bounds=found.bounds)


def correct(by_votes: bool, sample: Sample) -> Figure:
    """Share of pairs told apart by judges that are put in order."""
    pairs = _judged(sample, by_votes)
    if pairs is None:
        return UNKNOWN
    right = correct_side(sample.scores, pairs)
    return Figure(float(right.mean()) if right.size else float("nan"), int(right.size))


def with_ties(by_votes: bool, sample: Sample) -> Figure:
    """Share of pairs called better, worse or similar as judges call them."""
    pairs = _judged(sample, by_votes)
    return UNKNOWN if pairs is None else Figure(tie_accuracy(sample.scores, pairs)[0], len(pairs.a))


def _judged(sample: Sample, by_votes: bool) -> JudgedPairs | None:
    return sample.voted if by_votes else sample.labelled.judged


def mean_score(sample: Sample) -> Figure:
    """Mean of the method's own scores."""
    plain = sample.sign * sample.scores
    contents = sample.labelled.contents.rows()
    sums = {name: (float(plain[rows].sum()), float(rows.size)) for name, rows in contents.items()}
    return Figure(float(np.mean(plain)), by_content=ByContent.of(sums))
