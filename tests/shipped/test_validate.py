"""Scores of several files are put side by side if they are about the same images; the command stores what it used."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks.shipped.validate import main, read_scores


def stored(path: Path, seeds: int = 1, **quality: float) -> Path:
    """Scores of made variants on three contents of eight images; ``quality`` is the share of the label in the score."""
    random = np.random.default_rng(len(path.name))
    labels = np.tile(np.arange(8.0), 3)
    rows = pd.DataFrame(
        {
            "image_id": [f"{content}{number}" for content in "xyz" for number in range(8)],
            "content": np.repeat(list("xyz"), 8),
            "degraded": [f"{content}_{number // 4}.png" for content in "xyz" for number in range(8)],
            "mos": labels,
        }
    )
    for variant, share in quality.items():
        for seed in range(seeds):
            rows[f"{variant.replace('_', '-')}-{seed}"] = share * labels + (1 - share) * random.normal(0, 4, 24)
    rows.to_csv(path, index=False)
    return path


def test_files_are_put_side_by_side(tmp_path: Path) -> None:
    paths = [stored(tmp_path / "a.csv", seeds=2, ckdn=0.8), stored(tmp_path / "bb.csv", ckdn_nr=-0.5, ckdn_fr=1.0)]
    scores, rows = read_scores(paths)
    assert {name: one.shape for name, one in scores.items()} == {
        "ckdn": (2, 24),
        "ckdn-nr": (1, 24),
        "ckdn-fr": (1, 24),
    }
    assert rows["image_id"].is_unique
    done = CliRunner().invoke(main, [*(f"--scores={path}" for path in paths), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    again, _ = read_scores([tmp_path / "out" / "validation-scores.csv"])
    assert all(np.array_equal(scores[name], again[name]) for name in scores)
    order = pd.read_csv(tmp_path / "out" / "validation-order.csv").set_index(["within", "method"])["srcc"]
    for within in ("content", "degraded"):
        assert order[within, "ckdn-nr"] < order[within, "ckdn"] < order[within, "ckdn-fr"]


def test_files_about_other_labels_or_the_same_variant_are_refused(tmp_path: Path) -> None:
    first, twice = stored(tmp_path / "a.csv", ckdn=0.5), stored(tmp_path / "b.csv", ckdn=0.5)
    with pytest.raises(click.ClickException, match=r"b\.csv: ckdn-0 is also in an earlier file"):
        read_scores([first, twice])
    other = stored(tmp_path / "c.csv", ckdn_nr=0.5)
    pd.read_csv(other).assign(mos=0.0).to_csv(other, index=False)
    with pytest.raises(click.ClickException, match=r"c\.csv and .*a\.csv are not about the same images"):
        read_scores([first, other])
