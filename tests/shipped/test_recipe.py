"""The steps from photographs to the shipped checkpoint, on a made data set of a few small images."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from benchmarks.shipped import distil, maps
from benchmarks.shipped.assemble import assemble
from benchmarks.shipped.heads import FeatureSet, Head, fit_head, predict
from benchmarks.shipped.network import SEVERITY, calibrate, weigh_reference
from ckdn.architecture import Architecture
from ckdn.model import Network
from ckdn.preprocess import MEAN, STD
from ckdn.shipped import load_shipped
from iqabench.data.base import Card
from iqabench.data.images import upsample
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


def test_statistics_are_those_of_the_batches_and_nothing_else_changes() -> None:
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).eval()
    before = {name: value.clone() for name, value in layers.state_dict().items()}
    batches = list(torch.randn(3, 5, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 + 1)
    calibrate(layers, batches)
    with torch.no_grad():
        seen = [layers[0](batch) for batch in batches]
    after = layers.state_dict()
    mean = torch.stack([one.mean((0, 2, 3)) for one in seen]).mean(0)
    variance = torch.stack([one.var((0, 2, 3)) for one in seen]).mean(0)
    # bfloat16 inside.
    torch.testing.assert_close(after["1.running_mean"], mean, rtol=0.02, atol=0.02)
    torch.testing.assert_close(after["1.running_var"], variance, rtol=0.03, atol=0.02)
    assert not layers.training
    for name in ("0.weight", "0.bias", "1.weight", "1.bias"):
        assert torch.equal(after[name], before[name])


def test_half_of_the_reference_is_subtracted_by_the_weights_alone(network: Network) -> None:
    weighed = copy.deepcopy(network)
    weigh_reference(weighed)
    random = torch.Generator().manual_seed(0)
    restored, reference = torch.rand(2, 2, 3, 64, 64, generator=random)
    with torch.no_grad():
        expected = network.csp(network.qse(restored) - 0.5 * network.dte(reference))
        found = weighed.csp(weighed.difference(weighed.qse(restored), weighed.dte(reference)))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("severity", [0.0, SEVERITY])
def test_distillation_brings_the_embeddings_near_their_targets_and_keeps_statistics(
    severity: float, frame: pd.DataFrame, network: Network
) -> None:
    start = copy.deepcopy(network)
    start.dte.load_state_dict(start.qse.state_dict())
    if severity:
        weigh_reference(start)
    state = {name: value.clone() for name, value in start.state_dict().items()}
    trained = distil.distil(start, severity, frame, CARD, 16, FitSession())

    def distance(made: Network) -> float:
        with torch.no_grad():
            degraded = maps.images(list(frame["degraded"]), 64, 64)
            known, lossy = made.embed_pair(maps.images(list(frame["pristine"]), 64, 64), degraded)
            return float((made.dte(degraded) - torch.relu(known - severity * lossy)).square().mean())

    assert distance(trained) < 0.9 * distance(start)
    for name, value in trained.state_dict().items():
        if not name.startswith("dte.") or "running" in name or "num_batches" in name:
            assert torch.equal(value, state[name])


@pytest.mark.parametrize("kind", maps.KINDS)
def test_features_are_what_the_network_averages(
    kind: str, frame: pd.DataFrame, network: Network, tmp_path: Path
) -> None:
    found = maps.features(frame, network, tmp_path / "cache", kind, parts=1)
    assert np.array_equal(found, maps.features(frame, network, tmp_path / "cache", kind, parts=1))
    with torch.no_grad():
        seen = network.qse(maps.images(list(frame["image"]), 64, 64))
        if kind != "none":
            seen = network.difference(seen, network.dte(maps.images(list(frame[kind]), 64, 64)))
        expected = network.csp(seen).mean((2, 3)).numpy()
    # bfloat16 inside, half precision between.
    np.testing.assert_allclose(found[:, 0], expected, rtol=0.1, atol=0.05 * np.abs(expected).max())


def test_the_sample_for_statistics_mixes_contents_and_is_the_same_each_time(
    frame: pd.DataFrame, network: Network, tmp_path: Path
) -> None:
    def drawn() -> list[torch.Tensor]:
        return list(maps.sampled(frame, network, tmp_path / "cache", "degraded", every=2, batch=3))

    first = drawn()
    # Content a gives rows 0 and 2, content b row 1.
    assert [one.shape[0] for one in first] == [3]
    assert all(torch.equal(a, b) for a, b in zip(first, drawn(), strict=True))
    seen = torch.cat(
        [maps_seen for _, maps_seen in maps.seen_by_csp(frame, network, tmp_path / "cache", "degraded", "")]
    )
    kept = {float(one.sum()) for one in seen[[0, 2, 4]].half().float()}
    assert {float(one.sum()) for one in first[0]} == kept


def test_a_small_reference_is_upsampled_by_the_rule_of_the_toolkit(frame: pd.DataFrame) -> None:
    small = np.array(Image.open(frame["degraded"].iloc[0]))
    shown = maps.images([frame["degraded"].iloc[0]], 64, 64)[0]
    expected = torch.from_numpy(upsample(small, 64, 64)).permute(2, 0, 1) / 255
    torch.testing.assert_close(shown * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None], expected)


def made_features(rows: int) -> tuple[np.ndarray, pd.DataFrame]:
    random = np.random.default_rng(0)
    values = random.normal(size=(rows, 9, 512)).astype(np.float32) * 0.1 + 3
    mos = np.argsort(np.argsort(values.mean(1)[:, :8].sum(1))) / rows
    frame = pd.DataFrame({"mos": mos, "content": [f"c{i % 4}" for i in range(rows)]})
    return values, frame


def test_the_head_learns_and_survives_storing(network: Network, tmp_path: Path) -> None:
    features, frame = made_features(96)
    head = fit_head(features, frame, CARD, FitSession(), epochs=20, batch_size=32)
    scores = predict(head, features)
    assert np.corrcoef(scores, frame["mos"])[0, 1] > 0.9
    assemble("ckdn", network, head, tmp_path / "made.safetensors", {"note": "toy"})
    loaded = load_shipped(weights=str(tmp_path / "made.safetensors"))
    with torch.inference_mode():
        whole = torch.from_numpy(features.mean(1))[:, :, None, None]
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
    assert [tuple(one.shape) for one in first] == [(16, 512)] * 2
    assert all(torch.equal(a, b) for a, b in zip(first, drawn(0, 0), strict=True))
    assert torch.equal(drawn(0, 0, skip=1)[0], first[1])
    assert not torch.equal(drawn(0, 1)[0], first[0])
    assert not torch.equal(drawn(1, 0)[0], first[0])
