"""Sources of figures: a data set that is opened, or a results folder that stands alone."""

from __future__ import annotations

from functools import cache

import pandas as pd

from iqabench._util.errors import UserError
from iqabench._util.text import counted
from iqabench.data.base import Card, Dataset
from iqabench.data.pipal import DEFAULT_SPLIT
from iqabench.data.splits import VALIDATE, Split
from iqabench.reproduce.source import ALL_ROWS, Source
from iqabench.results.model import ResultSet


def source_of_data(
    dataset: Dataset, fingerprint: str, split: Split | None, training_dataset: Dataset | None, recipe: str
) -> Source:
    """A source whose data are here: cells can be computed, not only read.

    ``split`` is the one that rows without a split of their own use; None scores every row.
    """
    splits: dict[str, Split | None] = {split.name if split else ALL_ROWS: split}

    @cache
    def labels_of(name: str) -> pd.DataFrame:
        chosen = splits[name]
        if chosen is None:
            return dataset.frame
        parts = chosen.apply(dataset.frame)
        return parts[parts["part"] == VALIDATE].drop(columns="part")

    return Source(
        name=dataset.card.name,
        card=dataset.card,
        fingerprint=fingerprint,
        recipe=recipe,
        labels_of=labels_of,
        default_split=split.name if split else ALL_ROWS,
        dataset=dataset,
        training_dataset=training_dataset,
        has_votes=dataset.votes is not None,
        trained_on_name=training_dataset.card.name if training_dataset else None,
        splits=splits,
    )


def source_of_results(
    sets: list[ResultSet], dataset: str, recipe: str | None, split: str | None, fingerprint: str | None = None
) -> Source:
    """A source that knows only a results folder.

    Raises
    ------
    UserError
        If the results rest on several states of the data (fingerprints) or the split or recipe is not
        clear; the message says which runs clash and how to choose.
    """
    mine = [one for one in sets if one.dataset == dataset]
    if not mine:
        found = ", ".join(sorted({one.dataset for one in sets})) or "none"
        raise UserError(f"no results of data set {dataset!r}; there are results of: {found}")
    states = sorted({one.fingerprint for one in mine})
    if fingerprint is not None:
        states = [state for state in states if state.startswith(fingerprint)]
    if len(states) != 1:
        lines = [f"{one.split}: fingerprint {one.fingerprint[:12]}, {counted(len(one.runs), 'run')}" for one in mine]
        lines += [f"  {run.path}" for one in mine for run in one.runs[:1] if run.path]
        raise UserError(
            f"the results of {dataset} were computed on {len(states)} states of the data, which must not share a "
            "table; choose one with --fingerprint, or name the data with --root:\n" + "\n".join(lines)
        )
    kept = [one for one in mine if one.fingerprint == states[0]]
    by_split = {one.split: one for one in kept}
    card = {key: kept[0].card[key] for key in ("name", "label_kind", "label_version", "mos_higher_is_better")}
    trainings = [run.meta["training"] for one in kept for run in one.runs if run.meta.get("training")]
    own = any(training.get("dataset") == dataset for training in trainings)
    return Source(
        name=dataset,
        card=Card(**card),
        fingerprint=states[0],
        recipe=recipe or _one(_recipes(kept) or ["paper"], "--recipe"),
        labels_of=lambda name: by_split[name].labels,
        default_split=_default_split(by_split, split, dataset),
        has_votes=any(one.votes is not None for one in kept),
        trained_on_name=dataset if own else None,
        results_splits=tuple(by_split),
    )


def _default_split(by_split: dict[str, ResultSet], split: str | None, dataset: str) -> str:
    if split is not None:
        if split not in by_split:
            raise UserError(f"no result on split {split!r} of {dataset}; there are: {', '.join(sorted(by_split))}")
        return split
    if len(by_split) > 1 and DEFAULT_SPLIT in by_split:
        return DEFAULT_SPLIT
    return _one(list(by_split), "--split")


def _recipes(sets: list[ResultSet]) -> list[str]:
    """Names of the recipes behind the trained runs: as the training recorded it, else the method's own parameter."""
    trained = [run.meta for one in sets for run in one.runs if run.meta.get("training")]
    names = [meta["training"].get("recipe") or (meta.get("parameters") or {}).get("recipe") for meta in trained]
    return [str(name) for name in names if name]


def _one(names: list[str], option: str) -> str:
    distinct = sorted(set(names))
    if len(distinct) > 1:
        raise UserError(f"the results hold {', '.join(distinct)}; choose one with {option}")
    return distinct[0]
