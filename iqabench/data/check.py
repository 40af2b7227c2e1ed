"""Everything that is wrong with a dataset, in one list, before hours are spent on it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data import pipal
from iqabench.data.as_fetched import changed_parts
from iqabench.data.base import Dataset
from iqabench.data.enclosure import Enclosure
from iqabench.data.fetched import RECORD_FILE
from iqabench.data.frames import PATH_COLUMNS, is_file
from iqabench.data.images import content_digest, inspect_image, passed_over
from iqabench.data.manifest import named_files
from iqabench.data.open import DatasetRegistry
from iqabench.data.references import Reference, require_fit
from iqabench.data.walk import files_below, is_image, is_passed_over
from iqabench.data.workers import Progress, for_each_file

ERROR, WARNING = "error", "warning"


class Finding(NamedTuple):
    """One thing that is wrong: an ``error`` stops a run or spoils its figures, a ``warning`` may be intended."""

    severity: str
    file: str
    row: str
    """``image_id`` of the (first) row concerned, or ``""``."""
    problem: str
    advice: str


class _File(NamedTuple):
    size: tuple[int, int] | None
    conversions: tuple[str, ...]
    digest: str
    problem: str


def check_layout(
    name: str,
    root: str | Path | None = None,
    progress: Progress | None = None,
    datasets: DatasetRegistry | None = None,
    **options: Any,
) -> list[Finding]:
    """Open a dataset without requiring its images and check it; what stops the reader is a finding too."""
    try:
        dataset = (datasets or DatasetRegistry()).open(name, root, require_images=False, **options)
    except DataError as error:
        stopped = Finding(ERROR, "" if root is None else str(root), "", str(error), "correct it, then check again")
        return [stopped, *(_of_unread(Path(root)) if name == "manifest" and root is not None else ())]
    return check_dataset(dataset, progress)


def _of_unread(root: Path) -> Iterator[Finding]:
    """Files that a manifest names and that are missing, where a fault of another row stops its reader."""
    try:
        named = named_files(root)
    except DataError:  # the fault that stopped the reader: no line of the file can be read
        return
    for path, image in named.items():
        if not is_file(path):
            yield Finding(ERROR, path, image, "the file is missing", "complete the dataset or remove the row")


def check_dataset(dataset: Dataset, progress: Progress | None = None) -> list[Finding]:
    """List what is missing, surplus, unreadable, converted, of the wrong size, doubled, or wrongly labelled.

    Every file is decoded fully. Errors come first; within a severity the order is that of the rows.
    """
    frame = dataset.frame
    first_row: dict[str, str] = {}
    for column in PATH_COLUMNS:
        for path, image_id in zip(frame[column], frame["image_id"], strict=True):
            if isinstance(path, str):
                first_row.setdefault(path, image_id)
    files = for_each_file(first_row, _look, progress)
    findings = [
        *_of_files(first_row, files),
        *_of_sizes(dataset, files),
        *_of_doubles(frame, files),
        *_of_surplus(dataset, files),
        *_of_labels(dataset),
        *_of_fetched(dataset, progress),
    ]
    return sorted(findings, key=lambda finding: finding.severity != ERROR)


def _look(path: str) -> _File:
    if not is_file(path):
        return _File(None, (), "", "missing")
    try:
        pixels, conversions = inspect_image(path)
        return _File((pixels.shape[0], pixels.shape[1]), conversions, content_digest(path), "")
    except DataError as error:
        return _File(None, (), "", str(error).removeprefix(f"{path}: "))


def _of_files(first_row: dict[str, str], files: dict[str, _File]) -> Iterator[Finding]:
    for path, image_id in first_row.items():
        file = files[path]
        if file.problem == "missing":
            yield Finding(ERROR, path, image_id, "the file is missing", "complete the dataset or remove the row")
        elif file.problem:
            problem, _, advice = file.problem.partition("; ")
            yield Finding(ERROR, path, image_id, problem, advice)
        for conversion in file.conversions:
            yield Finding(
                WARNING, path, image_id, f"not 8-bit RGB: {conversion}", "save it as 8-bit RGB if that is not meant"
            )


def _of_sizes(dataset: Dataset, files: dict[str, _File]) -> Iterator[Finding]:
    columns = (dataset.frame[name] for name in ("image_id", *PATH_COLUMNS))
    for image_id, image, degraded, pristine in zip(*columns, strict=True):
        size = files[image].size
        if size is None:
            continue
        if dataset.card.name == pipal.CARD.name and size != (pipal.SIDE, pipal.SIDE):
            problem = f"the image is {size[1]}x{size[0]}, not {pipal.SIDE}x{pipal.SIDE}"
            yield Finding(ERROR, image, image_id, problem, "use the file of the release")
        for kind, source in (("degraded", degraded), ("pristine", pristine)):
            found = files[source].size if isinstance(source, str) else None
            if found is None:
                continue
            try:
                require_fit(Reference(kind), found, size, source=source, restored=image)
            except DataError as error:
                problem, _, advice = str(error).partition(": ")
                yield Finding(ERROR, source, image_id, problem, advice)


def _of_doubles(frame: pd.DataFrame, files: dict[str, _File]) -> Iterator[Finding]:
    first: dict[str, tuple[str, str]] = {}
    for path, image_id in zip(frame["image"], frame["image_id"], strict=True):
        digest = files[path].digest
        if digest in first and digest:
            other, other_id = first[digest]
            yield Finding(
                WARNING,
                path,
                image_id,
                f"the same bytes as {other} (row {other_id})",
                "keep one, unless both are meant",
            )
        first.setdefault(digest, (path, image_id))


def _of_surplus(dataset: Dataset, named: dict[str, _File]) -> Iterator[Finding]:
    is_pipal = dataset.card.name == pipal.CARD.name
    place = Enclosure(
        dataset.root
    )  # which remembers folders: asking the disk for each file takes as long as reading it
    known = {place.real(os.path.abspath(path)) for path in (*named, *dataset.left_out)}  # noqa: PTH100
    folders = tuple(f"{path}{os.sep}" for path in map(os.path.realpath, dataset.left_out) if Path(path).is_dir())
    passed = []
    for name in files_below(dataset.root):
        real = place.real(os.path.abspath(name))  # noqa: PTH100
        if real in known or real.startswith(folders):
            continue
        path = Path(name)
        if not is_image(path):
            passed += [str(path.relative_to(dataset.root))] if is_passed_over(path) else []
            continue
        if not (is_pipal and pipal.is_left_out(path, dataset)):
            yield Finding(
                WARNING, str(path), "", "an image that no row names", "remove it, or add the row that it belongs to"
            )
    if passed:
        problem, _, advice = passed_over(passed, str(dataset.root)).rpartition("; ")
        yield Finding(WARNING, str(dataset.root / passed[0]), "", problem, advice)


def _of_labels(dataset: Dataset) -> Iterator[Finding]:
    frame, bounds = dataset.frame, dataset.card.mos_range
    labelled = frame[frame["mos"].notna()]
    if bounds is not None:
        outside = labelled[~labelled["mos"].between(*bounds)]
        for image, image_id, mos in outside[["image", "image_id", "mos"]].itertuples(index=False, name=None):
            problem = f"label {mos:g} is outside the range {bounds[0]:g} to {bounds[1]:g}"
            yield Finding(ERROR, image, image_id, problem, "correct the label, or mos_range on the card")
    for content, scores in labelled.groupby("content")["mos"]:
        if len(scores) > 1 and scores.min() == scores.max():
            problem = f"all {counted(len(scores), 'label')} of content {content} are {scores.iloc[0]:g}"
            yield Finding(WARNING, "", "", problem, "no correlation exists within this content; correct or remove it")
    if dataset.card.name == pipal.CARD.name:
        yield from _of_variants(frame)


def _of_fetched(dataset: Dataset, progress: Progress | None) -> Iterator[Finding]:
    """Files may have been edited since they were fetched, while the recorded digest stays."""
    for _, said in changed_parts(dataset.root, progress):
        advice = "the digest on the card is that of the fetch: fetch the set anew to compare figures with other people"
        yield Finding(WARNING, str(dataset.root / RECORD_FILE), "", said, advice)


def _of_variants(frame: pd.DataFrame) -> Iterator[Finding]:
    """PIPAL has every variant of every content; a label file may have lost lines."""
    contents = frame["content"].nunique()
    counts = Counter(frame["algorithm"])
    common = {algorithm for algorithm, count in counts.items() if 2 * count > contents}
    for content, algorithms in frame.groupby("content")["algorithm"]:
        for algorithm in sorted(common - set(algorithms)):
            problem = f"no label of {content}_{algorithm}, which most contents have"
            yield Finding(WARNING, "", f"{content}_{algorithm}", problem, "complete the label file")
