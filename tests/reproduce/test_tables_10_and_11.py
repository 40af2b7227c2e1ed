"""The plans of Tables 10 and 11 on small data in their layouts; CKDN is trained for one epoch on other data."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from layouts import OFFSETS, SETS, SHARES, write_bapps, write_sets
from reproducing import Done, Reproduce

REFERENCES = ("lr-x2", "lr-x4", "lr-x8", "noise-25", "noise-50")
SHORT = ("--recipe", "quick", *(f"--set=ckdn.{one}" for one in ("start=random", "pretraining_epochs=0", "epochs=1")))


@pytest.fixture
def trained_on(manifest: Path) -> str:
    """The small manifest as ``--train-on`` takes it."""
    (manifest.parent / "card.toml").write_text("mos_range = [900, 1900]\n")
    return f"manifest:{manifest}"


def _rows(done: Done) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["row"], row["column"]): row for row in json.loads(done.out)}


def _scores(results: Path, dataset: str, method: str, reference: str) -> pd.Series:
    (file,) = results.glob(f"{dataset}/all/{method}/{reference}/*/scores.csv")
    return pd.read_csv(file).set_index("image_id")["score"]


def _lpips(row: dict[str, Any], done: Done) -> None:
    """LPIPS's cell is there if its weights are, else it says why not and the command fails."""
    if os.environ.get("IQABENCH_WEIGHTS"):
        assert row["status"] == "ok"
        assert done.code == 0
    else:
        assert (row["status"], done.code) in {("ok", 0), ("failed", 2)}


def test_table_10(reproduce: Reproduce, trained_on: str, tmp_path: Path) -> None:
    root, results = write_bapps(tmp_path / "bapps", side=64), tmp_path / "runs"
    words = ["--dataset", "bapps", "--root", root, "--train-on", trained_on, *SHORT, "--results", results]
    done = reproduce("table10", *words, "--format", "json")
    rows = _rows(done)
    _lpips(rows["FR-IQA (LPIPS)", "2AFC"], done)
    for label, reference in zip(("×2 LR", "×4 LR", "×8 LR", "L25 noise", "L50 noise"), REFERENCES, strict=True):
        scores = _scores(results, "bapps", "ckdn", reference)
        first, second = (scores[scores.index.str.contains(name)].to_numpy() for name in ("p0", "p1"))
        agreed = np.where(first > second, 1 - np.array(SHARES), np.where(first < second, SHARES, 0.5))
        row = rows[label, "2AFC"]
        assert row["ours"] == pytest.approx(100 * agreed.mean(), abs=1e-4)
        assert (row["pairs"], row["trained_on"], row["status"]) == (4, "dataset", "ok")
        assert row["low"] <= row["ours"] <= row["high"]
        assert float(row["paper"]) > 50
    text = " ".join(reproduce("table10", *words, "--only-table").out.split())
    assert "share of all votes that agree, on 4 pairs" in text
    assert "Labels: human judgements." in text


def test_table_11(reproduce: Reproduce, trained_on: str, tmp_path: Path) -> None:
    root, results = write_sets(tmp_path / "restored", side=64), tmp_path / "runs"
    words = ["--dataset", "sets", "--root", root, "--train-on", trained_on, *SHORT, "--results", results]
    done = reproduce("table11", *words, "--format", "json")
    rows = _rows(done)
    scores = _scores(results, "sets", "ckdn", "degraded")
    for algorithm in OFFSETS:
        for name in SETS:
            _lpips(rows[algorithm, f"{name} LPIPS"], done)
            mine = scores[scores.index.str.startswith(f"{name}/{algorithm}/")]
            assert len(mine) == 2
            assert rows[algorithm, f"{name} 1-CKDN"]["ours"] == pytest.approx(1 - mine.mean(), abs=1e-9)
            index = rows[algorithm, f"{name} PI"]
            if find_spec("pyiqa") is None:
                assert index["status"] == "left out"
                assert "pyiqa is not installed" in index["reason"]
            else:
                assert index["status"] == "ok"
    if rows["Good", "SetA LPIPS"]["status"] == "ok":
        assert {rows[one, "SetA LPIPS"]["mark"] for one in OFFSETS} == {"best", "second"}
        assert rows["Good", "SetA LPIPS"]["mark"] == "best", "lower is better"
    text = " ".join(reproduce("table11", *words, "--only-table").out.split())
    assert "Labels: none." in text
