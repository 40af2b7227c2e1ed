"""Where evidence comes from: runs in a folder of results, and what installed distributions ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iqabench._util.errors import UserError
from iqabench.predict.advice.evidence import Evidence, evidence_of, shipped_evidence
from iqabench.predict.advice.tasks import fits, plain, tasks_of
from iqabench.results.store import find_results

Key = tuple[str, str, str]
"""Data set, split and protocol."""


@dataclass(frozen=True)
class GatheredEvidence:
    """Evidence for a task, and sentences about what was not used."""

    evidence: list[Evidence]
    notes: list[str]


def gather_evidence(results: Path, task: str, *, pseudo: bool) -> GatheredEvidence:
    """All evidence for a task: judged by people, and with ``pseudo`` also what metrics labelled.

    Of a data set and split that are both stored and shipped, what is stored counts.

    Raises
    ------
    UserError
        If there is none.
    """
    wanted = plain(task)
    shipped = list(shipped_evidence())
    stored = find_results(results) if results.is_dir() else []
    found: dict[Key, Evidence] = {}
    for one in stored:
        if one.card.get("label_kind") in _kinds(pseudo=pseudo):
            said = evidence_of(one, wanted)
            if said is not None:
                _keep_fullest(found, said)
    for offered in shipped:
        if offered.label_kind in _kinds(pseudo=pseudo) and all(fits(word, wanted) for word in offered.tasks):
            found.setdefault(_key(offered), offered)
    notes = []
    left_out = sorted({one.dataset for one in stored if one.card.get("label_kind") == "pseudo"})
    if left_out and not pseudo:
        notes.append(f"left out, labelled by metrics and not by people: {', '.join(left_out)}; --pseudo takes them")
    if not found:
        known = sorted(
            {word for one in stored for word in tasks_of(one)} | {word for one in shipped for word in one.tasks}
        )
        raise UserError(_nothing(task, results, known, notes))
    return GatheredEvidence(sorted(found.values(), key=_humans_first), notes)


def _kinds(*, pseudo: bool) -> Sequence[str]:
    return ("human", "pseudo") if pseudo else ("human",)


def _key(one: Evidence) -> Key:
    return one.dataset, one.split, one.protocol


def _keep_fullest(found: dict[Key, Evidence], one: Evidence) -> None:
    """Of several states of a data set's files the one that most metrics were run on."""
    before = found.get(_key(one))
    if before is None or (len(one.rows), one.finished) > (len(before.rows), before.finished):
        found[_key(one)] = one


def _humans_first(one: Evidence) -> tuple[bool, int, str, str, str]:
    return one.label_kind != "human", -one.contents, *_key(one)


def _nothing(task: str, results: Path, known: Sequence[str], notes: Sequence[str]) -> str:
    tasks = f"; tasks with results are: {', '.join(known)}" if known else ""
    said = f"--task {task}: no result on images that people judged, neither in {results} nor shipped{tasks}"
    more = "'iqabench data list' shows sets that people judged; 'iqabench run --dataset NAME' on one gives results"
    return "\n".join([f"{said}. {more}", *notes])
