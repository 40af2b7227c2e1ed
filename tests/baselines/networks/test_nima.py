from __future__ import annotations

import numpy as np
import pytest
import timm
import torch
from scipy.stats import wasserstein_distance

import baselines.networks.nima as nima
from baselines.networks.nima import Nima, earth_movers_distance, mean_opinion, narrow_distribution
from iqabench._util.errors import MethodError
from iqabench.training import NetworkMethod


def test_r_1_is_scipys_wasserstein_distance() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(10), 6), rng.dirichlet(np.ones(10), 6)
    ours = earth_movers_distance(torch.from_numpy(p), torch.from_numpy(q), r=1).numpy()
    places = np.arange(1, 11)
    theirs = [wasserstein_distance(places, places, a, b) for a, b in zip(p, q, strict=True)]
    np.testing.assert_allclose(ours * 10, theirs, rtol=1e-9)


def test_squared_distance_by_hand() -> None:
    first, second = torch.zeros(1, 10), torch.zeros(1, 10)
    first[0, 0] = 1.0
    second[0, 0], second[0, 2] = 0.5, 0.5
    # The cumulative sums differ by 0.5 at two of ten bins.
    assert earth_movers_distance(first, second).item() == pytest.approx(2 * 0.25 / 10)


def test_target_is_narrow_and_has_the_exact_mean() -> None:
    quality = torch.tensor([0.0, 0.03, 0.5, 0.777, 1.0])
    target = narrow_distribution(quality)
    torch.testing.assert_close(target.sum(1), torch.ones(5))
    torch.testing.assert_close(mean_opinion(target), quality)
    assert ((target > 1e-6).sum(1) <= 2).all()


def test_target_clips_qualities_outside_the_scale() -> None:
    torch.testing.assert_close(mean_opinion(narrow_distribution(torch.tensor([-0.3, 1.4]))), torch.tensor([0.0, 1.0]))


def test_unknown_backbone() -> None:
    with pytest.raises(MethodError, match="no backbone 'resnet-seventeen'"):
        Nima(backbone="resnet-seventeen")


@pytest.mark.parametrize("reachable", [False, True])
def test_a_random_start_is_noted(monkeypatch: pytest.MonkeyPatch, reachable: bool) -> None:
    create = timm.create_model

    def offline(name: str, pretrained: bool = False, **options: object) -> torch.nn.Module:
        if pretrained:
            raise FileNotFoundError(name)
        return create(name, **options)

    monkeypatch.setattr(nima, "_weights_within_reach", lambda name: reachable)
    monkeypatch.setattr(timm, "create_model", offline)
    network, note = nima.starting_network("mobilenetv3_small_050", dropout=0.0)
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, 10)
    assert note is not None
    assert note.startswith("trained from a random start: ")


def test_pretrained_weights_are_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    create = timm.create_model
    torch.manual_seed(3)
    published = create("mobilenetv3_small_050", num_classes=10)
    monkeypatch.setattr(nima, "_weights_within_reach", lambda name: True)
    monkeypatch.setattr(timm, "create_model", lambda name, **options: published)
    network, note = nima.starting_network("mobilenetv3_small_050", dropout=0.0)
    assert network is published
    assert note is None


def test_training_begins_near_the_even_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    """A saturated softmax lets no gradient through: with timm's own start NIMA ended with one score for all images."""
    torch.manual_seed(0)
    method = Nima(recipe="quick", pretrained=False)
    monkeypatch.setattr(NetworkMethod, "initialise", lambda method, data: None)
    method.initialise(None)  # type: ignore[arg-type]
    for training in (True, False):
        method.train(training)
        distribution = method._distribution(torch.rand(8, 3, 96, 96))
        assert distribution.min() > 0.03
        assert distribution.max() < 0.3
