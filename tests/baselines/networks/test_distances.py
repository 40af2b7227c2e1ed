"""SWDN and tuned LPIPS: what they share, what sets them apart, and golden values."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from baselines.networks.lpips_tuned import LpipsTuned
from baselines.networks.swdn import Swdn, warped_squares
from baselines.shared.feature_trunk import DistanceHeads, FeatureTrunk, L2Pool
from iqabench._util.errors import DataError, MethodError
from iqabench.training import Batch

WEIGHTS = os.environ.get("IQABENCH_WEIGHTS")
"""Read before the tests of this room hide it."""


def test_warping_by_brute_force() -> None:
    torch.manual_seed(0)
    r, d = torch.rand(2, 3, 5, 6), torch.rand(2, 3, 5, 6)
    expected = torch.empty_like(r)
    for n in range(2):
        for i in range(5):
            for j in range(6):
                found = [
                    (r[n, :, i, j] - d[n, :, u, v]).square()
                    for u in range(max(0, i - 1), min(5, i + 2))
                    for v in range(max(0, j - 1), min(6, j + 2))
                ]
                expected[n, :, i, j] = min(found, key=lambda squares: float(squares.sum()))
    torch.testing.assert_close(warped_squares(r, d, 1), expected)


def test_warping_forgives_a_shift_of_one_position() -> None:
    torch.manual_seed(0)
    d = torch.rand(1, 4, 8, 8)
    shifted = d.roll(1, dims=3)
    assert warped_squares(shifted, d, 1)[..., 1:].abs().max() == 0
    assert warped_squares(shifted, d, 0).mean() > 0.01


def test_l2_pool_of_a_constant_is_the_constant() -> None:
    pooled = L2Pool()(torch.full((1, 2, 20, 20), 0.7))
    assert pooled.shape == (1, 2, 10, 10)
    torch.testing.assert_close(pooled[..., 2:-2, 2:-2], torch.full((1, 2, 6, 6), 0.7))


def test_heads_by_hand() -> None:
    heads = DistanceHeads((2, 1))
    with torch.no_grad():
        heads.raw[0].copy_(torch.tensor([1.0, -2.0]))
        heads.raw[1].fill_(3.0)
    squares = [torch.tensor([[[[1.0, 3.0]], [[2.0, 0.0]]]]), torch.full((1, 1, 4, 4), 0.5)]
    # |1|·mean(1, 3) + |-2|·mean(2, 0) + 3·0.5
    torch.testing.assert_close(heads(squares), torch.tensor([2.0 + 2.0 + 1.5]))


@pytest.mark.parametrize("method", [Swdn("quick"), LpipsTuned("quick")])
def test_an_image_is_at_distance_0_from_itself(method: Swdn | LpipsTuned) -> None:
    image = torch.rand(1, 3, 64, 70)
    assert method.eval().score(image, method.prepare(image)).item() == 0


@pytest.mark.parametrize("method", [Swdn("quick"), LpipsTuned("quick")])
def test_a_reference_of_another_size_is_refused(method: Swdn | LpipsTuned) -> None:
    with pytest.raises(DataError, match="restored image is 64x48, its reference 64x64"):
        method.score(torch.rand(1, 3, 48, 64), method.prepare(torch.rand(1, 3, 64, 64)))


def test_unknown_trunk() -> None:
    with pytest.raises(MethodError, match="use one of alexnet, vgg16"):
        FeatureTrunk("squeezenet")


@pytest.mark.parametrize("method", [Swdn("quick"), LpipsTuned("quick")])
def test_loss_is_the_ranking_of_the_two_distances(method: Swdn | LpipsTuned) -> None:
    torch.manual_seed(0)
    method.eval()
    images = torch.rand(4, 2, 3, 48, 48)
    batch = Batch(
        images[0],
        torch.tensor([0.8, 0.2]),
        torch.zeros(2).long(),
        degraded=images[1],
        partner=images[2],
        partner_quality=torch.tensor([0.4, 0.4]),
        partner_degraded=images[3],
    )
    with torch.no_grad():
        near = method.score(images[0], method.prepare(images[1]))
        far = method.score(images[2], method.prepare(images[3]))
        slope = method.ranking.log_slope.exp()
        predicted = 1 / (1 + torch.exp(slope * (near - far)))
        target = torch.tensor([10 / 11, 1 / (1 + 10**0.5)])
        expected = -(target * predicted.log() + (1 - target) * (1 - predicted).log()).mean()
        torch.testing.assert_close(method.loss(method.recipe.stages[0], batch), expected)


@pytest.mark.parametrize("method", [Swdn("quick"), LpipsTuned("quick")])
def test_training_needs_degraded_images(method: Swdn | LpipsTuned) -> None:
    batch = Batch(torch.rand(1, 3, 40, 40), torch.rand(1), torch.zeros(1).long())
    with pytest.raises(DataError, match="degraded"):
        method.loss(method.recipe.stages[0], batch)


def test_random_features_are_noted() -> None:
    method = Swdn("quick")
    method.initialise(SimpleNamespace(categories=()))  # type: ignore[arg-type]
    (note,) = method.notes
    assert note.startswith("trained from a random start: the weights alexnet-features ")
    assert method.start == "random"


@pytest.mark.parametrize(("trunk", "far", "near"), [("alexnet", 0.7219, 0.1376), ("vgg16", 0.5686, 0.4217)])
def test_before_training_it_is_lpips(monkeypatch: pytest.MonkeyPatch, trunk: str, far: float, near: float) -> None:
    data = os.environ.get("IQABENCH_TEST_DATA")
    if not data or not WEIGHTS:
        pytest.skip("needs IQABENCH_TEST_DATA and IQABENCH_WEIGHTS")
    monkeypatch.setenv("IQABENCH_WEIGHTS", WEIGHTS)
    method = LpipsTuned(trunk=trunk).eval()
    method.load_published()
    assert not method.notes
    assert method.start == "published"
    assert all((raw >= 0).all() for raw in method.heads.raw)
    reference, first, second = (
        torch.from_numpy(np.array(Image.open(Path(data) / "lpips-example" / f"ex_{name}.png").convert("RGB")))
        .permute(2, 0, 1)[None]
        .float()
        / 255
        for name in ("ref", "p0", "p1")
    )
    with torch.no_grad():
        prepared = method.prepare(reference)
        assert method.score(first, prepared).item() == pytest.approx(far, abs=1e-4)
        assert method.score(second, prepared).item() == pytest.approx(near, abs=1e-4)
