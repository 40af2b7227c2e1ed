"""Summary of a request: what was computed, found, tried again and skipped, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from iqabench._util.text import counted
from iqabench.results.store import RunFolder, ScoreRow

SHOWN_REASONS = 5
"""Reasons told in full; the rest is counted."""


@dataclass(frozen=True)
class Skipped:
    """Images of one run that have no score."""

    run: str
    """Method and reference, for people."""
    reasons: tuple[tuple[str, str], ...]
    """``(image_id, why)``."""
    of: int
    """Images that the run should have scored."""

    @classmethod
    def from_rows(cls, run: str, rows: Iterable[ScoreRow], missing: int, of: int) -> Skipped:
        """From a run's rows; ``missing`` images were never reached."""
        reasons = [(row.image_id, row.error) for row in rows if row.score is None]
        return cls(run, (*reasons, *[("", "not reached: the method was stopped")] * missing), of)


@dataclass
class RunSummary:
    """Summary of a request; the summaries of several requests can be added."""

    folders: list[RunFolder] = field(default_factory=list)
    computed: int = 0
    """Runs."""
    unscored: int = 0
    """Runs in which not one image got a score; they do not count as computed."""
    found: int = 0
    """Runs that were there already."""
    scored: int = 0
    """Images scored now."""
    resumed: int = 0
    """Images that an interrupted run had scored before."""
    retried: list[str] = field(default_factory=list)
    """What was tried again, and why."""
    remarks: list[str] = field(default_factory=list)
    """Manners of a method that its author should mend."""
    skipped: list[Skipped] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Sentences for the user; the command fails if there are any."""

    def failed(self, problem: str, asked: bool) -> None:
        """Keep what failed: a problem if the user asked for it, else a note."""
        if asked:
            self.problems.append(problem)
        else:
            self.remarks.append(f"a yardstick that was not asked for has no full row: {problem}")

    def add(self, other: RunSummary) -> None:
        """Add the summary of another request."""
        self.folders += other.folders
        self.computed += other.computed
        self.unscored += other.unscored
        self.found += other.found
        self.scored += other.scored
        self.resumed += other.resumed
        self.retried += other.retried
        self.remarks += [one for one in other.remarks if one not in self.remarks]
        self.skipped += other.skipped
        self.problems += other.problems

    def naming(self, dataset: str) -> RunSummary:
        """The same summary, whose sentences begin with the data set: for one of several."""
        return replace(
            self,
            retried=[f"{dataset}: {one}" for one in self.retried],
            remarks=[f"{dataset}: {one}" for one in self.remarks],
            skipped=[replace(one, run=f"{one.run} on {dataset}") for one in self.skipped],
            problems=[f"{dataset}: {one}" for one in self.problems],
        )

    def lines(self) -> list[str]:
        """The summary as a few lines of text."""
        head = f"{counted(self.computed, 'run')} computed, "
        if self.unscored:
            head += f"{self.unscored:,} without a single score, "
        head += f"{self.found:,} already there; "
        head += f"{counted(self.scored, 'image')} scored"
        if self.resumed:
            head += f", {self.resumed} kept from before an interruption"
        lines = [head, *(f"  tried again: {one}" for one in self.retried), *(f"  note: {one}" for one in self.remarks)]
        for one in self.skipped:
            by_reason: dict[str, list[str]] = {}
            for image_id, why in one.reasons:
                by_reason.setdefault(why, []).append(image_id)
            lines.append(f"  skipped by {one.run}: {len(one.reasons)} of {counted(one.of, 'image')}")
            ranked = sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
            lines += [f"    {_told(ids)}: {why}" for why, ids in ranked[:SHOWN_REASONS]]
            if len(ranked) > SHOWN_REASONS:
                rest = sum(len(ids) for _, ids in ranked[SHOWN_REASONS:])
                lines.append(f"    {rest} more, for {len(ranked) - SHOWN_REASONS} more reasons: see its scores.csv")
        return lines


def _told(ids: list[str]) -> str:
    if not ids[0]:
        return counted(len(ids), "image")
    return ids[0] + (f" and {len(ids) - 1} more" if len(ids) > 1 else "")
