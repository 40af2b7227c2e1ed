"""The weights that come with the package: there, small, the same everywhere, and worth what the card says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from manifests import Command
from safetensors.torch import load_file
from torch import Tensor

from ckdn.checkpoint import SHIPPED, read_checkpoint
from ckdn.shipped import load_shipped
from iqabench.data.images import read_image, upsample
from iqabench.data.open import open_dataset
from iqabench.methods.registry import Registry
from iqabench.stats import vote_agreement

GOLDEN = {"00_00": 0.3861, "01_01": 0.9714, "03_00": 0.5825, "03_03": 0.8525, "04_01": 0.9601}
"""Scores of restorations of content A0012 of the embedded data set."""

MEASURED = 0.562
"""Share of the votes that the shipped seed agrees with, as its card says."""


@pytest.fixture(autouse=True)
def _no_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the package is enough: neither a folder of weights nor a cache may be looked into."""
    monkeypatch.delenv("IQABENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)


def pixels(path: str, like: str | None = None) -> Tensor:
    image = read_image(path)
    if like is not None:
        height, width = read_image(like).shape[:2]
        image = image if image.shape[:2] == (height, width) else upsample(image, height, width)
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255


def test_it_is_small_and_has_a_card() -> None:
    assert SHIPPED.stat().st_size <= 16 * 10**6
    card = (SHIPPED.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "pseudo" in card


def test_the_trained_method_names_it() -> None:
    registry = Registry()
    ready = registry.get("ckdn").info.ready
    assert ready == ("ckdn-released", "ckdn-shipped")
    entry = registry.get(ready[-1])
    assert not entry.info.trainable
    assert not entry.info.requires
    assert entry.info.trained_on == ("synthesized",)
    method = entry.create()
    assert method.info.name == "ckdn-shipped"
    assert "pseudo labels" in method.notes[0]
    assert set(method.weights_used) == {"ckdn-shipped"}


def test_golden_scores_on_the_embedded_images() -> None:
    frame = open_dataset("mini", None).frame
    rows = frame[frame["content"] == "A0012"].set_index("algorithm")
    method = load_shipped()
    found = {}
    with torch.inference_mode():
        for algorithm in GOLDEN:
            row = rows.loc[algorithm]
            degraded = method.prepare(pixels(row["degraded"], row["image"]))
            found[algorithm] = method.score(pixels(row["image"]), degraded).item()
    assert found == pytest.approx(GOLDEN, abs=1e-3)


@pytest.mark.parametrize("start", ["pristine", "bicubic"])
def test_noise_is_a_fault_and_more_of_it_is_worse(start: str) -> None:
    """From a deviation of 10 of 255 on; of 5 it is not always seen on a blurred picture."""
    method, random = load_shipped(), torch.Generator().manual_seed(0)
    frame = open_dataset("mini", None).frame
    bicubic = frame[frame["algorithm"] == "00_00"].drop_duplicates("content")
    for _, row in bicubic.iloc[:6].iterrows():
        shown = pixels(row["degraded"], row["image"])
        picture = pixels(row["pristine"] if start == "pristine" else row["image"])
        noise = torch.randn(picture.shape, generator=random) / 255
        rungs = torch.cat([(picture + sigma * noise).clamp(0, 1) for sigma in (0, 10, 20, 40)])
        with torch.inference_mode():
            scores = method.score(rungs, method.prepare(shown))
        assert (scores.diff() < 0).all(), (row["content"], scores)


def test_it_is_a_loss() -> None:
    method = load_shipped()
    image = torch.rand(1, 3, 48, 64).requires_grad_()
    method.score(image, method.prepare(torch.rand(1, 3, 48, 64))).sum().backward()
    assert image.grad is not None
    assert image.grad.abs().sum() > 0


@pytest.mark.slow
def test_people_agree_as_often_as_the_card_says(test_data: Path) -> None:
    dataset = open_dataset("votes", test_data / "sr-votes")
    method, scores = load_shipped().fused("fp32"), {}
    with torch.inference_mode():
        for degraded, rows in dataset.frame.groupby("degraded"):
            prepared = method.prepare(pixels(str(degraded), rows["image"].iloc[0]))
            for row in rows.itertuples():
                scores[row.image_id] = method.score(pixels(str(row.image)), prepared).item()
    votes = dataset.votes
    sides = [np.array([scores[name] for name in votes[column]]) for column in ("image_id_a", "image_id_b")]
    counted = vote_agreement(*sides, votes["votes_a"], votes["votes_b"], votes["content"])
    assert counted.cast.sum() == 900
    assert float(counted.share) >= MEASURED - 0.01


def test_training_starts_from_it_and_the_record_says_so(iqabench: Command, manifest: Path, tmp_path: Path) -> None:
    (manifest.parent / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\nlabel_kind = 'pseudo'\n")
    words = ["run", "--dataset", "manifest", "--root", manifest, "--methods", "ckdn", "--no-anchors"]
    settings = ["--set", "ckdn.epochs=1", "--set", "ckdn.pretraining_epochs=0", "--set", "ckdn.learning_rate=0.0"]
    done = iqabench(*words, "--start", "shipped", *settings, "--results", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    assert "from the shipped weights" in done.stdout
    (meta,) = (tmp_path / "runs").rglob("training.json")
    record = json.loads(meta.read_text())
    assert record["start"] == "shipped"
    assert record["weights"]["ckdn-shipped"] == load_shipped().weights_used["ckdn-shipped"]
    # At rate zero only batch norm's statistics move: the head is still the shipped one.
    trained, shipped = load_file(meta.parent / "model.safetensors"), read_checkpoint(SHIPPED)[0]
    assert torch.equal(trained["network.head.layers.0.weight"], shipped["network.head.layers.0.weight"])


def test_a_start_that_no_method_offers_is_refused(iqabench: Command, manifest: Path, tmp_path: Path) -> None:
    words = ["run", "--dataset", "manifest", "--root", manifest, "--no-anchors", "--results", tmp_path]
    done = iqabench(*words, "--methods", "diqam", "--start", "shipped")
    assert done.returncode == 2
    assert "none of the methods lets its start be chosen" in done.stderr


def test_a_file_of_weights_that_is_not_there_is_named(iqabench: Command, manifest: Path) -> None:
    image = next(manifest.parent.rglob("*.png"))
    nowhere = manifest.parent / "nowhere.safetensors"
    words = ["score", image, image, "--method", "ckdn-shipped", "--set", f"ckdn-shipped.weights={nowhere}"]
    done = iqabench(*words)
    assert done.returncode == 2
    assert f"{nowhere}: cannot be read as CKDN weights" in done.stderr
    assert "name a file of CKDN weights that is there and whole" in done.stderr
    assert "Traceback" not in done.stderr
