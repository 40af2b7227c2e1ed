"""What every built-in metric must do: rank growing noise, ignore the batch, keep its hands off its inputs."""

from __future__ import annotations

from inspect import isclass
from typing import Any

import piq
import pytest
import torch
from torch import Tensor

from iqabench._util.errors import DataError
from iqabench.methods.contract import Paradigm
from iqabench.methods.registry import Registry
from iqabench.weights.resolve import locate

ENTRIES = {
    entry.info.name: entry
    for entry in Registry().entries()
    if not entry.info.trainable and not entry.info.name.startswith("ckdn")
}
REFERENCED = sorted(
    name for name, entry in ENTRIES.items() if Paradigm.FR in entry.info.paradigms and isclass(entry.build)
)
"""Classes; a metric that is a function is held to the contract alone (tests/checks)."""
SYMMETRIC = {
    "psnr",
    "psnr-y",
    "ssim",
    "ssim-y",
    "ms-ssim",
    "lpips",
    "lpips-vgg",
    "dists",
    "gmsd",
    "fsim",
    "vsi",
    "haarpsi",
}
BEST = {"psnr": 100.0, "psnr-y": 100.0}

_built: dict[str, Any] = {}


def build(name: str) -> Any:
    for needed in ENTRIES[name].info.weights:
        if locate(needed) is None:
            pytest.skip(f"{needed} is not here: set IQABENCH_WEIGHTS")
    if name not in _built:
        _built[name] = ENTRIES[name].create()
    return _built[name]


def scene(height: int, width: int) -> Tensor:
    rows, columns = torch.meshgrid(torch.arange(height) / 9.0, torch.arange(width) / 13.0, indexing="ij")
    texture = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(1))
    return (0.5 + 0.25 * torch.sin(rows) * torch.cos(columns) + 0.1 * texture).clamp(0, 1)


def noisy(image: Tensor) -> Tensor:
    """The image itself, then with more and more noise."""
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(2))
    return torch.cat([(image + level * noise).clamp(0, 1) for level in (0.0, 0.03, 0.1, 0.3)])


@pytest.mark.parametrize("name", REFERENCED)
def test_noise_batches_and_inputs(name: str) -> None:
    method = build(name)
    reference = scene(163, 170)
    restored = noisy(reference)
    before = restored.clone(), reference.clone()
    prepared = method.prepare(reference)
    scores = method.score(restored, prepared)
    assert scores.shape == (4,)
    assert torch.isfinite(scores).all()
    best = BEST.get(name, 0.0 if method.info.lower_is_better else 1.0)
    assert scores[0].item() == pytest.approx(best, abs=1e-4)
    goodness = method.info.sign * scores
    assert (goodness.diff() < 0).all(), f"more noise must score worse: {scores.tolist()}"
    alone = torch.cat([method.score(restored[k : k + 1], prepared) for k in range(4)])
    torch.testing.assert_close(alone, scores, rtol=1e-5, atol=1e-5)
    assert torch.equal(restored, before[0])
    assert torch.equal(reference, before[1])
    if name in SYMMETRIC:
        swapped = method.score(reference, method.prepare(restored[2:3]))
        assert swapped.item() == pytest.approx(scores[2].item(), abs=1e-5)


@pytest.mark.parametrize("name", REFERENCED)
def test_smallest_size_is_the_declared_one(name: str) -> None:
    method = build(name)
    side = method.info.minimum_size
    reference = scene(side, side + 2)
    assert torch.isfinite(method.score(noisy(reference)[2:3], method.prepare(reference))).all()
    if side > 1:
        small = scene(side - 1, side + 2)
        with pytest.raises(DataError, match=f"at least {side}x{side}"):
            method.score(small, method.prepare(small))
    with pytest.raises(DataError, match="resize the reference"):
        method.score(scene(side, side + 3), method.prepare(reference))


@pytest.mark.parametrize("side", [161, 200])
def test_ms_ssim_is_piqs_where_all_scales_fit(side: int) -> None:
    method, reference = build("ms-ssim"), scene(side, side)
    restored = noisy(reference)
    expected = piq.multi_scale_ssim(restored, reference.expand_as(restored), reduction="none")
    torch.testing.assert_close(method.score(restored, reference), expected, rtol=0, atol=1e-6)


def test_ms_ssim_of_one_scale_is_ssim() -> None:
    reference = scene(12, 14)
    restored = noisy(reference)[1:]
    ssim = build("ssim")
    torch.testing.assert_close(
        build("ms-ssim").score(restored, reference), ssim.score(restored, ssim.prepare(reference)), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("name", ["iw-ssim", "haarpsi"])
def test_equal_flat_images_are_perfect_and_others_worse(name: str) -> None:
    method = build(name)
    for level in (0.0, 0.5, 1.0):
        flat = torch.full((1, 3, 164, 164), level)
        assert method.score(flat, flat).item() == pytest.approx(1, abs=1e-5)
        assert 0 <= method.score(noisy(flat)[1:], flat).max().item() < 0.99


def test_sharpness_grows_with_steps_and_is_counted_per_pixel() -> None:
    method = build("sharpness")
    stripes = (torch.arange(8) % 2).float().expand(1, 3, 4, 8)
    assert method.score(stripes, None).item() == pytest.approx(1.0)
    assert method.score(stripes / 2, None).item() == pytest.approx(0.5)
    assert method.score(torch.full((1, 3, 4, 4), 0.3), None).item() == 0.0
