"""Whether files are what they say: run ids, folder names, rows, counts and digests. Needs neither data nor methods."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError, UserError
from iqabench.data.paradigm import Paradigm
from iqabench.data.protocols.load import protocol_of
from iqabench.data.references import parse_reference
from iqabench.results.files import check_run, read_card_json, read_json
from iqabench.results.model import SCORE_COLUMNS
from iqabench.results.signature import signature
from iqabench.results.store import SCHEMA, RunFolder, ScoreRow, digest, folder_name
from iqabench.training.cache import JoinedSet
from iqabench.training.joint import BETWEEN, joint_fingerprint
from iqabench.verify.audit import Audit, StoredRun

IDENTITY_FACTS = {
    "method": ("method", "name"),
    "version": ("method", "version"),
    "settings": ("parameters",),
    "weights": ("weights",),
    "training": ("training", "id"),
    "selection": ("selection",),
    "reference": ("reference",),
    "dataset": ("dataset",),
    "fingerprint": ("fingerprint",),
    "split": ("split", "digest"),
    "precision": ("precision",),
}
"""Parts of the identity that ``run.json`` says a second time, and where."""


def read_run(file: Path, audit: Audit) -> StoredRun | None:
    """Read and check the run of ``file`` (a ``run.json``); None if there is nothing more to check."""
    folder = RunFolder(file.parent)
    where = file.parent.relative_to(audit.root).as_posix()
    try:
        meta = read_json(file)
        stated = meta.get("identity")
        if isinstance(stated, Mapping) and stated.get("schema") == SCHEMA:
            audit.compare(f"{where}/run.json", "schema", SCHEMA, meta.get("schema"))
        elif meta.get("schema") != SCHEMA:
            audit.cannot(where, "run", f"it is of schema {meta.get('schema')}, which records no identity; run it again")
            return None
        check_run(meta, file)
        identity = meta["identity"]
        if not (identity and (meta.get("split") or {}).get("name")):
            raise DataError("identity or split.name is missing")
        _check_identity(meta, identity, where, audit)
        rows = folder.rows()
    except (DataError, KeyError) as error:
        audit.differs(f"{where}/run.json", "record", "a run of iqabench", audit.within(error))
        return None
    run = StoredRun(where, folder, meta, rows)
    if run.ended:
        _check_scores(run, audit)
    else:
        audit.cannot(where, "rows", f"the run was interrupted ({meta.get('status')})")
    return run


def check_labels(folder: Path, runs: list[StoredRun], audit: Audit) -> bool:
    """Check card, labels and votes that lie in ``folder`` beside ``runs``; False if there is no card to go by."""
    where = folder.relative_to(audit.root).as_posix()
    try:
        card = read_card_json(folder / "card.json")
    except DataError as error:
        audit.differs(f"{where}/card.json", "card", "a card of iqabench", audit.within(error))
        return False
    dataset, split = folder.parent.parent.parent, folder.parent.parent
    audit.compare(f"{where}/card.json", "folder of the data set", folder_name(str(card["name"])), dataset.name)
    audit.compare(f"{where}/card.json", "folder of the split", folder_name(str(card["split"])), split.name)
    for name in ("labels", "votes", "ratings"):
        _check_digest(folder / f"{name}.csv", card.get(f"{name}_sha256"), f"{where}/{name}.csv", audit)
    images = _image_ids(folder / "labels.csv")
    if "scored" in card:
        audit.compare(f"{where}/labels.csv", "number of images", card["scored"], len(images))
    for run in runs:
        training = run.meta.get("training") or {}
        if training.get("dataset") == card["name"] and "label_kind" in card:
            record = f"{run.where}/run.json"
            audit.compare(record, "training.label_kind", card["label_kind"], training.get("label_kind"))
        if run.ended and not run.meta.get("failure"):
            missing, strange = sorted(set(images) - set(run.rows)), sorted(set(run.rows) - set(images))
            if missing:
                found = f"none ({len(missing)} missing)"
                audit.differs(f"{run.where}/scores.csv", "rows", f"a row of {missing[0]}", found)
            if strange:
                audit.differs(f"{run.where}/scores.csv", "rows", "images of the labels only", f"a row of {strange[0]}")
    return True


def _check_identity(meta: Mapping[str, Any], identity: dict[str, Any], where: str, audit: Audit) -> None:
    record = f"{where}/run.json"
    run_id = digest(identity)
    audit.compare(record, "run id (digest of the identity)", run_id, meta.get("run_id"))
    audit.compare(record, "signature", signature({**meta, "run_id": run_id}), meta.get("signature"))
    for name, path in IDENTITY_FACTS.items():
        if name in identity:
            audit.compare(record, ".".join(path), identity[name], _at(meta, path))
    # Raises DataError for rules that are not those of its name or of its digest.
    if (protocol := protocol_of(identity)) is not None:
        audit.compare(record, "identity.upsampling", protocol.resize, identity.get("upsampling"))
    _check_training(meta, identity, record, audit)
    seed = _at(meta, ("training", "seed"))
    if seed is not None:
        audit.compare(record, "seed", seed, meta.get("seed"))
    try:
        paradigm = str(parse_reference(str(identity["reference"])).paradigm)
        audit.compare(record, "paradigm", paradigm, meta.get("paradigm"))
    except UserError as error:
        audit.differs(record, "reference", "a known one", str(error))
    names = [identity["dataset"], meta["split"].get("name", ""), identity["method"], identity["reference"]]
    for name, part in zip([*(folder_name(str(one)) for one in names), run_id], where.split("/"), strict=True):
        audit.compare(where, "folder name", name, part)


def _check_training(meta: Mapping[str, Any], identity: Mapping[str, Any], record: str, audit: Audit) -> None:
    """Compare what the run says of its training with its identity and settings, which it must agree with."""
    training = meta.get("training")
    audit.compare(record, "training", "one" if identity.get("training") else "none", "one" if training else "none")
    if not training or not identity.get("training"):
        return
    for name in ("recipe", "start"):
        chosen = identity["settings"].get(name)
        # A method that plans its training by itself records neither.
        if chosen not in (None, "auto") and training.get(name) is not None:
            audit.compare(record, f"training.{name}", chosen, training.get(name))
    if training.get("joined"):
        _check_joined(training, identity, record, audit)
    if training.get("dataset") == identity["dataset"]:
        for name, told in (("fingerprint", identity["fingerprint"]), ("split", identity["split"])):
            if training.get("split_name") == _at(meta, ("split", "name")):
                audit.compare(record, f"training.{name}", told, training.get(name))


def _check_joined(training: Mapping[str, Any], identity: Mapping[str, Any], record: str, audit: Audit) -> None:
    """Compare a training on several sets with what is recorded of each; the set that was scored may be one of them."""
    sets = [JoinedSet(**{one.name: part[one.name] for one in fields(JoinedSet)}) for part in training["joined"]]
    if training.get("dataset") == BETWEEN.join(one.dataset for one in sets):
        audit.compare(record, "training.fingerprint", joint_fingerprint(sets), training.get("fingerprint"))
    audit.compare(record, "training.rows", sum(one.rows for one in sets), training.get("rows"))
    for number, one in enumerate(sets):
        if one.dataset == identity["dataset"]:
            name = f"training.joined.{number}.fingerprint"
            audit.compare(record, name, identity["fingerprint"], one.fingerprint)


def _at(meta: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = meta
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _check_scores(run: StoredRun, audit: Audit) -> None:
    where = f"{run.where}/scores.csv"
    _check_digest(run.folder.scores, run.meta.get("scores_sha256"), where, audit)
    for left in run.folder.path.glob("scores.partial*.csv"):
        audit.differs(f"{run.where}/{left.name}", "unfinished rows beside a finished run", "none", "a file")
    lines = run.folder.scores.read_text().splitlines(keepends=True) if run.folder.scores.is_file() else []
    if not audit.compare(where, "first line", ",".join(SCORE_COLUMNS), "".join(lines[:1]).rstrip("\n")):
        return
    names = []
    for number, line in enumerate(lines[1:], start=2):
        row = _parsed(line)
        if row is None or row.as_csv() != line:
            audit.differs(f"{where}, line {number}", "row", "a row as iqabench writes it", line.rstrip("\n"))
        names.append(row.image_id if row else "")
    for number, (before, name) in enumerate(pairwise(names), start=3):
        if before >= name:
            what = "rows sorted by image, each once"
            audit.differs(f"{where}, line {number}", what, f"an image after {before}", name)
    record, expected = f"{run.where}/run.json", run.meta.get("n_expected")
    if not run.meta.get("failure"):
        audit.compare(record, "n_expected", len(names), expected)
    _check_reference_check(run, record, audit)
    scored = sum(row.score is not None for row in run.rows.values())
    audit.compare(record, "n_scored", scored, run.meta.get("n_scored"))
    status = "failed" if run.meta.get("failure") else "complete" if scored == expected else "partial"
    audit.compare(record, "status", status, run.meta.get("status"))


def _check_reference_check(run: StoredRun, record: str, audit: Audit) -> None:
    """Images scored beside other references are some of those that the run scored; others than DR runs have none."""
    again = (run.meta.get("reference_check") or {}).get("scores", {})
    strange = next((name for name in sorted(again) if name not in run.rows or run.rows[name].score is None), None)
    if strange is not None:
        audit.differs(record, "reference_check.scores", "images that the run scored", strange)
    if again and run.meta.get("paradigm") != Paradigm.DR:
        audit.differs(record, "reference_check", f"none in a run of paradigm {run.meta.get('paradigm')}", "one")


def _parsed(line: str) -> ScoreRow | None:
    try:
        cells = next(csv.reader(io.StringIO(line, newline="")), [])
        return ScoreRow(cells[0], float(cells[1]) if cells[1] else None, cells[2]) if len(cells) == 3 else None
    except (ValueError, csv.Error):
        return None


def _check_digest(file: Path, recorded: Any, where: str, audit: Audit) -> None:
    if recorded is None:
        if file.is_file():
            audit.differs(where, "digest (SHA-256)", "one in the record", "none")
    elif not file.is_file():
        audit.cannot(where, "digest", "the file is not here")
    else:
        audit.compare(where, "digest (SHA-256)", recorded, hashlib.sha256(file.read_bytes()).hexdigest())


def _image_ids(labels: Path) -> list[str]:
    if not labels.is_file():
        return []
    with labels.open(newline="") as file:
        return [row.get("image_id", "") for row in csv.DictReader(file)]
