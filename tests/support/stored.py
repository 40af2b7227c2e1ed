"""Made results on disk, as runs leave them: for tests that ask the commands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iqabench.data.images import PIXELS, UPSAMPLING
from iqabench.results.model import LABEL_COLUMNS, ResultSet
from iqabench.results.store import (
    SCHEMA,
    Judgements,
    RunFolder,
    ScoreRow,
    digest,
    run_folder,
    split_folder,
    write_labels,
)

FINGERPRINT = "f" * 16


def make_labels(contents: int, images: int, mos: np.ndarray | None, categories: int = 1) -> pd.DataFrame:
    """``contents`` x ``images`` rows; without ``mos`` there are none."""
    rows = [
        (f"A{c:02}_{i}", "", f"A{c:02}", f"alg{i}", f"{i % categories:02}", "sr")
        for c in range(contents)
        for i in range(images)
    ]
    labels = pd.DataFrame(rows, columns=list(LABEL_COLUMNS[:-1]))
    return labels.assign(mos=np.nan if mos is None else mos)


def make_votes(labels: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Up to 15 votes on every pair of images of one content; on some pairs none."""
    rows = [
        (content, a, b, int(generator.integers(0, 15)), int(generator.integers(0, 15)))
        for content, group in labels.groupby("content")
        for a, b in combinations(group["image_id"], 2)
    ]
    return pd.DataFrame(rows, columns=["content", "image_id_a", "image_id_b", "votes_a", "votes_b"])


def store_labels(
    root: Path, labels: pd.DataFrame, votes: pd.DataFrame | None = None, split: str = "test", **card: Any
) -> Path:
    """Write what the runs on one split are judged by; return the split's folder."""
    top = root / "made" / split
    facts = {"name": "made", "split": split, "label_kind": "human", "mos_higher_is_better": True, **card}
    write_labels(top, FINGERPRINT, Judgements(labels, votes), facts)
    return top


def store_run(
    top: Path,
    method: str,
    labels: pd.DataFrame,
    scores: Sequence[float] | np.ndarray,
    *,
    lower: bool = False,
    seed: int | None = None,
    selection: str = "last",
    settings: dict[str, Any] | None = None,
    finished: str = "2026-01-01T00:00:00+00:00",
) -> str:
    """Write one run, trained if it has a ``seed``; return its id. NaN scores are images without one."""
    training = None
    if seed is not None:
        training = {"id": f"t{seed}", "seed": seed, "recipe": "quick", "dataset": "made", "split_name": top.name}
        training |= {"label_kind": "human", "start": "random", "epochs": 2, "seconds": 1.0 + seed}
    identity = {
        **{"schema": SCHEMA, "method": method, "version": "1", "code": None, "settings": settings or {}, "weights": {}},
        **{"training": training and training["id"], "selection": selection if training else "none"},
        **{"reference": "degraded", "dataset": "made", "fingerprint": FINGERPRINT, "split": top.name},
        **{"precision": "fp32", "tf32": False, "tiles": "whole", "pixels": PIXELS, "upsampling": UPSAMPLING},
    }
    run_id = digest(identity)
    scored = int(np.isfinite(scores).sum())
    folder = RunFolder(top / method / "degraded" / run_id)
    folder.append(
        ScoreRow(str(name), float(score)) if np.isfinite(score) else ScoreRow(str(name), None, "no score")
        for name, score in zip(labels["image_id"], scores, strict=True)
    )
    folder.finish(
        {
            **{"schema": SCHEMA, "run_id": run_id, "identity": identity, "fingerprint": FINGERPRINT, "dataset": "made"},
            "status": "complete" if scored == len(labels) else "partial",
            "method": {"name": method, "version": "1", "lower_is_better": lower, "paradigms": ["DR"]},
            **{"parameters": settings or {}, "reference": "degraded", "paradigm": "DR"},
            **{"selection": identity["selection"], "training": training, "precision": "fp32", "notes": []},
            **{"n_expected": len(labels), "n_scored": scored, "finished": finished},
        }
    )
    return run_id


def write_set(root: Path, one: ResultSet) -> None:
    """Write a result set as runs leave it."""
    top = split_folder(root, one.dataset, one.split)
    write_labels(
        top,
        one.fingerprint,
        Judgements(one.labels, one.votes, one.ratings),
        one.card | {"name": one.dataset, "split": one.split},
    )
    for run in one.runs:
        folder = run_folder(
            root, one.dataset, one.split, run.method, run.meta["reference"], one.fingerprint + run.meta["run_id"]
        )
        folder.append(ScoreRow(name, score) for name, score, _ in run.scores.itertuples(index=False, name=None))
        facts = {"fingerprint": one.fingerprint, "dataset": one.dataset, "split": {"name": one.split}}
        folder.finish(run.meta | facts)
