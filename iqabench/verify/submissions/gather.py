"""Gathers archives into tables: rows that compare stand in one, all others in tables of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from iqabench._util.devices import Machine
from iqabench._util.errors import UserError
from iqabench._util.progress import Overview
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.store import digest, find_results
from iqabench.verify import AuditRequest
from iqabench.verify.submissions.archive import OpenedSubmission, open_archive
from iqabench.verify.submissions.record import VerificationRecord
from iqabench.verify.submissions.verified import audit_opened

Key = tuple[str, ...]


@dataclass(frozen=True)
class Submitted:
    """Where a row comes from, and who has scored it again."""

    opened: OpenedSubmission
    record: VerificationRecord | None
    sets: list[ResultSet]

    @property
    def name(self) -> str:
        """For people, and of the copy on the site: the archive's name with the first digits of its digest."""
        return f"{self.opened.path.stem}-{self.opened.digest[:8]}"


@dataclass(frozen=True)
class BoardTable:
    """Rows on the same data, labels and split by the same protocol."""

    results: ResultSet
    split_digest: str
    sources: dict[str, Submitted]
    """By run id."""


@dataclass
class Gathered:
    """The tables, the archives that they are made of, and what was refused and why."""

    tables: list[BoardTable] = field(default_factory=list)
    submissions: list[Submitted] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(archives: list[Path], records: dict[str, VerificationRecord], scratch: Path, overview: Overview) -> Gathered:
    """Open ``archives`` in ``scratch``, refuse those that are not what they say, and sort the runs of the others.

    One table has the rows on one state of one data set, with the same labels, split and protocol. A run that is in
    several archives is taken from one that is verified, else from the first by name.
    """
    found = Gathered()
    bar = overview.add("open archives", len(archives))
    for number, path in enumerate(archives):
        try:
            opened = open_archive(path, scratch / str(number))
            reason = _refusal(opened, overview)
            sets = [] if reason else find_results(opened.folder)
        except UserError as error:
            reason = str(error)
        if reason:
            found.refused.append((path, _for_everybody(reason, path, scratch / str(number))))
        else:
            found.submissions.append(Submitted(opened, records.get(opened.digest), sets))
        overview.advance(bar, 1, path.name)
    overview.end(bar)
    tables: dict[Key, BoardTable] = {}
    for submitted in sorted(found.submissions, key=lambda one: (one.record is None, one.opened.path.name)):
        for one in submitted.sets:
            for run in one.runs:
                _place(tables, submitted, one, run, found)
    found.tables = [tables[key] for key in sorted(tables)]
    return found


def _refusal(opened: OpenedSubmission, overview: Overview) -> str:
    """What is wrong with the archive by itself, without its data; empty if nothing is."""
    audit = audit_opened(opened, AuditRequest(opened.folder, Machine(), sample=0), overview)
    if not audit.differences:
        return ""
    first = audit.differences[0]
    more = f" (and {len(audit.differences) - 1} more)" if len(audit.differences) > 1 else ""
    return f"{first.where}: {first.what}: expected {first.expected}, found {first.found}{more}"


def _for_everybody(reason: str, path: Path, opened: Path) -> str:
    """A reason without the folders of this machine; the name of the archive stands in front of it anyway."""
    said = reason.replace(f"{opened}/", "")
    for before in (f"{path}: ", f"{path}, "):
        said = said.removeprefix(before)
    return said.replace(str(path), path.name)


def _place(
    tables: dict[Key, BoardTable], submitted: Submitted, one: ResultSet, run: RunResult, found: Gathered
) -> None:
    identity: dict[str, Any] = run.meta["identity"]
    digests = [str(one.card.get(f"{what}_sha256") or "") for what in ("labels", "votes", "ratings")]
    key = (one.dataset, one.split, one.protocol, one.fingerprint, str(identity["split"]), one.protocol_rules, *digests)
    if key not in tables:
        tables[key] = BoardTable(replace(one, runs=[], checks={}), str(identity["split"]), {})
    table, run_id = tables[key], str(run.meta["run_id"])
    if run_id in table.sources:
        if table.sources[run_id].opened.digest == submitted.opened.digest:
            return
        first = table.sources[run_id].name
        known = next(other for other in table.results.runs if other.meta["run_id"] == run.meta["run_id"])
        unlike = ", whose scores differ" if known.meta["scores_sha256"] != run.meta["scores_sha256"] else ""
        found.notes.append(f"run {run_id[:8]} of {run.method}: shown from {first}, not from {submitted.name}{unlike}")
        return
    table.results.runs.append(_told_apart(run))
    table.sources[run_id] = submitted


def _told_apart(run: RunResult) -> RunResult:
    """The run with code from outside named by its digest, too.

    In one folder of results a later version of a plugin takes the place of an earlier one. Here two people may each
    have a plugin of that name.
    """
    identity = run.meta["identity"]
    code = identity.get("code")
    if not code:
        return run
    own = digest({"code": code["sha256"], "weights": identity["weights"]})
    named = {**identity, "code": {**code, "source": f"{code['source']} {own}"}}
    return replace(run, meta={**run.meta, "identity": named})
