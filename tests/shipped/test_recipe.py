"""The steps from photographs to the shipped checkpoint, on a made data set of a few small images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks.shipped import distil, maps
from benchmarks.shipped.assemble import assemble
from benchmarks.shipped.heads import FeatureSet, Head, fit_head, predict
from ckdn.architecture import Architecture
from ckdn.model import Network
from ckdn.preprocess import MEAN, STD
from ckdn.shipped import load_shipped
from iqabench.datasets.base import Card
from iqabench.images import upsample
from iqabench.training import FitSession

CARD = Card(name="toy", label_kind="pseudo", mos_range=(0.0, 1.0))


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network(Architecture()).eval()


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """Two contents of 64×64, each blurred by three algorithms, given at half the size."""
    rows = []
    for content in ("a", "b"):
        pixels = np.random.default_rng(ord(content)).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{content}_h.png")
        Image.fromarray(pixels).resize((32, 32)).save(tmp_path / f"{content}_d.png")
        for level in range(3):
            path = tmp_path / f"{content}_{level}.png"
            Image.fromarray(pixels).resize((64 >> level,) * 2).resize((64, 64)).save(path)
            rows.append(
                {
                    "image_id": path.stem,
                    "image": str(path),
                    "degraded": str(tmp_path / f"{content}_d.png"),
                    "pristine": str(tmp_path / f"{content}_h.png"),
                    "content": content,
                    "category": "",
                    "mos": 0.8 - 0.3 * level,
                }
            )
    return pd.DataFrame(rows)


def test_distillation_brings_the_degraded_embedding_near_and_keeps_statistics(
    frame: pd.DataFrame, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = network.state_dict()
    state.update({name.replace("qse", "dte"): value for name, value in state.items() if name.startswith("qse.")})
    monkeypatch.setattr(distil, "start_from_imagenet", lambda made: made.load_state_dict(state))
    trained = distil.distil(frame, CARD, 12, FitSession())

    def distance(made: Network) -> float:
        with torch.no_grad():
            degraded = maps.images(list(frame["degraded"]), 64, 64)
            return float((made.dte(degraded) - made.qse(maps.images(list(frame["pristine"]), 64, 64))).square().mean())

    network.load_state_dict(state)
    assert distance(trained) < 0.9 * distance(network)
    for name, value in trained.state_dict().items():
        if not name.startswith("dte.") or "running" in name or "num_batches" in name:
            assert torch.equal(value, state[name])


def test_features_are_what_the_network_averages(frame: pd.DataFrame, network: Network, tmp_path: Path) -> None:
    found = maps.features(frame, network, tmp_path / "cache", parts=1)
    again = maps.features(frame, network, tmp_path / "cache", ("degraded",), parts=1)
    assert np.array_equal(found["degraded"], again["degraded"])
    with torch.no_grad():
        restored = network.qse(maps.images(list(frame["image"]), 64, 64))
        for kind in maps.KINDS:
            seen = restored
            if kind != "none":
                seen = network.difference(restored, network.dte(maps.images(list(frame[kind]), 64, 64)))
            expected = network.csp(seen).mean((2, 3)).numpy()
            # bfloat16 inside, half precision between.
            np.testing.assert_allclose(found[kind][:, 0], expected, rtol=0.1, atol=0.05 * np.abs(expected).max())


def test_a_small_reference_is_upsampled_by_the_rule_of_the_toolkit(frame: pd.DataFrame) -> None:
    small = np.array(Image.open(frame["degraded"].iloc[0]))
    shown = maps.images([frame["degraded"].iloc[0]], 64, 64)[0]
    expected = torch.from_numpy(upsample(small, 64, 64)).permute(2, 0, 1) / 255
    torch.testing.assert_close(shown * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None], expected)


def made_features(rows: int) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    random = np.random.default_rng(0)
    values = random.normal(size=(rows, 9, 512)).astype(np.float32) * 0.1 + 3
    mos = np.argsort(np.argsort(values.mean(1)[:, :8].sum(1))) / rows
    frame = pd.DataFrame({"mos": mos, "content": [f"c{i % 4}" for i in range(rows)]})
    return {"degraded": values, "pristine": values + 0.01}, frame


def test_the_head_learns_and_survives_storing(network: Network, tmp_path: Path) -> None:
    features, frame = made_features(96)
    head = fit_head("ckdn", features, frame, CARD, FitSession(), epochs=60, batch_size=32)
    scores = predict(head, features["degraded"])
    assert np.corrcoef(scores, frame["mos"])[0, 1] > 0.9
    assemble("ckdn", network, head, tmp_path / "made.safetensors", {"note": "toy"})
    loaded = load_shipped(weights=str(tmp_path / "made.safetensors"))
    with torch.inference_mode():
        whole = torch.from_numpy(features["degraded"].mean(1))[:, :, None, None]
        np.testing.assert_allclose(loaded.network.head(whole).numpy(), scores, atol=5e-3)
    assert loaded.variant.name == "ckdn"


def test_batches_depend_on_seed_and_epoch_alone() -> None:
    features, frame = made_features(40)
    data = FeatureSet(features, frame, CARD)
    head = Head(epochs=1)

    def drawn(seed: int, epoch: int, skip: int = 0) -> list[torch.Tensor]:
        stage, where = head.recipe.stages[0], torch.device("cpu")
        found = data.batches(stage, 16, seed=seed, epoch=epoch, view=head.view, device=where, skip=skip)
        return [batch.restored for batch in found]

    first = drawn(0, 0)
    assert [tuple(one.shape) for one in first] == [(16, 2, 512)] * 2
    assert all(torch.equal(a, b) for a, b in zip(first, drawn(0, 0), strict=True))
    assert torch.equal(drawn(0, 0, skip=1)[0], first[1])
    assert not torch.equal(drawn(0, 1)[0], first[0])
    assert not torch.equal(drawn(1, 0)[0], first[0])
