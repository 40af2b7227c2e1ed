"""Whether labels and splits are those of the data, where the data can be opened here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from iqabench._util.errors import DataError, SplitError, UserError
from iqabench.data.base import Dataset
from iqabench.data.fingerprint import fingerprint
from iqabench.data.open import DatasetRegistry
from iqabench.data.roots import remembered_root
from iqabench.data.splits import VALIDATE, Split, available_splits, draw_split, load_split, split_of
from iqabench.results.files import read_card_json, read_labels
from iqabench.runs.plan import ALL_ROWS
from iqabench.runs.setup import split_for
from iqabench.verify.audit import Audit, StoredRun

LABELS = ("content", "algorithm", "category", "task", "mos")
CARD_FACTS = ("label_kind", "label_version", "mos_higher_is_better", "version")
DRAWN = "drawn-"
"""How the names of splits begin that ``reproduce`` draws for a table: the share of algorithms follows."""


@dataclass(frozen=True)
class Places:
    """Where data sets and splits lie that the package does not hold, by name."""

    roots: Mapping[str, Path]
    splits: Mapping[str, Path]
    allow_outside_root: bool = False


@dataclass
class OpenedData:
    """Data sets that could be opened, each read once, with their fingerprints."""

    places: Places
    audit: Audit
    datasets: DatasetRegistry = field(default_factory=DatasetRegistry)

    def __post_init__(self) -> None:
        self._opened: dict[str, tuple[Dataset, str] | None] = {}

    def rows(self, key: tuple[str, str, str], labels_folder: Path, runs: list[StoredRun]) -> pd.DataFrame | None:
        """Manifest rows that the runs of a set scored; None, and it is said why, if they cannot be had.

        Labels, card and split are compared with the data on the way.
        """
        name, split_name, state = key
        where = labels_folder.relative_to(self.audit.root).as_posix()
        opened = self._open(name, where)
        if opened is None:
            return None
        dataset, found = opened
        if not self.audit.compare(where, f"fingerprint of the data set {name}", state, found):
            return None
        split = self._split(dataset, split_name, where)
        if split_name != ALL_ROWS and split is None:
            return None
        for run in runs:
            recorded = run.identity.get("split")
            self.audit.compare(run.where, "digest of the split", split.digest if split else ALL_ROWS, recorded)
        try:
            rows = dataset.frame if split is None else _validated(split, dataset)
        except SplitError as error:
            self.audit.differs(where, "split", "one that fits the data", str(error))
            return None
        self._compare_labels(labels_folder, where, dataset, rows)
        return rows

    def _open(self, name: str, where: str) -> tuple[Dataset, str] | None:
        if name not in self._opened:
            self._opened[name] = self._read(name)
        if self._opened[name] is None:
            self.audit.cannot(where, "data and scores", f"the data set is not here: --root {name}=PATH names it")
        return self._opened[name]

    def _read(self, name: str) -> tuple[Dataset, str] | None:
        root = self.places.roots.get(name)
        if root is None and (remembered := remembered_root(name)) is not None and remembered.exists():
            root = remembered
        if root is None and not self.datasets.brings_files(name):
            return None
        if root is None:
            dataset = self.datasets.open(name)
            return dataset, fingerprint(dataset)
        # A data set is called as its card says, which may be another word than that of its layout.
        layouts = [entry.info.name for entry in self.datasets.entries() if entry.info.root is not None]
        reasons = list(self.datasets.problems.values())
        for layout in sorted(layouts, key=lambda one: one != name):
            try:
                outside = self.places.allow_outside_root and self.datasets.names_files(layout)
                dataset = self.datasets.open(layout, root, **({"allow_outside_root": True} if outside else {}))
            except UserError as error:
                reasons.append(f"{layout}: {error}")
                continue
            if dataset.card.name == name:
                return dataset, fingerprint(dataset)
            reasons.append(f"{layout}: it calls itself {dataset.card.name}")
        raise UserError(f"--root {name}={root}: no data set of that name can be read there\n" + "\n".join(reasons))

    def _split(self, dataset: Dataset, name: str, where: str) -> Split | None:
        if name == ALL_ROWS:
            return None
        try:
            split = find_split(dataset, name, self.places.splits)
        except SplitError:
            split = None
        if split is None:
            self.audit.cannot(where, "split and scores", f"the split is not here: --split .../{name} names its folder")
        return split

    def _compare_labels(self, folder: Path, where: str, dataset: Dataset, rows: pd.DataFrame) -> None:
        card, ours = read_card_json(folder / "card.json"), dataset.card.as_dict()
        for fact in CARD_FACTS:
            if fact in card:
                self.audit.compare(f"{where}/card.json", fact, ours[fact], card[fact])
        try:
            labels = read_labels(folder / "labels.csv").set_index("image_id")
        except DataError as error:
            self.audit.differs(f"{where}/labels.csv", "labels", "a table of iqabench", self.audit.within(error))
            return
        true = rows.set_index("image_id")
        self.audit.compare(f"{where}/labels.csv", "images", sorted(true.index), sorted(labels.index))
        both = sorted(set(true.index) & set(labels.index))
        for column in LABELS:
            for image, expected, found in zip(both, true.loc[both, column], labels.loc[both, column], strict=True):
                missing = column == "mos" and np.isnan(expected) and np.isnan(found)
                if expected != found and not missing:
                    self.audit.differs(f"{where}/labels.csv, {image}", column, expected, found)


def find_split(dataset: Dataset, name: str, folders: Mapping[str, Path]) -> Split | None:
    """The split that results call ``name``: from a folder, published, drawn by default or for a table; else None.

    Raises
    ------
    SplitError
        If the folder holds no split, or none can be drawn.
    """
    if name in folders:
        return load_split(dataset.card.name, folders[name])
    default = split_for(dataset, None)
    if default is not None and default.name == name:
        return default
    if name.startswith(DRAWN) and default is not None:
        try:
            share = float(name.removeprefix(DRAWN))
        except ValueError:
            return None
        drawn = draw_split(dataset.frame, 0, algorithm_share=share, name=name)
        return Split(name, default.contents, drawn.algorithms, drawn.seed, drawn.note)
    # Only a published name: in somebody else's results it could be any path.
    known = (*dataset.splits, *available_splits(dataset.card.name))
    return split_of(dataset, name) if name in known else None


def _validated(split: Split, dataset: Dataset) -> pd.DataFrame:
    parts = split.apply(dataset.frame)
    return parts[parts["part"] == VALIDATE].drop(columns="part")
