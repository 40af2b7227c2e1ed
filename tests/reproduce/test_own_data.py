"""Tables 10 and 11: forced choices, and folders of restored sets, each in the layout that its table needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from reproducing import Reproduce

from iqabench.errors import DataError
from iqabench.reproduce.restored_sets import read_restored_sets

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


def _image(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8)).save(path)


def _pixels(seed: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).uniform(60, 190, (side, side, 3))


def _rows(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["row"], row["column"]): row for row in json.loads(text)}


def test_forced_choices_in_per_cent(reproduce: Reproduce, tmp_path: Path) -> None:
    base = tmp_path / "bapps" / "2afc" / "val" / "cnn"
    shares = [0.0, 0.2, 0.8, 1.0]
    for number, share in enumerate(shares):
        pristine = _pixels(number)
        _image(base / "ref" / f"{number:06d}.png", pristine)
        # p0 is always the closer one, so the metric's share is that of the people who chose p0.
        _image(base / "p0" / f"{number:06d}.png", pristine + 2)
        _image(base / "p1" / f"{number:06d}.png", pristine + 40)
        (base / "judge").mkdir(exist_ok=True)
        np.save(base / "judge" / f"{number:06d}.npy", np.array([share], dtype=np.float32))
    plan = tmp_path / "votes.toml"
    plan.write_text(VOTES)
    words = ["--dataset", "bapps", "--root", tmp_path / "bapps", "--results", tmp_path / "runs", "--format", "json"]
    done = reproduce(plan, *words)
    assert done.code == 0, done.error
    row = _rows(done.out)["pristine", "2AFC"]
    assert row["ours"] == pytest.approx(100 * np.mean([1 - share for share in shares]), abs=1e-4)
    assert row["pairs"] == 4
    assert _rows(done.out)["x2", "2AFC"]["status"] == "ok"


def test_restored_sets_give_a_row_for_each_algorithm(reproduce: Reproduce, tmp_path: Path) -> None:
    root, offsets = tmp_path / "restored", {"Good": 2, "Bad": 20}
    for name in ("SetA", "SetB"):
        for number in range(2):
            pristine = _pixels(number).round()
            _image(root / name / "GT" / f"{number}.png", pristine)
            _image(root / name / "LR" / f"{number}.png", pristine[::4, ::4])
            for algorithm, offset in offsets.items():
                _image(root / name / algorithm / f"{number}.png", pristine + offset)
    plan = tmp_path / "sets.toml"
    plan.write_text(SETS)
    words = ["--dataset", "sets", "--root", root, "--results", tmp_path / "runs", "--format", "json"]
    done = reproduce(plan, *words)
    assert done.code == 0, done.error
    rows = _rows(done.out)
    assert set(rows) == {(a, f"{s} {what}") for a in offsets for s in ("SetA", "SetB") for what in ("PSNR", "1-PSNR")}
    for algorithm, offset in offsets.items():
        expected = 20 * np.log10(255 / offset)
        assert rows[algorithm, "SetA PSNR"]["ours"] == pytest.approx(expected, abs=1e-3)
        assert rows[algorithm, "SetB 1-PSNR"]["ours"] == pytest.approx(1 - expected, abs=1e-3)
    listed = reproduce("table11", *words[:-2], "--dry-run")
    assert "lpips shown pristine" in listed.out
    assert "ckdn" in listed.out


def test_a_restored_image_without_its_reference_is_named(tmp_path: Path) -> None:
    _image(tmp_path / "SetA" / "Good" / "1.png", _pixels(0))
    assert read_restored_sets(tmp_path).references_present() == ()
    (tmp_path / "SetA" / "GT").mkdir()
    with pytest.raises(DataError, match=r"1\.png: there is no image of that name in .*GT"):
        read_restored_sets(tmp_path)
    with pytest.raises(DataError, match="no restored image"):
        read_restored_sets(tmp_path / "SetA" / "Good")
