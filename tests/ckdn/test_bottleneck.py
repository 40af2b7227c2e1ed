"""The block is torchvision's: names and their order, values, gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models import resnet

from ckdn.bottleneck import Bottleneck


@pytest.mark.parametrize(("channels", "width", "stride"), [(24, 8, 1), (32, 8, 1), (24, 8, 2)])
def test_it_is_torchvisions(channels: int, width: int, stride: int) -> None:
    def shortcut() -> nn.Sequential | None:
        if channels == 4 * width and stride == 1:
            return None
        return nn.Sequential(nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))

    theirs = resnet.Bottleneck(channels, width, stride, shortcut())
    ours = Bottleneck(channels, width, stride, shortcut())
    # Training draws weights module by module: in another order they would be others.
    assert [name for name, _ in ours.named_modules()] == [name for name, _ in theirs.named_modules()]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    for training in (True, False):
        one, other = (torch.randn(2, channels, 9, 11, generator=torch.Generator().manual_seed(3)) for _ in range(2))
        kept = one.clone()
        scores = []
        for block, images in ((ours, one), (theirs, other)):
            block.train(training).zero_grad()
            out = block(images)
            out.square().sum().backward()
            scores.append(out)
        assert torch.equal(*scores)
        assert torch.equal(one, kept)
        for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(mine.grad, its.grad)  # type: ignore[arg-type]
