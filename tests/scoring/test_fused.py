"""What is fused for scoring gives the scores of what it was made from."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from baselines.shared.layers import he_start
from ckdn.bottleneck import Bottleneck
from ckdn.fused import FORMS
from ckdn.method import CKDN
from iqabench.methods.untrained import mark_trained
from iqabench.scoring.fused import DTYPES, FusedConv, fused

SIDE = 64


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def lively(module: Any) -> Any:
    """Give norms statistics that matter, as training does."""
    for one in module.modules():
        if isinstance(one, nn.BatchNorm2d):
            nn.init.normal_(one.running_mean, std=0.2)
            nn.init.uniform_(one.running_var, 0.5, 2.0)
            nn.init.uniform_(one.weight, 0.5, 1.5)
            nn.init.normal_(one.bias, std=0.2)
    mark_trained(module)
    return module.eval()


def spread_scores(method: CKDN, images: Tensor, reference: Tensor | None) -> None:
    """Scale the last layer so that the images' scores lie apart and away from 0 and 1."""
    network = method.network
    with torch.no_grad():
        shown = None if reference is None else method.prepare(reference)
        difference = network.difference(network.embed_restored(method.view(images, "restored")), shown)
        before_sigmoid = network.head.logits(network.csp(difference))
        last = network.head.layers[-1]
        last.weight /= 4 * before_sigmoid.std()
        last.bias -= before_sigmoid.mean() / (4 * before_sigmoid.std())


def scores(method: Any, images: Tensor, reference: Tensor | None) -> Tensor:
    with torch.inference_mode():
        return method.score(images, None if reference is None else method.prepare(reference))


@pytest.mark.parametrize("variant", ["ckdn", "ckdn-nr", "ckdn-18", "ckdn-shared", "ckdn-hallucinate", "ckdn-vgg"])
def test_every_architecture_of_ckdn(variant: str) -> None:
    method = lively(CKDN(variant=variant, recipe="quick", start="random"))
    he_start(method.network)
    images = torch.rand(3, 3, SIDE, SIDE) * torch.tensor([0.3, 0.6, 1.0]).view(3, 1, 1, 1)
    reference = None if variant == "ckdn-nr" else torch.rand(1, 3, SIDE, SIDE)
    spread_scores(method, images, reference)
    plain = scores(method, images, reference)
    assert plain.std() > 1e-3
    torch.testing.assert_close(scores(method.fused("fp32"), images, reference), plain, atol=1e-4, rtol=0)
    low = scores(method.fused("bf16"), images, reference)
    assert low.dtype == torch.float32
    torch.testing.assert_close(low, plain, atol=0.04, rtol=0)
    assert (low - plain).abs().max() > 1e-6


def test_freezing_leaves_the_method_and_what_was_prepared_alone() -> None:
    method = lively(CKDN(recipe="quick", start="random"))
    state = copy.deepcopy(method.state_dict())
    images, reference = torch.rand(2, 3, SIDE, SIDE), torch.rand(1, 3, SIDE, SIDE)
    lean = method.fused("fp32")
    with torch.inference_mode():
        prepared = lean.prepare(reference)
        before = prepared.clone()
        first, second = lean.score(images, prepared), lean.score(images, prepared)
    assert torch.equal(prepared, before)
    assert torch.equal(first, second)
    assert all(torch.equal(state[name], tensor) for name, tensor in method.state_dict().items())
    assert any(isinstance(one, nn.BatchNorm2d) for one in method.modules())


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_batch_size_does_not_change_a_score(precision: str) -> None:
    lean = lively(CKDN(recipe="quick", start="random")).fused(precision)
    images, reference = torch.rand(5, 3, SIDE, SIDE), torch.rand(1, 3, SIDE, SIDE)
    alone = torch.cat([scores(lean, image[None], reference) for image in images])
    tolerance = 1e-6 if precision == "fp32" else 2e-3
    torch.testing.assert_close(scores(lean, images, reference), alone, atol=tolerance, rtol=0)


def test_sequences_of_convolutions() -> None:
    features = lively(models.squeezenet1_1().features)
    for layer in features:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    images = torch.rand(2, 3, SIDE, SIDE)
    with torch.inference_mode():
        torch.testing.assert_close(fused(features)(images), features(images), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("in_one_step", [True, False])
def test_bottleneck_with_and_without_fused_forms(in_one_step: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not in_one_step:
        monkeypatch.setattr("iqabench.scoring.fused.CPU_FUSED", False)
    block = lively(nn.Sequential(Bottleneck(32, 8), Bottleneck(32, 8)))
    images = torch.randn(2, 32, 9, 7).relu()
    with torch.inference_mode():
        expected = block(images.clone())
        for precision, dtype in DTYPES.items():
            found = fused(block, precision, FORMS)(images.to(dtype, memory_format=torch.channels_last, copy=True))
            tolerance = 1e-5 if precision == "fp32" else 0.1
            torch.testing.assert_close(found.float(), expected, atol=tolerance, rtol=0)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(3, 20, 7, stride=2, padding=3),
        nn.Conv2d(32, 24, 3, padding=1, groups=4),
        nn.Conv2d(16, 40, 5, dilation=2, bias=False),
        nn.Conv2d(64, 128, 1),
    ],
)
def test_weights_in_order_serve_images_of_any_size(conv: nn.Conv2d, precision: str) -> None:
    lean, dtype = fused(conv, precision), DTYPES[precision]
    tolerance = 1e-5 if precision == "fp32" else 0.1
    for size in ((1, 11, 10), (3, 33, 47), (2, 130, 64)):
        images = torch.randn(size[0], conv.in_channels, *size[1:])
        with torch.inference_mode():
            for layout in (torch.contiguous_format, torch.channels_last):
                found = lean(images.to(dtype, memory_format=layout)).float()
                torch.testing.assert_close(found, conv(images), atol=tolerance, rtol=0)


def test_weights_that_calibration_changes_are_not_brought_into_order_before() -> None:
    lean, images = fused(nn.Conv2d(3, 8, 3, bias=False), "int8"), torch.rand(1, 3, 9, 9)
    with torch.inference_mode():
        before = lean(images)
        lean.weight.mul_(2)
        torch.testing.assert_close(lean(images), 2 * before)


def test_padding_in_words_is_refused() -> None:
    with pytest.raises(ValueError, match="same"):
        FusedConv(nn.Conv2d(3, 3, 3, padding="same"), relu=False)
