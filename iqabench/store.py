"""Results on disk: per-image scores with provenance, resumable and never half-written.

``ROOT/<dataset>/<split>/<method>/<reference>/<run-id>/`` holds ``scores.csv`` and ``run.json``;
``ROOT/<dataset>/<split>/labels/<fingerprint>/`` the labels and votes that tables are computed with.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd

from iqabench.errors import DataError
from iqabench.results import LABEL_COLUMNS, SCORE_COLUMNS, ResultSet, RunResult

SCHEMA = 1
LABELS_FOLDER = "labels"
TRAINED_FOLDER = "trained"


def digest(facts: Mapping[str, Any]) -> str:
    """Short hash of plain data; the same facts give the same 16 hex digits on every machine."""
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return blake2b(canonical.encode(), digest_size=8).hexdigest()


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that readers see the old one or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private; results are shared as the user's umask says.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def folder_name(name: str) -> str:
    """``name`` as a folder: letters, digits, dot, dash; everything else becomes an underscore."""
    safe = re.sub(r"[^A-Za-z0-9.\-]", "_", name)
    if safe in ("", ".", "..") or safe != name:
        safe = f"{safe.strip('.')}-{digest({'name': name})[:6]}"
    return safe


@dataclass(frozen=True)
class ScoreRow:
    """One image's score, or why there is none."""

    image_id: str
    score: float | None
    error: str = ""

    def as_csv(self) -> str:
        """One whole line of ``scores.csv``; the score is written with full precision."""
        line = io.StringIO()
        words = " ".join(self.error.split())
        message = "".join(letter if letter.isprintable() else "?" for letter in words)
        csv.writer(line, lineterminator="\n").writerow(
            [self.image_id, "" if self.score is None else repr(self.score), message]
        )
        return line.getvalue()


