"""``iqabench run``, ``table``, ``figure`` and ``verify`` on three made copies of released data sets at once."""

from __future__ import annotations

import csv
import json
import re
import shutil
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pandas as pd
import pytest
from forking import command
from inprocess import run_here
from manifests import write_manifest
from releases import Pictures, write_csiq, write_qads, write_sriqa_bench
from rich.console import Console
from scipy import stats

from iqabench.render.many_sets import print_many
from iqabench.results.store import load_results
from iqabench.stats.many_sets import many_sets

SETS = {
    "qads": write_qads,
    "csiq": partial(write_csiq, sheet=False),
    "sriqa-bench": partial(write_sriqa_bench, contents=20, judges="A"),
}
PLUGIN = """
from iqabench import method


@method("knows", lower_is_better=True, paradigms="FR", trained_on=("QADS",))
def knows(restored, reference):
    return (restored - reference).abs().mean((1, 2, 3))


@method("noisy", paradigms="NR")
def noisy(restored, reference=None):
    return -(restored[..., 1:] - restored[..., :-1])[:, :, 3].square().mean((1, 2))
"""
METHODS = ["psnr", "ssim", "sharpness", "knows", "noisy"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copies, and what came of running all methods on them and on a set that is not there."""
    base = tmp_path_factory.mktemp("sets")
    pictures = Pictures(base / "pictures")
    for name, write in SETS.items():
        (base / name).mkdir()
        write(base / name, pictures)
    (base / "plugin.py").write_text(PLUGIN)
    return base


@pytest.fixture(scope="module")
def ran(folder: Path) -> CompletedProcess[str]:
    """The run of the test above, on three sets and one that is not there."""
    sets = ",".join(f"{name}:{folder / name}" for name in (*SETS, "tid2013"))
    words = ("--plugin", folder / "plugin.py", "--results", folder / "runs", "--format", "csv", "--device", "cpu")
    return command("run", "--methods", ",".join(METHODS), "--dataset", sets, *words)


@pytest.fixture(scope="module")
def rows(ran: CompletedProcess[str]) -> pd.DataFrame:
    """What the run printed."""
    return pd.DataFrame(list(csv.DictReader(ran.stdout.splitlines()))).replace("", None)


def test_a_set_that_is_not_there_is_named_once_and_costs_the_others_nothing(
    ran: CompletedProcess[str], folder: Path
) -> None:
    assert ran.returncode == 2
    (error,) = [line for line in ran.stderr.splitlines() if line.startswith("error:")]
    assert error.startswith(f"error: data set tid2013 is left out: --root {folder / 'tid2013'}: no such file or folder")
    assert "15 runs computed, 0 already there" in ran.stderr
    assert sorted(path.name for path in (folder / "runs").iterdir()) == sorted(SETS)


def test_figures_and_ranks_are_those_of_scipy(rows: pd.DataFrame, folder: Path) -> None:
    assert len(rows) == len(SETS) * len(METHODS)
    found = rows.astype({"figure": float, "set_rank": float, "mean_rank": float}).set_index(["method", "dataset"])
    expected: dict[tuple[str, str], float] = {}
    for (method, dataset), row in found.iterrows():
        (run,) = (folder / "runs" / str(dataset)).glob(f"*/{method}/*/{row['run_id']}")
        meta = json.loads((run / "run.json").read_text())
        labels = pd.read_csv(next(run.parents[2].glob("labels/*/labels.csv")))
        table = labels.merge(pd.read_csv(run / "scores.csv"), on="image_id")
        sign = (-1 if meta["method"]["lower_is_better"] else 1) * (-1 if dataset == "csiq" else 1)
        if dataset == "sriqa-bench":
            each = [stats.spearmanr(part["score"], part["mos"]).statistic for _, part in table.groupby("content")]
            value = float(np.mean(each))
        else:
            value = stats.spearmanr(table["score"], table["mos"]).statistic
        expected[str(method), str(dataset)] = sign * value
        assert row["figure"] == pytest.approx(sign * value)
    # "knows" has seen qads: there its figure stands, and takes no part in ranks.
    del expected["knows", "qads"]
    clean = pd.DataFrame(index=METHODS, columns=list(SETS), dtype=float)
    for place, value in expected.items():
        clean.loc[place] = round(value, 12)
    ranks = (-clean).rank()
    stretch = 4 / 3
    ranks["qads"] = 1 + (ranks["qads"] - 1) * stretch
    for method, average in ranks.mean(axis=1).items():
        assert found.loc[(str(method), "csiq"), "mean_rank"] == pytest.approx(average)
    assert found.loc[("knows", "qads"), "trained_here"] == "weights"
    assert pd.isna(found.loc[("knows", "qads"), "set_rank"])


def test_methods_that_take_a_pristine_image_are_shown_it_on_every_set(rows: pd.DataFrame) -> None:
    assert set(rows.loc[rows["method"] == "psnr", "reference"]) == {"pristine"}  # one set of three has degraded ones
    assert set(rows.loc[rows["method"] == "noisy", "reference"]) == {"none"}


@pytest.mark.usefixtures("ran")
def test_the_stored_runs_give_the_same_table_in_every_format(folder: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(folder / "runs", runs)
    for style in ("text", "markdown", "latex", "csv", "json"):
        words = ("--format", style, "--output", runs / f"over-sets.{style}")
        assert run_here("table", "--results", runs, "--dataset", ",".join(SETS), *words).returncode == 0
    text = " ".join((runs / "over-sets.text").read_text().split())
    assert "qads, csiq: SRCC over all images (labels can be compared between contents)" in text
    assert "sriqa-bench: SRCC within each content, then averaged (labels compare within a content)" in text
    assert "Labels: human judgements." in text
    assert re.search(
        r"† The method's weights were learnt from labels of this set; left out of ranks .*: knows on", text
    )
    assert "‡" not in text
    assert r"$\dagger$" in (runs / "over-sets.latex").read_text()
    honest = command("verify", runs, "--sample", "0", "--plugin", folder / "plugin.py")
    assert honest.returncode == 0, honest.stdout
    assert "tables computed again: 5 (" in honest.stdout
    markdown, table = runs / "over-sets.markdown", runs / "over-sets.csv"
    markdown.write_text(markdown.read_text().replace("0.981", "0.982", 1))
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], lines[1].replace(",0.", ",0.1", 1), *lines[2:]]) + "\n")
    edited = command("verify", runs, "--sample", "0", "--plugin", folder / "plugin.py")
    assert edited.returncode != 0
    for name in ("over-sets.markdown", "over-sets.csv"):
        assert f"DIFFERS {name}" in edited.stdout


@pytest.mark.usefixtures("ran")
def test_no_name_and_no_figure_is_cut_at_80_columns(folder: Path) -> None:
    sets = [one for name in SETS for one in load_results(folder / "runs", name)]
    console = Console(width=80, record=True, force_terminal=False, file=(folder / "said.txt").open("w"))
    print_many(many_sets(sets), console)
    text = console.export_text()
    table = text.partition("Measured on")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert "…" not in text
    for word in (*METHODS, *SETS, "average rank"):
        assert word in table
    with_interval = int(many_sets(sets).rows["mean_rank_low"].notna().sum())  # two ranks, or equal ones, give none
    assert 0 < with_interval < len(METHODS)
    assert table.count("[") == 3 * len(METHODS) + with_interval


@pytest.mark.usefixtures("ran")
@pytest.mark.parametrize("columns", [24, 80])
def test_intervals_are_explained_where_they_are_shown(columns: int, folder: Path) -> None:
    sets = [one for name in SETS for one in load_results(folder / "runs", name)]
    console = Console(width=columns, record=True, force_terminal=False, file=(folder / "said.txt").open("w"))
    print_many(many_sets(sets), console)
    table, _, said = console.export_text().partition("Measured on")
    assert ("Brackets: 95 %" in said) is ("[" in table) is (columns == 80)


@pytest.mark.usefixtures("ran")
def test_a_critical_difference_diagram_says_what_few_sets_can_say(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    words = ("figure", "--results", folder / "runs", "--kind", "critical-difference", "--output", tmp_path / "cd.svg")
    assert command(*words).returncode == 0
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]+)</text>", (tmp_path / "cd.svg").read_text()))
    assert "Nemenyi" in drawn
    assert "rough: there are few sets" in drawn
    assert "Not drawn: 1 of 5 rows, without a rank on every set (trained on qads: knows (pristine))" in drawn
    assert command(*words, "--with-contaminated").returncode == 0
    assert "knows" in (tmp_path / "cd.svg").read_text()
    lone = command(*words, "--methods", "psnr")
    assert (lone.returncode, "fewer than two rows have a rank" in lone.stderr) == (2, True)
    one_set = command(*words, "--dataset", "qads")
    assert one_set.returncode == 2
    assert "there are results of qads alone; --kind leaderboard shows what cannot be told apart" in one_set.stderr


@pytest.mark.usefixtures("ran")
def test_a_set_without_results_is_named_beside_the_table_of_the_others(folder: Path) -> None:
    done = command("table", "--results", folder / "runs", "--dataset", "qads,csiq,nowhere", "--format", "markdown")
    assert done.returncode == 2
    assert "| psnr |" in done.stdout
    assert "data set nowhere is left out: no results of nowhere" in done.stderr


def test_a_method_whose_images_are_too_small_has_an_empty_cell_and_one_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    photos = write_manifest(tmp_path / "photos", contents=4, algorithms=4)
    words = (
        "--dataset",
        f"qads:{folder / 'qads'},manifest:{photos}",
        "--results",
        tmp_path / "runs",
        "--device",
        "cpu",
    )
    done = run_here("run", "--methods", "psnr,vif", "--no-anchors", "--format", "markdown", *words)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "qads: no score of vif: it needs images of 41 x 41 pixels, and none has more than 16 in height and" in said
    assert "No figure on qads \\(not run\\): vif" in done.stdout
    assert "3 runs computed" in said


def test_wrong_words_are_refused(folder: Path) -> None:
    for words, said in (
        (("--dataset", "qads,csiq", "--root", folder), "say of each data set where it lies, --dataset qads:FOLDER,..."),
        (("--dataset", f"qads:{folder},csiq:{folder}", "--split", "draw0,draw1"), "takes one split"),
        (("--dataset", "mini,mini"), "mini is named twice"),
        (("--dataset", ","), "name at least one data set"),
    ):
        done = run_here("run", "--methods", "psnr", "--results", folder / "none", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (folder / "none").exists()
