"""BRISQUE: its regression beside scikit-learn's, and what it learns from graded images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from sklearn.kernel_ridge import KernelRidge as TheirRidge
from sklearn.preprocessing import MinMaxScaler

from baselines.no_reference.brisque import Brisque
from baselines.shared.kernel_ridge import CENTRES, KernelRidge, fit_kernel_ridge
from iqabench._util.errors import MethodError
from iqabench.data.base import Card
from iqabench.data.images import read_image
from iqabench.training import FitSession, TrainingSet


def curve(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    features = rng.uniform(0, 5, (count, 3))
    features[:, 2] = 1.0  # the same for all: it must count for nothing
    labels = np.sin(features[:, 0]) + 0.1 * rng.normal(size=count)
    return features, labels, np.array([str(number % 7) for number in range(count)])


def test_it_is_scikit_learns_ridge_where_every_row_is_a_centre() -> None:
    features, labels, groups = curve(60)
    ours = fit_kernel_ridge(features, labels, groups, seed=0)
    scaler = MinMaxScaler((-1, 1)).fit(features[:, :2])
    errors = {}
    for ridge in (0.003, 0.03, 0.3, 3.0):
        theirs = TheirRidge(kernel="rbf", gamma=float(ours.width), alpha=ridge)
        theirs.fit(scaler.transform(features[:, :2]), labels - labels.mean())
        predicted = theirs.predict(scaler.transform(features[:, :2])) + labels.mean()
        errors[ridge] = np.abs(predicted - ours.predict(features)).max()
    assert min(errors.values()) < 1e-3, errors


def test_the_width_is_the_one_that_predicts_left_out_groups() -> None:
    features, labels, groups = curve(200)
    fitted = fit_kernel_ridge(features, labels, groups, seed=0)
    unseen = np.stack([np.linspace(0.2, 4.8, 50), np.full(50, 2.5), np.ones(50)], axis=1)
    assert np.abs(fitted.predict(unseen) - np.sin(unseen[:, 0])).max() < 0.25


def test_many_rows_have_few_centres_drawn_by_the_seed() -> None:
    features, labels, groups = curve(CENTRES + 50)
    one, same, other = (fit_kernel_ridge(features, labels, groups[:1].repeat(len(labels)), seed) for seed in (0, 0, 1))
    assert one.centres.shape == (CENTRES, 3)
    assert np.array_equal(one.predict(features), same.predict(features))
    assert not np.array_equal(one.centres, other.centres)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Four contents, each blurred or noisy at six strengths, the worse the lower the label."""
    folder = tmp_path_factory.mktemp("graded")
    rng = np.random.default_rng(5)
    rows = []
    for content in range(4):
        blocks = np.kron(rng.integers(40, 215, (8, 8, 3)), np.ones((8, 8, 1))) + rng.normal(0, 6, (64, 64, 3))
        for level in range(6):
            spoilt = gaussian_filter(blocks, (0.35 * level, 0.35 * level, 0)) if content % 2 else blocks
            spoilt = spoilt if content % 2 else blocks + rng.normal(0, 1 + 6 * level, blocks.shape)
            file = folder / f"{content}-{level}.png"
            Image.fromarray(np.clip(spoilt, 0, 255).astype(np.uint8)).save(file)
            rows.append({"image_id": file.stem, "image": str(file), "content": str(content), "category": "00"})
            rows[-1] |= {"algorithm": str(level), "task": "x", "mos": 1 - level / 6}
    return pd.DataFrame(rows)


def test_it_learns_graded_images_and_its_state_goes_round(graded: pd.DataFrame) -> None:
    metric, other = Brisque(), Brisque()
    metric.fit(TrainingSet(graded, Card("graded", label_kind="pseudo", mos_range=(0.0, 1.0))), FitSession())
    images = torch.cat([torch.from_numpy(read_image(file)).permute(2, 0, 1)[None] / 255 for file in graded["image"]])
    scores = metric.score(images, None)
    for _, part in graded.groupby("content"):
        assert spearmanr(scores[part.index], part["mos"]).statistic > 0.9
    other.load_trained_state(metric.trained_state())
    assert torch.equal(other.score(images, None), scores)
    assert metric.parameter_count == other.parameter_count == 24 * 36 + 24 + 2 * 36 + 2


def test_another_state_is_refused() -> None:
    state = {name: torch.zeros(1) for name in KernelRidge._fields[1:]}
    with pytest.raises(MethodError, match="train it again"):
        Brisque().load_trained_state(state)
