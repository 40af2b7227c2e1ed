"""Which stored runs are one row of a table: those that differ in nothing but the seed of training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from iqabench.results.model import RunResult
from iqabench.weights.record import HELD, READ

BY_SEED = ("id", "seed", "seconds", "best_epoch")
"""What a training records that changes with its seed."""
BY_SPLIT = ("split", "split_name", "rows", "contents", "algorithms")
"""What a training records that changes with the split."""


@dataclass(frozen=True)
class RunGroup:
    """One row of a table: a method at one setting, trained with one seed or several."""

    key: str
    """What makes it a row of its own: see :func:`row_key`."""
    runs: tuple[RunResult, ...]
    """By seed, ascending; at least one."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

    @property
    def first(self) -> RunResult:
        """The run that speaks for all: method, reference and settings are alike."""
        return self.runs[0]

    @property
    def method(self) -> str:
        """Name of the method."""
        return self.first.method

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of training; empty for a method that is not trained, or where none was recorded."""
        found = (training_seed(run) for run in self.runs)
        return tuple(seed for seed in found if seed is not None)

    @property
    def run_ids(self) -> str:
        """Ids of the runs, separated by spaces: names the row, and nothing else."""
        return " ".join(str(run.meta.get("run_id")) for run in self.runs)

    @property
    def label(self) -> str:
        """``METHOD@REFERENCE``, and behind it the selection and the protocol if there are such."""
        selection = self.first.meta.get("selection") or "none"
        parts = [self.method, self.first.meta["reference"], "" if selection == "none" else selection, self.protocol]
        return "@".join(part for part in parts if part)

    @property
    def protocol(self) -> str:
        """Name of the protocol that it was scored by; empty where none was named."""
        return str(((self.first.meta.get("identity") or {}).get("protocol") or {}).get("name", ""))


def training_seed(run: RunResult) -> int | None:
    """The seed of the training behind a run; None without one."""
    training = run.meta.get("training") or {}
    found = training.get("seed", run.meta.get("seed")) if training else None
    return None if found is None else int(found)


def group_runs(runs: Iterable[RunResult]) -> list[RunGroup]:
    """Group runs into rows, in order of method, reference and selection.

    Of runs that repeat each other (same settings, same seed) the one finished last counts, complete ones first. Where
    some seeds are complete, those that are not are left out of the row. The group's notes name all that is left out.
    """
    by_key: dict[str, dict[int | None, list[RunResult]]] = {}
    for run in sorted(runs, key=_complete_and_late, reverse=True):
        by_key.setdefault(row_key(run), {}).setdefault(training_seed(run), []).append(run)
    groups = [_group(key, by_seed) for key, by_seed in by_key.items()]
    return sorted(groups, key=lambda one: (one.label, one.run_ids))


def row_key(run: RunResult, over_splits: bool = False) -> str:
    """Everything that may change a score but edits of a plugin, the seed of training and, if asked, the split."""
    identity = dict(run.meta.get("identity") or _stated(run))
    if identity.get("code"):  # an edited plugin takes the place of what it was before
        identity["code"] = identity["code"].get("source")
        identity["weights"] = {
            name: one for name, one in identity["weights"].items() if not name.endswith((HELD, READ))
        }
    training = dict(run.meta.get("training") or {})
    left_out = BY_SEED + (BY_SPLIT if over_splits else ())
    identity["training"] = {name: value for name, value in training.items() if name not in left_out}
    if over_splits:
        identity.pop("split", None)
    return json.dumps(identity, sort_keys=True, default=str)


def _stated(run: RunResult) -> dict[str, Any]:
    """What a ``run.json`` without an identity says of the run."""
    meta = run.meta
    names = ("reference", "selection", "parameters", "weights", "precision")
    return {"method": run.method, **{name: meta.get(name) for name in names}}


def _complete_and_late(run: RunResult) -> tuple[bool, str]:
    return run.meta.get("status") == "complete", str(run.meta.get("finished") or "")


def _group(key: str, by_seed: dict[int | None, list[RunResult]]) -> RunGroup:
    """``by_seed`` holds runs of one setting, the one that counts first."""
    ordered = sorted(by_seed.items(), key=lambda one: (one[0] is None, one[0] or 0))
    notes = [
        f"an earlier run with the same settings is not used (run {older.meta.get('run_id')})"
        for _, (_, *others) in ordered
        for older in others
    ]
    counted = [runs[0] for _, runs in ordered]
    complete = [run for run in counted if run.meta.get("status") == "complete"]
    if complete and len(complete) < len(counted):
        notes += [f"seed {training_seed(run)} is not complete and not used" for run in counted if run not in complete]
        counted = complete
    return RunGroup(key, tuple(counted), tuple(notes))
