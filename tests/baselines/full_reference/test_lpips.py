from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision import models

from baselines.full_reference.lpips import Lpips, LpipsSqueeze, LpipsVgg
from baselines.shared.backbones import BACKBONES, empty_features
from iqabench import weights
from iqabench._util.errors import DataError
from iqabench.weights.resolve import locate

DATA = os.environ.get("IQABENCH_TEST_DATA")
GOLDEN = {"alex": (0.7219, 0.1376), "vgg": (0.5686, 0.4217)}
CLASSES = {"alex": Lpips, "vgg": LpipsVgg, "squeeze": LpipsSqueeze}


def build(net: str) -> Lpips:
    if locate(BACKBONES[net]) is None:
        pytest.skip(f"{BACKBONES[net]} is not here: set IQABENCH_WEIGHTS")
    return CLASSES[net]()


def package(net: str, features: torch.nn.Module) -> Any:
    """The lpips package's own module with the given backbone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lpips

        model = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    state = {}
    for name in model.net.state_dict():
        _, index, rest = name.split(".", 2)
        state[name] = features.state_dict()[f"{index}.{rest}"]
    model.net.load_state_dict(state)
    return model.eval()


@pytest.mark.skipif(DATA is None, reason="set IQABENCH_TEST_DATA to the real data")
@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_golden_values_of_the_published_example(net: str) -> None:
    folder = Path(str(DATA)) / "lpips-example"
    images = [
        torch.tensor(np.asarray(Image.open(folder / f"{name}.png").convert("RGB")) / 255.0, dtype=torch.float32)
        .permute(2, 0, 1)[None]
        for name in ("ex_ref", "ex_p0", "ex_p1")
    ]  # fmt: skip
    method = build(net)
    scores = method.score(torch.cat(images[1:]), method.prepare(images[0]))
    np.testing.assert_allclose(scores.numpy(), GOLDEN[net], atol=1e-4)


@pytest.mark.parametrize("net", ["alex", "vgg", "squeeze"])
def test_agrees_with_the_lpips_package(net: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backbone may be any: a random one shows that taps, normalisation and heads are the package's."""
    torch.manual_seed(0)
    features = empty_features(net).to_empty(device="cpu")
    for parameter in features.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    real = weights.load

    def stand_in(name: str) -> dict[str, Tensor]:
        if name.endswith("features"):
            return {f"features.{key}": value.clone() for key, value in features.state_dict().items()}
        return real(name)

    monkeypatch.setattr(weights, "load", stand_in)
    method = CLASSES[net]()
    reference, restored = torch.rand(1, 3, 48, 41), torch.rand(3, 3, 48, 41)
    with torch.no_grad():
        expected = package(net, features)(restored, reference.expand_as(restored), normalize=True).flatten()
    np.testing.assert_allclose(method.score(restored, method.prepare(reference)).numpy(), expected.numpy(), rtol=1e-4)


@pytest.mark.parametrize(("net", "build_theirs"), [("alex", models.alexnet), ("vgg", models.vgg16)])
def test_convolutions_are_those_of_torchvision(net: str, build_theirs: Callable[[], Any]) -> None:
    theirs = build_theirs().features
    features = empty_features(net)
    features.load_state_dict(theirs.state_dict(), assign=True)
    images = torch.randn(2, 3, 67, 71)
    assert torch.equal(features(images), theirs(images))


def test_identical_images_are_at_distance_zero_and_order_does_not_matter() -> None:
    method = build("alex")
    one, other = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    assert method.score(one, method.prepare(one)).item() == 0.0
    forth = method.score(other, method.prepare(one)).item()
    assert forth == pytest.approx(method.score(one, method.prepare(other)).item(), rel=1e-5)
    assert forth > 0.01


def test_small_images_are_refused_before_the_network_sees_them() -> None:
    method = build("alex")
    assert torch.isfinite(method.score(torch.rand(1, 3, 31, 31), method.prepare(torch.rand(1, 3, 31, 31)))).all()
    with pytest.raises(DataError, match="at least 31x31"):
        method.prepare(torch.rand(1, 3, 30, 64))
