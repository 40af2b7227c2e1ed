"""SFSN beside a second computation: the DCT by its definition, SciPy's filters, scikit-image's entropy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d, gaussian_filter
from skimage import data
from skimage.color import rgb2gray
from skimage.measure import shannon_entropy
from torch import Tensor

from baselines.full_reference.sfsn import Sfsn, bands, entropy, fidelity
from baselines.shared.images import grey_levels
from iqabench._util.errors import DataError

SIDE = 180


def tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A photograph, and a blurred and noisy copy."""
    picture = data.astronaut()[:SIDE, 150 : 150 + SIDE]
    spoilt = gaussian_filter(picture.astype(float), (1.2, 1.2, 0)) + np.random.default_rng(0).normal(
        0, 4, picture.shape
    )
    return picture, np.clip(spoilt, 0, 255).astype(np.uint8)


def grey(pixels: np.ndarray) -> np.ndarray:
    return np.rint(pixels @ np.array([0.298936, 0.587043, 0.114021]))


def divided(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    side = len(levels)
    place = np.arange(side)
    cosines = np.sqrt(2 / side) * np.cos(np.pi * place[:, None] * (2 * place + 1) / (2 * side))
    cosines[0] /= np.sqrt(2)
    spectrum = cosines @ levels @ cosines.T
    # fliplr(tril(fliplr(spectrum), cutoff)) of the authors' MATLAB code
    high = np.fliplr(np.tril(np.fliplr(spectrum), round(0.5 * side)))
    return tuple(np.clip(np.rint(cosines.T @ part @ cosines), 0, 255) for part in (spectrum - high, high))  # type: ignore[return-value]


def local(values: np.ndarray) -> np.ndarray:
    taps = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    taps /= taps.sum()
    return correlate1d(correlate1d(values, taps, axis=0), taps, axis=1)[5:-5, 5:-5]


def expected_fidelity(first: np.ndarray, second: np.ndarray) -> float:
    constant, product = (0.03 * 255) ** 2, 1.0
    for scale, exponent in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        one = local(first * first) - local(first) ** 2
        other = local(second * second) - local(second) ** 2
        both = local(first * second) - local(first) * local(second)
        contrast = (2 * both + constant) / (one + other + constant)
        structure = (both + constant) / (np.sqrt(one) * np.sqrt(other) + constant)
        product *= (structure if scale == 4 else contrast).mean() ** exponent
        first, second = (halved(image) for image in (first, second))
    return product


def halved(image: np.ndarray) -> np.ndarray:
    """Means of 2x2 samples, the last row and column mirrored, every second one of them."""
    padded = np.pad(image, ((0, 1), (0, 1)), mode="symmetric")
    return ((padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]) / 4)[::2, ::2]


def test_a_second_computation_gives_the_same_score(pair: tuple[np.ndarray, np.ndarray]) -> None:
    picture, spoilt = pair
    low, _ = divided(grey(picture))
    other, high = divided(grey(spoilt))
    metric = Sfsn()
    score = metric.score(tensor(spoilt), metric.prepare(tensor(picture))).item()
    expected = 1.9 * expected_fidelity(low, other) + 0.1 * shannon_entropy(high.astype(np.uint8), base=2) / 8
    assert score == pytest.approx(expected, abs=1e-5)


def test_grey_is_that_of_the_usual_weights(pair: tuple[np.ndarray, np.ndarray]) -> None:
    levels = grey_levels(tensor(pair[0]))[0, 0].numpy()
    assert np.array_equal(levels, grey(pair[0]))
    assert abs(levels - 255 * rgb2gray(pair[0])).mean() < 4  # scikit-image weighs by BT.709


def test_parts_are_what_they_say(pair: tuple[np.ndarray, np.ndarray]) -> None:
    shown = tensor(pair[0])
    low, high = bands(shown)
    assert fidelity(low, low).item() == pytest.approx(1)
    assert entropy(torch.zeros(1, 1, 8, 8)).item() == 0
    assert entropy(torch.arange(256.0).view(1, 1, 16, 16)).item() == pytest.approx(8)
    assert 0 < entropy(high).item() < 8
    wide = torch.cat([shown, shown], dim=-1)
    assert bands(wide).low.shape[-2:] == (SIDE, SIDE)


def test_blur_takes_naturalness_and_noise_takes_fidelity(pair: tuple[np.ndarray, np.ndarray]) -> None:
    picture = tensor(pair[0])
    blurred = tensor(np.clip(gaussian_filter(pair[0].astype(float), (2, 2, 0)), 0, 255).astype(np.uint8))
    noisy = (picture + 0.2 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    sharp, dull, grainy = (bands(image) for image in (picture, blurred, noisy))
    assert entropy(dull.high) < entropy(sharp.high) < entropy(grainy.high)
    assert fidelity(sharp.low, grainy.low) < 0.95


def test_small_images_are_refused() -> None:
    with pytest.raises(DataError, match="at least 176x176"):
        Sfsn().prepare(torch.rand(1, 3, 175, 300))
