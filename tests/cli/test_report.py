"""``iqabench report`` on a results folder."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from iqabench._util.errors import UserError
from iqabench.cli.report import report_command
from iqabench.results.model import LABEL_COLUMNS
from iqabench.results.store import SCHEMA, Judgements, RunFolder, ScoreRow, write_labels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of two methods on two splits of six contents, as a run leaves them."""
    rows = [(f"A{c}_{a}", "", f"A{c}", str(a), "00", "sr", 100.0 * a + c) for c in range(6) for a in range(5)]
    labels = pd.DataFrame(rows, columns=list(LABEL_COLUMNS))
    for split in ("one", "two"):
        top = tmp_path / "runs" / "small" / split
        card = {"name": "small", "split": split, "label_kind": "human", "mos_higher_is_better": True}
        write_labels(top, "f" * 8, Judgements(labels), card)
        for number, name in enumerate(("good", "bad")):
            run = RunFolder(top / name / "none" / f"id{number}")
            run.append(ScoreRow(row[0], row[6] if name == "good" else float(i * 7 % 11)) for i, row in enumerate(rows))
            run.finish(
                {
                    "schema": SCHEMA,
                    "run_id": f"id{number}",
                    "status": "complete",
                    "method": {"name": name, "version": "1", "lower_is_better": False},
                    "reference": "none",
                    "paradigm": "NR",
                    "fingerprint": "f" * 8,
                }
            )
    return tmp_path / "runs"


def invoke(*words: str | Path) -> str:
    result = CliRunner().invoke(report_command, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_one_file_for_each_split(folder: Path, tmp_path: Path) -> None:
    said = invoke("--results", folder, "--output", tmp_path / "report.html")
    files = [tmp_path / "report-small-one.html", tmp_path / "report-small-two.html"]
    assert said.split() == ["wrote", str(files[0]), "wrote", str(files[1])]
    for file in files:
        assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_one_split_and_its_numbers(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "two.html"
    invoke("--results", folder, "--split", "two", "--output", output)
    text = output.read_text(encoding="utf-8")
    assert "Student's t over contents" in html.unescape(text)
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert data["runs"]["r0"]["name"] == "good"
    assert not list(tmp_path.glob(".*"))


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no results"):
        invoke("--results", tmp_path)
