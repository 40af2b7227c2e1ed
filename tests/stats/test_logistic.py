"""The logistic fit on curves it must recover, and on data where there is nothing to fit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.optimize import curve_fit

from iqabench.stats import fit_logistic, fit_logistic5, logistic_curve, plcc, srcc


@pytest.mark.parametrize("unit", [1.0, 1e-5, 1e4])
def test_recovers_a_known_curve(unit):
    x = np.linspace(20, 45, 200) * unit
    truth = np.array([1700.0, 1000.0, 31.0 * unit, 3.0 * unit])
    fit = fit_logistic(x, logistic_curve(x, truth))
    assert fit.converged
    np.testing.assert_allclose(fit.parameters, truth, rtol=1e-4)
    assert fit.plcc == pytest.approx(1.0)
    assert fit.rmse == pytest.approx(0.0, abs=1e-2)
    np.testing.assert_allclose(fit.predicted, logistic_curve(x, fit.parameters))


def test_is_as_good_as_curve_fit_from_the_true_parameters():
    generator = np.random.default_rng(3)
    x = generator.normal(0.3, 0.1, 300)
    truth = [1600.0, 1100.0, 0.3, 0.05]
    y = logistic_curve(x, truth) + generator.normal(0, 60, 300)
    oracle, _ = curve_fit(lambda u, a, b, c, d: b + (a - b) / (1 + np.exp(-(u - c) / abs(d))), x, y, p0=truth)
    fit = fit_logistic(x, y)
    assert fit.rmse == pytest.approx(np.sqrt(np.mean((logistic_curve(x, oracle) - y) ** 2)), rel=1e-6)
    assert fit.plcc == pytest.approx(np.corrcoef(fit.predicted, y)[0, 1])
    assert fit.plcc >= plcc(x, y)


def test_a_metric_that_points_the_wrong_way_stays_negative():
    x = np.linspace(0, 1, 50)
    y = logistic_curve(x, (5.0, 1.0, 0.5, 0.1))
    right, wrong = fit_logistic(x, y), fit_logistic(-x, y)
    assert wrong.converged
    assert wrong.plcc == pytest.approx(-right.plcc, abs=1e-6)
    assert wrong.plcc < -0.99


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.linspace(0, 1, 40), 900 + 1000 * np.linspace(0, 1, 40)),
        (np.repeat([0.0, 1.0], 20), np.repeat([1.0, 5.0], 20)),
        (np.linspace(0, 1, 40), (np.linspace(0, 1, 40) > 0.5).astype(float)),
        (np.r_[np.zeros(39), 1e9], np.linspace(0, 1, 40)),
    ],
    ids=["straight line", "two values", "step", "outlier"],
)
def test_hard_shapes_are_never_worse_than_a_line_by_much(x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_logistic(x, y)
    assert fit.converged
    assert np.isfinite(fit.predicted).all()
    assert fit.plcc > plcc(x, y) - 1e-3


@pytest.mark.parametrize(("x", "y"), [([1, 2, 3, 4], [1, 2, 3, 4]), ([2] * 9, range(9)), (range(9), [2] * 9)])
def test_says_so_when_there_is_nothing_to_fit(x, y):
    fit = fit_logistic(x, y)
    assert not fit.converged
    assert np.isnan([fit.plcc, fit.rmse]).all()
    assert np.isnan(fit.predicted).all()
    assert fit.predicted.shape == (len(x),)


def test_says_so_when_no_start_converges(monkeypatch):
    monkeypatch.setattr("iqabench.stats.logistic.EVALUATIONS", 1)
    fit = fit_logistic(np.arange(30.0), np.sin(np.arange(30.0)))
    assert not fit.converged
    assert np.isnan(fit.rmse)


def test_a_step_that_parts_one_image_from_the_rest_is_no_fit():
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=63), generator.normal(size=63)
    y[x.argmin()] = -40.0
    fit = fit_logistic(x, y)
    assert not fit.converged
    assert np.isnan([fit.plcc, fit.rmse]).all()


def test_a_curve_that_contradicts_the_order_of_its_scores_is_no_fit():
    x = np.r_[np.linspace(0, 1, 40), np.linspace(3, 4, 6)]
    y = np.r_[-np.linspace(0, 1, 40), np.linspace(4, 5, 6)]
    assert srcc(x, y) < 0 < plcc(x, y)
    assert not fit_logistic(x, y).converged


def test_scores_without_order_cause_no_warning() -> None:
    """A flat fit has no covariance; that is no news to a user."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(40):
            generator = np.random.default_rng(seed)
            mos = generator.normal(1450, 120, 48)
            scores = mos + generator.normal(0, 1e6, 48)
            fit_logistic(scores, mos)
            fit_logistic5(scores, mos)
