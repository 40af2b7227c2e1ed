"""Finds the finished run of each job among results, and says which near ones must not stand in for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iqabench._util.errors import UserError
from iqabench._util.text import counted
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.reproduce.jobs import TableJob
from iqabench.reproduce.source import Source
from iqabench.results.model import ResultSet, RunResult
from iqabench.scoring.precision import precision_of

IMAGENET = ("imagenet", "packaged")
"""Starts of training from the same weights, in full precision and in half: which one it is depends on the machine."""


@dataclass(frozen=True)
class Found:
    """What the results hold for a job: the run, or why there is none."""

    results: ResultSet | None = None
    run: RunResult | None = None
    reason: str = "not computed yet"


@dataclass(frozen=True)
class BuiltFacts:
    """What is known of a job's method once it is built, or for want of that."""

    precision: str
    """In which it scores."""
    settings: dict[str, Any] | None = None
    """None where it cannot be built."""
    keeps_best: bool = False


@dataclass
class Finder:
    """Looks jobs up in result sets; ``clashes`` collects the runs that were refused, with the reason."""

    sets: list[ResultSet]
    source: Source
    registry: Registry
    precision: str = "fp32"
    only_stored: bool = False
    """Nothing will be computed, so that a run from the other of the two :data:`IMAGENET` starts is as good."""
    clashes: list[str] = field(default_factory=list)
    _built: dict[tuple[str, str], BuiltFacts] = field(default_factory=dict)

    def find(self, job: TableJob, best: bool = False) -> Found:
        """The latest complete run that is exactly the job's, on the source's state of the data.

        ``best`` asks for the epoch that validated best instead of the last one.
        """
        matching: list[tuple[ResultSet, RunResult]] = []
        as_good: list[tuple[ResultSet, RunResult]] = []
        refused: list[str] = []
        for results in self.sets:
            if results.dataset != self.source.name or results.split != job.split:
                continue
            for run in results.runs:
                if run.method != job.method or run.meta["reference"] != job.reference:
                    continue
                if (run.meta.get("selection") == "best") != best:
                    continue
                why = self._why_another(job, results, run)
                if why == "":
                    matching.append((results, run))
                elif why is not None and self.only_stored and self._differs_in_copy(job, run):
                    as_good.append((results, run))
                elif why is not None:
                    refused.append(f"Not used: {run.path or run.meta.get('run_id')}: {why}.")
        matching = matching or as_good
        complete = [one for one in matching if one[1].meta.get("status") == "complete"]
        if complete:
            self._refuse_two_splits(job, complete)
            told = {json.dumps(run.meta.get("parameters") or {}, sort_keys=True) for _, run in complete}
            if len(told) > 1:
                return Found(
                    reason=f"{job.method} cannot be built here to tell its runs with {len(told)} settings apart"
                )
            results, run = max(complete, key=lambda one: str(one[1].meta.get("finished") or ""))
            return Found(results, run, "")
        self.clashes += [sentence for sentence in refused if sentence not in self.clashes]
        if matching:
            meta = matching[-1][1].meta
            scored = len(matching[-1][1].scores)
            return Found(
                reason=str(meta.get("failure") or f"half-finished: {scored} of {counted(meta['n_expected'], 'image')}")
            )
        return Found()

    def _why_another(self, job: TableJob, results: ResultSet, run: RunResult) -> str | None:
        """Why a run is not the job's: empty if it is, None if it is simply another job."""
        meta = run.meta
        entry = self.registry.get(job.method)
        training: Mapping[str, Any] = meta.get("training") or {}
        if entry.info.trainable and meta.get("seed") != job.seed:
            return None
        if results.fingerprint != self.source.fingerprint:
            return (
                f"it was computed on another state of the data or of its labels (fingerprint {results.fingerprint[:12]}"
                f", here {self.source.fingerprint[:12]})"
            )
        label_version = meta.get("label_version", self.source.card.label_version)
        if str(label_version) != str(self.source.card.label_version):
            return f"its labels are of version {label_version}, here {self.source.card.label_version}"
        split = self.source.splits.get(job.split)
        digest = (meta.get("split") or {}).get("digest")
        if split is not None and digest is not None and digest != split.digest:
            return f"its split {job.split} was another (digest {str(digest)[:12]}, here {split.digest[:12]})"
        if str(meta["method"].get("version")) != entry.info.version:
            return f"version {meta['method'].get('version')} of {job.method}, here {entry.info.version}"
        precision = self._built_for(entry, job).precision
        if meta.get("precision", precision) != precision:
            return None
        settings, recorded = self.settings(entry, job), dict(meta.get("parameters") or {})
        if settings is None and not job.arguments.items() <= recorded.items():
            return None
        if settings is not None and recorded != settings:
            return _differing(recorded, settings, job)
        if job.trained_on is not None and training.get("dataset") not in (None, job.trained_on):
            return None
        return ""

    def _differs_in_copy(self, job: TableJob, run: RunResult) -> bool:
        """True if a run is the job's but for the copy of the ImageNet weights, which the job leaves to the machine."""
        mine = self.settings(self.registry.get(job.method), job) or {}
        theirs = run.meta.get("parameters") or {}
        names = {name for name in {**theirs, **mine} if theirs.get(name) != mine.get(name)}
        starts = {theirs.get("start"), mine.get("start")}
        return names == {"start"} and starts == set(IMAGENET) and "start" not in job.arguments

    def settings(self, entry: MethodEntry, job: TableJob) -> dict[str, Any] | None:
        """Every setting of the job's method that may change a score; None if it cannot be built here."""
        return self._built_for(entry, job).settings

    def keeps_best(self, job: TableJob) -> bool:
        """True if training the job's method can keep the epoch that validates best."""
        entry = self.registry.get(job.method)
        return entry.info.trainable and self._built_for(entry, job).keeps_best

    def is_done(self, job: TableJob, best: bool) -> bool:
        """True if its run is there; with ``best`` also that of the best epoch, where there can be one."""
        if self.find(job).run is None:
            return False
        return not (best and self.keeps_best(job)) or self.find(job, best=True).run is not None

    def _built_for(self, entry: MethodEntry, job: TableJob) -> BuiltFacts:
        key = (job.method, job.parameters)
        if key not in self._built:
            try:
                method = entry.create(**job.arguments)
                precision = precision_of(method, self.precision)
                self._built[key] = BuiltFacts(precision, method.settings, method.keeps_best)
            except (UserError, ImportError, RuntimeError):
                self._built[key] = BuiltFacts(self.precision)
        return self._built[key]

    def identity(self, job: TableJob) -> str:
        """What tells the job's model from another of its method: its settings, else its parameters."""
        settings = self.settings(self.registry.get(job.method), job)
        return job.parameters if settings is None else json.dumps(settings, sort_keys=True)

    def _refuse_two_splits(self, job: TableJob, complete: list[tuple[ResultSet, RunResult]]) -> None:
        """Without the data the split's digest is unknown; runs on two of them must not be mixed."""
        digests = {str((run.meta.get("split") or {}).get("digest")): run for _, run in complete}
        if len(digests) > 1:
            paths = "\n".join(f"  {run.path} (digest {digest[:12]})" for digest, run in digests.items())
            raise UserError(
                f"the results of {job.method} on split {job.split} rest on different splits of that name; "
                f"delete the wrong ones or name the data with --root:\n{paths}"
            )


def _differing(theirs: dict[str, Any], mine: dict[str, Any], job: TableJob) -> str | None:
    """A sentence if only the start of training differs, which depends on the machine; else another job."""
    names = [name for name in {**theirs, **mine} if theirs.get(name) != mine.get(name)]
    if names != ["start"]:
        return None
    return (
        f"it was trained from start {theirs.get('start')!r}, here it would be {mine.get('start')!r}; "
        f"--set {job.method}.start={theirs.get('start')} asks for it"
    )
