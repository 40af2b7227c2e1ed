"""Results on disk: per-image scores with provenance, resumable and never half-written.

``ROOT/<dataset>/<split>/<method>/<reference>/<run-id>/`` holds ``scores.csv`` and ``run.json``;
``ROOT/<dataset>/<split>/labels/<fingerprint>/`` the labels and votes that tables are computed with.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from iqabench._util import waiting
from iqabench._util.errors import DataError
from iqabench._util.files import append_lines, locked, read_whole_lines, storing, sweep, write_atomically
from iqabench._util.text import counted
from iqabench.data.protocols.load import protocol_words
from iqabench.results.checks import read_checks
from iqabench.results.files import check_run, read_card_json, read_json, read_labels, read_rating_table, read_vote_table
from iqabench.results.model import LABEL_COLUMNS, SCORE_COLUMNS, ResultSet, RunResult

SCHEMA = 2
"""Of ``run.json``. Runs of schema 1 do not say all that made their scores: they are old, and are computed again."""
RUN_AGAIN = "give the same 'iqabench run' command to compute it again"
LABELS_FOLDER = "labels"
CARD_FILE = "card.json"
TRAINED_FOLDER = "trained"


class OldRunError(DataError):
    """A run of an earlier schema, which does not say all that made its scores."""


def digest(facts: Mapping[str, Any]) -> str:
    """Short hash of plain data; the same facts give the same 16 hex digits on every machine."""
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return blake2b(canonical.encode(), digest_size=8).hexdigest()


def folder_name(name: str) -> str:
    """``name`` as a folder: letters, digits, dot, dash; everything else becomes an underscore."""
    safe = re.sub(r"[^A-Za-z0-9.\-]", "_", name)
    if safe in ("", ".", "..") or safe != name:
        safe = f"{safe.strip('.')}-{digest({'name': name})[:6]}"
    return safe


@dataclass(frozen=True, slots=True)
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
    """The folder of one run; rows are appended as they come and sorted into place at the end.

    Of several processes at one run, each (``process``, from 0) appends to a file of its own.
    """

    def __init__(self, path: Path, process: int = 0) -> None:
        self.path = path
        self.scores = path / "scores.csv"
        self.partial = path / (f"scores.partial-{process}.csv" if process else "scores.partial.csv")
        self.meta = path / "run.json"

    def is_complete(self) -> bool:
        """True if a finished run lies here, with every score that its ``run.json`` counts."""
        if not (self.scores.is_file() and self.meta.is_file()):
            return False
        try:
            meta = self.read_meta()
        except OldRunError:
            return False
        if meta["status"] != "complete":
            return False
        # A copy that broke off, or a disk that lost power, may have left fewer.
        found = self._columns().scored
        return bool(found == meta.get("n_scored", found))

    def read_meta(self) -> dict[str, Any]:
        """``run.json``; raises DataError naming the file if it is not one of ours, OldRunError if it is old."""
        meta = read_json(self.meta)
        schema = meta.get("schema", SCHEMA)
        if schema in range(1, SCHEMA):
            raise OldRunError(f"{self.meta}: written by an earlier version of iqabench; {RUN_AGAIN}")
        if schema != SCHEMA:
            raise DataError(
                f"{self.meta}: schema {schema!r}, this version reads {SCHEMA}; install the version it is of"
            )
        check_run(meta, self.meta)
        return meta

    def write_meta(self, meta: Mapping[str, Any]) -> None:
        """Write ``run.json``."""
        write_atomically(self.meta, json.dumps(meta, indent=1, sort_keys=True, allow_nan=False) + "\n")

    def append(self, rows: Iterable[ScoreRow]) -> None:
        """Append rows to the partial file, whole lines only, on disk before this returns. Hold the folder's lock."""
        append_lines(self.partial, "".join(row.as_csv() for row in rows))

    def rows(self) -> dict[str, ScoreRow]:
        """Rows so far, by image id; changes nothing on disk, so that it may look on while another process writes."""
        found = self._columns()
        return dict(zip(found.ids, map(ScoreRow, found.ids, found.scores, found.errors), strict=True))

    def _columns(self) -> _Columns:
        # The partial files are read first: finish() moves its rows to scores.csv before they go, so none is missed.
        recent = [_read_columns(partial) for partial in self._partials()]
        # What lies in a partial file beside scores.csv was computed after it, for images that had no score.
        return _together([_read_columns(self.scores), *recent])

    def discard(self) -> None:
        """Forget all rows, finished or not."""
        with storing(self.path):
            for partial in self._partials():
                partial.unlink(missing_ok=True)
            self.scores.unlink(missing_ok=True)

    def finish(self, meta: Mapping[str, Any], rows: Mapping[str, ScoreRow] | None = None) -> None:
        """Sort the rows into ``scores.csv`` in one step, then write the final ``run.json``. Hold the folder's lock.

        ``rows`` are those of :meth:`rows`, where the caller has read them.
        """
        rows = self.rows() if rows is None else rows
        lines = [",".join(SCORE_COLUMNS) + "\n", *(rows[key].as_csv() for key in sorted(rows))]
        text = "".join(lines)
        write_atomically(self.scores, text)
        for partial in self._partials():
            partial.unlink(missing_ok=True)
        sweep(self.path)
        # Last: a run that is complete has nothing left to tidy up.
        self.write_meta({**meta, "scores_sha256": sha256(text.encode()).hexdigest()})

    def _partials(self) -> list[Path]:
        """The partial files, that of the first process last: at the end it holds the rows of all."""
        others = sorted(self.path.glob("scores.partial-*.csv"))
        return [*others, self.path / "scores.partial.csv"]

    def result(self, meta: dict[str, Any] | None = None, images: pd.Series[str] | None = None) -> RunResult:
        """The run as data.

        Parameters
        ----------
        meta
            What :meth:`read_meta` gives, where the caller has read it.
        images
            Ids of the images of the split, sorted. The result holds these where they are its own: many runs of one
            split then hold the ids once.
        """
        # First the record, then the rows: a run that is finished meanwhile has more rows than told, never fewer.
        meta = self.read_meta() if meta is None else meta
        found = self._columns()
        order = sorted(range(len(found.ids)), key=found.ids.__getitem__)
        own = pd.Series([found.ids[place] for place in order], dtype=str)
        frame = pd.DataFrame(
            {
                "image_id": images if images is not None and own.equals(images) else own,
                "score": np.array([found.scores[place] for place in order], dtype=np.float64),
                "error": [found.errors[place] for place in order],
            }
        )
        return RunResult(meta=meta, scores=frame, path=self.path)


