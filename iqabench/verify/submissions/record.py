"""What ``submission.json`` and the record of a verification hold. It imports pydantic: import it where one is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from iqabench._util.records import Record
from iqabench.results.schema import Whole

FORMAT = 1
"""Of both files; another number is refused."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

ModelName = Annotated[
    str, Field(pattern=r"^trained/[A-Za-z0-9_-][A-Za-z0-9._-]*/[A-Za-z0-9_-]+/model(-best)?\.safetensors$")
]
"""A path within results that leads nowhere else."""


class SubmittedRun(Record):
    """One run of an archive."""

    folder: str
    run_id: str
    signature: str


class SubmissionRecord(Record):
    """``submission.json``: every other file of the archive with its digest, the runs, and their trained models."""

    format: Whole
    iqabench: str
    runs: list[SubmittedRun]
    files: dict[str, Sha256]
    models: dict[ModelName, Sha256] = Field(default_factory=dict)
    """Trained models of the runs, whether the archive holds them or not."""


class VerifiedRun(Record):
    """What scoring a sample again came to."""

    rows: Whole
    scored_again: Whole
    largest_deviation: float | None = None
    tolerance: float | None = None
    unchecked: list[str] = Field(default_factory=list)


class VerificationRecord(Record):
    """A record that an archive was verified, written by ``iqabench verify ARCHIVE --record FILE``."""

    format: Whole
    archive: str
    archive_sha256: Sha256
    date: str
    iqabench: str
    device: str
    sample: Whole
    seed: Whole
    runs: dict[str, VerifiedRun]
    """By run id."""
