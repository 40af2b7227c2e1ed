"""All rows stored on one split, laid out by content, with the test between every two that are ranked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from iqabench._util.text import counted
from iqabench.results.model import ResultSet
from iqabench.stats.alignment import VotePairs, signed_mos, signed_scores, vote_pairs
from iqabench.stats.arrays import Floats, comparable
from iqabench.stats.contents import content_ratio
from iqabench.stats.correlation import WithinContent, srcc, within_content
from iqabench.stats.figures import by_content, sample_of, votes_within
from iqabench.stats.grouping import RunGroup, group_runs
from iqabench.stats.judged import ratings_of
from iqabench.stats.pairwise import Difference, Pairwise
from iqabench.stats.statistic import Labelled, Sample


@dataclass(frozen=True)
class AssessedGroup:
    """One row by content: means over its seeds."""

    group: RunGroup
    scores: list[Floats]
    """``(images,)`` of each seed, higher meaning better; NaN where there is none."""
    values: Floats
    """SRCC within each content ``(contents,)``; NaN where undefined."""
    agreeing: Floats
    cast: Floats
    """Votes that agree and votes cast ``(contents,)``."""
    samples: list[Sample]
    """Those of :attr:`scores` whose images have a MOS, by seed: what is computed of them is computed once."""
    not_ranked: str
    """Why it has no rank; empty if it has one."""

    @property
    def scored(self) -> int:
        """Images with a score, of the seed that has the fewest."""
        return min(int(np.isfinite(one).sum()) for one in self.scores)


@dataclass(frozen=True)
class Assessment:
    """The rows of one split and how they differ; see :func:`assess`."""

    results: ResultSet
    contents: list[str]
    mos: Floats
    """``(images,)``, higher meaning better; NaN where unknown."""
    votes: VotePairs | None
    groups: list[AssessedGroup]

    @property
    def by_mos(self) -> bool:
        """True if SRCC ranks; else agreement with votes does."""
        return bool(np.isfinite(self.mos).any())

    def sums(self, one: AssessedGroup) -> tuple[Floats, Floats]:
        """Numerators and denominators ``(contents,)`` whose ratio of sums is the figure that ranks."""
        if not self.by_mos:
            return one.agreeing, one.cast
        defined = np.isfinite(one.values)
        return np.where(defined, one.values, 0.0), defined.astype(np.float64)

    def figure(self, one: AssessedGroup) -> float:
        """The figure that ranks."""
        return float(content_ratio(*self.sums(one)).value)

    @cached_property
    def ranked(self) -> list[AssessedGroup]:
        """Rows that have a rank, best first."""
        return sorted(
            (one for one in self.groups if not one.not_ranked), key=lambda one: -float(comparable(self.figure(one)))
        )

    @cached_property
    def places(self) -> dict[str, int]:
        """Place among :attr:`ranked` of each row that is there, by its key."""
        return {one.group.key: place for place, one in enumerate(self.ranked)}

    @cached_property
    def pairwise(self) -> Pairwise:
        """The test between every two of :attr:`ranked`, which cover the same images."""
        sums = [self.sums(one) for one in self.ranked]
        bottom = sums[0][1] if sums else np.zeros(len(self.contents))
        return Pairwise(np.reshape([top for top, _ in sums], (len(sums), len(self.contents))), bottom)

    def between(self, a: RunGroup, b: RunGroup) -> Difference | None:
        """Row ``a`` minus row ``b``; None if one of them is not ranked."""
        if a.key not in self.places or b.key not in self.places:
            return None
        return self.pairwise.between(self.places[a.key], self.places[b.key])


def assess(results: ResultSet) -> Assessment:
    """Group the runs of ``results`` into rows, and say which can be ranked.

    A row without a finite score for every image, or with an SRCC that is undefined within a content where the labels
    permit one, is not ranked.

    Raises
    ------
    DataError
        If a run scores an image twice.
    """
    mos, votes = signed_mos(results), vote_pairs(results)
    contents = sorted(set(results.labels["content"].astype(str)))
    labelled = Labelled.of(results.labels, mos, ratings_of(results))
    definable = _laid_out(within_content(srcc, labelled.mos, labelled.mos, labelled.contents), contents)
    found = Assessment(results, contents, mos, votes, [])
    known = np.isfinite(mos)
    for group in group_runs(results.runs):
        scores = [signed_scores(results, run) for run in group.runs]
        samples = [sample_of(labelled, one[known]) for one in scores]
        values = [_laid_out(one.srcc_within, contents) for one in samples]
        agreements = [votes_within(one, votes) for one in scores]
        agreeing = [by_content(one.contents, one.agreeing, contents, 0.0) for one in agreements]
        cast = [by_content(one.contents, one.cast, contents, 0.0) for one in agreements]
        means = [np.mean(one, axis=0) for one in (values, agreeing, cast)]
        row = AssessedGroup(group, scores, means[0], means[1], means[2], samples, "")
        found.groups.append(replace(row, not_ranked=_why_not(found, row, definable)))
    return found


def _laid_out(found: WithinContent, contents: list[str]) -> Floats:
    """The value of each of ``contents``; NaN where undefined."""
    return by_content(list(found.per_content), found.vector, contents, np.nan)


def _why_not(assessment: Assessment, row: AssessedGroup, definable: Floats) -> str:
    """``definable`` is finite for contents where the labels alone permit an SRCC."""
    images, contents = len(assessment.mos), len(assessment.contents)
    if row.scored < images:
        return f"{images - row.scored} of {counted(images, 'image')} without a score"
    if assessment.by_mos:
        lost = int(np.sum(np.isnan(row.values) & np.isfinite(definable)))
        if lost:
            return f"SRCC undefined within {lost} of {counted(contents, 'content')} (constant scores)"
        if np.isfinite(row.values).any():
            return ""
        return "SRCC undefined in every content: none has three images with a score and with labels that differ"
    return "" if row.cast.sum() > 0 else no_labels(assessment.results)


def no_labels(results: ResultSet) -> str:
    """Why runs cannot be judged without MOS or votes: the data have none, or they were not passed on."""
    if results.votes is None and "votes_sha256" in results.card:
        return "its votes are not among these results (the file votes.csv is missing)"
    return "neither MOS nor votes"
