"""Statistics of natural scenes beside SciPy's distributions and piq's features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from piq.brisque import _natural_scene_statistics
from scipy.ndimage import gaussian_filter
from scipy.stats import gennorm
from skimage import data

from baselines.shared.scene_statistics import fit_aggd, fit_ggd, luminance_features, normalised


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.0, 4.0])
def test_shapes_of_known_distributions_are_found(shape: float) -> None:
    samples = gennorm(shape, scale=1.7).rvs((3, 40_000), random_state=1)
    found, variance = fit_ggd(samples)
    assert found == pytest.approx(shape, rel=0.05)
    assert variance == pytest.approx(gennorm(shape, scale=1.7).var(), rel=0.05)
    both = fit_aggd(samples)
    assert both.shape == pytest.approx(shape, rel=0.05)
    for scale in both.scales:
        assert scale == pytest.approx(1.7, rel=0.05)
    assert both.mean == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("shape", [0.7, 1.5])
def test_a_lopsided_distribution_has_two_scales(shape: float) -> None:
    left, right = 0.5, 2.0
    rng = np.random.default_rng(2)
    sizes = np.abs(gennorm(shape).rvs(200_000, random_state=3))
    negative = rng.random(len(sizes)) < left / (left + right)
    samples = np.where(negative, -left * sizes, right * sizes)[None]
    found = fit_aggd(samples)
    assert found.shape == pytest.approx(shape, rel=0.05)
    assert [scale.item() for scale in found.scales] == pytest.approx([left, right], rel=0.05)
    assert found.mean == pytest.approx(samples.mean(), rel=0.05)


def test_features_are_piqs() -> None:
    # In a black frame, so that borders that are repeated and borders of zeros are the same.
    levels = np.pad(np.rint(data.camera()[100:260, 100:300].astype(float)), 16)
    theirs = _natural_scene_statistics(torch.from_numpy(levels)[None, None])[0].numpy()
    assert luminance_features(levels)[:18] == pytest.approx(theirs, rel=1e-6, abs=2e-3)


def test_normalised_luminance_is_that_of_its_definition() -> None:
    levels = data.camera()[:64, :80].astype(float)
    blur = {"sigma": 7 / 6, "mode": "nearest", "radius": 3}
    mean = gaussian_filter(levels, **blur)
    deviation = np.sqrt(np.abs(gaussian_filter(levels**2, **blur) - mean**2))
    found = normalised(levels)
    assert found.deviation == pytest.approx(deviation, abs=1e-6)
    assert found.values == pytest.approx((levels - mean) / (deviation + 1), abs=1e-6)


def test_flat_samples_have_finite_statistics() -> None:
    flat = np.zeros((2, 100))
    assert all(np.isfinite(part).all() for part in (*fit_ggd(flat), *fit_aggd(flat), fit_aggd(flat).mean))
    assert np.isfinite(luminance_features(np.full((32, 32), 128.0))).all()
