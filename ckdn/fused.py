"""The network as it scores; see :mod:`iqabench.scoring.fused`."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ckdn.blocks import final_score
from ckdn.bottleneck import Bottleneck
from ckdn.model import Network
from iqabench.scoring.fused import DTYPES, Forms, FusedConv, fused


class FusedBottleneck(nn.Module):
    """A bottleneck with its norms folded; without a shortcut it overwrites its input."""

    def __init__(self, block: Bottleneck) -> None:
        super().__init__()
        self.first = FusedConv(fuse_conv_bn_eval(block.conv1, block.bn1), relu=True)
        self.second = FusedConv(fuse_conv_bn_eval(block.conv2, block.bn2), relu=True)
        self.third = FusedConv(fuse_conv_bn_eval(block.conv3, block.bn3), relu=False)
        self.shortcut = None
        if block.downsample is not None:
            self.shortcut = FusedConv(fuse_conv_bn_eval(*block.downsample), relu=False)

    def forward(self, features: Tensor) -> Tensor:
        """As the block did; ``features`` is left alone only if there is a shortcut."""
        result: Tensor = self.second(self.first(features))
        result = self.third(result, features if self.shortcut is None else self.shortcut(features))
        return result


FORMS: Forms = {Bottleneck: FusedBottleneck}


class FusedNetwork(nn.Module):
    """What of a :class:`~ckdn.model.Network` scores, with the same results but for rounding.

    Its blocks overwrite what they are given where nobody else holds it. In ``bf16`` the convolutions compute
    in bfloat16; the pooled features and the fully connected layers stay in float32, since a score in bfloat16
    would have 256 values between 0.5 and 1, and so does a generated reference, which is made once.
    """

    def __init__(self, network: Network, precision: str = "fp32") -> None:
        super().__init__()
        self.architecture = network.architecture
        self._dtype = DTYPES[precision]
        self.qse = fused(network.qse, precision, FORMS)
        if network.architecture.reference:
            self.dte = self.qse if network.architecture.shared else fused(network.dte, precision, FORMS)
        self.generator = fused(network.generator, forms=FORMS) if network.architecture.generator else nn.Identity()
        self.csp = fused(network.csp, precision, FORMS)
        self.head = copy.deepcopy(network.head)
        self.restorability = copy.deepcopy(network.restorability)
        self.eval().requires_grad_(False)

    def embed_restored(self, restored: Tensor) -> Tensor:
        """E2(R) ``(N, 256, h, w)`` of normalised images."""
        return self._run(self.qse, restored)

    def embed_reference(self, reference: Tensor) -> Tensor:
        """E1(D) or E1(H) ``(N, 256, h, w)`` of normalised images."""
        return self._run(self.dte, self.generator(reference))

    def score(self, restored: Tensor, reference: Tensor | None) -> Tensor:
        """Score embeddings as :meth:`ckdn.model.Network.score` does; ``restored`` is overwritten."""
        if reference is not None:
            paper = self.architecture.difference == "paper"
            first, second = (reference, restored) if paper else (restored, reference)
            torch.sub(first, second, out=restored)
        features = self._run(self.csp, restored)
        return final_score(features.float(), reference, self.head, self.restorability)

    def _run(self, part: nn.Module, images: Tensor) -> Tensor:
        result: Tensor = part(images.to(self._dtype, memory_format=torch.channels_last))
        return result
