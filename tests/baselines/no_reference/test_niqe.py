"""NIQE: the distance by its formula, what spoils a photograph, and where the shipped model comes from."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.numpy import load_file
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import mahalanobis
from skimage import data
from torch import Tensor

from baselines.no_reference.niqe import PRISTINE, Niqe
from baselines.shared.gaussian_model import GaussianModel, fit_gaussian, patch_features
from baselines.shared.images import grey_levels
from benchmarks.pristine.__main__ import main

DATA = os.environ.get("IQABENCH_TEST_DATA")


def tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.clip(pixels, 0, 255).astype(np.uint8))).permute(2, 0, 1)[None] / 255


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    return data.astronaut()[:288, 100:484].astype(float)


def test_the_distance_is_scipys(photograph: np.ndarray) -> None:
    features = patch_features(grey_levels(tensor(photograph))[0, 0].numpy()).features
    assert features.shape == (12, 36)
    pristine = load_file(PRISTINE)
    pooled = (pristine["covariance"] + np.cov(features.T)) / 2
    expected = mahalanobis(pristine["mean"], features.mean(0), np.linalg.pinv(pooled))
    score = Niqe().score(tensor(photograph), None).item()
    assert score == pytest.approx(expected, rel=1e-5)


def test_the_score_is_the_one_of_this_version(photograph: np.ndarray) -> None:
    """A change of this number is a change of the method: raise its version."""
    assert Niqe().score(tensor(photograph), None).item() == pytest.approx(GOLDEN, abs=2e-3)


GOLDEN = 5.517


def test_what_spoils_a_photograph_takes_it_away_from_pristine_ones(photograph: np.ndarray) -> None:
    noise = np.random.default_rng(0).normal(0, 1, photograph.shape)
    spoilt = [photograph + 25 * noise, gaussian_filter(photograph, (2, 2, 0)), np.rint(photograph / 64) * 64]
    scores = Niqe().score(torch.cat([tensor(image) for image in (photograph, *spoilt)]), None)
    assert (scores[1:] > scores[0] + 1).all(), scores


def test_a_part_without_texture_is_left_out(photograph: np.ndarray) -> None:
    beside = np.concatenate([photograph, np.full((288, 96, 3), 77.0)], axis=1)
    # The last flat column of patches but for its border, where the window still sees the photograph.
    levels = grey_levels(tensor(np.concatenate([beside, np.full((288, 96, 3), 77.0)], axis=1)))[0, 0].numpy()
    assert len(patch_features(levels).features) == 15


def test_one_patch_has_a_distance() -> None:
    score = Niqe().score(torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0)), None)
    assert score.isfinite().all()
    assert fit_gaussian(np.ones((1, 36))).distance(GaussianModel(np.ones(36), np.eye(36))) == 0


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="set IQABENCH_TEST_DATA to the real data")
def test_the_shipped_model_is_the_one_that_the_script_makes(tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    done = CliRunner().invoke(main, [str(Path(str(DATA)) / "pristine" / "kodak24"), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "24 photographs, 320 sharp patches" in done.output
    shipped, made = load_file(PRISTINE), load_file(out)
    for name, array in shipped.items():
        assert made[name] == pytest.approx(array, rel=1e-6, abs=1e-9)
