"""Aligns runs with their labels: training, scores row by row, votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data.categories import code_of, in_words
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.arrays import Floats, Indices


def training_facts(run: RunResult) -> dict[str, str]:
    """``recipe``, ``start`` and ``dataset`` of the training behind a run; empty strings without one."""
    training = run.meta.get("training") or {}
    recipe = training.get("recipe")
    name = recipe.get("name") if isinstance(recipe, dict) else recipe
    facts = {"recipe": name, "start": training.get("start"), "dataset": training.get("dataset")}
    return {fact: str(value or "") for fact, value in facts.items()}


def training_data_of(run: RunResult) -> str:
    """What a run's method was trained on, for people: data set, kind of labels, split; empty if it was not trained."""
    training = run.meta.get("training") or {}
    if not training.get("dataset"):
        return ""
    if training.get("joined"):
        sets = [_data_in_words({**one, "images": f", {counted(one['rows'], 'image')}"}) for one in training["joined"]]
        return f"{', '.join(sets[:-1])} and {sets[-1]} together, labels ranked within each set or content"
    return _data_in_words(training)


def _data_in_words(training: Mapping[str, Any]) -> str:
    kind = training.get("label_kind") or "unknown"
    split = f", split {training['split_name']}" if training.get("split_name") else ""
    kind = "PSEUDO" if kind == "pseudo" else kind
    return f"{training['dataset']} ({kind} labels{split}{training.get('images', '')})"


def training_sets(run: RunResult) -> list[str]:
    """Names of the data sets that a run's method was trained on here."""
    training = run.meta.get("training") or {}
    joined = [str(one["dataset"]) for one in training.get("joined") or ()]
    return joined or [str(training["dataset"])] if training.get("dataset") else []


def restrict(results: ResultSet, category: str) -> ResultSet:
    """Only the images of one category, by its name, code or words, and the votes between them.

    Raises
    ------
    DataError
        If no image has this category.
    """
    category = code_of(results.dataset, category)
    labels = results.labels[results.labels["category"].astype(str) == category].reset_index(drop=True)
    if labels.empty:
        codes = sorted(set(results.labels["category"].astype(str)) - {""})
        known = ", ".join(in_words(results.dataset, code) for code in codes) or "none"
        raise DataError(f"{results.dataset} {results.split}: no image of category {category!r}; there are: {known}")
    return replace(results, labels=labels, card={**results.card, "category": category})


def signed_mos(results: ResultSet) -> Floats:
    """MOS ``(images,)``, turned so that higher is better; NaN where there is none."""
    sign = 1 if results.card.get("mos_higher_is_better", True) else -1
    return sign * results.labels["mos"].to_numpy(dtype=np.float64)


def signed_scores(results: ResultSet, run: RunResult) -> Floats:
    """The run's scores ``(images,)`` in the order of the labels, turned so that higher is better.

    NaN where there is no score or it is not finite.

    Raises
    ------
    DataError
        If the run scores an image twice.
    """
    scores = run.sign * run.scores["score"].to_numpy(dtype=np.float64)
    own, wanted = (frame["image_id"].astype(str).to_numpy(dtype=object) for frame in (run.scores, results.labels))
    if not np.array_equal(own, wanted):
        images = pd.Index(own)
        if images.has_duplicates:
            twice = images[images.duplicated()][0]
            raise DataError(
                f"run {run.meta.get('run_id')} of {run.method}: image {twice!r} has two scores; run it again"
            )
        place = images.get_indexer(pd.Index(wanted))
        scores = np.append(scores, np.nan)[place]  # place -1, of an image without a score, is the last one
    return np.where(np.isfinite(scores), scores, np.nan)


@dataclass(frozen=True)
class VotePairs:
    """The votes between images of the split."""

    a: Indices
    b: Indices
    """Rows of the labels, ``(pairs,)``."""
    votes_a: Floats
    votes_b: Floats
    content: NDArray[np.object_]


def vote_pairs(results: ResultSet) -> VotePairs | None:
    """Votes whose two images both belong to the split; None without any."""
    if results.votes is None:
        return None
    rows = pd.Index(results.labels["image_id"].astype(str))
    a = rows.get_indexer(pd.Index(results.votes["image_id_a"].astype(str)))
    b = rows.get_indexer(pd.Index(results.votes["image_id_b"].astype(str)))
    inside = (a >= 0) & (b >= 0)
    votes = results.votes[inside]
    if votes.empty:
        return None
    return VotePairs(
        a=a[inside],
        b=b[inside],
        votes_a=votes["votes_a"].to_numpy(dtype=np.float64),
        votes_b=votes["votes_b"].to_numpy(dtype=np.float64),
        content=results.labels["content"].astype(str).to_numpy(dtype=object)[a[inside]],
    )
