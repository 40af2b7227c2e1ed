from __future__ import annotations

import numpy as np
import pytest
import torch

from baselines.networks.gdn import GDN


@pytest.mark.parametrize("shape", [(5, 4), (2, 4, 3, 6)])
def test_matches_its_formula(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer = GDN(4)
    torch.nn.init.normal_(layer.raw_beta)
    torch.nn.init.normal_(layer.raw_gamma)
    features = torch.randn(shape)
    x = np.moveaxis(features.numpy().astype(np.float64), 1, -1)
    beta, gamma = layer.beta.detach().numpy(), layer.gamma.detach().numpy()
    expected = np.empty_like(x)
    for i in range(4):
        expected[..., i] = x[..., i] / np.sqrt(beta[i] + sum(gamma[i, j] * x[..., j] ** 2 for j in range(4)))
    np.testing.assert_allclose(np.moveaxis(layer(features).detach().numpy(), 1, -1), expected, rtol=1e-5, atol=1e-7)


def test_stays_defined_whatever_the_parameters() -> None:
    layer = GDN(3)
    with torch.no_grad():
        layer.raw_beta.fill_(0.0)
        layer.raw_gamma.fill_(-1.0)
    assert torch.isfinite(layer(torch.zeros(2, 3))).all()
    assert (layer.gamma >= 0).all()
    assert (layer.beta > 0).all()


def test_reset_returns_to_the_start() -> None:
    layer = GDN(3)
    with torch.no_grad():
        layer.raw_beta.fill_(5.0)
    layer.reset_parameters()
    torch.testing.assert_close(layer.gamma.diagonal(), torch.full((3,), 0.1))
    torch.testing.assert_close(layer.beta, torch.full((3,), 1 + 1e-6))
