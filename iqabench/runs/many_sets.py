"""An evaluation on several data sets: planned for each, so that what fails on one costs the others nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from iqabench._util.errors import UserError
from iqabench.data.base import Dataset
from iqabench.data.paradigm import NATURAL
from iqabench.methods.contract import MethodEntry
from iqabench.runs.evaluation import EvaluationRequest, Planned, PlannedSplit, Tell
from iqabench.runs.job import EvaluationJob
from iqabench.runs.plan import default_reference, fitting_references
from iqabench.runs.run import RunRequest


@dataclass(frozen=True)
class PlannedPart:
    """The methods that are shown the same reference on one data set."""

    job: EvaluationJob
    planned: Planned


@dataclass
class PlannedSets:
    """What is to be computed on several data sets, and what cannot be."""

    parts: list[PlannedPart] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Sentences for the user; the command fails if there are any."""


def sets_in(request: EvaluationRequest) -> list[EvaluationRequest]:
    """One request for each data set of ``NAME[:ROOT],NAME[:ROOT]``; a single one may also have its own root.

    Raises
    ------
    UserError
        If one ``--root`` or several splits are given for several data sets, or a data set is named twice.
    """
    words = [word.strip() for word in request.dataset.split(",") if word.strip()]
    if not words:
        raise UserError("--dataset: name at least one data set; 'iqabench list datasets' shows all")
    if len(words) == 1 and ":" not in words[0]:
        return [replace(request, dataset=words[0])]
    if request.root is not None:
        raise UserError(
            f"--root {request.root}: say of each data set where it lies, --dataset {words[0].partition(':')[0]}:FOLDER"
            f"{',...' if len(words) > 1 else ''}, or once and for all by 'iqabench data root NAME FOLDER'"
        )
    if twice := next((word for word in words if words.count(word) > 1), None):
        raise UserError(f"--dataset {request.dataset}: {twice} is named twice")
    if len(words) > 1 and len(request.splits) > 1:
        raise UserError("--split: a table over several data sets takes one split; give one that each of them has")
    named = [word.partition(":") for word in words]
    return [replace(request, dataset=name, root=Path(root) if root else None) for name, _, root in named]


def plan_sets(
    job: EvaluationJob,
    requests: Sequence[EvaluationRequest],
    plan: Callable[[EvaluationJob, Tell], Planned],
    tell: Tell,
) -> PlannedSets:
    """Plan each of ``requests`` by ``plan``.

    Without ``--references`` a method is shown the same on all sets where that is possible: the reference that most of
    them have, of those the first of its own. A method that cannot be shown it on a set is left out there, which is
    told; one that no set can carry is a problem, and so is a set that cannot be opened.

    Raises
    ------
    UserError
        If nothing can be planned for any set.
    """
    found = PlannedSets()
    told: set[str] = set()
    opened: list[tuple[EvaluationJob, Planned]] = []

    def say(text: str) -> None:
        if text not in told:
            told.add(text)
            tell(text)

    failed: dict[str, str] = {}
    for request in requests:
        one = replace(job, request=request)
        try:
            opened.append((one, plan(one, say)))
        except UserError as error:
            failed[request.dataset] = str(error)
    if failed and not opened:
        reasons = dict.fromkeys(failed.values())
        raise UserError("\n".join(reasons))
    found.problems += [f"data set {name} is left out: {reason}" for name, reason in failed.items()]
    found.problems += dict.fromkeys(problem for _, planned in opened for problem in planned.problems)
    asked = job.request.references
    shown = {} if asked else _common_references([planned for _, planned in opened])
    unfit: dict[str, dict[str, str]] = {}
    for one, planned in opened:
        found.parts += _parts(one, planned, shown, unfit)
    _tell_unfit(unfit, [planned for _, planned in opened], found, say)
    return found


def _common_references(planned: Sequence[Planned]) -> dict[str, str]:
    """By method: the one of its references that most sets have, of several the first of its own."""
    sets = [one.runs[0].run.dataset for one in planned if one.runs]
    entries = {entry.info.name: entry for one in planned for split in one.runs for entry in split.run.entries}
    having = [{"none", *dataset.references_present()} for dataset in sets]
    return {
        name: max((NATURAL[one] for one in entry.info.paradigms), key=lambda word: sum(word in one for one in having))
        for name, entry in entries.items()
    }


def _parts(
    job: EvaluationJob, planned: Planned, shown: dict[str, str], unfit: dict[str, dict[str, str]]
) -> list[PlannedPart]:
    """The plan of one set, one part for each choice of references; ``unfit`` gets methods that it has none for."""
    by_references: dict[tuple[str, ...], list[PlannedSplit]] = {}
    for split in planned.runs:
        dataset = split.run.dataset
        chosen: dict[tuple[str, ...], list[MethodEntry]] = {}
        for entry in split.run.entries:
            name = entry.info.name
            common = shown.get(name)
            if common is not None and common not in ("none", *dataset.references_present()):
                common = default_reference(entry, dataset)
            references, reasons = _fitting(entry, dataset, job.request.references if common is None else (common,))
            if references and (small := _too_small(entry, split.run)):
                references, reasons = (), [small]
            if references:
                chosen.setdefault(references, []).append(entry)
            else:
                unfit.setdefault(dataset.card.name, {})[name] = reasons[-1]
        for references, entries in chosen.items():
            run = replace(split.run, entries=entries, references=references)
            by_references.setdefault(references, []).append(replace(split, run=run))
    return [
        PlannedPart(
            replace(job, request=replace(job.request, references=references)), replace(planned, runs=tuple(runs))
        )
        for references, runs in by_references.items()
    ]


def _fitting(entry: MethodEntry, dataset: Dataset, asked: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Those of ``asked`` that the method can be shown on the data set, and why it cannot be shown the others."""
    fitting, reasons = [], []
    for name in asked:
        try:
            fitting_references(entry, dataset, (name,))
        except UserError as error:
            reasons.append(str(error))
        else:
            fitting.append(name)
    return tuple(fitting), reasons


def _too_small(entry: MethodEntry, run: RunRequest) -> str:
    """Why the method can score no image of the set, if all are too small for it; else empty.

    Headers are read until one image is large enough, which the first is almost always.
    """
    from PIL import Image

    needed, largest = entry.info.minimum_size, 0
    for path in run.rows()["image"]:
        try:
            with Image.open(path) as image:
                largest = max(largest, min(image.size))
        except (OSError, ValueError, Image.DecompressionBombError):  # scoring says what is wrong with it
            return ""
        if largest >= needed:
            return ""
    return f"it needs images of {needed} x {needed} pixels, and none has more than {largest} in height and width"


def _tell_unfit(unfit: dict[str, dict[str, str]], planned: Sequence[Planned], found: PlannedSets, tell: Tell) -> None:
    """Say once for each set and reason who is left out; who is left out everywhere, and was asked for, is a problem."""
    scored = {entry.info.name for part in found.parts for split in part.planned.runs for entry in split.run.entries}
    unasked = {name for one in planned for split in one.runs for name in split.run.unasked}
    for dataset, reasons in unfit.items():
        by_reason: dict[str, list[str]] = {}
        for name, reason in reasons.items():
            if name in scored or name in unasked:
                by_reason.setdefault(reason, []).append(name)
        for reason, names in by_reason.items():
            tell(f"{dataset}: no score of {', '.join(names)}: {reason}")
    lost = {name: reason for reasons in unfit.values() for name, reason in reasons.items()}
    found.problems += [f"{name}: {why}" for name, why in lost.items() if name not in scored | unasked]
