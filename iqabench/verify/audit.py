"""What an audit finds: differences, what holds, and what cannot be checked here and why."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iqabench.results.store import RunFolder, ScoreRow

SHOWN = 80
"""Most characters of a value that a difference shows."""


@dataclass(frozen=True)
class Deviation:
    """Something that is not what it should be."""

    where: str
    """File or folder, relative to the results, and within it the row or field."""
    what: str
    expected: str
    found: str


@dataclass(frozen=True)
class Unchecked:
    """Something that cannot be checked here."""

    where: str
    what: str
    why: str


@dataclass
class StoredRun:
    """One run as it lies on disk."""

    where: str
    """Its folder, relative to the results."""
    folder: RunFolder
    meta: dict[str, Any]
    rows: dict[str, ScoreRow]
    scored_again: int = 0
    """Rows of the sample whose score was computed again."""
    deviation: float = 0.0
    """The largest difference of those, relative to the spread of the run's scores."""
    tolerance: float = 0.0

    @property
    def ended(self) -> bool:
        """True unless it was interrupted; a score may be missing, where the method or an image failed."""
        return self.meta.get("status") == "complete" or self.folder.scores.is_file()

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that can change its scores."""
        return dict(self.meta["identity"])

    @property
    def set_key(self) -> tuple[str, str, str]:
        """Data set, split (by name) and fingerprint."""
        return self.identity["dataset"], self.meta["split"]["name"], self.identity["fingerprint"]


@dataclass
class Audit:
    """The outcome of an audit of the folder ``root``."""

    root: Path
    sample: int = 0
    seed: int = 0
    runs: list[StoredRun] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    """Tables whose every figure was computed again."""
    differences: list[Deviation] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def differs(self, where: str, what: str, expected: object, found: object) -> None:
        """Record a difference."""
        ours, theirs = (value if isinstance(value, str) else _written(value) for value in (expected, found))
        pairs = enumerate(zip(ours, theirs, strict=False))
        same = next((place for place, (one, other) in pairs if one != other), min(len(ours), len(theirs)))
        self.differences.append(Deviation(where, what, _short(ours, same), _short(theirs, same)))

    def compare(self, where: str, what: str, expected: object, found: object) -> bool:
        """Record a difference unless ``expected`` equals ``found``; True if they are equal."""
        if expected != found:
            self.differs(where, what, expected, found)
        return expected == found

    def cannot(self, where: str, what: str, why: str) -> None:
        """Record that something cannot be checked here."""
        self.unchecked.append(Unchecked(where, what, why))

    def within(self, error: Exception) -> str:
        """What an error says, files named from the results on: where these lie is of no concern to a reader."""
        return str(error).replace(f"{self.root}/", "")

    def is_sound(self, run: StoredRun) -> bool:
        """True if nothing of ``run`` was found to differ."""
        return not any(one.where == run.where or one.where.startswith(f"{run.where}/") for one in self.differences)


def _written(value: object) -> str:
    """A value as the files spell it."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError:
        return str(value)


def _short(text: str, same: int) -> str:
    """``text``, or of a long one what stands around the first place that differs, after ``same`` characters."""
    start = max(0, min(same, len(text)) - SHOWN // 2) if len(text) > SHOWN else 0
    before, after = "..." * (start > 0), "..." * (start + SHOWN < len(text))
    return f"{before}{text[start : start + SHOWN]}{after}"
