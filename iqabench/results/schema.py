"""What ``run.json``, ``training.json`` and ``card.json`` may hold. A field that is null was not known to who wrote it.

Import this module where such a file is read: it imports pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from iqabench._util.records import Record
from iqabench.data.base import LabelKind

LARGEST_WHOLE = 2**53
Whole = Annotated[int, Field(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
Table = dict[str, Any]


class MethodRecord(Record):
    """What ``run.json`` says of the method. Every field is known to who wrote it."""

    name: str
    lower_is_better: bool
    version: str = ""
    summary: str = ""
    citation: str = ""
    paradigms: list[str] = Field(default_factory=list)
    trained_on: list[str] = Field(default_factory=list)
    trainable: bool = False


class CodeRecord(Record):
    """Code from outside that made the scores."""

    source: str
    sha256: str


class ProtocolRecord(Record):
    """The protocol that a run was scored by: its rules are checked by :mod:`iqabench.data.protocols.load`."""

    name: str
    digest: str


class IdentityRecord(Record):
    """All that made the scores; its digest is the run's id."""

    method: str
    version: str
    selection: str
    reference: str
    pixels: str
    dataset: str
    fingerprint: str
    split: str
    precision: str
    tiles: str
    settings: Table
    weights: Table
    tf32: bool
    code: CodeRecord | None = None
    training: str | None = None
    upsampling: str | None = None
    protocol: ProtocolRecord | None = None
    calibration: str | None = None


class SplitRecord(Record):
    """The split of a run."""

    name: str | None = None
    digest: str | None = None
    seed: Whole | None = None


class GitRecord(Record):
    """The checkout of iqabench that made the scores."""

    commit: str | None = None
    dirty: bool | None = None


class ReferenceCheckRecord(Record):
    """Scores of some of the run's images beside references of other contents."""

    scores: dict[str, float]


class JoinedRecord(Record):
    """One of several data sets that a method has learnt from together."""

    dataset: str
    fingerprint: str
    split: str
    split_name: str
    label_kind: LabelKind
    label_scope: Literal["content", "set"]
    rows: Whole


class TrainingSummary(Record):
    """What ``run.json`` says of the training."""

    id: str | None = None
    method: str | None = None
    recipe: str | None = None
    dataset: str | None = None
    fingerprint: str | None = None
    split: str | None = None
    split_name: str | None = None
    label_kind: str | None = None
    start: str | None = None
    epochs: Whole | None = None
    seed: Whole | None = None
    rows: Whole | None = None
    contents: Whole | None = None
    algorithms: Whole | None = None
    best_epoch: Whole | None = None
    seconds: float | None = None
    notes: list[str] | None = None
    joined: list[JoinedRecord] | None = None


class TrainingRecord(TrainingSummary):
    """``training.json``."""

    notes: list[str]


class RunRecord(Record):
    """``run.json``."""

    method: MethodRecord
    reference: str
    status: str
    run_id: str | None = None
    identity: IdentityRecord | None = None
    signature: str | None = None
    parameters: Table | None = None
    paradigm: str | None = None
    dataset: str | None = None
    label_version: str | None = None
    fingerprint: str | None = None
    split: SplitRecord | None = None
    seed: Whole | None = None
    precision: str | None = None
    selection: str | None = None
    training: TrainingSummary | None = None
    weights: Table | None = None
    n_expected: Whole | None = None
    n_scored: Whole | None = None
    params: Whole | None = None
    gflops: float | None = None
    ms_per_image: float | None = None
    scores_sha256: str | None = None
    notes: list[str] | None = None
    reference_check: ReferenceCheckRecord | None = None
    device: str | None = None
    batch_size: Whole | None = None
    git: GitRecord | None = None
    versions: Table | None = None
    failure: str | None = None
    started: str | None = None
    finished: str | None = None


class CardRecord(Record):
    """``card.json``, which lies beside the labels."""

    name: str
    split: str
    version: str | None = None
    label_kind: LabelKind = "none"
    label_version: str | None = None
    label_scope: str | None = None
    mos_higher_is_better: bool | None = None
    mos_range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    licence: str | None = None
    citation: str | None = None
    description: str | None = None
    split_digest: str | None = None
    labels_sha256: str | None = None
    votes_sha256: str | None = None
    ratings_sha256: str | None = None
    scored: Whole | None = None
