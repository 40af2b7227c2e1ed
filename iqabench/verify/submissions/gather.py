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
from iqabench.verify.tolerance import LOW_PRECISION, OTHER_LIBRARIES, deviation

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

    def trust(self, run_id: str) -> int:
        """0 if no score of the run was computed again, 1 if some were, 2 if all were."""
        run = None if self.record is None else self.record.runs.get(run_id)
        return 0 if run is None or not run.scored_again else 1 + (run.scored_again >= run.rows)


@dataclass(frozen=True)
class BoardTable:
    """Rows on the same data, labels and split by the same protocol."""

    results: ResultSet
    split_digest: str
    sources: dict[str, Submitted]
    """By run id."""
    contested: dict[str, str] = field(default_factory=dict)
    """By run id, which archives hold other scores of the run though neither is better verified."""


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
    several archives is taken from one that is verified, else from the first by name. If their scores differ, it is
    taken from the one of which more was scored again (all, a sample, nothing); of equals nobody knows which is right.
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
        _choose(table, submitted, run, found)
        return
    table.results.runs.append(_told_apart(run))
    table.sources[run_id] = submitted


def _choose(table: BoardTable, submitted: Submitted, run: RunResult, found: Gathered) -> None:
    """Show a run from the archive that holds it already, or from this one."""
    run_id = str(run.meta["run_id"])
    first = table.sources[run_id]
    place = next(place for place, other in enumerate(table.results.runs) if other.meta["run_id"] == run_id)
    unlike = _unlike(table.results.runs[place], run)
    if unlike and first.trust(run_id) == submitted.trust(run_id):
        table.contested[run_id] = f"{first.name} and {submitted.name} hold other scores of it"
        return
    if unlike and submitted.trust(run_id) > first.trust(run_id):
        table.results.runs[place], table.sources[run_id] = _told_apart(run), submitted
        table.contested.pop(run_id, None)
        first, submitted = submitted, first
    said = ", whose scores differ" if unlike else ""
    found.notes.append(f"run {run_id[:8]} of {run.method}: shown from {first.name}, not from {submitted.name}{said}")


def _unlike(one: RunResult, other: RunResult) -> bool:
    """True if the scores of a run differ by more than another device or other libraries make of it."""
    if one.meta["scores_sha256"] == other.meta["scores_sha256"]:
        return False
    ours, theirs = (run.scores.dropna(subset="score").set_index("image_id")["score"] for run in (one, other))
    if list(ours.index) != list(theirs.index):
        return True
    identity = one.meta["identity"]
    rough = identity["precision"] != "fp32" or identity.get("tf32")
    most = LOW_PRECISION if rough else OTHER_LIBRARIES
    return any(deviation(a, b, ours) > most for a, b in zip(ours, theirs, strict=True))


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
