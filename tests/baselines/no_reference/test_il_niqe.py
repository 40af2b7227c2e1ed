"""IL-NIQE: its filters and its distance by their formulas, what spoils a photograph, and where its model comes from."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from safetensors.numpy import load, load_file, save
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import mahalanobis
from skimage import data
from torch import Tensor

from baselines.no_reference.il_niqe import PRISTINE, IlNiqe
from baselines.shared.local_statistics import (
    at_one_size,
    derivatives_of_waves,
    gaussian_derivative,
    local_features,
    log_gabor,
)
from baselines.shared.principal_model import PrincipalModel, fit_principal_model
from benchmarks.pristine.__main__ import main

DATA = os.environ.get("IQABENCH_TEST_DATA")


def tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.clip(pixels, 0, 255).astype(np.uint8))).permute(2, 0, 1)[None] / 255


def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.array(Image.open(stream), dtype=float)


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    return data.astronaut()[:400].astype(float)


@pytest.fixture(scope="module")
def scores(photograph: np.ndarray) -> dict[str, float]:
    """The photograph and what spoils it: noise, blur and JPEG at two strengths."""
    noise = np.random.default_rng(0).normal(0, 1, photograph.shape)
    images = {
        "clean": photograph,
        "noise": photograph + 10 * noise,
        "more noise": photograph + 25 * noise,
        "blur": gaussian_filter(photograph, (1.5, 1.5, 0)),
        "more blur": gaussian_filter(photograph, (3, 3, 0)),
        "jpeg": jpeg(photograph, 20),
        "more jpeg": jpeg(photograph, 6),
    }
    metric = IlNiqe()
    return {name: metric.score(tensor(image), None).item() for name, image in images.items()}


def test_what_spoils_a_photograph_takes_it_away_from_pristine_ones(scores: dict[str, float]) -> None:
    for fault in ("noise", "blur", "jpeg"):
        assert scores["clean"] < scores[fault] < scores[f"more {fault}"], scores


def test_the_score_is_the_one_of_this_version(scores: dict[str, float]) -> None:
    """A change of this number is a change of the method: raise its version."""
    assert scores["clean"] == pytest.approx(GOLDEN, abs=0.02)


GOLDEN = 9.69


def test_features_and_distance_are_those_of_the_paper(photograph: np.ndarray, scores: dict[str, float]) -> None:
    features = local_features(at_one_size(tensor(photograph)[0])).features
    assert features.shape == (36, 468)
    model = load_file(PRISTINE)
    components = (features - model["mean"]) @ model["axes"].astype(float)
    inverse = np.linalg.inv((np.diag(model["variances"]) + np.cov(components.T)) / 2)
    expected = np.mean([mahalanobis(one, np.zeros(len(inverse)), inverse) for one in components])
    assert scores["clean"] == pytest.approx(expected, rel=1e-4)


def test_the_model_is_the_gaussian_of_its_components() -> None:
    features = np.random.default_rng(1).normal(3, 1, (300, 6)) @ np.diag([1, 5, 0.1, 2, 2, 40.0])
    features[:, 1] += 3 * features[:, 0]
    model = fit_principal_model(features, 4)
    components = (features - model.mean) @ model.axes
    assert np.cov(components.T) == pytest.approx(np.diag(model.variances), abs=1e-4)
    assert (np.diff(model.variances) < 0).all()
    for name, array in load(save(model._asdict())).items():
        assert np.array_equal(array, getattr(model, name)), name
    # A component is the same whatever the unit of a feature.
    scaled = fit_principal_model(features * [1, 1, 1000, 1, 1, 1], 4)
    assert scaled.variances == pytest.approx(model.variances)
    assert PrincipalModel(np.zeros(2), np.eye(2), np.ones(2)).mean_distance(np.array([[3.0, 4.0]])) == pytest.approx(
        5 * np.sqrt(2)
    )


def test_a_log_gabor_filter_sees_its_wavelength_and_direction() -> None:
    size, shortest = 96, 2.4
    filters = log_gabor(size, size, shortest)
    assert filters.shape == (12, size, size)
    assert not filters[:, 0, 0].any()
    frequencies = np.fft.fftfreq(size)
    for number, one in enumerate(filters):
        row, column = np.unravel_index(one.argmax(), one.shape)
        frequency, angle = (
            np.hypot(frequencies[row], frequencies[column]),
            np.arctan2(-frequencies[row], frequencies[column]),
        )
        assert frequency == pytest.approx(1 / (shortest * 1.31 ** (number // 4)), abs=1.5 / size)
        assert angle == pytest.approx((number % 4) * np.pi / 4, abs=0.05)


def test_derivatives_of_waves_are_those_of_pixels() -> None:
    picture = np.random.default_rng(0).normal(size=(40, 56))
    smooth, derive = gaussian_derivative(1.66)
    across, down = derivatives_of_waves(40, 56, smooth, derive)
    from scipy.ndimage import correlate1d

    for waves, axis in ((across, 1), (down, 0)):
        expected = correlate1d(correlate1d(picture, smooth, axis=1 - axis, mode="wrap"), derive, axis=axis, mode="wrap")
        assert np.fft.ifft2(np.fft.fft2(picture) * waves).real == pytest.approx(expected, abs=1e-4)


def test_a_part_without_texture_is_left_out(photograph: np.ndarray) -> None:
    picture = at_one_size(tensor(photograph)[0])
    picture[:, 300:] = 128.0
    # The fourth column of patches holds a piece of the photograph; the fifth and the sixth do not.
    assert len(local_features(picture).features) == 24


def test_the_model_is_small_enough_to_ship() -> None:
    assert PRISTINE.stat().st_size < 2 * 2**20


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="set IQABENCH_TEST_DATA to the real data")
def test_the_shipped_model_is_the_one_that_the_script_makes(tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    words = [str(Path(str(DATA)) / "pristine" / "kodak24"), "--metric", "il-niqe", "--out", str(out)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    shipped, made = load_file(PRISTINE), load_file(out)
    assert made["mean"] == pytest.approx(shipped["mean"], rel=1e-5, abs=1e-8)
    assert made["variances"] == pytest.approx(shipped["variances"], rel=1e-4)
    # The sign of a component is arbitrary.
    overlap = np.abs((made["axes"] * shipped["axes"]).sum(0)) / (shipped["axes"] ** 2).sum(0)
    assert overlap == pytest.approx(1, abs=1e-2)