class _Columns(NamedTuple):
    """Rows of a run by column: a fraction of the memory that an object for each row takes."""

    ids: list[str]
    scores: list[float | None]
    errors: list[str]

    @property
    def scored(self) -> int:
        return len(self.scores) - self.scores.count(None)


def _together(parts: Sequence[_Columns]) -> _Columns:
    """Columns of several files; of several rows of one image the last counts."""
    ids, scores, errors = (list(chain.from_iterable(columns)) for columns in zip(*parts, strict=True))
    last = dict(zip(ids, range(len(ids)), strict=True))
    if len(last) == len(ids):
        return _Columns(ids, scores, errors)
    return _Columns(list(last), [scores[place] for place in last.values()], [errors[place] for place in last.values()])


def _read_columns(file: Path) -> _Columns:
    found = _Columns([], [], [])
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(read_whole_lines(file))), start=1):
            if len(cells) != len(SCORE_COLUMNS):
                raise DataError(
                    f"{file}, line {number}: {counted(len(cells), 'cell')} instead of {len(SCORE_COLUMNS)}; "
                    "use --rerun to compute it again"
                )
            image_id, score, why = cells
            try:
                found.scores.append(float(score) if score else None)
            except ValueError as error:
                if tuple(cells) == SCORE_COLUMNS:
                    continue
                raise DataError(
                    f"{file}, line {number}: score {score!r} is not a number; use --rerun to compute it again"
                ) from error
            found.ids.append(image_id)
            found.errors.append(why)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: cannot be read as scores ({error}); use --rerun to compute them again") from error
    return found


def split_folder(root: Path, dataset: str, split: str) -> Path:
    """Where all runs on one split of one dataset lie."""
    return root / folder_name(dataset) / folder_name(split)


def run_folder(root: Path, dataset: str, split: str, method: str, reference: str, run_id: str) -> RunFolder:
    """The folder of one run."""
    return RunFolder(split_folder(root, dataset, split) / folder_name(method) / folder_name(reference) / run_id)


@dataclass(frozen=True)
class Judgements:
    """What people, or metrics in their place, said of the images that a split scores."""

    labels: pd.DataFrame
    votes: pd.DataFrame | None = None
    ratings: pd.DataFrame | None = None


