"""The control of a checkpoint on every row of a data set, where the command would draw a split."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks.shipped.wider import main as wider_command
from ckdn.checkpoint import SHIPPED


def test_every_row_of_every_content_counts(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "control.csv"
    done = CliRunner().invoke(wider_command, [str(SHIPPED), "--data", str(manifest.parent), "--out", str(out)])
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(out).set_index("task")
    assert set(rows["method"]) == {SHIPPED.stem}
    assert rows.loc["all", ["images", "contents"]].tolist() == [36, 6]
    assert rows.loc["all", "minus_itself"] == pytest.approx(rows.loc["all", "true"] - rows.loc["all", "itself"])
