"""What every caption says: whose labels, how much data, which seeds, which epoch, what kind of interval."""

from __future__ import annotations

from dataclasses import dataclass

from iqabench._util.text import counted
from iqabench.render.report.runs import ReportRun
from iqabench.results.model import ResultSet

LABELS = {
    "human": "Labels: human",
    "pseudo": "Labels: PSEUDO (computed, not human judgements)",
    "none": "Labels: none",
}
RULES = {"last": "last epoch", "best": "best epoch on the set reported here (optimistic)"}


@dataclass(frozen=True)
class Facts:
    """Facts of one report; :meth:`sentence` turns them into the small print of a caption."""

    label_kind: str
    contents: int
    images: int
    votes: int | None
    """Votes cast, or None for data with mean opinion scores."""
    seeds: str
    selection: str
    lower_is_better: bool = False
    """Of labels."""

    @property
    def interval(self) -> str:
        """Kind of the intervals drawn."""
        if self.contents < 2:
            return "no interval (one content only)"
        return "interval: 95 %, Student's t over contents"

    def sentence(self, interval: str | None = None) -> str:
        """The small print; ``interval`` says what stands in for the bootstrap interval, where a figure shows none."""
        amounts = {"content": self.contents, "image": self.images, "vote": self.votes}
        amount = ", ".join(counted(count, word) for word, count in amounts.items() if count is not None)
        kind = LABELS.get(self.label_kind, f"Labels: {self.label_kind}")
        kind += ", lower is better" if self.lower_is_better else ""
        parts = (kind, amount, self.selection, self.seeds, interval or self.interval)
        return "; ".join(parts) + "."


def report_facts(results: ResultSet, runs: list[ReportRun], *, by_votes: bool) -> Facts:
    """Collect the facts from the labels, the votes and what the runs recorded."""
    votes = None
    if by_votes and results.votes is not None:
        votes = round(float(results.votes[["votes_a", "votes_b"]].to_numpy(dtype=float).sum()))
    return Facts(
        label_kind=str(results.card.get("label_kind", "none")),
        contents=int(results.labels["content"].nunique()),
        images=len(results.labels),
        votes=votes,
        seeds=_seeds(runs),
        selection=_selection(runs),
        lower_is_better=not results.card.get("mos_higher_is_better", True),
    )


def _seeds(runs: list[ReportRun]) -> str:
    training: set[str] = set()
    splits: set[str] = set()
    for result in (one for run in runs for one in run.group.runs):
        meta = result.meta
        trained = meta.get("training") or {}
        if trained:
            found = trained.get("seed")
            training.add(str(found if found is not None else meta.get("seed", "not recorded")))
        drawn = (meta.get("split") or {}).get("seed")
        if drawn is not None:
            splits.add(str(drawn))
    learned = f"training seed {', '.join(sorted(training))}" if training else "no training seed"
    return learned + (f", split seed {', '.join(sorted(splits))}" if splits else "")


def _selection(runs: list[ReportRun]) -> str:
    chosen: dict[str, list[str]] = {}
    for run in runs:
        rule = str(run.row["selection"])
        if rule != "none":
            names = chosen.setdefault(RULES.get(rule, rule), [])
            if run.row["method"] not in names:
                names.append(run.row["method"])
    if not chosen:
        return "selection: none (nothing trained)"
    return "selection: " + ", ".join(f"{rule} ({_short(names)})" for rule, names in chosen.items())


def _short(names: list[str], limit: int = 4) -> str:
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
