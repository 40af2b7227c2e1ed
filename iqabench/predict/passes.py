"""Which reference each method is shown, and the pass over all images that shows it.

Methods that are shown the same reference share a pass, in which every image is decoded once. Methods without
reference join the first pass.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError
from iqabench._util.progress import Overview
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.data.references import parse_reference
from iqabench.methods.contract import Paradigm
from iqabench.methods.tiling import Tiling
from iqabench.predict.loaded import LoadedMethod
from iqabench.predict.pairs import PARTNERS
from iqabench.predict.same_content import SameContent
from iqabench.predict.suitable import Fitness, examine
from iqabench.results.store import ScoreRow
from iqabench.scoring.batches import ImageBatch, plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
from iqabench.scoring.tiles import Tiled

PIXELS_AT_ONCE = 2**21
"""Pixels of restored images in one batch: larger images are scored fewer at a time, so that memory stays bounded."""


@dataclass(frozen=True)
class Shown:
    """One column of scores: a method, and what it is shown."""

    name: str
    """Of the column: the method's, with ``@degraded`` or ``@pristine`` where pristine images are there."""
    method: LoadedMethod
    reference: str
    """``none``, ``degraded`` or ``pristine``."""

    @property
    def blind(self) -> bool:
        """True if it sees the restored image alone."""
        return self.reference == "none"


def references_of(rows: pd.DataFrame) -> list[str]:
    """The references that the rows name: ``degraded``, ``pristine``, both, or none."""
    return [what for what in PARTNERS if rows[what].notna().any()]


def what_is_shown(methods: Sequence[LoadedMethod], there: Collection[str]) -> tuple[list[Shown], list[str]]:
    """The columns of all methods that can take part, and what the others say.

    ``there`` are the references at hand: ``degraded``, ``pristine``, both, or none. A method that compares is shown
    each of them that it knows what to do with, the pristine one first, which leads the tables; without pristine images
    every one is shown the degraded image.

    Raises
    ------
    MethodError
        If no method can take part.
    """
    columns, refused = [], []
    for ready in methods:
        try:
            named = [(reference, f"{ready.name}@{reference}") for reference in _references(ready, there)]
        except MethodError as error:
            refused.append(str(error))
            continue
        for reference, name in named:
            bare = reference == "none" or "pristine" not in there
            columns.append(Shown(ready.name if bare else name, ready, reference))
    if not columns:
        raise MethodError("; ".join(refused))
    return columns, refused


def _references(ready: LoadedMethod, there: Collection[str]) -> list[str]:
    if ready.blind(bool(there)):
        return ["none"]
    if "pristine" not in there:
        return ["degraded"]
    paradigms = ready.method.info.paradigms
    found = [
        reference
        for reference, paradigm in (("pristine", Paradigm.FR), ("degraded", Paradigm.DR))
        if reference in there and paradigm in paradigms
    ]
    if not found and Paradigm.DR in paradigms:
        raise MethodError(f"{ready.name} compares with the degraded image: name it as second argument")
    return found or ["pristine"]


class Pass:
    """All columns that are shown one reference, over all pairs."""

    def __init__(self, rows: pd.DataFrame, columns: Sequence[Shown], tiling: Tiling | None) -> None:
        self.partner = next((one.reference for one in columns if not one.blind), None)
        """Column of ``rows`` that is shown, or None."""
        self.fitness: Fitness = examine(rows, self.partner)
        self.jobs = {one.name: _job(one.method.tiled(tiling, blind=one.blind)) for one in columns}
        self.methods = list({one.method.name: one.method for one in columns}.values())
        self._likeness = _job(Tiled(SameContent(), Tiling(whole_pixels=None)))
        self._fit = rows[~rows["image_id"].isin(list(self.fitness.unfit))]

    def run(self, machine: Machine, overview: Overview, protocol: ScoringProtocol | None = None) -> None:
        """Score by ``protocol``; an interruption (Ctrl-C) passes through, and what was scored by then is kept."""
        bars = {name: overview.add(f"score {name}", len(self._fit)) for name in self.jobs if len(self._fit)}
        moved = {id(self.jobs[name]): bar for name, bar in bars.items()}
        reference = parse_reference(self.partner or "none")
        limits = self._fit["image_id"].map(lambda name: _at_once(self.fitness.sizes[name], machine.batch_size))
        batches: list[ImageBatch] = []
        for limit, part in self._fit.groupby(limits):
            batches += plan_batches(part, reference, int(str(limit)))
        ended = "interrupted"
        try:
            score_jobs(
                [*self.jobs.values(), *([self._likeness] if self.partner else [])],
                batches,
                reference,
                machine,
                lambda job, count: overview.advance(moved[id(job)], count) if id(job) in moved else None,
                protocol,
            )
            ended = "done"
        finally:
            for bar in bars.values():
                overview.end(bar, ended)

    def scores(self, images: pd.Series) -> dict[str, list[float]]:
        """One column for each job, NaN where there is no score."""
        return {name: _scores(job, images) for name, job in self.jobs.items()}

    def correlation(self, images: pd.Series) -> list[float]:
        """How alike each image and its partner are at low resolution."""
        return _scores(self._likeness, images)

    def unfit(self, image: str) -> dict[str, str]:
        """Why the pair is not scored, by column; empty if it is."""
        if image not in self.fitness.unfit:
            return {}
        kind, details = self.fitness.unfit[image]
        return dict.fromkeys(self.jobs, f"{kind}: {details}")

    def missed(self, image: str) -> dict[str, str]:
        """Why columns have no score of a pair that fits."""
        errors: dict[str, str] = {}
        if image in self.fitness.unfit:
            return errors
        for name, job in self.jobs.items():
            row = _found(job).get(image)
            if row is None:
                errors[name] = job.failure or "not scored: interrupted"
            elif row.score is None:
                errors[name] = row.error
        return errors


def plan_passes(rows: pd.DataFrame, columns: Sequence[Shown], tiling: Tiling | None) -> list[Pass]:
    """As few passes as there are references, the degraded image first.

    Where some images do not fit the first reference, methods that see none have a pass of their own: it costs them
    nothing.
    """
    partners = [what for what in PARTNERS if any(one.reference == what for one in columns)] or ["none"]
    groups = [
        [one for one in columns if one.reference == partner or (one.blind and number == 0)]
        for number, partner in enumerate(partners)
    ]
    passes = [Pass(rows, group, tiling) for group in groups]
    blind = [one for one in groups[0] if one.blind]
    if passes[0].fitness.unfit and 0 < len(blind) < len(groups[0]):
        passes[0] = Pass(rows, [one for one in groups[0] if not one.blind], tiling)
        passes.append(Pass(rows, blind, tiling))
    return passes


def in_words(errors: Mapping[str, str], columns: int) -> str:
    """Errors by column as one sentence: said once if they are the same in all ``columns``."""
    same = set(errors.values())
    if len(errors) == columns and len(same) == 1:
        return same.pop()
    return "; ".join(f"{name}: {error}" for name, error in errors.items())


def _job(method: Tiled) -> ScoringJob:
    return ScoringJob(method, MemoryFolder(), set())


def _found(job: ScoringJob) -> dict[str, ScoreRow]:
    assert isinstance(job.folder, MemoryFolder)
    return job.folder.found


def _scores(job: ScoringJob, images: pd.Series) -> list[float]:
    found = (_found(job).get(image) for image in images)
    return [float("nan") if row is None or row.score is None else row.score for row in found]


def _at_once(size: tuple[int, int] | None, most: int) -> int:
    return most if size is None else max(1, min(most, PIXELS_AT_ONCE // max(1, size[0] * size[1])))
