"""All methods over all pairs: one pass for each reference, and whatever fails costs its own rows only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from iqabench._util.devices import Machine
from iqabench._util.progress import Overview
from iqabench._util.text import agreeing, counted
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.methods.tiling import Tiling
from iqabench.predict.limits import beyond_limits, declared_limits, nearness
from iqabench.predict.loaded import LoadedMethod
from iqabench.predict.pairs import NAMED, Pairs
from iqabench.predict.passes import Pass, Shown, in_words, plan_passes, references_of, what_is_shown
from iqabench.predict.same_content import ALIKE
from iqabench.predict.signed import score_signature
from iqabench.predict.ties import same_pixels
from iqabench.scoring.precision import notes_of, require_precision, said_of_float32
from iqabench.scoring.tiles import Tiled


@dataclass(frozen=True)
class MethodScores:
    """One method's scores beside one reference."""

    name: str
    """The method's; ``METHOD@degraded`` or ``METHOD@pristine`` where pristine images are there."""
    sign: int
    """+1 if a higher score means better quality, -1 if lower does."""
    blind: bool
    tiling: Tiling
    citation: str = ""
    signature: str = ""
    """What made the scores, in one line: see :mod:`iqabench.results.signature`."""
    reference: str = "degraded"
    """What is shown beside the restored image: ``none``, ``degraded`` or ``pristine``."""
    within_content: bool = False
    """True if scores of different contents do not compare."""

    @property
    def arrow(self) -> str:
        """An arrow that points to better."""
        return "↑" if self.sign > 0 else "↓"


@dataclass
class PairScores:
    """Scores of all pairs, with warnings and problems.

    ``frame`` has one row per restored image: ``image_id``, ``image``, ``degraded``, ``pristine``, ``content``,
    ``algorithm``, ``width``, ``height`` (0 where unknown), ``correlation`` with the degraded image (the pristine one if
    there is no other) at low resolution, ``notes`` (how the images were converted, and why their scores may mislead),
    ``pixels`` (the same for equal images of one content, which tie), and ``error`` (why scores are missing; empty if
    none is). ``scores`` has the same rows, one column per method and reference, NaN where missing.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame
    columns: list[MethodScores]
    problems: list[str] = field(default_factory=list)
    """What was not scored and why: the command ends with exit code 2 if there is any."""
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conversions: list[str] = field(default_factory=list)
    """Those of the notes that say how images were converted."""
    limits: list[str] = field(default_factory=list)
    """Those of the notes that say what the methods' scores must not be taken for."""
    interrupted: bool = False
    protocol: ScoringProtocol | None = None
    """By which images were brought before the methods; None for whole ones in RGB."""

    @property
    def by_content(self) -> bool:
        """True if images are listed content by content: the first method's scores compare within a content alone."""
        return self.columns[0].within_content and len(set(self.frame["content"])) > 1

    def tiled(self, column: MethodScores) -> int:
        """How many images ``column`` was scored on in tiles."""
        sizes = self.frame[["height", "width"]][self.scores[column.name].notna()].itertuples(index=False)
        seen = (size if self.protocol is None else self.protocol.scored_size(*size) for size in sizes)
        return sum(column.tiling.cuts(height, width) for height, width in seen)


def score_pairs(
    pairs: Pairs,
    methods: Sequence[LoadedMethod],
    machine: Machine,
    tiling: Tiling | None,
    overview: Overview,
    protocol: ScoringProtocol | None = None,
) -> PairScores:
    """Score every pair with every method. ``tiling`` None leaves the rule to each method.

    An interruption (Ctrl-C) ends the work; what was scored by then is kept.

    Raises
    ------
    MethodError
        If no method can score with the references that are there.
    """
    require_precision([ready.method.info for ready in methods], machine)
    rows = pairs.rows
    shown, refused = what_is_shown(methods, references_of(rows))
    passes = plan_passes(rows, shown, tiling)
    interrupted = False
    try:
        for one in passes:
            one.run(machine, overview, protocol)
    except KeyboardInterrupt:
        interrupted = True
    scores: dict[str, list[float]] = {}
    for one in passes:
        scores |= one.scores(rows["image_id"])
    table = pd.DataFrame(scores, rows.index)[[one.name for one in shown]]
    by_image, beyond = _beyond(passes, rows["image_id"])
    distances = nearness([one.name for one in shown if one.reference == "degraded" and one.method.is_distance])
    limits = declared_limits(list({one.method.name: one.method for one in shown}.values()))
    limits += [f"{one.name}: {note}" for one in shown for note in notes_of(one.method.method, machine.precision)]
    frame = _frame(rows, passes, table, by_image)
    jobs = {name: job for one in passes for name, job in one.jobs.items()}
    columns = [_column(one, jobs[one.name].method, machine, protocol) for one in shown]
    conversions = list(dict.fromkeys(note for one in passes for note in one.fitness.notes))
    return PairScores(
        frame,
        table,
        columns,
        [
            *pairs.problems,
            *refused,
            *(sentence for one in passes for sentence in one.fitness.sentences()),
            *_failures(passes, frame, interrupted=interrupted),
        ],
        _strangers(frame, passes[0].partner),
        [*_by_protocol(protocol), *_notes(pairs, shown, passes, machine, conversions), *distances, *limits, *beyond],
        conversions,
        limits,
        interrupted,
        protocol,
    )