class RunFolder:
    """The folder of one run; rows are appended as they come and sorted into place at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scores = path / "scores.csv"
        self.partial = path / "scores.partial.csv"
        self.meta = path / "run.json"

    def is_complete(self) -> bool:
        """True if a finished run lies here."""
        return self.scores.is_file() and self.meta.is_file() and self.read_meta().get("status") == "complete"

    def read_meta(self) -> dict[str, Any]:
        """``run.json``; raises DataError naming the file if it is not one of ours."""
        try:
            meta = json.loads(self.meta.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{self.meta}: cannot be read as JSON ({error}); delete the folder to run again") from error
        if not isinstance(meta, dict) or not {"method", "reference", "status"} <= meta.keys():
            raise DataError(f"{self.meta}: not a run of iqabench; delete the folder to run again")
        if meta.get("schema") != SCHEMA:
            raise DataError(f"{self.meta}: schema {meta.get('schema')}, this version reads {SCHEMA}; run again")
        return meta

    def write_meta(self, meta: Mapping[str, Any]) -> None:
        """Write ``run.json``."""
        write_atomically(self.meta, json.dumps(meta, indent=1, sort_keys=True, allow_nan=False) + "\n")

    def append(self, rows: Iterable[ScoreRow]) -> None:
        """Append rows to the partial file, whole lines only, on disk before this returns."""
        self.path.mkdir(parents=True, exist_ok=True)
        with self.partial.open("a", encoding="utf-8", newline="") as file:
            file.write("".join(row.as_csv() for row in rows))
            file.flush()
            os.fsync(file.fileno())

    def rows(self) -> dict[str, ScoreRow]:
        """Rows so far, by image id. A last line that was cut off is dropped from the file, too."""
        source = self.scores if self.scores.is_file() else self.partial
        if not source.is_file():
            return {}
        text = source.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            write_atomically(source, whole)
        found: dict[str, ScoreRow] = {}
        for number, cells in enumerate(csv.reader(io.StringIO(whole)), start=1):
            if tuple(cells) == SCORE_COLUMNS:
                continue
            found[cells[0]] = _row(cells, f"{source}, line {number}")
        return found

    def discard(self) -> None:
        """Forget all rows, finished or not."""
        self.scores.unlink(missing_ok=True)
        self.partial.unlink(missing_ok=True)

    def finish(self, meta: Mapping[str, Any]) -> None:
        """Sort the rows into ``scores.csv`` in one step and write the final ``run.json``."""
        rows = self.rows()
        lines = [",".join(SCORE_COLUMNS) + "\n", *(rows[key].as_csv() for key in sorted(rows))]
        write_atomically(self.scores, "".join(lines))
        self.write_meta(meta)
        self.partial.unlink(missing_ok=True)

    def result(self) -> RunResult:
        """The run as data."""
        rows = self.rows()
        ordered = [rows[key] for key in sorted(rows)]
        frame = pd.DataFrame(
            {
                "image_id": [row.image_id for row in ordered],
                "score": [math.nan if row.score is None else row.score for row in ordered],
                "error": [row.error for row in ordered],
            }
        )
        return RunResult(meta=self.read_meta(), scores=frame, path=self.path)


def _row(cells: list[str], where: str) -> ScoreRow:
    if len(cells) != len(SCORE_COLUMNS):
        raise DataError(f"{where}: {len(cells)} cells instead of {len(SCORE_COLUMNS)}; use --rerun to compute it again")
    try:
        score = float(cells[1]) if cells[1] else None
    except ValueError as error:
        raise DataError(f"{where}: score {cells[1]!r} is not a number; use --rerun to compute it again") from error
    return ScoreRow(cells[0], score, cells[2])


def split_folder(root: Path, dataset: str, split: str) -> Path:
    """Where all runs on one split of one dataset lie."""
    return root / folder_name(dataset) / folder_name(split)


def run_folder(root: Path, dataset: str, split: str, method: str, reference: str, run_id: str) -> RunFolder:
    """The folder of one run."""
    return RunFolder(split_folder(root, dataset, split) / folder_name(method) / folder_name(reference) / run_id)


def write_labels(
    folder: Path, fingerprint: str, labels: pd.DataFrame, votes: pd.DataFrame | None, card: Mapping[str, Any]
) -> None:
    """Keep what tables are computed with beside the runs, so that a results folder stands alone."""
    target = folder / LABELS_FOLDER / fingerprint
    if (target / "card.json").is_file():
        return
    write_atomically(target / "labels.csv", labels[list(LABEL_COLUMNS)].to_csv(index=False, lineterminator="\n"))
    if votes is not None:
        write_atomically(target / "votes.csv", votes.to_csv(index=False, lineterminator="\n"))
    write_atomically(target / "card.json", json.dumps(card, indent=1, sort_keys=True) + "\n")


def load_results(root: Path, dataset: str | None = None, split: str | None = None) -> list[ResultSet]:
    """Every result below ``root``, one set for each dataset, split and fingerprint.

    Raises
    ------
    DataError
        If there is no result at all, or a file is not what it should be.
    """
    found: list[ResultSet] = []
    for card_file in sorted(root.glob(f"*/*/{LABELS_FOLDER}/*/card.json")):
        loaded = _load_set(card_file.parent)
        wanted = (dataset in (None, loaded.dataset)) and (split in (None, loaded.split))
        if wanted and loaded.runs:
            found.append(loaded)
    if not found:
        asked = " ".join(word for word in (dataset, split) if word)
        raise DataError(f"no results{' of ' + asked if asked else ''} in {root}; 'iqabench run' makes some")
    return found


def _load_set(labels_folder: Path) -> ResultSet:
    card = json.loads((labels_folder / "card.json").read_text(encoding="utf-8"))
    text = {name: str for name in LABEL_COLUMNS if name != "mos"}
    labels = pd.read_csv(labels_folder / "labels.csv", dtype=text, keep_default_na=False, na_values={"mos": [""]})
    votes_file = labels_folder / "votes.csv"
    names = {"content": str, "image_id_a": str, "image_id_b": str}
    votes = pd.read_csv(votes_file, dtype=names, keep_default_na=False) if votes_file.is_file() else None
    top, fingerprint = labels_folder.parent.parent, labels_folder.name
    runs = [RunFolder(file.parent).result() for file in sorted(top.glob("*/*/*/run.json"))]
    return ResultSet(
        dataset=card["name"],
        split=card["split"],
        fingerprint=fingerprint,
        card=card,
        labels=labels,
        votes=votes,
        runs=[run for run in runs if run.meta["fingerprint"] == fingerprint],
    )
