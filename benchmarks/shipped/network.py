"""Step 1: the network before any training: ImageNet weights as they are, or set right for where CKDN puts them.

ImageNet's batch norm statistics do not hold in CKDN: there is neither norm nor ReLU after the stem, and CSP sees a
difference. They can be taken anew on the training images, without labels and without gradients (recipe G).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ckdn.architecture import Architecture
from ckdn.bottleneck import Bottleneck
from ckdn.model import Network
from ckdn.start import start_from_imagenet

SEVERITY = 0.5
"""In a calibrated network E1(X) stands for E2(H) - SEVERITY * E2(X), which for H itself is 1 - SEVERITY of E2(H)."""


def starting_network() -> Network:
    """ImageNet weights in every part that has them."""
    network = Network(Architecture()).eval()
    start_from_imagenet(network)
    return network.to(memory_format=torch.channels_last)


@contextmanager
def _taking_statistics(module: nn.Module) -> Iterator[None]:
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    yield
    for norm in norms:
        norm.momentum = 0.1
        norm.eval()


@torch.inference_mode()
def calibrate(module: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace the batch norm statistics of ``module`` by those it has on ``batches``; nothing else changes."""
    with _taking_statistics(module):
        for batch in batches:
            with torch.autocast("cpu", torch.bfloat16):
                module(batch)


def weigh_reference(network: Network) -> None:
    """Let CSP see E2(R) - E1 in place of E1 - E2(R), E1 being (1 - SEVERITY) * E2 for a start; by the weights alone.

    CSP knows embeddings, not differences: this way it keeps the sign it knows, and some of what R itself shows.
    """
    _scale(network.dte.blocks, 1 - SEVERITY)
    with torch.no_grad():
        first = network.csp[0]
        assert isinstance(first, Bottleneck)
        assert isinstance(first.downsample, nn.Sequential)
        for convolution in (first.conv1, first.downsample[0]):
            convolution.weight.neg_()  # type: ignore[operator]


@torch.no_grad()
def _scale(blocks: nn.Module, share: float) -> None:
    """Scale what residual ``blocks`` put out: all is ReLU, so a factor above 0 passes through every block."""
    assert isinstance(blocks, nn.Sequential)
    for place, block in enumerate(blocks):
        assert isinstance(block, Bottleneck)
        norms: Sequence[nn.Module] = [block.bn3]
        if isinstance(block.downsample, nn.Sequential):
            norms = [block.bn3, block.downsample[1]]
        for norm in norms:
            norm.weight.mul_(share)  # type: ignore[operator, union-attr]
            norm.bias.mul_(share)  # type: ignore[operator, union-attr]
        if place > 0:
            block.conv1.weight.div_(share)
