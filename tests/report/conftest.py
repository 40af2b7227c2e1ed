"""Simulated results for the report: every kind of run that a leaderboard may hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from iqabench.render.report import render_report, report_context
from iqabench.results.model import LABEL_COLUMNS, ResultSet, RunResult
from iqabench.stats.leaderboard import leaderboard

HOSTILE = "<script>alert(1)</script>"
PARADIGMS = {"none": "NR", "pristine": "FR"}


@dataclass(frozen=True)
class Simulated:
    """What to simulate: a method of a given skill (0: noise, 1: mostly right)."""

    name: str
    skill: float
    reference: str = "degraded"
    lower: bool = False
    selection: str = "none"
    missing: int = 0


def make_labels(contents: int, algorithms: int, categories: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for c in range(contents):
        for a in range(algorithms):
            category = f"{a % categories:02}"
            name = f"A{c:04}_{category}_{a:02}"
            rows.append((name, f"images/{name}.png", f"A{c:04}", f"{category}_{a:02}", category, "sr"))
    labels = pd.DataFrame(rows, columns=list(LABEL_COLUMNS[:-1]))
    labels["mos"] = np.round(rng.normal(1400, 120, len(labels)), 3)
    return labels


def make_run(labels: pd.DataFrame, quality: np.ndarray, one: Simulated, number: int) -> RunResult:
    rng = np.random.default_rng(1000 + number)
    score = one.skill * quality + rng.normal(0, 1, len(labels))
    score = 20 - score if one.lower else score
    errors = [""] * len(labels)
    for row in range(one.missing):
        score[row], errors[row] = np.nan, "the image is damaged"
    trained = one.selection != "none"
    meta: dict[str, Any] = {
        "schema": 2,
        "run_id": f"{number:016x}",
        "status": "complete" if not one.missing else "partial",
        "method": {
            "name": one.name,
            "version": "1",
            "paradigms": ["DR"],
            "lower_is_better": one.lower,
            "summary": "",
            "citation": f"@article{{m{number}, title={{On {one.name}}}, url={{https://example.org/paper}}}}",
            "trained_on": [],
            "trainable": trained,
        },
        "parameters": {},
        "reference": one.reference,
        "paradigm": PARADIGMS.get(one.reference, "DR"),
        "selection": one.selection,
        "training": {"recipe": "quick", "start": "random", "dataset": "pipal", "seed": 7} if trained else None,
        "split": {"name": "paper", "digest": "0" * 16, "seed": 3},
        "seed": 7,
        "notes": [],
        "params": 13_387_650 if trained else None,
        "ms_per_image": 1.5 * (number + 1),
        "fingerprint": "f" * 16,
        "finished": f"2026-01-01T00:00:{number:02}",
    }
    scores = pd.DataFrame({"image_id": labels["image_id"], "score": score, "error": errors})
    return RunResult(meta=meta, scores=scores)


VARIETY = (
    *(Simulated("ckdn", 0.5 + 0.12 * i, r, selection="last") for i, r in enumerate(("none", "lr-x8", "lr-x4"))),
    *(Simulated("ckdn", 1.0 + 0.1 * i, r, selection="last") for i, r in enumerate(("lr-x2", "degraded", "pristine"))),
    Simulated("ckdn", 1.5, selection="best"),
    *(Simulated("lpips", 0.5 + 0.2 * i, r, lower=True) for i, r in enumerate(("lr-x4", "degraded", "pristine"))),
    Simulated("psnr", 0.3),
    Simulated("backwards", -0.6),
    Simulated("niqe", 0.25, "none", lower=True),
    Simulated(HOSTILE, 0.8),
    Simulated("incomplete", 1.0, missing=4),
    *(Simulated(f"plugin-{i}", 0.2 * i) for i in range(5)),
)
"""20 runs: several references, both directions, trained and not, incomplete, and a name that is an attack."""


def make_results(
    methods: Sequence[Simulated] = VARIETY,
    *,
    contents: int = 12,
    algorithms: int = 12,
    categories: int = 3,
    kind: str = "human",
    mos_higher_is_better: bool = True,
) -> ResultSet:
    labels = make_labels(contents, algorithms, categories)
    sign = 1 if mos_higher_is_better else -1
    quality = sign * (labels["mos"].to_numpy() - 1400) / 120
    return ResultSet(
        dataset="pipal",
        split="paper",
        fingerprint="f" * 16,
        card={
            "name": "pipal",
            "version": "1",
            "label_kind": kind,
            "label_version": "1",
            "mos_higher_is_better": mos_higher_is_better,
            "licence": "unknown",
            "citation": "@inproceedings{pipal}",
            "description": "Simulated & <b>bold</b>",
        },
        labels=labels,
        votes=None,
        runs=[make_run(labels, quality, one, i) for i, one in enumerate(methods)],
    )


def make_vote_results(methods: Sequence[Simulated] = VARIETY[4:14], contents: int = 10) -> ResultSet:
    """Forced choices between all pairs of 4 results of each content; no MOS."""
    results = make_results(methods, contents=contents, algorithms=4, categories=1)
    rng = np.random.default_rng(5)
    quality = (results.labels["mos"].to_numpy() - 1400) / 120
    rows = []
    for group in results.labels.groupby("content").indices.values():
        for i, a in enumerate(group):
            for b in group[i + 1 :]:
                chosen = int(rng.binomial(15, 1 / (1 + np.exp(quality[b] - quality[a]))))
                names = results.labels["image_id"]
                rows.append((results.labels["content"][a], names[a], names[b], chosen, 15 - chosen))
    votes = pd.DataFrame(rows, columns=["content", "image_id_a", "image_id_b", "votes_a", "votes_b"])
    labels = results.labels.assign(mos=np.nan)
    card = {**results.card, "name": "votes"}
    return ResultSet("votes", "all", results.fingerprint, card, labels, votes, results.runs)


@pytest.fixture(scope="session")
def results() -> ResultSet:
    return make_results()


@pytest.fixture(scope="session")
def vote_results() -> ResultSet:
    return make_vote_results()


@pytest.fixture(scope="session")
def few(results: ResultSet) -> ResultSet:
    """Four of the runs, where their number does not matter."""
    return replace(results, runs=results.runs[4:8])


@pytest.fixture(scope="session")
def frame(results: ResultSet) -> pd.DataFrame:
    return leaderboard(results)


@pytest.fixture(scope="session")
def context(results: ResultSet, image_root: Path) -> dict[str, Any]:
    return report_context(results, image_root=image_root)


@pytest.fixture(scope="session")
def html(context: dict[str, Any]) -> str:
    return render_report(context)


@pytest.fixture(scope="session")
def simulate() -> Callable[..., ResultSet]:
    return make_results


@pytest.fixture(scope="session")
def simulated_method() -> type[Simulated]:
    return Simulated


@pytest.fixture(scope="session")
def image_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image file for every simulated row."""
    folder = tmp_path_factory.mktemp("dataset")
    (folder / "images").mkdir()
    rng = np.random.default_rng(0)
    for path in make_labels(12, 12, 3)["image"]:
        small = rng.integers(0, 256, (8, 12, 3), dtype=np.uint8)
        Image.fromarray(small).resize((96, 64), Image.Resampling.BICUBIC).save(folder / path)
    return folder
