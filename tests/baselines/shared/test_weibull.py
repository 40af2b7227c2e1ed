"""Weibull distributions beside SciPy's maximum likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import weibull_min

from baselines.shared.weibull import LARGEST_SHAPE, fit_weibull


@pytest.mark.parametrize(("shape", "scale"), [(0.6, 3.0), (1.3, 0.02), (2.5, 40.0)])
def test_it_is_scipys(shape: float, scale: float) -> None:
    samples = weibull_min(shape, scale=scale).rvs((2, 3000), random_state=1).astype(np.float32)
    scales, shapes = fit_weibull(samples)
    for row, found in enumerate(zip(shapes, scales, strict=True)):
        expected, _, expected_scale = weibull_min.fit(samples[row].astype(float), floc=0)
        assert found == pytest.approx((expected, expected_scale), rel=2e-3)


def test_samples_of_other_distributions_are_fitted_as_well_as_by_scipy() -> None:
    samples = np.abs(np.random.default_rng(0).standard_cauchy((1, 4000))).astype(np.float32) + np.float32(1e-4)
    expected, _, expected_scale = weibull_min.fit(samples[0].astype(float), floc=0)
    scales, shapes = fit_weibull(samples)
    assert (shapes[0], scales[0]) == pytest.approx((expected, expected_scale), rel=2e-3)


def test_samples_that_do_not_differ_have_finite_parameters() -> None:
    scales, shapes = fit_weibull(np.full((1, 50), 1e-4, dtype=np.float32))
    assert shapes[0] == LARGEST_SHAPE
    assert scales[0] == pytest.approx(1e-4, rel=1e-3)
