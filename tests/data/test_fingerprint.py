from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from iqabench._util.errors import DataError
from iqabench.data.base import Dataset
from iqabench.data.fingerprint import fingerprint
from iqabench.data.open import open_dataset


def place(root: Path, paint: Callable[..., Path], text: str = "") -> Dataset:
    for name in ("r1.png", "r2.png", "d.png"):
        paint(root / name)
    (root / "manifest.csv").write_text(text or "image,degraded,content,mos\nr1.png,d.png,c,1\nr2.png,d.png,c,2\n")
    return open_dataset("manifest", root)


def test_place_and_order_do_not_matter(tmp_path: Path, paint: Callable[..., Path]) -> None:
    first = place(tmp_path / "a", paint)
    shutil.copytree(tmp_path / "a", tmp_path / "b" / "deeper")
    moved = open_dataset("manifest", tmp_path / "b" / "deeper")
    turned = place(tmp_path / "c", paint, "mos,image,degraded,content\n2.0,r2.png,d.png,c\n1,r1.png,d.png,c\n")
    renamed = replace(first, card=replace(first.card, name="other", description="prose"))
    assert len({fingerprint(dataset) for dataset in (first, moved, turned, renamed)}) == 1


def test_everything_that_counts_changes_it(tmp_path: Path, paint: Callable[..., Path]) -> None:
    dataset = place(tmp_path, paint)
    frame = dataset.frame
    variants = [
        dataset,
        replace(dataset, frame=frame.assign(mos=[1.0, 2.0000000001])),
        replace(dataset, frame=frame.assign(content=["c", "e"])),
        replace(dataset, frame=frame.assign(degraded=[None, frame["degraded"][1]])),
        replace(dataset, frame=frame.assign(image=frame["image"][::-1].to_numpy())),
        replace(dataset, card=replace(dataset.card, label_version="2")),
        replace(dataset, card=replace(dataset.card, mos_higher_is_better=False)),
    ]
    assert len({fingerprint(variant) for variant in variants}) == len(variants)
    before = fingerprint(dataset)
    pixels = bytearray((tmp_path / "d.png").read_bytes())
    pixels[-20] ^= 1
    (tmp_path / "d.png").write_bytes(pixels)
    assert fingerprint(dataset) != before


def test_votes_count(tmp_path: Path, paint: Callable[..., Path]) -> None:
    for method in ("a", "b"):
        paint(tmp_path / "images" / method / "1.png")
    found = set()
    for votes in ("1,a,b,3,4", "1,a,b,3,5"):
        (tmp_path / "votes.csv").write_text(f"content,method_a,method_b,votes_a,votes_b\n{votes}\n")
        found.add(fingerprint(open_dataset("votes", tmp_path)))
    assert len(found) == 2


def test_progress_and_missing_files(tmp_path: Path, paint: Callable[..., Path]) -> None:
    dataset = place(tmp_path, paint)
    seen: list[tuple[int, int]] = []
    fingerprint(dataset, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    (tmp_path / "d.png").unlink()
    with pytest.raises(DataError, match=r"d\.png: no such file"):
        fingerprint(dataset)
