"""From a plan to its table, with cheap methods on a small manifest."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reproducing import Reproduce
from scipy.stats import spearmanr

from iqabench.results.store import load_results


def _rows(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["row"], row["column"]): row for row in json.loads(text)}


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_a_table_is_computed_once_and_agrees_with_its_scores(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "trainings"
    monkeypatch.setenv("CHEAP_LOG", str(log))
    done = reproduce(plan, *data, "--format", "json")
    assert done.code == 0, done.error
    rows = _rows(done.out)
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert len(log.read_text().splitlines()) == 2, "the third trained row shares the model of the first"
    results = load_results(tmp_path / "runs")[0]
    for run in results.runs:
        if run.method != "psnr":
            continue
        scores = results.labels.merge(run.scores, on="image_id")
        each = [spearmanr(part["score"], part["mos"]).statistic for _, part in scores.groupby("content")]
        assert rows["PSNR", "SRCC"]["ours"] == pytest.approx(np.mean(each), abs=1e-12)
    before = sorted(tmp_path.rglob("scores.csv"))
    again = reproduce(plan, *data, "--format", "json")
    assert again.out == done.out
    assert sorted(tmp_path.rglob("scores.csv")) == before
    assert len(log.read_text().splitlines()) == 2


def test_a_formula_that_is_stored_serves_bf16_too(reproduce: Reproduce, plan: Path, data: list[str]) -> None:
    assert reproduce(plan, *data).code == 0
    assert "4 runs, 1 there; 2 models to train" in reproduce(plan, *data, "--precision", "bf16", "--dry-run").out


def test_several_seeds_give_mean_and_spread(reproduce: Reproduce, plan: Path, data: list[str]) -> None:
    done = reproduce(plan, *data, "--seeds", "0,1,2", "--format", "json")
    row = _rows(done.out)["Trained", "SRCC"]
    single = [
        _rows(reproduce(plan, *data, "--seeds", seed, "--format", "json").out)["Trained", "SRCC"]["ours"]
        for seed in range(3)
    ]
    assert row["seeds"] == 3
    assert row["ours"] == pytest.approx(np.mean(single))
    assert row["spread"] == pytest.approx(np.std(single, ddof=1))
    assert _rows(done.out)["PSNR", "SRCC"]["seeds"] == 1


def test_a_half_finished_plan_marks_cells_and_says_how_to_finish(
    reproduce: Reproduce, plan: Path, data: list[str]
) -> None:
    dry = reproduce(plan, *data, "--dry-run")
    assert "4 runs, 0 there; 2 models to train" in dry.out
    assert reproduce(plan, *data, "--methods", "psnr").code == 0
    half = reproduce(plan, *data, "--only-table")
    assert half.code == 0
    lines = {line.split("  ")[0].strip(): line for line in half.out.splitlines() if line.startswith(" ")}
    assert "missing" not in lines["PSNR"]
    assert lines["Trained"].split()[1:] == ["missing", "missing"]
    assert "Missing: 6 of 8 cells" in half.out
    command = half.out.split("Finish with: ")[1].strip()
    assert command.startswith(f"iqabench reproduce {plan} --dataset manifest")
    assert "--only-table" not in command
    assert "4 runs, 1 there" in reproduce(plan, *data, "--dry-run").out
    assert reproduce(plan, *data, "--seeds", "0").code == 0
    partial = reproduce(plan, *data, "--only-table", "--seeds", "0,1")
    assert "(1 of 2 seeds)" in partial.out


def test_results_stand_alone_and_other_states_of_the_data_never_share_a_table(
    reproduce: Reproduce, plan: Path, data: list[str], manifest: Path
) -> None:
    first = reproduce(plan, *data, "--format", "csv")
    alone = ["--dataset", "dataset", "--results", data[5], "--only-table"]
    assert reproduce(plan, *alone, "--format", "csv").out == first.out
    manifest.write_text(manifest.read_text().replace("1800.0000", "1800.5000"))
    changed = reproduce(plan, *data, "--only-table")
    assert "Missing: 8 of 8 cells" in changed.out
    assert _flat(changed.out).count("another state of the data or of its labels") == 4
    assert str(Path(data[5]) / "dataset") in changed.out
    assert reproduce(plan, *data).code == 0
    clash = reproduce(plan, *alone)
    assert clash.code == 2
    assert "2 states of the data" in clash.error
    fingerprints = {row["fingerprint"] for row in csv.DictReader(io.StringIO(first.out))}
    chosen = reproduce(plan, *alone, "--fingerprint", fingerprints.pop()[:10], "--format", "csv")
    assert chosen.out == first.out


def test_a_split_of_another_content_under_the_same_name_is_refused(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in (3, 4):
        text = "".join(f"c{i},{'train' if i < number else 'validate'}\n" for i in range(6))
        (folder / "contents.csv").write_text("content,part\n" + text)
        assert reproduce(plan, *data, "--split", folder, "--methods", "psnr").code == 0
    (folder / "contents.csv").write_text(
        "content,part\n" + "".join(f"c{i},{'validate' if i < 2 else 'train'}\n" for i in range(6))
    )
    done = reproduce(plan, *data, "--split", folder, "--methods", "psnr", "--only-table")
    assert "its split mine was another" in _flat(done.out)


def test_what_the_data_cannot_carry_is_left_out_with_the_reason(reproduce: Reproduce, data: list[str]) -> None:
    gan = reproduce("table13", *data, "--only-table")
    assert "dataset has no image of category 03 or GAN-based SR" in _flat(gan.out)
    votes = reproduce("table10", *data, "--only-table")
    assert "dataset has no votes" in votes.out
    splits = reproduce("table8", *data, "--only-table", "--methods", "swdn")
    assert "Split 54-35-draw0 is not published for dataset" in splits.out
    assert "sr_with_ckdn_loss" in reproduce("table9", *data).error
    listed = reproduce("all", *data, "--dry-run", "--methods", "ckdn-nr")
    assert "table12" in listed.out
    assert "table10" not in listed.out


def test_pseudo_labels_and_the_papers_other_data_are_told(reproduce: Reproduce, tmp_path: Path) -> None:
    done = reproduce("table2", "--only-table", "--methods", "psnr", "--results", tmp_path)
    text = _flat(done.out)
    assert "Labels: PSEUDO, computed by metrics, not human judgements" in text
    assert "measured on pipal; on mini the difference says nothing" in text


def test_a_row_that_fails_is_told_and_the_others_stand(reproduce: Reproduce, plan: Path, data: list[str]) -> None:
    plan.write_text(plan.read_text().replace("strength = 9.0", "strenght = 9.0"))
    done = reproduce(plan, *data)
    assert done.code == 2
    assert "Failed: Trained, strong: cheap" in _flat(done.out)
    assert "strenght" in done.out
    assert "Trained, shown x4" in done.out


def test_retraining_shows_training_the_made_reference(
    reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "trainings"
    monkeypatch.setenv("CHEAP_LOG", str(log))
    plan.write_text("retrainable = true\n" + plan.read_text())
    assert reproduce(plan, *data).code == 0
    done = reproduce(plan, *data, "--retrain", "--format", "json")
    assert done.code == 0, done.error
    rows = _rows(done.out)
    assert rows["Trained", "SRCC"]["trained_on"] == "dataset"
    assert rows["Trained, shown x4", "SRCC"]["trained_on"] == "dataset-with-lr-x4"
    trainings = log.read_text().splitlines()
    assert len(trainings) == 3
    assert "made-references" in trainings[2]
    assert "lr-x4" in trainings[2]
    assert "a model was trained with each of them" in _flat(reproduce(plan, *data, "--retrain").out)
    assert "--retrain trains one for each" in _flat(reproduce(plan, *data).out)
    plain = _rows(reproduce(plan, *data, "--format", "json").out)
    assert plain["Trained, shown x4", "SRCC"]["trained_on"] == "dataset"


@pytest.mark.parametrize(("style", "sign"), [("markdown", "| ---: |"), ("latex", r"\toprule"), ("text", "─────")])
def test_formats_and_output_file(reproduce: Reproduce, data: list[str], tmp_path: Path, style: str, sign: str) -> None:
    file = tmp_path / "out" / "table2.txt"
    words = ["table2", *data, "--methods", "psnr", "--format", style]
    assert reproduce(*words, "--output", file).code == 0
    text = file.read_text()
    assert sign in text
    assert "0.3231" in text
    assert "0.3231" not in reproduce(*words, "--no-compare-paper").out


def test_a_figure_is_drawn(reproduce: Reproduce, plan: Path, data: list[str], tmp_path: Path) -> None:
    file = tmp_path / "figure.svg"
    assert "nothing to draw" in reproduce(plan, *data, "--only-table", "--output", file).error
    assert reproduce(plan, *data, "--output", file).code == 0
    text = file.read_text()
    assert text.startswith("<svg")
    rows = re.findall(r">Trained[^<]*<|>PSNR<", text)
    assert rows == [">PSNR<", ">Trained<", ">Trained, strong<", ">Trained, shown x4<"]
    assert "Trained, shown x4" in text
    assert "draws one plan" in reproduce("all", *data, "--output", file).error
