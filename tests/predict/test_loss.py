"""``iqabench.loss``: lower is better, the gradient is finite and leads there, the method stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import iqabench
from iqabench._util.errors import MethodError, UserError
from iqabench.data.images import upsample_tensor
from iqabench.methods.contract import Method, MethodInfo, Paradigm
from iqabench.methods.registry import Registry
from iqabench.methods.untrained import mark_trained
from iqabench.weights import locate


def tensor(path: Path) -> Tensor:
    return torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None].float() / 255


@pytest.fixture
def pair(place: Path) -> tuple[Tensor, Tensor]:
    return tensor(place / "restored" / "blur" / "chelsea.png"), tensor(place / "degraded" / "chelsea.png")


@pytest.fixture(scope="module")
def ckdn() -> Any:
    """CKDN as it is before training: only whether gradients flow is asked here."""
    torch.manual_seed(0)
    method = Registry().get("ckdn").create(recipe="quick", start="random")
    mark_trained(method)
    return method


def test_it_is_one_minus_the_score(pair: tuple[Tensor, Tensor], place: Path) -> None:
    expected = iqabench.score(
        place / "restored" / "blur" / "chelsea.png", place / "degraded" / "chelsea.png", method="ssim"
    )
    assert isinstance(expected, float)
    assert iqabench.loss("ssim")(*pair).item() == pytest.approx(1 - expected, abs=2e-3)


def test_a_distance_is_its_own_loss(pair: tuple[Tensor, Tensor]) -> None:
    class Distance(Method):
        info = MethodInfo("distance", lower_is_better=True)

        def prepare(self, reference: Tensor) -> Tensor:
            return reference

        def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
            return (restored - prepared).abs().mean((1, 2, 3))

    restored, degraded = pair
    expected = (restored - upsample_tensor(degraded, 96, 96)).abs().mean().item()
    assert iqabench.loss(Distance())(restored, degraded).item() == pytest.approx(expected)


def test_following_the_gradient_lowers_it(pair: tuple[Tensor, Tensor], ckdn: Any) -> None:
    criterion = iqabench.loss(ckdn)
    restored, degraded = pair[0].clone().requires_grad_(), pair[1]
    before = criterion(restored, degraded)
    assert 0 < before.item() < 1
    for _ in range(5):
        value = criterion(restored, degraded)
        (gradient,) = torch.autograd.grad(value, restored)
        assert gradient.isfinite().all()
        assert gradient.abs().sum() > 0
        restored = (restored - 0.01 * gradient / gradient.abs().max()).detach().requires_grad_()
    assert criterion(restored, degraded).item() < before.item()


def test_the_method_stays_as_it_is(pair: tuple[Tensor, Tensor], ckdn: Any) -> None:
    criterion = iqabench.loss(ckdn)
    network = nn.Sequential(nn.Conv2d(3, 3, 1))
    nn.ModuleList([network, criterion]).train()
    before = {name: value.clone() for name, value in ckdn.state_dict().items()}
    criterion(network(pair[0]), pair[1]).backward()
    assert network[0].weight.grad is not None
    assert all(parameter.grad is None for parameter in criterion.parameters())
    assert not any(module.training for module in ckdn.modules())
    assert all(torch.equal(value, before[name]) for name, value in ckdn.state_dict().items())


def test_batches_and_reductions(pair: tuple[Tensor, Tensor]) -> None:
    restored, degraded = pair[0].expand(3, -1, -1, -1) * torch.tensor([1, 0.9, 0.8])[:, None, None, None], pair[1]
    each = iqabench.loss("ssim", reduction="none")(restored, degraded)
    assert each.shape == (3,)
    assert iqabench.loss("ssim")(restored, degraded).item() == pytest.approx(each.mean().item())
    assert iqabench.loss("ssim", reduction="sum")(restored, degraded).item() == pytest.approx(each.sum().item())
    paired = iqabench.loss("ssim", reduction="none")(restored, degraded.expand(3, -1, -1, -1))
    assert paired.tolist() == pytest.approx(each.tolist(), abs=1e-6)
    enlarged = iqabench.loss("ssim", reduction="none")(restored, upsample_tensor(degraded, 96, 96))
    assert enlarged.tolist() == pytest.approx(each.tolist(), abs=1e-6)


def test_gradients_reach_the_restored_images_alone(pair: tuple[Tensor, Tensor]) -> None:
    restored, degraded = (images.clone().requires_grad_() for images in pair)
    iqabench.loss("gmsd")(restored, degraded).backward()
    assert restored.grad is not None
    assert degraded.grad is None


def test_without_reference(pair: tuple[Tensor, Tensor]) -> None:
    assert iqabench.loss("sharpness")(pair[0]).ndim == 0


@pytest.mark.parametrize("name", ["lpips", "lpips-vgg", "dists"])
def test_deep_distances_teach(name: str, pair: tuple[Tensor, Tensor]) -> None:
    absent = [weights for weights in Registry().get(name).info.weights if locate(weights) is None]
    if absent:
        pytest.skip(f"pretrained weights not here: {', '.join(absent)} (set IQABENCH_WEIGHTS)")
    restored = pair[0].clone().requires_grad_()
    iqabench.loss(name)(restored, pair[1]).backward()
    assert restored.grad is not None
    assert restored.grad.isfinite().all()
    assert restored.grad.abs().sum() > 0


def test_a_score_without_gradient_is_no_loss() -> None:
    class Stepped(Method):
        info = MethodInfo("stepped", paradigms=(Paradigm.NR,))

        def score(self, restored: Tensor, prepared: None) -> Tensor:
            return restored.mean((1, 2, 3)).detach()

    with pytest.raises(MethodError, match="stepped: its score has no finite gradient"):
        iqabench.loss(Stepped())


def test_a_score_that_numpy_computes_is_no_loss() -> None:
    class Counted(Method):
        info = MethodInfo("counted", paradigms=(Paradigm.NR,))

        def score(self, restored: Tensor, prepared: None) -> Tensor:
            return torch.from_numpy(restored.numpy().mean((1, 2, 3)))

    with pytest.raises(MethodError, match="counted: its score cannot be differentiated"):
        iqabench.loss(Counted())


def test_what_looks_at_no_image_is_no_loss() -> None:
    with pytest.raises(MethodError, match="algorithm-mean judges by the name of the algorithm"):
        iqabench.loss(Registry().get("algorithm-mean").create())


def test_what_does_not_fit_is_refused(pair: tuple[Tensor, Tensor]) -> None:
    criterion = iqabench.loss("ssim")
    with pytest.raises(UserError, match="restored and degraded"):
        criterion(pair[0])
    with pytest.raises(UserError, match="times smaller"):
        criterion(pair[0], pair[1][..., :20])
    with pytest.raises(UserError, match="degraded images"):
        criterion(pair[0].expand(3, -1, -1, -1), pair[1].expand(2, -1, -1, -1))
    with pytest.raises(UserError, match=r"must be \(N, 3, H, W\)"):
        criterion(pair[0][0], pair[1])
    with pytest.raises(UserError, match="use mean, sum or none"):
        iqabench.loss("ssim", reduction="median")
    with pytest.raises(UserError, match="no method 'sism'"):
        iqabench.loss("sism")


def test_the_shipped_ckdn_teaches(pair: tuple[Tensor, Tensor]) -> None:
    try:
        criterion = iqabench.loss("ckdn")
    except UserError as error:
        pytest.skip(f"needs the shipped weights: {error}")
    restored = pair[0].clone().requires_grad_()
    criterion(restored, pair[1]).backward()
    assert restored.grad is not None
    assert restored.grad.isfinite().all()
