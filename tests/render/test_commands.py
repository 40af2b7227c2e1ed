"""``iqabench table`` and ``iqabench compare`` over results on disk."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from stored import write_set

from iqabench._util.errors import UserError
from iqabench.cli.compare import compare
from iqabench.cli.table import table
from iqabench.stats.leaderboard import leaderboard


@pytest.fixture
def stored(three, tmp_path) -> Path:
    """Two sets on disk, the second without the last method."""
    for one in (three, replace(three, dataset="other", runs=three.runs[:2])):
        write_set(tmp_path / "runs", one)
    return tmp_path / "runs"


def invoke(command, root, *words):
    result = CliRunner().invoke(command, [*words, "--results", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_text_prints_one_table_each(stored):
    result = invoke(table, stored)
    assert result.exit_code == 0
    assert "toy, split test" in result.output
    assert "other, split test" in result.output


def test_json_is_one_flat_list(stored):
    rows = json.loads(invoke(table, stored, "--format", "json").output)
    assert [(row["dataset"], row["rank"]) for row in rows] == [
        ("other", 1),
        ("other", 2),
        ("toy", 1),
        ("toy", 2),
        ("toy", 3),
    ]


def test_options_reach_what_they_name(stored, tmp_path):
    target = tmp_path / "deep" / "table.csv"
    words = ["--dataset", "toy", "--split", "test", "--format", "csv"]
    words += ["--sort", "method", "--columns", "method, srcc,seeds", "--output", str(target)]
    invoke(table, stored, *words)
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    assert [row["method"] for row in rows] == ["good", "poor", "twin"]
    assert set(rows[0]) == {"method", "srcc", "seeds"}
    assert rows[0]["seeds"] == ""


def test_one_category(stored):
    rows = json.loads(invoke(table, stored, "--category", "03", "--format", "json").output)
    assert {row["images"] for row in rows} == {24}
    with pytest.raises(UserError, match="no image of category '09'"):
        invoke(table, stored, "--category", "09")


def test_two_states_of_the_data_never_share_a_table(three, tmp_path):
    changed = replace(three, fingerprint="0" * 8, runs=three.runs[:1])
    for one in (three, changed):
        write_set(tmp_path, one)
    text = invoke(table, tmp_path, "--format", "markdown").output
    second, first = text.split("Measured on")[1:]
    assert "state ffffffff of data" in first
    assert "state 00000000 of data" in second
    assert sum(line.startswith("| ---:") for line in text.splitlines()) == 2
    rows = json.loads(invoke(table, tmp_path, "--format", "json").output)
    assert [row["fingerprint"] for row in rows] == ["0" * 8] + ["f" * 8] * 3


@pytest.mark.parametrize("style", ["markdown", "latex"])
def test_other_formats(stored, style):
    assert "SRCC" in invoke(table, stored, "--format", style).output


def test_compare_says_who_is_better(stored):
    output = invoke(compare, stored, "good", "poor").output
    assert "toy, split test, labels: human" in output
    assert "good@degraded is better than poor@none" in output
    assert "They differ most on:" in output
    assert "other, split" not in output


def test_compare_prints_each_set_that_has_both(stored):
    output = invoke(compare, stored, "good", "twin", "--category", "03").output
    assert output.count("split test") == 2
    assert "(24 images)" in output


def test_compare_names_what_is_missing(stored):
    with pytest.raises(UserError, match="did you mean 'good'"):
        invoke(compare, stored, "goood", "poor")
    with pytest.raises(UserError, match="no run of 'nobody'"):
        invoke(compare, stored, "good", "nobody")


def test_compare_never_on_the_same_data(three, tmp_path):
    sets = [replace(three, runs=three.runs[:1]), replace(three, dataset="other", runs=three.runs[2:])]
    for one in sets:
        write_set(tmp_path, one)
    with pytest.raises(UserError, match="never run on the same data set"):
        invoke(compare, tmp_path, "good", "poor")


def test_help_and_statistics_import_no_torch_and_help_no_pandas():
    code = (
        "import sys; from iqabench.cli.table import table; from iqabench.cli.compare import compare; "
        "assert 'pandas' not in sys.modules and 'scipy' not in sys.modules; "
        "import iqabench.stats.leaderboard, iqabench.render.leaderboards, iqabench.stats.comparison; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("words", [["list", "methods"], ["reproduce", "--help"], ["synthesize", "--help"]])
def test_what_must_start_at_once_imports_no_pydantic(words: list[str]) -> None:
    code = f"import sys; from iqabench.cli.main import cli; cli({words!r}, standalone_mode=False)"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'pydantic' not in sys.modules"], check=True)


def test_the_command_says_what_the_frame_does(three, stored):
    rows = json.loads(invoke(table, stored, "--dataset", "toy", "--format", "json").output)
    expected = leaderboard(three)
    assert [row["method"] for row in rows] == expected["method"].tolist()
    assert [row["srcc"] for row in rows] == expected["srcc"].tolist()
