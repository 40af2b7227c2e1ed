"""Two methods compared: which is better, by how much, how sure, where, and on which images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iqabench import stats
from iqabench._util.errors import DataError, UserError
from iqabench._util.text import did_you_mean
from iqabench.stats.ablations import hidden_ones
from iqabench.stats.alignment import VotePairs
from iqabench.stats.arrays import Floats, group_rows, mean_ranks
from iqabench.stats.assessment import AssessedGroup, Assessment, no_labels
from iqabench.stats.figures import by_content
from iqabench.stats.pairwise import Difference

PREFERRED_SELECTION = ("last", "none", "best")
PREFERRED_REFERENCE = ("degraded", "none", "pristine")


@dataclass(frozen=True)
class Disagreement:
    """An image, or a pair of images, on which two methods differ most."""

    name: str
    content: str
    detail: str


@dataclass(frozen=True)
class Side:
    """One of the two rows compared."""

    name: str
    """``METHOD@REFERENCE``, the selection behind it if there is one, ``#`` and the run's id where that is ambiguous."""
    value: float
    """Its figure on the images that both have scored, a mean over its seeds."""
    spread: float
    """Standard deviation over its seeds; NaN with one."""
    seeds: tuple[int, ...]
    run_id: str
    not_ranked: str
    """Why the table does not rank it; empty if it does."""


@dataclass(frozen=True)
class Comparison:
    """What is known of row ``a`` against row ``b`` on one split."""

    a: Side
    b: Side
    statistic: str
    """``SRCC`` (within content, averaged) or ``vote agreement``."""
    found: Difference
    """``a`` minus ``b``, with the verdict that every table and report gives, too."""
    ranked: int
    """Rows of the table: the verdict is corrected for all pairs of them."""
    images: int
    ahead: int
    behind: int
    """Contents in which a is ahead of, behind b."""
    by_category: dict[str, tuple[float, float]]
    disagreements: list[Disagreement]
    notes: tuple[str, ...] = ()

    def turned(self) -> Comparison:
        """The same comparison with ``b`` first."""
        return replace(
            self,
            a=self.b,
            b=self.a,
            found=self.found.turned(),
            ahead=self.behind,
            behind=self.ahead,
            by_category={name: (other, one) for name, (one, other) in self.by_category.items()},
        )


def find_row(rows: Sequence[AssessedGroup], word: str) -> tuple[AssessedGroup, str]:
    """The row meant by ``METHOD[@REFERENCE[@SELECTION][@PROTOCOL]][#RUN_ID]``.

    Of several, one that tables show goes before an ablation, then the last epoch, then the degraded reference, then the
    row finished last.

    Returns
    -------
    tuple
        The row, and a sentence that names the others it could have been (other settings); empty if there are none.

    Raises
    ------
    UserError
        If there is none.
    """
    candidates = _candidates(rows, word)
    if not candidates:
        labels = sorted({row.group.label for row in rows})
        known = [*labels, *(row.group.method for row in rows)]
        raise UserError(f"no run of {word!r}{did_you_mean(word, known)} There are: {', '.join(labels)}")
    hidden = hidden_ones([row.group.first for row in candidates])
    shown = [row for row, one in zip(candidates, hidden, strict=True) if not one]
    newest_first = sorted(shown, key=lambda row: str(row.group.first.meta.get("finished") or ""), reverse=True)
    chosen = min(newest_first, key=_preference)
    twins = [row for row in candidates if _same_but_settings(row, chosen) and row is not chosen]
    if not twins:
        return chosen, ""
    others = ", ".join(f"{row.group.method}#{row.group.run_ids[:8]} ({_other(row, chosen)})" for row in twins)
    alone = not any(row is one for row in twins for one in shown)
    why = "that tables show (the others are ablations)" if alone else "finished last"
    return chosen, f"{word} is the row {why}, #{chosen.group.run_ids[:8]}; others of that name: {others}"


def has_row(rows: Sequence[AssessedGroup], word: str) -> bool:
    """True if ``word`` means one of ``rows``, as :func:`find_row` takes it."""
    return bool(_candidates(rows, word))


def _candidates(rows: Sequence[AssessedGroup], word: str) -> list[AssessedGroup]:
    name, _, run_id = word.partition("#")
    method, _, rest = name.partition("@")
    reference, *more = rest.split("@")
    return [
        row
        for row in rows
        if row.group.method == method
        and reference in ("", row.group.first.meta["reference"])
        and all(one in ("", row.group.first.meta.get("selection"), row.group.protocol) for one in more)
        and (not run_id or any(one.startswith(run_id) for one in row.group.run_ids.split()))
    ]


def _same_but_settings(row: AssessedGroup, chosen: AssessedGroup) -> bool:
    ours, theirs = (one.group.first.meta for one in (row, chosen))
    return all(ours.get(name) == theirs.get(name) for name in ("reference", "selection"))


