"""Damaged results (run.json, scores, labels, votes, training.json) give a table or one clear UserError."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from fuzz_guard import Guard, fuzz, memory_folder
from fuzz_mutations import damaged_json, damaged_table
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from iqabench._util.errors import UserError
from iqabench.render.leaderboards import render
from iqabench.render.report import render_report, report_context
from iqabench.results.store import Judgements, RunFolder, ScoreRow, load_results, run_folder, split_folder, write_labels
from iqabench.stats.leaderboard import leaderboard
from iqabench.training.cache import load_trained

pytestmark = [pytest.mark.timeout(3600), pytest.mark.filterwarnings("ignore")]

guards = {kind: Guard(kind, 200) for kind in ("run-json", "scores-csv", "labels-csv", "card-json", "training-json")}
RNG = np.random.default_rng(2)
IDS = [f"{content}_{algorithm}" for content in ("c1", "c2") for algorithm in ("a1", "a2", "a3", "a4")]
RUN: dict[str, Any] = {
    "schema": 2,
    "run_id": "0" * 16,
    "status": "complete",
    "method": {
        "name": "mine",
        "version": "1",
        "paradigms": ["DR"],
        "lower_is_better": False,
        "summary": "s",
        "citation": "@a{b}",
        "trained_on": ["pipal"],
        "trainable": True,
    },
    "parameters": {"recipe": "quick", "strength": 1.5},
    "reference": "degraded",
    "paradigm": "DR",
    "dataset": "toy",
    "label_version": "1",
    "fingerprint": "f" * 32,
    "split": {"name": "all", "digest": "d" * 32, "seed": 3},
    "seed": 0,
    "precision": "fp32",
    "selection": "last",
    "training": {"id": "t", "recipe": "quick", "epochs": 2, "dataset": "mini", "seed": 0, "start": "random"},
    "weights": {"alexnet-features": "0" * 64},
    "n_expected": 8,
    "n_scored": 8,
    "params": 1000,
    "gflops": 0.5,
    "ms_per_image": 2.5,
    "notes": ["a note"],
    "device": "cpu",
    "batch_size": 8,
    "git": {"commit": "c" * 40, "dirty": False},
    "versions": {"python": "3.11"},
    "failure": "",
    "started": "2026-01-01T00:00:00+00:00",
    "finished": "2026-01-01T00:01:00+00:00",
}
CARD = {"name": "toy", "version": "1", "label_kind": "human", "mos_higher_is_better": True, "citation": "@x{y}"}
CARD |= {"split": "all", "split_digest": "d" * 32, "scored": 8, "mos_range": None, "licence": "CC0", "description": ""}


@pytest.fixture(scope="module")
def results() -> Iterator[Path]:
    """Two runs on eight images, with votes."""
    root = memory_folder()
    frame = pd.DataFrame({"image_id": IDS, "image": [f"{name}.png" for name in IDS]})
    frame["content"], frame["algorithm"] = [name[:2] for name in IDS], [name[3:] for name in IDS]
    frame["category"], frame["task"] = ["00", "00", "03", "03"] * 2, "SR"
    frame["mos"] = RNG.normal(1400, 100, 8)
    votes = pd.DataFrame({"content": ["c1", "c2"], "image_id_a": [IDS[0], IDS[4]], "image_id_b": [IDS[1], IDS[5]]})
    votes["votes_a"], votes["votes_b"] = [3.0, 1.0], [2.0, 5.0]
    write_labels(split_folder(root, "toy", "all"), "f" * 32, Judgements(frame, votes), CARD)
    for name in ("mine", "other"):
        folder = run_folder(root, "toy", "all", name, "degraded", "0" * 16)
        folder.append(ScoreRow(key, float(score)) for key, score in zip(IDS, RNG.random(8), strict=True))
        folder.finish({**RUN, "run_id": name, "method": {**RUN["method"], "name": name}})
    (root / "model").mkdir()
    save_file({"mix": torch.zeros(3)}, root / "model" / "model.safetensors")
    (root / "model" / "training.json").write_text(json.dumps(TRAINING))
    yield root
    shutil.rmtree(root)


STYLES = ("text", "markdown", "latex", "csv", "json")


def judged(results: Path, styles: Sequence[str] = STYLES, whole_report: bool = False) -> dict[str, str]:
    """What the commands table and report make of a results folder, by format."""
    sets = load_results(results)
    frames = [leaderboard(one) for one in sets]
    texts = {style: render(frames, style) for style in styles}
    if whole_report:
        texts["html"] = "".join(render_report(report_context(one)) for one in sets)
    return texts


def check(kind: str, results: Path, file: Path, data: bytes, whole_report: bool = False) -> None:
    intact = file.read_bytes()
    file.write_bytes(data)
    style = STYLES[len(data) % len(STYLES)]
    try:
        texts = guards[kind](lambda: judged(results, [style], whole_report))
    finally:
        file.write_bytes(intact)
        (file.parent / "scores.partial.csv").unlink(missing_ok=True)
    if isinstance(texts, UserError):
        assert str(results) in str(texts) or "toy" in str(texts) or "mine" in str(texts), str(texts)
        return
    for shown, text in texts.items():
        assert "\x1b" not in text
        assert "\u202e" not in text or shown == "json"
        assert "<script>" not in text or shown in ("json", "csv", "text", "html")


@fuzz(fast=60)
@given(data=damaged_json([RUN]), report=st.integers(0, 5))
def test_run_json(results: Path, data: bytes, report: int) -> None:
    check("run-json", results, next(results.glob("toy/all/mine/*/*/run.json")), data, report == 0)


def places(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where ``value`` holds something, tables within tables included."""
    inside = (
        [place for key, one in value.items() for place in places(one, (*at, key))] if isinstance(value, dict) else []
    )
    return [at, *inside] if at else inside


