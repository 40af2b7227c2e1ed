"""Tables 10 and 11: forced choices, and folders of restored sets, each in the layout that its table needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import layouts
import numpy as np
import pytest
from layouts import OFFSETS, SHARES, pixels, write_bapps, write_image, write_sets
from reproducing import Reproduce

from iqabench._util.errors import DataError
from iqabench.data.restored_sets import read_restored_sets

VOTES = """
title = "votes"
[cell]
method = "psnr"
statistic = "vote_agreement"
scale = 100
[[columns]]
label = "2AFC"
digits = 2
[[rows]]
label = "pristine"
reference = "pristine"
[[rows]]
label = "x2"
reference = "lr-x2"
"""
SETS = """
title = "sets"
[cell]
statistic = "mean_score"
reference = "pristine"
method = "psnr"
[[columns]]
label = "{category} PSNR"
each = "category"
[[columns]]
label = "{category} 1-PSNR"
each = "category"
complement = true
[[rows]]
label = "{algorithm}"
each = "algorithm"
"""


def _rows(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["row"], row["column"]): row for row in json.loads(text)}


def test_forced_choices_in_per_cent(reproduce: Reproduce, tmp_path: Path) -> None:
    root = write_bapps(tmp_path / "bapps")
    plan = tmp_path / "votes.toml"
    plan.write_text(VOTES)
    words = ["--dataset", "bapps", "--root", root, "--results", tmp_path / "runs", "--format", "json"]
    done = reproduce(plan, *words)
    assert done.code == 0, done.error
    row = _rows(done.out)["pristine", "2AFC"]
    assert row["ours"] == pytest.approx(100 * np.mean([1 - share for share in SHARES]), abs=1e-4)
    assert row["pairs"] == 4
    assert _rows(done.out)["x2", "2AFC"]["status"] == "ok"


def test_restored_sets_give_a_row_for_each_algorithm(reproduce: Reproduce, tmp_path: Path) -> None:
    root = write_sets(tmp_path / "restored")
    plan = tmp_path / "sets.toml"
    plan.write_text(SETS)
    words = ["--dataset", "sets", "--root", root, "--results", tmp_path / "runs", "--format", "json"]
    done = reproduce(plan, *words)
    assert done.code == 0, done.error
    rows = _rows(done.out)
    assert set(rows) == {(a, f"{s} {what}") for a in OFFSETS for s in layouts.SETS for what in ("PSNR", "1-PSNR")}
    for algorithm, offset in OFFSETS.items():
        expected = 20 * np.log10(255 / offset)
        assert rows[algorithm, "SetA PSNR"]["ours"] == pytest.approx(expected, abs=1e-3)
        assert rows[algorithm, "SetB 1-PSNR"]["ours"] == pytest.approx(1 - expected, abs=1e-3)
    listed = reproduce("table11", *words[:-2], "--dry-run")
    assert "lpips shown pristine" in listed.out
    assert "ckdn" in listed.out


def test_a_restored_image_without_its_reference_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "SetA" / "Good" / "1.png", pixels(0))
    assert read_restored_sets(tmp_path).references_present() == ()
    (tmp_path / "SetA" / "GT").mkdir()
    with pytest.raises(DataError, match=r"1\.png: there is no image of that name in .*GT"):
        read_restored_sets(tmp_path)
    with pytest.raises(DataError, match="no restored image"):
        read_restored_sets(tmp_path / "SetA" / "Good")
