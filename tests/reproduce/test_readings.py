"""Beside the figures: intervals, marks, best epochs, what a dry run counts, and LaTeX."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reproducing import Done, Reproduce
from scipy import stats as oracle
from scipy.stats import spearmanr
from texing import compiled

from iqabench.reproduce.cells import PlanCell
from iqabench.reproduce.intervals import interval
from iqabench.reproduce.marks import Marked, marks
from iqabench.reproduce.plans import Spec
from iqabench.results.store import load_results
from iqabench.stats.statistic import ByContent, Figure

TINY = Path(__file__).parents[1] / "plugins" / "tiny_network.py"


def _rows(done: Done) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["row"], row["column"]): row for row in json.loads(done.out)}


def _figure(tops: list[float], bottoms: list[float] | None = None) -> Figure:
    counted = np.array(bottoms or [1.0] * len(tops))
    parts = ByContent(tuple(map(str, range(len(tops)))), np.array(tops), counted)
    return Figure(float(np.sum(tops) / counted.sum()), by_content=parts)


def test_an_interval_is_that_of_student_over_contents() -> None:
    values = [0.3, 0.1, 0.6, 0.2, 0.5]
    low, high = oracle.t.interval(0.95, 4, np.mean(values), oracle.sem(values))
    assert interval([_figure(values)], []) == pytest.approx((low, high))
    assert interval([_figure(values)], [], (0.0, 1.0)) == pytest.approx((max(low, 0.0), high))


def test_seeds_are_averaged_and_a_baseline_is_taken_off_content_by_content() -> None:
    first, second, base = [0.2, 0.4, 0.9], [0.4, 0.4, 0.7], [0.1, 0.2, 0.6]
    mean = _figure([(a + b) / 2 - c for a, b, c in zip(first, second, base, strict=True)])
    found = interval([_figure(first), _figure(second)], [_figure(base)])
    assert found == pytest.approx(interval([mean], []))
    assert np.isnan(interval([_figure(first)], [_figure([0.1, 0.2])])).all()
    assert np.isnan(interval([Figure(0.5)], [])).all()
    assert np.isnan(interval([_figure([0.5])], [])).all()


def _cell(row: str, column: str, marked: bool = True, **spec: Any) -> PlanCell:
    return PlanCell(row, "", column, Spec(statistic="srcc", **spec), 4, "higher", marked=marked)


def test_marks_compare_what_answers_one_question() -> None:
    column = [Marked(_cell(name, "SRCC", marked=name != "bound"), value) for name, value in
              (("a", 0.5), ("bound", 0.9), ("b", 0.7), ("c", float("nan")))]  # fmt: skip
    assert marks(column) == ["second", "", "best", ""]
    # Splits differ from row to row, so that only methods on one split are compared.
    table8 = [Marked(_cell(split, name, split=split), value) for split, name, value in
              (("x", "m", 0.1), ("x", "n", 0.2), ("y", "m", 0.9), ("y", "n", 0.8))]  # fmt: skip
    assert marks(table8) == ["second", "best", "best", "second"]
    assert marks([Marked(_cell("a", "SRCC"), 0.5)]) == [""]


def test_intervals_of_a_table_are_those_of_its_scores(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path
) -> None:
    words = [plan, *data, "--methods", "psnr"]
    row = _rows(reproduce(*words, "--format", "json"))["PSNR", "SRCC"]
    (results,) = load_results(tmp_path / "runs")
    scores = results.labels.merge(results.runs[0].scores, on="image_id")
    each = [spearmanr(part["score"], part["mos"]).statistic for _, part in scores.groupby("content")]
    drawn = np.random.default_rng(5).choice(each, (4000, len(each))).mean(1)
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=0.05)
    shown = reproduce(*words).out
    assert f"[{row['low']:.4f}, {row['high']:.4f}]" in shown
    assert "Student's t over contents" in shown
    assert "[" not in reproduce(*words, "--no-intervals", "--format", "csv").out.split("\n")[0]
    assert "Brackets" not in reproduce(*words, "--no-intervals").out


def test_the_best_epoch_stands_beside_the_last(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path
) -> None:
    text = 'title = "t"\n[cell]\nmethod = "tiny-network"\nreference = "none"\nstatistic = "srcc"\n'
    plan.write_text(text + '[[columns]]\nlabel = "SRCC"\n[[rows]]\nlabel = "tiny"\n')
    words = [plan, *data, "--plugin", TINY]
    assert reproduce(*words).code == 0
    assert "1 run, 1 there; 0 models to train" in reproduce(*words, "--dry-run").out
    assert "(best epoch)" in reproduce(*words, "--dry-run", "--best").out
    row = _rows(reproduce(*words, "--best", "--format", "json"))["tiny", "SRCC"]
    kept = {run.meta["selection"]: run for run in load_results(tmp_path / "runs")[0].runs}
    assert set(kept) == {"last", "best"}
    assert row["best"] >= row["ours"] - 1e-12
    before = kept["best"].meta["finished"]
    shown = reproduce(*words, "--best")
    assert "best epoch" in shown.out
    assert "an optimistic choice" in " ".join(shown.out.split())
    assert [r.meta["finished"] for r in load_results(tmp_path / "runs")[0].runs if r.meta["selection"] == "best"] == [
        before
    ]


def test_labels_of_another_version_never_share_a_table(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path
) -> None:
    words = [plan, *data, "--methods", "psnr"]
    assert reproduce(*words).code == 0
    (file,) = tmp_path.glob("runs/dataset/*/psnr/degraded/*/run.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"label_version": "of last year"}))
    done = reproduce(*words, "--only-table")
    assert "its labels are of version of last year" in " ".join(done.out.split())
    assert str(file.parent) in "".join(done.out.split())  # lines are wrapped
    assert "missing" in done.out


def test_a_model_that_lost_its_scores_is_not_counted_as_one_to_train(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path
) -> None:
    assert reproduce(plan, *data, "--methods", "cheap").code == 0
    shutil.rmtree(tmp_path / "runs" / "dataset")
    assert "4 runs, 0 there; 0 models to train" in reproduce(plan, *data, "--dry-run").out


def test_the_latex_compiles_and_cites(reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path) -> None:
    plan.write_text(plan.read_text().replace('"Trained, strong"', r'"\\input{x} & $\\alpha$ <b>_^%"'))
    file = tmp_path / "tiny.tex"
    assert reproduce(plan, *data, "--seeds", "0,1", "--format", "latex", "--output", file).code == 0
    source = file.read_text()
    assert r"\textbf{" in source
    assert r"\underline{" in source
    assert r"$\pm$" in source
    assert r"PSNR~\cite{" in source
    log, text = compiled(file)
    assert "undefined" not in log.lower()
    assert r"\input{x} & $\alpha$ <b>_^%" in text
    assert "References" in text
    assert "Trained on dataset" in text