@pytest.mark.parametrize("odd", [True, None, "x", {"a": [1]}], ids=str)
def test_every_field_of_run_json_with_another_type(results: Path, odd: Any) -> None:
    for place in places(RUN):
        changed = json.loads(json.dumps(RUN))
        holder = reduce(getitem, place[:-1], changed)
        holder[place[-1]] = odd
        file = next(results.glob("toy/all/mine/*/*/run.json"))
        check("run-json", results, file, json.dumps(changed).encode(), whole_report=True)


@fuzz(fast=60)
@given(data=damaged_table(["image_id,score,error\n" + "".join(f"{key},0.{n}5,\n" for n, key in enumerate(IDS))]))
def test_scores_csv(results: Path, data: bytes) -> None:
    file = next(results.glob("toy/all/mine/*/*/scores.csv"))
    check("scores-csv", results, file, data)


@fuzz(fast=40)
@given(votes=st.booleans(), data=st.data())
def test_labels_and_votes(results: Path, votes: bool, data: st.DataObject) -> None:
    file = next(results.glob(f"toy/all/labels/*/{'votes' if votes else 'labels'}.csv"))
    check("labels-csv", results, file, data.draw(damaged_table([file.read_text()])))


@fuzz(fast=40)
@given(data=damaged_json([CARD]), report=st.integers(0, 5))
def test_card_json(results: Path, data: bytes, report: int) -> None:
    check("card-json", results, next(results.glob("toy/all/labels/*/card.json")), data, report == 0)


TRAINING = {"id": "t", "method": "mine", "recipe": "quick", "epochs": 2, "notes": ["n"], "history": [{"loss": 1.0}]}
TRAINING |= {"dataset": "mini", "seed": 0, "best_epoch": 1, "start": "random", "seconds": 1.0, "rows": 5}


class Model:
    """What load_trained fills."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.state: dict[str, torch.Tensor] = {}

    def load_trained_state(self, state: dict[str, torch.Tensor]) -> None:
        self.state = state


@fuzz(fast=100)
@given(data=damaged_json([TRAINING]))
def test_training_json(results: Path, data: bytes) -> None:
    (results / "model" / "training.json").write_bytes(data)
    model = Model()
    meta = guards["training-json"](lambda: load_trained(model, results / "model"), names=results / "model")  # type: ignore[arg-type]
    if not isinstance(meta, UserError):
        assert all(isinstance(note, str) for note in model.notes)
        assert model.state["mix"].shape == (3,)


def test_a_whole_folder_is_left_as_it_was(results: Path) -> None:
    assert len(judged(results, whole_report=True)) == 6
    assert RunFolder(next(results.glob("toy/all/mine/*/*"))).is_complete()