def write_labels(folder: Path, fingerprint: str, judgements: Judgements, card: Mapping[str, Any]) -> None:
    """Keep what tables are computed with beside the runs, so that a results folder stands alone."""
    target = folder / LABELS_FOLDER / fingerprint
    if (target / CARD_FILE).is_file() and "labels_sha256" in read_card_json(target / CARD_FILE):
        return
    with locked(target, "labels"):
        sweep(target)
        said = {
            "labels": judgements.labels[list(LABEL_COLUMNS)],
            "votes": judgements.votes,
            "ratings": judgements.ratings,
        }
        tables = {name: table for name, table in said.items() if table is not None}
        texts = {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
        for name, text in texts.items():
            write_atomically(target / f"{name}.csv", text)
        # Last: where there is a card, there are labels.
        digests = {f"{name}_sha256": sha256(text.encode()).hexdigest() for name, text in texts.items()}
        write_atomically(target / CARD_FILE, json.dumps({**card, **digests}, indent=1, sort_keys=True) + "\n")


def load_results(root: Path, dataset: str | None = None, split: str | None = None) -> list[ResultSet]:
    """Every result below ``root`` as :func:`find_results` does; raises DataError if there is none."""
    found = find_results(root, dataset, split)
    if not found:
        asked = " ".join(word for word in (dataset, split) if word)
        of_it = f"{' of ' + asked if asked else ''} in {root}"
        if old := len(old_runs(root, dataset, split)):
            raise DataError(f"no results{of_it} but {old} of an earlier version of iqabench; {RUN_AGAIN}")
        above = next((one for one in root.absolute().parents if any(_label_folders(one, None, None))), None)
        todo = "'iqabench run' makes some" if above is None else f"name the folder above it: {os.path.relpath(above)}"
        raise DataError(f"no results{of_it}; {todo}")
    return found


def find_results(root: Path, dataset: str | None = None, split: str | None = None) -> list[ResultSet]:
    """Every result below ``root``, one set for each dataset, split, fingerprint and protocol.

    Figures by different protocols do not compare, so that they share no table and no test. Old runs are left out.

    Raises
    ------
    DataError
        If a file is not what it should be.
    """
    with waiting.at(f"reading the results in {root}"):
        return [one for folder in _label_folders(root, dataset, split) for one in _load_sets(folder)]


def results_above(part: Path) -> Path | None:
    """The folder of results that ``part`` is a data set or a split of; None if it is neither."""
    place = part.resolve()
    for depth, pattern in ((1, "*/"), (2, "")):
        if any(place.glob(f"{pattern}{LABELS_FOLDER}/*/{CARD_FILE}")):
            return part.parents[depth - 1] if len(part.parents) >= depth else place.parents[depth - 1]
    return None


def old_runs(root: Path, dataset: str | None = None, split: str | None = None) -> list[Path]:
    """Folders of the runs that are left out because an earlier version of iqabench computed them."""
    tops = {folder.parent.parent for folder in _label_folders(root, dataset, split)}
    return [file.parent for top in sorted(tops) for file in sorted(top.glob("*/*/*/run.json")) if _is_old(file)]


def _label_folders(root: Path, dataset: str | None, split: str | None) -> Iterator[Path]:
    for card_file in sorted(root.glob(f"*/*/{LABELS_FOLDER}/*/{CARD_FILE}")):
        card = read_card_json(card_file)
        if dataset in (None, card["name"]) and split in (None, card["split"]):
            yield card_file.parent


def _is_old(file: Path) -> bool:
    try:
        RunFolder(file.parent).read_meta()
    except OldRunError:
        return True
    return False


def _load_sets(labels_folder: Path) -> list[ResultSet]:
    """One set for each protocol, that without a name first."""
    card = read_card_json(labels_folder / CARD_FILE)
    labels = read_labels(labels_folder / "labels.csv")
    votes_file = labels_folder / "votes.csv"
    votes = read_vote_table(votes_file) if votes_file.is_file() else None
    ratings_file = labels_folder / "ratings.csv"
    ratings = read_rating_table(ratings_file) if ratings_file.is_file() else None
    top, fingerprint = labels_folder.parent.parent, labels_folder.name
    checks = read_checks(top.parent.parent)
    by_protocol: dict[tuple[str, str], list[RunResult]] = {}
    for file in sorted(top.glob("*/*/*/run.json")):
        folder = RunFolder(file.parent)
        with suppress(OldRunError):
            meta = folder.read_meta()
            # Runs on another state of the files are in the set of that state.
            if meta.get("fingerprint") == fingerprint:
                run = folder.result(meta, labels["image_id"])
                by_protocol.setdefault(protocol_words(meta.get("identity") or {}), []).append(run)
    return [
        ResultSet(
            dataset=card["name"],
            split=card["split"],
            fingerprint=fingerprint,
            card=card,
            labels=labels,
            votes=votes,
            ratings=ratings,
            runs=runs,
            checks=checks,
            protocol=name,
            protocol_rules=rules,
        )
        for (name, rules), runs in sorted(by_protocol.items())
    ]
