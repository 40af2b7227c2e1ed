"""Networks as they score: norms folded into convolutions, activations and sums done while a result is in cache.

In evaluation a batch norm is a constant factor and shift per channel, so it belongs into the weights of the
convolution before it. On a CPU the activations of a batch are larger than the cache: passing over them once more
for a ReLU or a sum costs about as much as a 1x1 convolution, hence oneDNN's fused forms where torch has them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

CPU_FUSED = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
_CPU_DTYPES = (torch.float32, *[torch.bfloat16] * (CPU_FUSED and torch.ops.mkldnn._is_mkldnn_bf16_supported()))
"""What oneDNN's fused forms compute here: bfloat16 needs AVX-512; elsewhere torch's own convolution serves."""
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.float32}
"""What a network is fed; 8-bit layers bring it to bytes themselves."""

Forms = Mapping[type[nn.Module], Callable[[Any], nn.Module]]
"""The fused forms of a network's own blocks, by their class."""


def fused(module: nn.Module, precision: str = "fp32", forms: Forms | None = None) -> nn.Module:
    """A copy of ``module`` for evaluation alone: the same results but for rounding.

    Convolutions (with the ReLU that follows in a ``Sequential``) take their fused form, blocks the one that
    ``forms`` names. Feed it tensors of ``DTYPES[precision]``.
    """
    module = copy.deepcopy(module)
    if isinstance(module, nn.Conv2d):
        module = FusedConv(module, relu=False)
    else:
        _replace(module, forms or {})
    module = module.to(DTYPES[precision]).eval().requires_grad_(False)
    if precision != "int8":  # whose calibration still changes the weights
        for part in module.modules():
            if isinstance(part, FusedConv):
                part.settled = True
    return module


class FusedConv(nn.Module):
    """A convolution with whatever follows it: nothing, a ReLU, or a sum with ``added`` and a ReLU."""

    def __init__(self, conv: nn.Conv2d, relu: bool) -> None:
        super().__init__()
        if isinstance(conv.padding, str) or conv.padding_mode != "zeros":
            raise ValueError(f"only zero padding by a number of pixels can be fused, not {conv.padding!r}")
        self.weight = nn.Parameter(conv.weight.detach().clone(memory_format=torch.channels_last), requires_grad=False)
        bias = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias.detach().clone()
        self.bias = nn.Parameter(bias.to(self.weight), requires_grad=False)
        self.relu = relu
        self.settled = False
        """True once the weights change no more: they are then brought into oneDNN's order once, not in every call."""
        self._ordered: tuple[torch.Size, Tensor] | None = None
        padding = [int(side) for side in conv.padding]
        self.shape = list(conv.stride), padding, list(conv.dilation), conv.groups
        """Stride, padding, dilation and groups."""

    def forward(self, images: Tensor, added: Tensor | None = None) -> Tensor:
        """Convolve; ``added`` is overwritten by the result where that saves memory."""
        stride, padding, dilation, groups = self.shape
        if CPU_FUSED and images.device.type == "cpu" and images.dtype in _CPU_DTYPES:
            weight = self._in_order(images.shape[2:]) if self.settled else self.weight
            if added is None:
                after = "relu" if self.relu else "none"
                alone: Tensor = torch.ops.mkldnn._convolution_pointwise(
                    images, weight, self.bias, padding, stride, dilation, groups, after, [], ""
                )
                return alone
            summed: Tensor = torch.ops.mkldnn._convolution_pointwise_.binary(
                added, images, weight, self.bias, padding, stride, dilation, groups, "add", 1.0, "relu", [], ""
            )
            return summed
        result = functional.conv2d(images, self.weight, self.bias, stride, padding, dilation, groups)
        if added is not None:
            result += added
        return result.relu_() if self.relu or added is not None else result

    def _in_order(self, size: torch.Size) -> Tensor:
        """The weights in the order that oneDNN wants for images of ``size``; of another one's it makes slow work."""
        if self._ordered is None or self._ordered[0] != size:
            stride, padding, dilation, groups = self.shape
            images = [1, self.weight.shape[1] * groups, *size]
            reorder = torch.ops.mkldnn._reorder_convolution_weight
            self._ordered = size, reorder(self.weight, padding, stride, dilation, groups, images)
        return self._ordered[1]


def _replace(module: nn.Module, forms: Forms) -> None:
    children = list(module.named_children())
    for index, (name, child) in enumerate(children):
        if type(child) in forms:
            setattr(module, name, forms[type(child)](child))
        elif isinstance(child, nn.Conv2d):
            follower = children[index + 1] if isinstance(module, nn.Sequential) and index + 1 < len(children) else None
            relu = follower is not None and isinstance(follower[1], nn.ReLU)
            setattr(module, name, FusedConv(child, relu))
            if follower is not None and relu:
                setattr(module, follower[0], nn.Identity())
        else:
            _replace(child, forms)
