"""Audits a folder of results: structure and digests, scores of a random sample, tables. Anybody can, anywhere.

A results folder and, where they are here, its data, methods and weights enter; an :class:`Audit` leaves, which says
what holds, what cannot be checked here and why, and what differs. Nothing is written. Imports every room but ``cli``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.errors import DataError
from iqabench._util.progress import Overview
from iqabench.data.open import DatasetRegistry
from iqabench.methods.registry import Registry
from iqabench.results.signature import HEX
from iqabench.results.store import LABELS_FOLDER, find_results
from iqabench.verify.audit import Audit, StoredRun
from iqabench.verify.data import OpenedData, Places
from iqabench.verify.figures import check_figures
from iqabench.verify.pages import check_page
from iqabench.verify.plans import check_plan_figures, check_plan_tables
from iqabench.verify.rescore import Scorer, rescore
from iqabench.verify.structure import check_labels, read_run
from iqabench.verify.styles import style_of
from iqabench.verify.tables import Runs, check_printed, table_files

__all__ = ["Audit", "AuditRequest", "verify"]


@dataclass(frozen=True)
class AuditRequest:
    """What to audit, and what there is to audit it with."""

    results: Path
    machine: Machine
    registry: Registry = field(default_factory=Registry)
    sample: int = 50
    """Rows that are scored again, at least one of each run; 0 for none."""
    seed: int = 0
    """Of the draw of the sample."""
    dataset: str | None = None
    """Only runs on this data set."""
    runs: Collection[Path] | None = None
    """Folders of the only runs; tables that show none of them are passed over. None for all."""
    roots: Mapping[str, Path] = field(default_factory=dict)
    splits: Mapping[str, Path] = field(default_factory=dict)
    allow_outside_root: bool = False
    models: Path | None = None
    """Results whose trained models an archive that names them is scored with."""


def verify(request: AuditRequest, overview: Overview) -> Audit:
    """Audit ``request.results``.

    Raises
    ------
    DataError
        If there is no run in the folder.
    UserError
        If a root or a split that is named cannot be read.
    """
    audit = Audit(request.results, request.sample, request.seed)
    files = _in_runs(request, "run.json")
    read = [run for file in files if (run := read_run(file, audit)) is not None]
    audit.runs = [run for run in read if request.dataset in (None, run.identity["dataset"])]
    if not files or (request.dataset is not None and not audit.runs and not audit.differences):
        asked = f" on {request.dataset}" if request.dataset else ""
        raise DataError(f"{request.results}: there is no run{asked} in it; name the folder that --results wrote to")
    for scores in _in_runs(request, "scores.csv"):
        if not scores.with_name("run.json").is_file():
            audit.differs(scores.relative_to(audit.root).as_posix(), "run.json beside it", "the run's record", "none")
    rows = _check_data(request, audit)
    scorer = Scorer(request.registry, request.machine, audit)
    for run in audit.runs:
        scorer.check_declaration(run)
    rescore([(run, rows[run.set_key]) for run in audit.runs if run.set_key in rows and run.ended], scorer, overview)
    _check_tables(request, audit, overview)
    return audit


def _in_runs(request: AuditRequest, name: str) -> list[Path]:
    """The file of this name of each run that is audited."""
    files = sorted(request.results.glob(f"*/*/*/*/*/{name}"))
    return [file for file in files if request.runs is None or file.parent in request.runs]


def _check_data(request: AuditRequest, audit: Audit) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Check labels, data and splits; return the manifest rows of every set whose data are here."""
    places = Places(request.roots, request.splits, request.allow_outside_root)
    data = OpenedData(places, audit, DatasetRegistry(request.registry.plugin_files))
    rows = {}
    for key in dict.fromkeys(run.set_key for run in audit.runs):
        mine = [run for run in audit.runs if run.set_key == key]
        top = mine[0].folder.path.parents[2]
        labels = top / LABELS_FOLDER / key[2]
        if not labels.is_dir():
            where = labels.relative_to(audit.root).as_posix()
            audit.differs(where, "labels", "labels of the runs beside them", "none")
            continue
        if not check_labels(labels, mine, audit):
            continue
        found = data.rows(key, labels, mine)
        if found is not None:
            rows[key] = found
    return rows


def _shows_one(file: Path, runs: list[StoredRun]) -> bool:
    """True if the table in ``file`` may have a row of ``runs``: each format holds the first digits of their ids."""
    content = file.read_bytes()
    return any(str(run.meta["run_id"])[:HEX].encode() in content for run in runs)


def _check_tables(request: AuditRequest, audit: Audit, overview: Overview) -> None:
    files = [
        (file, style)
        for file in table_files(request.results)
        if (style := style_of(file)) is not None and (request.runs is None or _shows_one(file, audit.runs))
    ]
    if not files:
        return
    try:
        runs = Runs(find_results(request.results))
    except DataError as error:
        audit.cannot("tables", "tables", f"the results cannot be read as a whole: {error}")
        return
    bar = overview.add("compute tables again", len(files))
    roots = dict(request.roots)
    for file, style in files:
        if style == "html":
            check_page(file, runs, audit)
        elif style in ("csv", "json"):
            check_figures(file, style, runs, audit)
            check_plan_figures(file, style, request.registry, roots, audit)
        elif not check_plan_tables(file, style, request.registry, roots, audit):
            check_printed(file, style, runs, audit)
        overview.advance(bar, 1, file.name)
    overview.end(bar)
