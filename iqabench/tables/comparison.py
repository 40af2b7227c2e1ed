"""Two methods compared in a few lines: which is better, by how much, how sure, where, and on which images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from iqabench import stats
from iqabench.errors import DataError, UserError
from iqabench.results import ResultSet, RunResult
from iqabench.stats.alignment import VotePairs, latest_runs, signed_mos, signed_scores, vote_pairs
from iqabench.stats.arrays import Floats, group_rows
from iqabench.stats.significance import LEVEL

PREFERRED_SELECTION = ("last", "none", "best")
PREFERRED_REFERENCE = ("degraded", "none", "pristine")


@dataclass(frozen=True)
class Disagreement:
    """An image, or a pair of images, that two methods judge most differently."""

    name: str
    content: str
    detail: str


@dataclass(frozen=True)
class Comparison:
    """What is known of method ``a`` against method ``b`` on one split."""

    a: str
    b: str
    statistic: str
    """``SRCC`` (within content, averaged) or ``vote agreement``."""
    value_a: float
    value_b: float
    paired: stats.PairedDifference
    steiger: stats.Steiger | None
    """On within-content correlations, images of a content taken as independent; None for votes."""
    images: int
    ahead: int
    behind: int
    """Contents in which a is ahead of, behind b."""
    by_category: dict[str, tuple[float, float]]
    disagreements: list[Disagreement]


def find_run(runs: Sequence[RunResult], word: str) -> RunResult:
    """The run meant by ``METHOD``, ``METHOD@REFERENCE`` or ``METHOD@REFERENCE@SELECTION``.

    Of several, a complete one goes first, then the last epoch, then the degraded reference, then the latest.

    Raises
    ------
    UserError
        If there is none.
    """
    method, _, rest = word.partition("@")
    reference, _, selection = rest.partition("@")
    candidates = [
        run
        for run in latest_runs(runs)
        if run.method == method
        and reference in ("", run.meta["reference"])
        and selection in ("", run.meta.get("selection"))
    ]
    if not candidates:
        known = sorted({label(run) for run in runs} | {run.method for run in runs})
        close = get_close_matches(word, known, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise UserError(f"no run of {word!r}{meant} There are: {', '.join(sorted({label(run) for run in runs}))}")
    newest_first = sorted(candidates, key=lambda run: str(run.meta.get("finished") or ""), reverse=True)
    return min(newest_first, key=_preference)


def _preference(run: RunResult) -> tuple[bool, int, int, str]:
    selection, reference = str(run.meta.get("selection") or "none"), str(run.meta["reference"])
    return (
        run.meta.get("status") != "complete",
        PREFERRED_SELECTION.index(selection) if selection in PREFERRED_SELECTION else len(PREFERRED_SELECTION),
        PREFERRED_REFERENCE.index(reference) if reference in PREFERRED_REFERENCE else len(PREFERRED_REFERENCE),
        reference,
    )


def label(run: RunResult) -> str:
    """``METHOD@REFERENCE``, and the selection behind it if the run has one."""
    selection = run.meta.get("selection") or "none"
    return f"{run.method}@{run.meta['reference']}" + ("" if selection == "none" else f"@{selection}")


def compare_runs(results: ResultSet, a: RunResult, b: RunResult, draws: int = 10_000, seed: int = 0) -> Comparison:
    """Compare two runs over the images that both have scored.

    Raises
    ------
    DataError
        If they share no image, or there is neither MOS nor a vote to judge them by.
    """
    scores = np.stack([signed_scores(results, a), signed_scores(results, b)])
    shared = np.isfinite(scores).all(axis=0)
    names = (label(a), label(b))
    if not shared.any():
        raise DataError(f"{names[0]} and {names[1]} have no scored image in common")
    mos = signed_mos(results)
    if np.isfinite(mos).any():
        used = shared & np.isfinite(mos)
        comparison = _by_mos(results.labels[used], scores[:, used], mos[used], names, draws, seed)
        return replace(comparison, disagreements=_images(results.labels[used], scores[:, used], mos[used], names))
    votes = vote_pairs(results)
    if votes is None:
        raise DataError(f"{results.dataset} {results.split}: neither MOS nor votes to compare by")
    return _by_votes(results.labels, scores, votes, names, draws, seed)


def _by_mos(
    labels: pd.DataFrame, scores: Floats, mos: Floats, names: tuple[str, str], draws: int, seed: int
) -> Comparison:
    content, category = (labels[name].astype(str).to_numpy() for name in ("content", "category"))
    within = [stats.within_content(stats.srcc, row, mos, content) for row in scores]
    paired = stats.paired_bootstrap(within[0].vector, within[1].vector, draws, seed)
    between = stats.within_content(stats.srcc, scores[0], scores[1], content).mean
    # One mean of ranks is fitted in every content, which costs that many degrees of freedom.
    free = len(mos) - len(within[0].per_content) + 1
    steiger = stats.steiger(within[0].mean, within[1].mean, between, free)
    gaps = within[0].vector - within[1].vector
    by_category = {}
    for name, rows in group_rows(category).items():
        means = [stats.within_content(stats.srcc, row[rows], mos[rows], content[rows]).mean for row in scores]
        by_category[str(name)] = (means[0], means[1])
    return Comparison(
        *names,
        statistic="SRCC",
        value_a=within[0].mean,
        value_b=within[1].mean,
        paired=paired,
        steiger=steiger,
        images=len(mos),
        ahead=int(np.sum(gaps > 0)),
        behind=int(np.sum(gaps < 0)),
        by_category=by_category,
        disagreements=[],
    )


def _images(labels: pd.DataFrame, scores: Floats, mos: Floats, names: tuple[str, str]) -> list[Disagreement]:
    ranks, sizes = np.empty((3, len(mos))), np.empty(len(mos))
    for rows in group_rows(labels["content"].astype(str)).values():
        ranks[:, rows] = rankdata(-np.stack([scores[0, rows], scores[1, rows], mos[rows]]), axis=1)
        sizes[rows] = rows.size
    gap = np.abs(ranks[0] - ranks[1]) / np.maximum(sizes - 1, 1)
    found = []
    for i in np.argsort(-gap, kind="stable")[: _most(gap)]:
        row = labels.iloc[i]
        detail = f"{names[0]} ranks it {ranks[0, i]:g}, {names[1]} {ranks[1, i]:g}, MOS {ranks[2, i]:g} of {sizes[i]:g}"
        found.append(Disagreement(str(row["image_id"]), str(row["content"]), detail))
    return found


def _by_votes(
    labels: pd.DataFrame, scores: Floats, votes: VotePairs, names: tuple[str, str], draws: int, seed: int
) -> Comparison:
    used = np.isfinite(scores[:, votes.a]).all(axis=0) & np.isfinite(scores[:, votes.b]).all(axis=0)
    if not used.any():
        raise DataError(f"{names[0]} and {names[1]} have no pair with votes in common")
    left, right, for_a, for_b = votes.a[used], votes.b[used], votes.votes_a[used], votes.votes_b[used]
    agreement = stats.vote_agreement(scores[:, left], scores[:, right], for_a, for_b, votes.content[used])
    paired = stats.paired_ratio(agreement.agreeing[0], agreement.agreeing[1], agreement.cast, draws, seed)
    gaps = agreement.agreeing[0] - agreement.agreeing[1]
    category = labels["category"].astype(str).to_numpy(dtype=object)
    kind = np.where(category[left] == category[right], category[left], "mixed")
    by_category = {}
    for name, rows in group_rows(kind).items():
        part = stats.vote_agreement(scores[:, left[rows]], scores[:, right[rows]], for_a[rows], for_b[rows], rows)
        by_category[str(name)] = (float(part.share[0]), float(part.share[1]))
    choice = np.sign(scores[:, left] - scores[:, right])
    gap = np.abs(choice[0] - choice[1]) * np.abs(for_a - for_b)
    ids = labels["image_id"].astype(str).to_numpy(dtype=object)
    disagreements = []
    for i in np.argsort(-gap, kind="stable")[: _most(gap)]:
        pair = (ids[left[i]], ids[right[i]])
        chosen = [{1: pair[0], -1: pair[1], 0: "neither"}[int(row[i])] for row in choice]
        detail = f"{names[0]} prefers {chosen[0]}, {names[1]} {chosen[1]}, people {for_a[i]:g} to {for_b[i]:g}"
        disagreements.append(Disagreement(f"{pair[0]} / {pair[1]}", str(votes.content[used][i]), detail))
    return Comparison(
        *names,
        statistic="vote agreement",
        value_a=float(agreement.share[0]),
        value_b=float(agreement.share[1]),
        paired=paired,
        steiger=None,
        images=len(np.unique(np.concatenate([left, right]))),
        ahead=int(np.sum(gaps > 0)),
        behind=int(np.sum(gaps < 0)),
        by_category=by_category,
        disagreements=disagreements,
    )


def _most(gap: Floats, number: int = 5) -> int:
    return min(number, int(np.sum(gap > 0)))


def explain(comparison: Comparison) -> list[str]:
    """The comparison in plain sentences, one per line, not escaped."""
    c = comparison
    lines = [_verdict(c), _certainty(c)]
    lines.append(f"Ahead in {c.ahead}, behind in {c.behind} of {c.paired.contents} contents ({c.images} images).")
    if len(c.by_category) > 1:
        lines.append(f"{c.statistic} by category:")
        unclear = [name for name, pair in c.by_category.items() if np.isnan(pair).all()]
        lines += [
            f"  {name or '(none)'}: {_number(one)} against {_number(other)}"
            for name, (one, other) in c.by_category.items()
            if name not in unclear
        ]
        if unclear:
            lines.append(f"  too few images of one content to tell: {', '.join(name or '(none)' for name in unclear)}")
    if c.disagreements:
        lines.append("They differ most on:")
        lines += [f"  {one.name} (content {one.content}): {one.detail}" for one in c.disagreements]
    return lines


def _verdict(c: Comparison) -> str:
    if np.isnan(c.paired.difference):
        return f"{c.statistic} is undefined for {c.a} or {c.b}: there is nothing to compare."
    figures = f"{c.statistic} {c.value_a:.4f} against {c.value_b:.4f}"
    if np.isnan(c.paired.p):
        return f"{c.a} against {c.b}: {figures}; one content alone does not say how sure this is."
    if c.paired.p >= LEVEL:
        return f"{c.a} and {c.b} cannot be told apart: {figures}."
    first, second = (c.a, c.b) if c.paired.difference > 0 else (c.b, c.a)
    return f"{first} is better than {second}: {figures}."


def _certainty(c: Comparison) -> str:
    paired = c.paired
    sentence = f"Difference {paired.difference:+.4f}"
    if not np.isnan(paired.p):
        sentence += f" [{paired.low:+.4f}, {paired.high:+.4f}] (95 %), paired bootstrap of contents p = {paired.p:.2g}"
    if c.steiger is not None and not np.isnan(c.steiger.p):
        sentence += f"; Steiger's test z = {c.steiger.z:.2f}, p = {c.steiger.p:.2g}"
    return sentence + "."


def _number(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:.4f}"
