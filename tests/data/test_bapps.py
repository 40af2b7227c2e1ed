from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from iqabench._util.errors import DataError, UserError
from iqabench.data.open import open_dataset


def place(root: Path, paint: Callable[..., Path]) -> Path:
    for category, shares in {"cnn": (0.2, 1.0), "color": (0.5,)}.items():
        folder = root / "2afc" / "val" / category
        (folder / "judge").mkdir(parents=True)
        for number, share in enumerate(shares):
            np.save(folder / "judge" / f"{number:06d}.npy", np.array([share], dtype=np.float32))
            for side in ("ref", "p0", "p1"):
                paint(folder / side / f"{number:06d}.png")
    return root


def test_rows_and_votes(tmp_path: Path, paint: Callable[..., Path]) -> None:
    dataset = open_dataset("bapps", place(tmp_path, paint))
    assert len(dataset.frame) == 6
    row = dataset.frame.iloc[1]
    assert (row["image_id"], row["content"], row["category"]) == ("val/cnn/000000/p1", "cnn/000000", "cnn")
    assert row["pristine"].endswith("cnn/ref/000000.png")
    assert dataset.references_present() == ("pristine",)
    assert dataset.votes is not None
    first = dataset.votes.iloc[0]
    assert (first["image_id_a"], first["image_id_b"]) == ("val/cnn/000000/p0", "val/cnn/000000/p1")
    assert (first["votes_a"], first["votes_b"]) == pytest.approx((0.8, 0.2))
    assert len(open_dataset("bapps", tmp_path / "2afc", categories=["color"]).frame) == 2


def test_wrong_judge_files_are_named(tmp_path: Path, paint: Callable[..., Path]) -> None:
    judge = place(tmp_path, paint) / "2afc/val/cnn/judge/000001.npy"
    for wrong in (np.array([1.5]), np.array([np.nan]), np.array([0.1, 0.2]), np.array(["x"])):
        np.save(judge, wrong)
        with pytest.raises(DataError, match=r"000001\.npy: must hold one number from 0 to 1"):
            open_dataset("bapps", tmp_path)
    np.save(judge, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"000001\.npy: not a NumPy file"):
        open_dataset("bapps", tmp_path)
    judge.write_bytes(b"")
    with pytest.raises(DataError, match=r"000001\.npy: not a NumPy file"):
        open_dataset("bapps", tmp_path)


def test_missing_parts(tmp_path: Path, paint: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match="no folder 2afc/val"):
        open_dataset("bapps", tmp_path)
    with pytest.raises(UserError, match="no part 'test'; use val or train"):
        open_dataset("bapps", tmp_path, part="test")
    place(tmp_path, paint)
    (tmp_path / "2afc/val/cnn/p0/000000.png").unlink()
    with pytest.raises(DataError, match=r"p0/000000\.png \(row val/cnn/000000/p0\) is missing"):
        open_dataset("bapps", tmp_path)
    with pytest.raises(DataError, match="deblur/judge: no judge files"):
        open_dataset("bapps", tmp_path, categories=["deblur"])