def _other(row: AssessedGroup, chosen: AssessedGroup) -> str:
    """What of ``row`` is not as in ``chosen``: ``other code``, ``other settings and weights``."""
    ours, theirs = (dict(one.group.first.meta.get("identity") or {}) for one in (row, chosen))
    names = [name.replace("_", " ") for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return f"other {' and '.join(names)}" if names else "the same identity"


def _preference(row: AssessedGroup) -> tuple[bool, int, int, str]:
    meta = row.group.first.meta
    selection, reference = str(meta.get("selection") or "none"), str(meta["reference"])
    return (
        meta.get("status") != "complete",
        PREFERRED_SELECTION.index(selection) if selection in PREFERRED_SELECTION else len(PREFERRED_SELECTION),
        PREFERRED_REFERENCE.index(reference) if reference in PREFERRED_REFERENCE else len(PREFERRED_REFERENCE),
        reference,
    )


def compare_rows(assessment: Assessment, a: str, b: str) -> Comparison:
    """Compare the rows that ``a`` and ``b`` mean (see :func:`find_row`) over the images that both have scored.

    The verdict on two ranked rows is that of the table: the same test, corrected for all pairs of ranked rows. A row
    that the table does not rank is compared on the images it has scored, corrected for one pair more.

    Raises
    ------
    UserError
        If there is no such row, or both words mean the same one.
    DataError
        If the two share no image, or there is neither MOS nor a vote to judge them by.
    """
    found = [find_row(assessment.groups, word) for word in (a, b)]
    rows = [row for row, _ in found]
    if rows[0] is rows[1]:
        raise UserError(
            f"{a} and {b} are the same row, {rows[0].group.label}#{rows[0].group.run_ids[:8]}; name two, with #RUN_ID "
            "where two rows share a name"
        )
    ambiguous = rows[0].group.label == rows[1].group.label and rows[0] is not rows[1]
    names = [
        f"{row.group.label}#{row.group.run_ids[:8]}" if note or ambiguous else row.group.label for row, note in found
    ]
    scores = [np.stack(row.scores) for row in rows]
    shared = np.asarray(np.isfinite(np.concatenate(scores)).all(axis=0))
    if not shared.any():
        raise DataError(f"{names[0]} and {names[1]} have no scored image in common")
    if assessment.by_mos:
        measured = _by_mos(assessment, scores, shared & np.isfinite(assessment.mos), names)
    elif assessment.votes is not None:
        measured = _by_votes(assessment, scores, shared, names)
    else:
        one = assessment.results
        raise DataError(f"{one.dataset} {one.split}: nothing to compare by: {no_labels(one)}")
    sides = [
        Side(
            name,
            float(np.mean(values)),
            float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"),
            row.group.seeds,
            row.group.run_ids,
            row.not_ranked,
        )
        for name, row, values in zip(names, rows, measured.values, strict=True)
    ]
    tops, bottom = measured.tops, measured.bottom
    difference = assessment.between(rows[0].group, rows[1].group) or assessment.pairwise.with_pair(
        tops[0], tops[1], bottom
    )
    gaps = tops[0] - tops[1]
    notes = [note for _, note in found if note]
    notes += [f"the table does not rank {side.name}: {side.not_ranked}" for side in sides if side.not_ranked]
    notes += [f"{name}: {note}" for name, row in zip(names, rows, strict=True) for note in row.group.notes]
    return Comparison(
        a=sides[0],
        b=sides[1],
        statistic=measured.statistic,
        found=difference,
        ranked=len(assessment.ranked),
        images=measured.images,
        ahead=int(np.sum(gaps > 0)),
        behind=int(np.sum(gaps < 0)),
        by_category=measured.by_category,
        disagreements=measured.disagreements,
        notes=tuple(dict.fromkeys(notes)),
    )


@dataclass(frozen=True)
class _Measured:
    """Two rows on the images that both have scored."""

    statistic: str
    values: list[list[float]]
    """Figure of each seed of each row."""
    tops: Floats
    """``(2, contents)`` with the common denominators ``bottom``, means over seeds."""
    bottom: Floats
    images: int
    by_category: dict[str, tuple[float, float]]
    disagreements: list[Disagreement]


def _by_mos(assessment: Assessment, scores: list[Floats], used: NDArray[np.bool_], names: Sequence[str]) -> _Measured:
    labels, mos = assessment.results.labels[used], assessment.mos[used]
    content, category = (labels[name].astype(str).to_numpy() for name in ("content", "category"))

    def within(seeds: Floats, rows: NDArray[np.intp] | slice) -> list[stats.WithinContent]:
        return [stats.within_content(stats.srcc, one[used][rows], mos[rows], content[rows]) for one in seeds]

    everything = [within(seeds, slice(None)) for seeds in scores]
    vectors = np.array(
        [
            np.mean(
                [by_content(list(one.per_content), one.vector, assessment.contents, np.nan) for one in seeds], axis=0
            )
            for seeds in everything
        ]
    )
    defined = np.isfinite(vectors).all(axis=0)
    by_category = {
        str(name): (_mean(within(scores[0], rows)), _mean(within(scores[1], rows)))
        for name, rows in group_rows(category).items()
    }
    return _Measured(
        statistic="SRCC",
        values=[[one.mean for one in seeds] for seeds in everything],
        tops=np.where(defined, vectors, 0.0),
        bottom=defined.astype(np.float64),
        images=len(mos),
        by_category=by_category,
        disagreements=_images(labels["image_id"].tolist(), content, [one[:, used] for one in scores], mos, names),
    )


def _mean(within: Sequence[stats.WithinContent]) -> float:
    return float(np.mean([one.mean for one in within]))


def _images(
    ids: list[str], content: NDArray[Any], scores: list[Floats], mos: Floats, names: Sequence[str]
) -> list[Disagreement]:
    """Images whose place among those of their content differs most; places are means over seeds."""
    ranks, sizes = np.empty((3, len(mos))), np.empty(len(mos))
    for rows in group_rows(content).values():
        for i, seeds in enumerate((*scores, mos[None])):
            ranks[i, rows] = mean_ranks(-seeds[:, rows]).mean(axis=0)
        sizes[rows] = rows.size
    gap = np.abs(ranks[0] - ranks[1]) / np.maximum(sizes - 1, 1)
    found = []
    for i in np.argsort(-gap, kind="stable")[: _most(gap)]:
        detail = (
            f"{names[0]} ranks it {ranks[0, i]:.3g}, {names[1]} {ranks[1, i]:.3g}, MOS {ranks[2, i]:g} of {sizes[i]:g}"
        )
        found.append(Disagreement(ids[i], str(content[i]), detail))
    return found


def _by_votes(
    assessment: Assessment, scores: list[Floats], shared: NDArray[np.bool_], names: Sequence[str]
) -> _Measured:
    votes, labels = assessment.votes, assessment.results.labels
    assert votes is not None
    used = shared[votes.a] & shared[votes.b]
    if not used.any():
        raise DataError(f"{names[0]} and {names[1]} have no pair with votes in common")
    pairs = VotePairs(votes.a[used], votes.b[used], votes.votes_a[used], votes.votes_b[used], votes.content[used])
    counted = [
        stats.vote_agreement(one[:, pairs.a], one[:, pairs.b], pairs.votes_a, pairs.votes_b, pairs.content)
        for one in scores
    ]
    tops = [by_content(one.contents, one.agreeing.mean(axis=0), assessment.contents, 0.0) for one in counted]
    category = labels["category"].astype(str).to_numpy(dtype=object)
    kind = np.where(category[pairs.a] == category[pairs.b], category[pairs.a], "mixed")
    return _Measured(
        statistic="vote agreement",
        values=[one.share.tolist() for one in counted],
        tops=np.array(tops),
        bottom=by_content(counted[0].contents, counted[0].cast, assessment.contents, 0.0),
        images=len(np.unique(np.concatenate([pairs.a, pairs.b]))),
        by_category={
            str(name): (_share(scores[0], pairs, rows), _share(scores[1], pairs, rows))
            for name, rows in group_rows(kind).items()
        },
        disagreements=_pairs(labels["image_id"].astype(str).tolist(), scores, pairs, names),
    )


def _share(seeds: Floats, pairs: VotePairs, rows: NDArray[np.intp]) -> float:
    a, b = seeds[:, pairs.a[rows]], seeds[:, pairs.b[rows]]
    return float(np.mean(stats.vote_agreement(a, b, pairs.votes_a[rows], pairs.votes_b[rows], rows).share))


def _pairs(ids: list[str], scores: list[Floats], pairs: VotePairs, names: Sequence[str]) -> list[Disagreement]:
    """Pairs with the clearest votes on which the two prefer different images; several seeds by their majority."""
    choice = np.sign([np.sign(one[:, pairs.a] - one[:, pairs.b]).sum(axis=0) for one in scores])
    gap = np.abs(choice[0] - choice[1]) * np.abs(pairs.votes_a - pairs.votes_b)
    found = []
    for i in np.argsort(-gap, kind="stable")[: _most(gap)]:
        pair = (ids[pairs.a[i]], ids[pairs.b[i]])
        chosen = [{1: pair[0], -1: pair[1], 0: "neither"}[int(row[i])] for row in choice]
        people = f"people {pairs.votes_a[i]:g} to {pairs.votes_b[i]:g}"
        detail = f"{names[0]} prefers {chosen[0]}, {names[1]} {chosen[1]}, {people}"
        found.append(Disagreement(f"{pair[0]} / {pair[1]}", str(pairs.content[i]), detail))
    return found


def _most(gap: Floats, number: int = 5) -> int:
    return min(number, int(np.sum(gap > 0)))
