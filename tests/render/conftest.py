"""Result sets built in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from iqabench.results.model import ResultSet, RunResult


def make_labels(contents: int = 6, categories: tuple[str, ...] = ("00", "03"), variants: int = 4) -> pd.DataFrame:
    """Labels with a human-like spread of MOS, one row per content, category and variant."""
    generator = np.random.default_rng(0)
    rows = [
        {
            "image_id": f"A{content:04}_{category}_{variant:02}",
            "image": "",
            "content": f"A{content:04}",
            "algorithm": f"{category}_{variant:02}",
            "category": category,
            "task": "SR",
        }
        for content in range(contents)
        for category in categories
        for variant in range(variants)
    ]
    labels = pd.DataFrame(rows)
    labels["mos"] = generator.normal(1400, 150, len(labels))
    return labels


def make_run(method: str, labels: pd.DataFrame, scores: Any, **changes: Any) -> RunResult:
    """A finished run; ``changes`` replace entries of its meta, ``lower_is_better`` that of its method."""
    scores = np.asarray(scores, dtype=float)
    meta: dict[str, Any] = {
        "schema": 2,
        "status": "complete" if np.isfinite(scores).all() else "partial",
        "run_id": f"{method}-1",
        "method": {
            "name": method,
            "version": "1",
            "paradigms": ["DR"],
            "lower_is_better": changes.pop("lower_is_better", False),
            "trained_on": [],
        },
        "parameters": {},
        "reference": "degraded",
        "paradigm": "DR",
        "selection": "none",
        "training": None,
        "params": None,
        "gflops": None,
        "ms_per_image": 1.5,
        "notes": [],
        "started": "2025-01-01T00:00:00+00:00",
        "finished": "2025-01-01T00:01:00+00:00",
    }
    frame = pd.DataFrame({"image_id": labels["image_id"], "score": scores, "error": ""})
    return RunResult(meta=meta | changes, scores=frame.sort_values("image_id", ignore_index=True))


def make_set(labels: pd.DataFrame, runs: list[RunResult], votes: pd.DataFrame | None = None, **card: Any) -> ResultSet:
    """A result set on dataset ``toy``, split ``test``."""
    facts = {"name": "toy", "label_kind": "human", "mos_higher_is_better": True} | card
    return ResultSet("toy", facts.pop("split", "test"), "f" * 8, facts, labels, votes, runs)


@pytest.fixture
def labels() -> pd.DataFrame:
    """48 images of 6 contents in 2 categories."""
    return make_labels()


@pytest.fixture
def run() -> Callable[..., RunResult]:
    """Build one run."""
    return make_run


@pytest.fixture
def results() -> Callable[..., ResultSet]:
    """Build one result set."""
    return make_set


@pytest.fixture
def noisy(labels: pd.DataFrame) -> Callable[[float, int], np.ndarray]:
    """MOS with Gaussian noise of a standard deviation, by seed."""
    return lambda sigma, seed=100: labels["mos"].to_numpy() + np.random.default_rng(seed).normal(0, sigma, len(labels))


@pytest.fixture
def three(labels, run, results, noisy) -> ResultSet:
    """A good method, one as good that is lower-is-better, and a poor one."""
    return results(
        labels,
        [
            run("good", labels, noisy(40, 1), params=6_919_041, gflops=8.6),
            run("twin", labels, -noisy(40, 2), lower_is_better=True),
            run("poor", labels, noisy(1500, 3), paradigm="NR", reference="none"),
        ],
    )
