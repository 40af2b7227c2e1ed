"""Trained models of a submission: which they were, by digest, and the files themselves where an archive holds them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench._util.hashing import file_digest
from iqabench.results.files import read_json
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.store import TRAINED_FOLDER, folder_name
from iqabench.training.cache import BEST_FILE, META_FILE, MODEL_FILE
from iqabench.verify.audit import Audit, Deviation
from iqabench.verify.submissions.archive import OpenedSubmission

WHAT = "trained model (SHA-256)"


def model_name(identity: Mapping[str, Any]) -> str | None:
    """Name, within results, of the model that a run scored with; None if it was not trained."""
    if not identity.get("training"):
        return None
    file = BEST_FILE if identity["selection"] == "best" else MODEL_FILE
    return "/".join([TRAINED_FOLDER, folder_name(identity["method"]), folder_name(identity["training"]), file])


def model_files(results: Path, chosen: Iterable[tuple[ResultSet, RunResult]]) -> tuple[dict[str, Path], list[str]]:
    """The models of the chosen runs that lie in ``results``, by name, and the names of those that do not."""
    names = {model_name(run.meta["identity"]) for _, run in chosen} - {None}
    found = {str(name): results / str(name) for name in names if (results / str(name)).is_file()}
    return found, sorted(str(name) for name in names if name not in found)


def packed_models(models: Mapping[str, Path]) -> dict[str, bytes]:
    """The files of ``models`` for an archive: each with the record of its training beside it."""
    files = {name: file.read_bytes() for name, file in models.items()}
    for name, file in models.items():
        record = read_json(file.with_name(META_FILE))
        files[f"{name.rpartition('/')[0]}/{META_FILE}"] = (json.dumps(record, indent=1, sort_keys=True) + "\n").encode()
    return files


def check_models(opened: OpenedSubmission) -> None:
    """Note models in an archive that it says nothing of, or says something else of."""
    held = {name: digest for name, digest in opened.record.files.items() if name.endswith((MODEL_FILE, BEST_FILE))}
    for name, digest in sorted(held.items()):
        said = opened.record.models.get(name, "nothing")
        if said != digest:
            opened.differences.append(Deviation(name, WHAT, said, digest))


def bring_models(opened: OpenedSubmission, results: Path) -> None:
    """Lay the models of ``results`` that the archive names beside its runs; note those of another digest.

    Raises
    ------
    DataError
        If ``results`` has none of them.
    """
    missing = {name: digest for name, digest in opened.record.models.items() if name not in opened.record.files}
    there = [name for name in sorted(missing) if (results / name).is_file()]
    if missing and not there:
        raise DataError(
            f"--models {results}: none of the {len(missing)} trained models of {opened.path} is there; it names "
            f"{min(missing)}: give the folder in which {TRAINED_FOLDER}/ lies"
        )
    for name in there:
        source, target = results / name, opened.folder / name
        digest = file_digest(source)
        if digest != missing[name]:
            opened.differences.append(Deviation(name, WHAT, missing[name], digest))
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        if source.with_name(META_FILE).is_file():
            shutil.copyfile(source.with_name(META_FILE), target.with_name(META_FILE))


def say_what_is_missing(opened: OpenedSubmission, audit: Audit) -> None:
    """Say of each run whose model is not here which one it was, and how to bring it."""
    for run in audit.runs:
        name = model_name(run.identity)
        if name is None or (opened.folder / name).is_file():
            continue
        if digest := opened.record.models.get(name):
            why = f"it was {name}, SHA-256 {digest}; --models RESULTS scores with that of a folder of results"
        else:
            why = "the archive does not say which one it was"
        audit.cannot(run.where, "trained model", why)
