"""Damaged label files, manifests, votes, splits and cards give data that hold together or one clear UserError."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fuzz_guard import Guard, fuzz, memory_folder
from fuzz_mutations import damaged, damaged_table
from hypothesis import given
from hypothesis import strategies as st

from iqabench._util.errors import SplitError, UserError
from iqabench.data.base import Dataset
from iqabench.data.open import open_dataset
from iqabench.data.pipal import read_label_file
from iqabench.data.splits import PARTS, draw_split, load_split

pytestmark = pytest.mark.timeout(3600)

MEMORY = 200
guards = {kind: Guard(kind, MEMORY) for kind in ("label-files", "manifests", "votes", "splits", "cards")}

LABELS = (
    "A0001_00_00.bmp,1520.0648\nA0001_00_01.bmp,1397.7\nA0001_03_05.bmp,1450\n",
    "A0001_06_00.bmp, 1.5e3\r\nA0001_01_00.bmp,+900\r\n",
)
MANIFESTS = (
    "image,degraded,pristine,content,algorithm,category,mos\n"
    "r/a.png,d/a.png,p/a.png,c1,a1,00,1.5\nr/b.png,d/a.png,p/a.png,c1,a2,03,2\nr/c.png,d/c.png,p/c.png,c2,a1,00,3\n",
    "image,mos\nr/a.png,1\nr/b.png,2\nr/c.png,3\n",
    "image,degraded\nr/a.png,d/a.png\nlink/x.png,d/a.png\n",
    'image,content,notes\n"r/a.png",c1,"a, b"\nr/b.png,c2,""\n',
)
VOTES = (
    "content,method_a,method_b,votes_a,votes_b\nbaby,EDSR,bicubic,30,2\nbird,EDSR,bicubic,17,15\n",
    "content,method_a,method_b,votes_a,votes_b\nbaby,bicubic,EDSR,0.25,0.75\n",
)
CARDS = (
    b'name = "toy"\nversion = "2"\nlabel_kind = "human"\nmos_range = [0, 100]\nmos_higher_is_better = true\n'
    b'licence = "CC0"\ncitation = """@article{x}"""\n',
    b'[photographs]\na = 1\n[[b]]\nc = {d = 1.5, e = [1, "x"]}\n',
)
SPLITS = (
    "content,part\nc1,train\nc2,train\nc3,validate\nc4,validate\n",
    "algorithm,part\na1,train\na2,train\na3,validate\n",
    'seed = 3\nnote = "drawn with seed 3"\n',
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with the images that the valid files name, and a link that leads out of it."""
    top = memory_folder()
    outside = top / "outside"
    inside = top / "inside"
    for place in (outside, *(inside / name for name in "rdp")):
        place.mkdir(parents=True)
        for name in ("a", "b", "c", "x"):
            (place / f"{name}.png").touch()
    (inside / "link").symlink_to(outside)
    for method, suffix in (("EDSR", "png"), ("bicubic", "jpg"), ("LR", "png"), ("HR", "png")):
        (inside / "images" / method).mkdir(parents=True)
        for content in ("baby", "bird"):
            (inside / "images" / method / f"{content}.{suffix}").touch()
    yield inside
    shutil.rmtree(top)


def holds_together(dataset: Dataset, root: Path | None) -> None:
    frame = dataset.frame
    assert frame["image_id"].is_unique
    assert all(isinstance(name, str) and name.isprintable() and name for name in frame["image_id"])
    mos = frame["mos"].to_numpy()
    assert np.isfinite(mos).all() or np.isnan(mos).all()
    if root is not None:
        for column in ("image", "degraded", "pristine"):
            for path in frame[column].dropna():
                assert Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)), path


@fuzz(fast=250)
@given(data=damaged_table(LABELS))
def test_label_files(folder: Path, data: bytes) -> None:
    path = folder / "A0001.txt"
    path.write_bytes(data)
    labels = guards["label-files"](lambda: read_label_file(path), names=path)
    if not isinstance(labels, UserError):
        assert labels
        assert len({label[:3] for label in labels}) == len(labels)
        assert all(np.isfinite(label[3]) for label in labels)


@fuzz(fast=250)
@given(data=damaged_table(MANIFESTS), complete=st.booleans())
def test_manifests(folder: Path, data: bytes, complete: bool) -> None:
    path = folder / "toy.csv"
    path.write_bytes(data)
    dataset = guards["manifests"](lambda: open_dataset("manifest", path, require_images=complete))
    if isinstance(dataset, UserError):
        assert str(path) in str(dataset) or "dataset toy" in str(dataset)
        return
    holds_together(dataset, folder)
    try:
        drawn = draw_split(dataset.frame, 0).apply(dataset.frame)
    except UserError:
        return
    assert set(drawn["part"]) <= {*PARTS, "unused"}


@fuzz(fast=250)
@given(data=damaged_table(VOTES), complete=st.booleans())
def test_votes(folder: Path, data: bytes, complete: bool) -> None:
    path = folder / "votes.csv"
    path.write_bytes(data)
    dataset = guards["votes"](lambda: open_dataset("votes", folder, require_images=complete))
    if isinstance(dataset, UserError):
        assert str(path) in str(dataset) or "dataset inside" in str(dataset)
        return
    holds_together(dataset, folder)
    assert dataset.votes is not None
    counts = dataset.votes[["votes_a", "votes_b"]].to_numpy()
    assert (counts >= 0).all()
    assert (counts.sum(axis=1) > 0).all()
    ids = set(dataset.frame["image_id"])
    assert set(dataset.votes["image_id_a"]) | set(dataset.votes["image_id_b"]) <= ids


@fuzz(fast=250)
@given(data=damaged(CARDS))
def test_cards(folder: Path, data: bytes) -> None:
    place = folder / "carded"
    place.mkdir(exist_ok=True)
    (place / "a.png").touch()
    (place / "manifest.csv").write_text("image\na.png\n")
    card = place / "card.toml"
    card.write_bytes(data)
    dataset = guards["cards"](lambda: open_dataset("manifest", place), names=card)
    if not isinstance(dataset, UserError):
        assert dataset.card.label_kind in ("human", "pseudo", "none")
        assert dataset.card.mos_range is None or dataset.card.mos_range[0] < dataset.card.mos_range[1]


FRAME = pd.DataFrame(
    [
        {"image_id": f"{c}{a}", "image": f"{c}{a}", "degraded": None, "pristine": c, "content": c, "algorithm": a}
        for c in ("c1", "c2", "c3", "c4")
        for a in ("a1", "a2", "a3")
    ]
)


@fuzz(fast=250)
@given(which=st.integers(0, 3), data=damaged_table(SPLITS))
def test_splits(folder: Path, which: int, data: bytes) -> None:
    place = folder / "split"
    place.mkdir(exist_ok=True)
    files = [place / name for name in ("contents.csv", "algorithms.csv", "split.toml")]
    for file, text in zip(files, SPLITS, strict=True):
        file.write_text(text)
    if which < 3:
        files[which].write_bytes(data)
    split = guards["splits"](lambda: load_split("toy", place), names=place)
    if isinstance(split, UserError):
        return
    for parts in (split.contents, split.algorithms):
        assert set(parts.values()) <= set(PARTS)
    try:
        parts = split.apply(FRAME, for_training=True)["part"]
    except SplitError:
        return
    for axis in ("content",) if not split.algorithms else ("content", "algorithm"):
        named = [set(FRAME.loc[parts == part, axis]) for part in PARTS]
        assert not named[0] & named[1]
