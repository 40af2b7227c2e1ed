"""Floors on the grid of the low-resolution input: the grid is found, the scores are those of known programs there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from skimage import data, metrics
from torch import Tensor

import iqabench
from baselines.full_reference.fidelity_sharpness import FidelitySharpness
from baselines.full_reference.psnr import Psnr
from baselines.full_reference.psnr_lr import PsnrLr
from baselines.full_reference.ssim import Ssim
from baselines.full_reference.ssim_lr import SsimLr
from baselines.shared.images import total_variation
from baselines.shared.lr_grid import on_own_grid
from iqabench._util.errors import DataError
from iqabench.data.images import upsample, upsample_tensor


def tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    """A photograph with black and white parts, ``(192, 240, 3)``."""
    return np.ascontiguousarray(data.astronaut()[:192, 150:390])


@pytest.mark.parametrize(
    ("height", "width"), [(96, 120), (64, 80), (48, 60), (38, 48), (39, 48), (24, 30)], ids=lambda side: str(side)
)
def test_the_small_image_is_found_in_the_enlarged_one(photograph: np.ndarray, height: int, width: int) -> None:
    small = resized(photograph, height, width)
    own = on_own_grid(tensor(upsample(small, 192, 240)), 11).own
    assert own.shape == (1, 3, height, width)
    # Rounding to 8 bits; a few samples beside black and white ones are known less well.
    levels = (own - tensor(small)).abs() * 255
    assert levels.median() < 0.5
    assert (levels > 1.5).float().mean() < 0.02


def test_an_image_in_a_network_is_found_too(photograph: np.ndarray) -> None:
    small = tensor(resized(photograph, 48, 60))
    own = on_own_grid(upsample_tensor(small, 192, 240)).own
    assert own.shape == small.shape
    assert (own - small).abs().median() < 1e-3


def test_an_image_of_its_own_size_keeps_it(photograph: np.ndarray) -> None:
    noise = np.random.default_rng(0).normal(0, 8, photograph.shape)
    nearest = np.repeat(np.repeat(resized(photograph, 48, 60), 4, axis=0), 4, axis=1)
    for given in (photograph, np.clip(photograph + noise, 0, 255).astype(np.uint8), nearest):
        shown = tensor(given)
        assert on_own_grid(shown).own is shown


def test_a_smooth_image_goes_to_a_grid_that_holds_it(photograph: np.ndarray) -> None:
    blurred = np.array(Image.fromarray(photograph).filter(ImageFilter.GaussianBlur(4)))
    found = on_own_grid(tensor(blurred), 11)
    height = found.own.shape[-2]
    assert height < 192
    assert (upsample_tensor(found.own, 192, 240) - found.shown).square().mean().sqrt() < 1 / 255
    assert on_own_grid(torch.full((1, 3, 64, 64), 0.5), 11).own.shape[-2:] == (11, 11)


def test_scores_are_those_of_scikit_image_on_the_small_grid(photograph: np.ndarray) -> None:
    small = resized(photograph, 48, 60)
    restored = resized(resized(photograph, 96, 120), 192, 240)
    shrunk = resized(restored, 48, 60)
    shown = tensor(upsample(small, 192, 240))
    psnr, ssim = PsnrLr(), SsimLr()
    ours = psnr.score(tensor(restored), psnr.prepare(shown)).item()
    assert ours == pytest.approx(metrics.peak_signal_noise_ratio(small, shrunk), abs=0.6)
    _, whole = metrics.structural_similarity(
        small, shrunk, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    likeness = ssim.score(tensor(restored), ssim.prepare(shown)).item()
    assert likeness == pytest.approx(whole[5:-5, 5:-5].mean(), abs=2e-3)


def test_where_there_is_no_grid_they_are_psnr_and_ssim(photograph: np.ndarray) -> None:
    reference, restored = tensor(photograph), tensor(resized(resized(photograph, 96, 120), 192, 240))
    for floor, plain in ((PsnrLr(), Psnr()), (SsimLr(), Ssim(downsample=False))):
        same = plain.score(restored, plain.prepare(reference))
        torch.testing.assert_close(floor.score(restored, floor.prepare(reference)), same, rtol=0, atol=0)


def test_only_a_restoration_that_gives_its_input_back_is_perfect(photograph: np.ndarray) -> None:
    small = resized(photograph, 48, 60)
    floor = SsimLr()
    prepared = floor.prepare(tensor(upsample(small, 192, 240)))
    other = tensor(np.ascontiguousarray(photograph[:, ::-1]))
    scores = floor.score(torch.cat([tensor(photograph), tensor(resized(small, 192, 240)), other]), prepared)
    # The photograph is one; what enlarged the input blurred it a little; another picture is none.
    assert scores[0] > 0.999
    assert 0.9 < scores[1] < scores[0]
    assert scores[2] < 0.5


def test_the_product_is_fidelity_times_sharpness(photograph: np.ndarray) -> None:
    shown = tensor(upsample(resized(photograph, 48, 60), 192, 240))
    restored = torch.cat([tensor(photograph), shown])
    floor, fidelity = FidelitySharpness(), SsimLr()
    expected = fidelity.score(restored, fidelity.prepare(shown)) * total_variation(restored)
    scores = floor.score(restored, floor.prepare(shown))
    torch.testing.assert_close(scores, expected, rtol=0, atol=0)
    assert scores[0] > scores[1]


@pytest.mark.parametrize("floor", [PsnrLr(), SsimLr(), FidelitySharpness()], ids=lambda floor: floor.info.name)
def test_other_sizes_are_refused(floor: PsnrLr) -> None:
    shown = torch.rand(1, 3, 24, 30)
    with pytest.raises(DataError, match="resize the reference"):
        floor.score(torch.rand(1, 3, 24, 31), floor.prepare(shown))
    if floor.info.minimum_size > 1:
        with pytest.raises(DataError, match="at least 11x11"):
            floor.prepare(torch.rand(1, 3, 10, 30))


def test_a_file_of_the_small_image_gives_the_same_score(photograph: np.ndarray) -> None:
    small = resized(photograph, 48, 60)
    restored = resized(resized(photograph, 96, 120), 192, 240)
    floor = SsimLr()
    direct = floor.score(tensor(restored), floor.prepare(tensor(upsample(small, 192, 240))))
    assert iqabench.score(restored, small, method="ssim-lr") == pytest.approx(direct.item(), abs=1e-6)