def _by_protocol(protocol: ScoringProtocol | None) -> list[str]:
    return [] if protocol is None else [f"protocol {protocol.name}: {protocol.words}"]


def _notes(pairs: Pairs, shown: list[Shown], passes: list[Pass], machine: Machine, conversions: list[str]) -> list[str]:
    said = [note for one in shown for note in one.method.notes]
    said += said_of_float32([one.method.method for one in shown], machine.precision)
    manners = [f"{name}: {remark}" for one in passes for name, job in one.jobs.items() for remark in job.remarks]
    return list(dict.fromkeys([*pairs.notes, *said, *manners, *conversions]))


def _column(shown: Shown, tiled: Tiled, machine: Machine, protocol: ScoringProtocol | None) -> MethodScores:
    ready = shown.method
    signed = score_signature(
        ready.method,
        reference=shown.reference,
        tiling=tiled.tiling,
        precision=machine.precision,
        training=ready.training,
        protocol=protocol,
    )
    info = ready.method.info
    return MethodScores(
        shown.name,
        ready.sign,
        shown.blind,
        tiled.tiling,
        info.citation,
        signed,
        shown.reference,
        info.within_content,
    )


def _beyond(passes: list[Pass], images: pd.Series) -> tuple[dict[str, list[str]], list[str]]:
    """Notes by image on what methods do not know, and the sentences that sum them up."""
    by_image: dict[str, list[str]] = {}
    sentences: list[str] = []
    for one in passes:
        found, said = beyond_limits(one.methods, one.fitness.factors)
        for name, notes in found.items():
            by_image[name] = list(dict.fromkeys([*by_image.get(name, ()), *notes]))
        sentences += [sentence for sentence in said if sentence not in sentences]
    return by_image, sentences


def _frame(
    rows: pd.DataFrame, passes: list[Pass], scores: pd.DataFrame, by_image: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    frame = rows[["image_id", "image", "degraded", "pristine", "content", "algorithm"]].copy()
    first = passes[0].fitness
    sizes = [first.sizes[name] or (0, 0) for name in frame["image_id"]]
    frame["width"], frame["height"] = [width for _, width in sizes], [height for height, _ in sizes]
    frame["correlation"] = passes[0].correlation(frame["image_id"])
    frame["notes"] = [
        (*dict.fromkeys(n for one in passes for n in one.fitness.conversions.get(name, ())), *by_image.get(name, ()))
        for name in frame["image_id"]
    ]
    frame["pixels"] = same_pixels(frame, scores)
    frame["error"] = [_error_of(image, passes) for image in frame["image_id"]]
    return frame


def _error_of(image: str, passes: list[Pass]) -> str:
    errors: dict[str, str] = {}
    for one in passes:
        errors |= one.unfit(image) or one.missed(image)
    return in_words(errors, sum(len(one.jobs) for one in passes))


def _failures(passes: list[Pass], frame: pd.DataFrame, *, interrupted: bool) -> list[str]:
    """One message for each method that broke the contract and each further reason why images were not scored."""
    said = [job.failure for one in passes for job in one.jobs.values() if job.failure]
    if interrupted:
        done = int((frame["error"] == "").sum())
        said.append(f"interrupted: {done} of {counted(len(frame), 'image')} scored")
    reasons: dict[str, list[str]] = {}
    for image in frame["image_id"].astype(str):
        errors: dict[str, str] = {}
        for one in passes:
            errors |= one.missed(image)
        error = in_words(errors, sum(len(one.jobs) for one in passes))
        if error and not (interrupted and "interrupted" in error) and not any(one in error for one in said):
            reasons.setdefault(error, []).append(image)
    for reason, images in reasons.items():
        more = f" and {len(images) - 1} more" if len(images) > 1 else ""
        said.append(f"{images[0]}{more}: {reason}")
    return said


def _strangers(frame: pd.DataFrame, partner: str | None) -> list[str]:
    strange = frame[frame["correlation"] < ALIKE].sort_values("correlation")
    if partner is None or strange.empty:
        return []
    named = [
        f"{row['image_id']} and {row[partner]} ({row['correlation']:z.2f})" for _, row in strange.head(NAMED).iterrows()
    ]
    more = f" and {len(strange) - NAMED} more" if len(strange) > NAMED else ""
    return [
        f"{len(strange)} of {counted(len(frame), 'pair')} {agreeing(len(strange), 'do')} not seem to show the same "
        f"scene (correlation at low resolution below {ALIKE}): {'; '.join(named)}{more}. "
        "Check that they belong together; their scores mean nothing otherwise"
    ]
