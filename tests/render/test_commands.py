"""``iqabench table`` and ``iqabench compare`` over results in memory."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

import iqabench.results.store
from iqabench._util.errors import UserError
from iqabench.cli.compare import compare
from iqabench.cli.table import table
from iqabench.stats.leaderboard import leaderboard


@pytest.fixture
def stored(three, monkeypatch):
    """Two sets on disk, as far as the commands can tell; the calls to the loader are kept."""
    sets = [three, replace(three, dataset="other", runs=three.runs[:2])]
    calls = []

    def load_results(root, dataset=None, split=None):
        calls.append((str(root), dataset, split))
        return [one for one in sets if dataset in (None, one.dataset)]

    monkeypatch.setattr(iqabench.results.store, "load_results", load_results)
    return calls


def invoke(command, *words):
    result = CliRunner().invoke(command, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_text_prints_one_table_each(stored):
    result = invoke(table)
    assert result.exit_code == 0
    assert "toy, split test" in result.output
    assert "other, split test" in result.output
    assert stored == [("runs", None, None)]


def test_json_is_one_flat_list(stored):
    rows = json.loads(invoke(table, "--format", "json").output)
    assert [(row["dataset"], row["rank"]) for row in rows] == [
        ("toy", 1),
        ("toy", 2),
        ("toy", 3),
        ("other", 1),
        ("other", 2),
    ]


def test_options_reach_what_they_name(stored, tmp_path):
    target = tmp_path / "deep" / "table.csv"
    words = ["--results", "elsewhere", "--dataset", "toy", "--split", "test", "--format", "csv"]
    words += ["--sort", "method", "--columns", "method, srcc,seeds", "--output", str(target)]
    invoke(table, *words)
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert [row["method"] for row in rows] == ["good", "poor", "twin"]
    assert set(rows[0]) == {"method", "srcc", "seeds"}
    assert rows[0]["seeds"] == ""
    assert stored == [("elsewhere", "toy", "test")]


def test_one_category(stored):
    rows = json.loads(invoke(table, "--category", "03", "--format", "json").output)
    assert {row["images"] for row in rows} == {24}
    with pytest.raises(UserError, match="no image of category '09'"):
        invoke(table, "--category", "09")


def test_two_states_of_the_data_never_share_a_table(three, monkeypatch):
    changed = replace(three, fingerprint="0" * 8, runs=three.runs[:1])
    monkeypatch.setattr(iqabench.results.store, "load_results", lambda *_: [three, changed])
    text = invoke(table, "--format", "markdown").output
    first, second = text.split("Measured on")[1:]
    assert "state ffffffff of data" in first
    assert "state 00000000 of data" in second
    assert sum(line.startswith("| ---:") for line in text.splitlines()) == 2
    rows = json.loads(invoke(table, "--format", "json").output)
    assert [row["fingerprint"] for row in rows] == ["f" * 8] * 3 + ["0" * 8]


@pytest.mark.parametrize("style", ["markdown", "latex"])
def test_other_formats(stored, style):
    assert "SRCC" in invoke(table, "--format", style).output


def test_compare_says_who_is_better(stored):
    output = invoke(compare, "good", "poor").output
    assert "toy, split test, labels: human" in output
    assert "good@degraded is better than poor@none" in output
    assert "They differ most on:" in output
    assert "other, split" not in output


def test_compare_prints_each_set_that_has_both(stored):
    output = invoke(compare, "good", "twin", "--category", "03").output
    assert output.count("split test") == 2
    assert "(24 images)" in output


def test_compare_names_what_is_missing(stored):
    with pytest.raises(UserError, match="did you mean 'good'"):
        invoke(compare, "goood", "poor")
    with pytest.raises(UserError, match="no run of 'nobody'"):
        invoke(compare, "good", "nobody")


def test_compare_never_on_the_same_data(three, monkeypatch):
    sets = [replace(three, runs=three.runs[:1]), replace(three, dataset="other", runs=three.runs[2:])]
    monkeypatch.setattr(iqabench.results.store, "load_results", lambda *_: sets)
    with pytest.raises(UserError, match="never run on the same data set"):
        invoke(compare, "good", "poor")


def test_help_and_statistics_import_no_torch_and_help_no_pandas():
    code = (
        "import sys; from iqabench.cli.table import table; from iqabench.cli.compare import compare; "
        "assert 'pandas' not in sys.modules and 'scipy' not in sys.modules; "
        "import iqabench.stats.leaderboard, iqabench.render.tables, iqabench.stats.comparison; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_from_scores_on_disk(three, tmp_path):
    card = three.card | {"name": "toy", "split": "test"}
    folder = iqabench.results.store.split_folder(tmp_path, "toy", "test")
    iqabench.results.store.write_labels(folder, three.fingerprint, three.labels, None, card)
    for run in three.runs:
        target = iqabench.results.store.run_folder(
            tmp_path, "toy", "test", run.method, run.meta["reference"], run.meta["run_id"]
        )
        target.append(
            iqabench.results.store.ScoreRow(name, score)
            for name, score in run.scores[["image_id", "score"]].itertuples(index=False, name=None)
        )
        target.finish(run.meta | {"fingerprint": three.fingerprint, "dataset": "toy", "split": {"name": "test"}})
    rows = json.loads(invoke(table, "--results", str(tmp_path), "--format", "json").output)
    expected = leaderboard(three)
    assert [row["method"] for row in rows] == expected["method"].tolist()
    assert [row["srcc"] for row in rows] == expected["srcc"].tolist()
    output = invoke(compare, "good", "poor", "--results", str(tmp_path)).output
    assert "good@degraded is better than poor@none" in output
