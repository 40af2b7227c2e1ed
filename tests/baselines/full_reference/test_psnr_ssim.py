from __future__ import annotations

import math

import numpy as np
import piq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage import metrics
from skimage.color import rgb2ycbcr
from torch import Tensor

from baselines.full_reference.psnr import CAP_DB, Psnr, PsnrY
from baselines.full_reference.ssim import Ssim, SsimY
from baselines.shared.images import luma
from iqabench._util.errors import DataError


def pair(height: int, width: int, noise: float = 0.05, seed: int = 0) -> tuple[Tensor, Tensor]:
    """A smooth image with texture, and a noisy copy."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width] / 17.0
    base = 0.5 + 0.3 * np.sin(rows)[None] * np.cos(columns)[None] + 0.1 * rng.standard_normal((3, height, width))
    noisy = base + noise * rng.standard_normal(base.shape)
    return tuple(torch.tensor(np.clip(x, 0, 1), dtype=torch.float32)[None] for x in (noisy, base))  # type: ignore[return-value]


def array(images: Tensor) -> np.ndarray:
    return images[0].permute(1, 2, 0).double().numpy()


@pytest.mark.parametrize(("height", "width"), [(11, 11), (64, 47), (288, 288), (390, 500), (650, 700)])
def test_ssim_is_piqs_to_1e5(height: int, width: int) -> None:
    restored, reference = pair(height, width)
    ours = Ssim()
    assert ours.score(restored, ours.prepare(reference)).item() == pytest.approx(
        piq.ssim(restored, reference).item(), abs=1e-5
    )
    full = Ssim(downsample=False)
    assert full.score(restored, full.prepare(reference)).item() == pytest.approx(
        piq.ssim(restored, reference, downsample=False).item(), abs=1e-5
    )


def test_ssim_is_scikit_images_inside_the_border() -> None:
    restored, reference = pair(96, 80)
    _, whole = metrics.structural_similarity(
        array(restored), array(reference), channel_axis=2, data_range=1.0, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    ours = Ssim()
    score = ours.score(restored, ours.prepare(reference)).item()
    assert score == pytest.approx(whole[5:-5, 5:-5].mean(), abs=1e-5)


def test_psnr_is_scikit_images() -> None:
    restored, reference = pair(64, 80)
    expected = metrics.peak_signal_noise_ratio(array(reference), array(restored), data_range=1.0)
    assert Psnr().score(restored, reference).item() == pytest.approx(expected, abs=1e-4)


def test_luma_and_psnr_y_are_scikit_images() -> None:
    restored, reference = pair(40, 30)
    y_restored, y_reference = (rgb2ycbcr(array(x))[..., 0] / 255.0 for x in (restored, reference))
    np.testing.assert_allclose(luma(restored)[0, 0].numpy(), y_restored, atol=1e-6)
    expected = metrics.peak_signal_noise_ratio(y_reference, y_restored, data_range=1.0)
    method = PsnrY()
    assert method.score(restored, method.prepare(reference)).item() == pytest.approx(expected, abs=1e-4)


def test_ssim_y_is_piqs_on_luma() -> None:
    restored, reference = pair(60, 70)
    method = SsimY()
    score = method.score(restored, method.prepare(reference)).item()
    assert score == pytest.approx(piq.ssim(luma(restored), luma(reference)).item(), abs=1e-5)


def test_identical_images_score_the_stated_cap() -> None:
    _, reference = pair(32, 32)
    assert Psnr().score(reference, reference).item() == CAP_DB
    method = Ssim()
    assert method.score(reference, method.prepare(reference)).item() == pytest.approx(1.0, abs=1e-6)


def test_inputs_stay_unchanged() -> None:
    restored, reference = pair(64, 64)
    before = restored.clone(), reference.clone()
    method = Ssim()
    method.score(restored, method.prepare(reference))
    assert torch.equal(restored, before[0])
    assert torch.equal(reference, before[1])


def test_other_sizes_are_refused() -> None:
    restored, reference = pair(64, 64)
    for method in (Psnr(), Ssim()):
        with pytest.raises(DataError, match=r"64x64.*32x64"):
            method.score(restored, method.prepare(reference[..., :32]))
    with pytest.raises(DataError, match="at least 11x11"):
        Ssim().prepare(reference[..., :10])


@given(step=st.floats(1e-4, 0.5), level=st.floats(0.0, 0.5))
def test_psnr_of_a_constant_step_is_known(step: float, level: float) -> None:
    reference = torch.full((1, 3, 8, 8), level)
    score = Psnr().score(reference + step, reference).item()
    # Float32 images carry the step to about 6e-8.
    assert score == pytest.approx(-20 * math.log10(step), abs=1e-6 / step + 1e-4)
