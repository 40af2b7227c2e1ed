"""Scores a random sample of the stored rows again and compares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.errors import DataError, UserError, WeightsError
from iqabench._util.progress import Overview
from iqabench.data.protocols.load import protocol_of
from iqabench.data.references import parse_reference
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.methods.size import parameter_count
from iqabench.results.store import TRAINED_FOLDER, find_results, folder_name
from iqabench.runs.record import run_facts
from iqabench.scoring.engine import score_in_memory
from iqabench.stats.grouping import group_runs
from iqabench.training.cache import BEST_FILE, META_FILE, MODEL_FILE, load_trained
from iqabench.verify.audit import Audit, StoredRun
from iqabench.verify.tolerance import deviation, tolerance
from iqabench.weights import locate
from iqabench.weights.table import TABLE

FILE = "sha256:"
"""How a setting begins that stands for the content of a file."""


@dataclass(frozen=True)
class Scorer:
    """Builds methods of stored runs, and scores with them on ``machine``."""

    registry: Registry
    machine: Machine
    audit: Audit

    def check(self, run: StoredRun, rows: pd.DataFrame, images: Sequence[str]) -> None:
        """Score ``images`` of ``run`` again; ``rows`` are the manifest rows of all its images."""
        method = self._method(run)
        if method is None:
            return
        self.audit.compare(f"{run.where}/run.json", "params", parameter_count(method), run.meta.get("params"))
        if not images:
            return
        chosen = rows[rows["image_id"].isin(list(images))]
        machine = Machine(
            self.machine.device,
            run.identity["precision"],
            self.machine.batch_size,
            self.machine.workers,
        )
        try:
            found = _score(method, chosen, run, machine)
        except Exception as error:  # a method may fail in any way, and the audit goes on
            self.audit.differs(run.where, "scores of the sample", "scores", f"{type(error).__name__}: {error}")
            return
        run.tolerance, why = tolerance(run.meta, self.machine.device.type)
        stored = {name: row.score for name, row in run.rows.items() if row.score is not None}
        for image in images:
            again = found.get(image, math.nan)
            off = deviation(stored[image], again, list(stored.values())) if math.isfinite(again) else math.inf
            run.scored_again += 1
            run.deviation = max(run.deviation, off)
            if off > run.tolerance:
                what = f"score (tolerance {run.tolerance:g} of the run's spread: {why})"
                self.audit.differs(f"{run.where}/scores.csv, {image}", what, again, stored[image])

    def _method(self, run: StoredRun) -> Any | None:
        """The method of ``run``, built and trained as the run says; None, and it is said why, if that cannot be."""
        identity = run.identity
        try:
            entry = self.registry.called(identity["method"])
        except UserError:
            why = f"there is no method {identity['method']} here; --plugin FILE brings one that is not installed"
            self.audit.cannot(run.where, "scores", why)
            return None
        if identity["code"] is not None and not entry.foreign:
            why = (
                f"the run is of {identity['code']['source']}, which took the place of the built-in "
                f"{identity['method']}; --plugin FILE --allow-override brings it"
            )
            self.audit.cannot(run.where, "scores", why)
            return None
        if entry.info.version != identity["version"]:
            why = f"the run is of version {identity['version']} of {identity['method']}, here is {entry.info.version}"
            self.audit.cannot(run.where, "scores", why)
            return None
        try:
            names = entry.parameter_names()
            given = {name: value for name, value in identity["settings"].items() if name in names}
            files = [name for name, value in given.items() if str(value).startswith(FILE)]
            if files:
                self.audit.cannot(run.where, "scores", f"its setting {files[0]} was a file that is not here")
                return None
            method = entry.create(**given)
        except Exception as error:  # building a method may fail in any way, and the audit goes on
            self._not_built(run, error)
            return None
        training = None
        if identity.get("training"):
            training = self._load_trained(run, method)
            if training is None:
                return None
        return method if self._same_identity(run, method, training) else None

    def _not_built(self, run: StoredRun, error: Exception) -> None:
        """A weights file that is here and is not what its name says is a difference; one that is not here is none."""
        weights = run.identity["weights"]
        present = [name for name in weights if name in TABLE and locate(name) is not None]
        if isinstance(error, WeightsError) and present:
            for name in present:
                self.audit.differs(f"{run.where}/run.json", f"identity.weights.{name}", weights[name], str(error))
        else:
            self.audit.cannot(run.where, "scores", f"the method cannot be built here: {error}")

    def check_declaration(self, run: StoredRun) -> None:
        """Compare what ``run.json`` says of the method with its declaration here, if it is of the same version."""
        try:
            entry = self.registry.called(run.identity["method"])
        except UserError:
            return
        if entry.info.version == run.identity["version"] and entry.foreign == (run.identity["code"] is not None):
            self._compare_declaration(run, entry)

    def _compare_declaration(self, run: StoredRun, entry: MethodEntry) -> None:
        declared = run.meta["method"]
        where = f"{run.where}/run.json"
        trained_on = list(entry.info.trained_on)
        self.audit.compare(where, "method.trained_on", trained_on, list(declared.get("trained_on", trained_on)))
        for name in ("lower_is_better", "trainable"):
            self.audit.compare(where, f"method.{name}", getattr(entry.info, name), declared.get(name))
        self.audit.compare(
            where, "method.paradigms", [str(one) for one in entry.info.paradigms], declared.get("paradigms")
        )

    def _same_identity(self, run: StoredRun, method: Any, training: Mapping[str, Any] | None) -> bool:
        """Compare what the method here is made of with what the run says: settings, weights, code, rules."""
        identity = run.identity
        here = run_facts(
            method,
            reference=identity["reference"],
            dataset=identity["dataset"],
            fingerprint=identity["fingerprint"],
            split=identity["split"],
            precision=identity["precision"],
            training=None if training is None else dict(training),
            selection=identity["selection"],
            protocol=protocol_of(identity),
        )
        where = f"{run.where}/run.json"
        if identity["code"] != here["code"] and self._counting and run.folder.path not in self._counting:
            why = f"an earlier run, which no table shows; {identity['code']['source']} has been edited since"
            self.audit.cannot(run.where, "scores", why)
            return False
        names = [name for name in here if name not in ("settings", "weights")]
        same = [self.audit.compare(where, f"identity.{name}", here[name], identity.get(name)) for name in names]
        for part in ("settings", "weights"):
            ours, theirs = here[part], identity.get(part) or {}
            for name in sorted({*ours, *theirs}):
                found = self.audit.compare(where, f"identity.{part}.{name}", ours.get(name), theirs.get(name))
                same.append(found)
        return all(same)

    @cached_property
    def _counting(self) -> set[Path | None]:
        """Folders of the runs that tables show, whose place no later run took; none if the results cannot be read."""
        try:
            groups = [group for one in find_results(self.audit.root) for group in group_runs(one.runs)]
        except DataError:
            return set()
        return {one.path for group in groups for one in group.runs}

    def _load_trained(self, run: StoredRun, method: Any) -> dict[str, Any] | None:
        """Load the trained model of ``run``; return its ``training.json``, None if it is not there."""
        identity = run.identity
        folder = self.audit.root / TRAINED_FOLDER / folder_name(identity["method"]) / folder_name(identity["training"])
        best = identity["selection"] == "best"
        if not all((folder / name).is_file() for name in (META_FILE, BEST_FILE if best else MODEL_FILE)):
            self.audit.cannot(run.where, "scores", f"the trained model is not in {TRAINED_FOLDER}/ of the results")
            return None
        try:
            return load_trained(method, folder, best=best)
        except UserError as error:
            self.audit.differs(folder.relative_to(self.audit.root).as_posix(), "trained model", "one", str(error))
            return None


def draw(runs: Sequence[StoredRun], count: int, seed: int) -> dict[str, list[str]]:
    """Images of each run (by ``where``) that are scored again: ``count`` of all rows, at least one of each run.

    Every row has the same chance within its run, at least ``count`` / all rows; rounding up may draw a few more.
    """
    scored = {run.where: sorted(name for name, row in run.rows.items() if row.score is not None) for run in runs}
    total = sum(len(names) for names in scored.values())
    drawn = {}
    for run in runs:
        names = scored[run.where]
        share = min(len(names), math.ceil(count * len(names) / total)) if total else 0
        generator = np.random.default_rng([seed, *run.where.encode()])
        drawn[run.where] = sorted(generator.choice(names, size=share, replace=False).tolist()) if share else []
    return drawn


def rescore(runs: Sequence[tuple[StoredRun, pd.DataFrame]], scorer: Scorer, overview: Overview) -> None:
    """Score a sample of the rows of ``runs``, each given with the manifest rows of its images."""
    drawn = draw([run for run, _ in runs], scorer.audit.sample, scorer.audit.seed)
    if not any(drawn.values()):
        return
    bar = overview.add("score rows again", sum(map(len, drawn.values())))
    for run, rows in runs:
        scorer.check(run, rows, drawn[run.where])
        overview.advance(bar, len(drawn[run.where]), run.where)
    overview.end(bar)


def _score(method: Any, rows: pd.DataFrame, run: StoredRun, machine: Machine) -> Mapping[str, float]:
    if method.scores_rows:
        scores = method.score_rows(rows[["content", "algorithm", "category", "task"]])
        return {str(name): float(score) for name, score in zip(rows["image_id"], scores, strict=True)}
    reference, protocol = parse_reference(run.identity["reference"]), protocol_of(run.identity)
    found = score_in_memory(method, rows, reference, machine, protocol)
    return {name: math.nan if row.score is None else row.score for name, row in found.items()}
