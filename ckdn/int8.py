"""The network in 8 bits; see :mod:`iqabench.scoring.int8`.

DTE stays in float32: it works once for each degraded image, and the second term of the shipped weights is made of its
features' deviations, which rounding changes. So do the stem, which sees the image itself, the difference of embeddings,
the pooled features and the fully connected layers. All other convolutions of QSE and CSP pass bytes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ckdn.fused import FusedBottleneck, FusedNetwork
from iqabench.scoring.calibration import Pair, Seen, calibrated, equalise, grid_of, in_one_thread
from iqabench.scoring.int8 import mean_over

View = Callable[[Tensor, str], Tensor]


class Int8Bottleneck(nn.Module):
    """Three convolutions that take and give bytes; the last adds the input, or the shortcut's result, and cuts at 0."""

    def __init__(self, block: FusedBottleneck, seen: Seen) -> None:
        super().__init__()
        self.shortcut, added = None, seen
        if block.shortcut is not None:
            self.shortcut, added = calibrated(block.shortcut, seen, to_floats=False)
        equalise([block.first], [block.second], [block.first(one) for one in seen.floats])
        self.first, inner = calibrated(block.first, seen, to_floats=False)
        equalise([block.second], [block.third], [block.second(one) for one in inner.floats])
        self.second, inner = calibrated(block.second, inner, to_floats=False)
        self.third, self.seen = calibrated(block.third, inner, added, to_floats=False)
        self._added = added.grid

    def forward(self, features: Tensor) -> Tensor:
        """Bytes ``(N, C, h, w)`` to bytes; ``features`` are overwritten if there is no shortcut."""
        inner = self.second(self.first(features))
        result: Tensor = self.third(inner, features if self.shortcut is None else self.shortcut(features), self._added)
        return result


class Int8Stage(nn.Module):
    """Bottlenecks between float32 and float32."""

    def __init__(self, blocks: nn.Module, given: list[Tensor], exact: list[Tensor]) -> None:
        super().__init__()
        parts = [block for block in blocks.children() if isinstance(block, FusedBottleneck)]
        head = [conv for conv in (parts[0].first, parts[0].shortcut) if conv is not None]
        into = equalise([], head, exact)
        exact, given = ([one / into for one in kind] for kind in (exact, given))
        passed, results = exact, []
        for block in parts:
            passed = [block(one.clone()) for one in passed]
            results += [one.clone() for one in passed]
        makers = [conv for block in parts for conv in (block.third, block.shortcut) if conv is not None]
        out = equalise(makers, [block.first for block in parts[1:]], results)
        grid = grid_of(given)
        seen = Seen(exact, [grid.quantize(one) for one in given], grid)
        self.blocks = nn.Sequential()
        for block in parts:
            ready = Int8Bottleneck(block, seen)
            seen = ready.__dict__.pop("seen")
            self.blocks.append(ready)
        assert seen.grid is not None
        self.given, self.result = grid, seen.grid
        self.inverse, self.scales = 1 / (into * grid.scale), out * seen.grid.scale
        """What a value is multiplied by before, and a level after, for each channel ``(C, 1, 1)``."""
        self.exact, self.found = [one * out for one in seen.floats], [one * out for one in seen.values()]
        """What it gives on the set, in float32 and in 8 bits."""

    def forward(self, features: Tensor) -> Tensor:
        """Features ``(N, C, h, w)``."""
        levels = torch.addcmul(torch.tensor(self.given.zero + 0.5), features, self.inverse)
        return torch.mul(self.blocks(levels.clamp_(0, 255).to(torch.uint8)), self.scales)

    def forget(self) -> None:
        """Drop what it gives on the set."""
        del self.exact, self.found


class Int8Predictor(nn.Module):
    """CSP, with the mean of each feature what it is in float32."""

    def __init__(self, stage: Int8Stage) -> None:
        super().__init__()
        self.stage = stage
        self.offset = (mean_over(stage.exact) - mean_over(stage.found))[:, None, None]

    def forward(self, difference: Tensor) -> Tensor:
        """Pooled features ``(N, 512, 1, 1)``."""
        pooled: Tensor = self.stage(difference).mean((2, 3), keepdim=True) + self.offset
        return pooled


@in_one_thread()
def to_int8(network: FusedNetwork, view: View, pairs: list[Pair]) -> FusedNetwork:
    """``network`` (in float32, with residual blocks) with its convolutions in 8 bits, calibrated on ``pairs``."""
    with torch.inference_mode():
        shown = {pair.key: view(pair.shown, "degraded") for pair in pairs}
        known = {key: network.embed_reference(one) for key, one in shown.items()}
        restored = _embedding(network.qse, [view(pair.restored, "restored") for pair in pairs])
        sign = 1 if network.architecture.difference == "paper" else -1
        exact, found = (
            [(known[pair.key] - mine) * sign for pair, mine in zip(pairs, ours, strict=True)]
            for ours in (restored.exact, restored.found)
        )
        predictor = Int8Stage(network.csp, found, exact)
        network.csp = Int8Predictor(predictor)
        for stage in (restored, predictor):
            stage.forget()
    return network


def _embedding(embedding: Any, images: list[Tensor]) -> Int8Stage:
    """Put an embedding's blocks into 8 bits; its stem and pooling stay."""
    begun = [embedding.shrink(embedding.stem(one.contiguous(memory_format=torch.channels_last))) for one in images]
    stage = Int8Stage(embedding.blocks, begun, begun)
    embedding.blocks = stage
    return stage
