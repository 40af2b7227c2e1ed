"""The network in 8 bits; see :mod:`iqabench.scoring.int8`.

DTE stays in float32: it works once for each degraded image, and the second term of the shipped weights is made of its
features' deviations, which rounding changes. So do the pooled features and the fully connected layers. The stem of QSE
takes the bytes of the image as they are; its blocks and those of CSP pass bytes on. The difference from E1(D) brings
the bytes that QSE gives to those that CSP is given, in as few passes as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ckdn.blocks import final_score
from ckdn.fused import FusedBottleneck, FusedNetwork
from ckdn.model import Network
from ckdn.preprocess import statistics
from iqabench.scoring.calibration import Pair, Seen, calibrated, calibration_pairs, equalise, grid_of, in_one_thread
from iqabench.scoring.fused import FusedConv
from iqabench.scoring.int8 import Grid, Int8Conv, framed, mean_over, take_pixels
from iqabench.scoring.kept import Tensors, kept_calibration, under

View = Callable[[Tensor, str], Tensor]


class Int8Bottleneck(nn.Module):
    """Three convolutions that take and give bytes; the last adds the input, or the shortcut's result, and cuts at 0."""

    def __init__(self, first: Int8Conv, second: Int8Conv, third: Int8Conv, shortcut: Int8Conv | None) -> None:
        super().__init__()
        self.first, self.second, self.third, self.shortcut = first, second, third, shortcut
        self._added = first.given if shortcut is None else shortcut.result

    def forward(self, features: Tensor) -> Tensor:
        """Bytes ``(N, C, h, w)`` to bytes; ``features`` are overwritten if there is no shortcut."""
        inner = self.second(self.first(features))
        result: Tensor = self.third(inner, features if self.shortcut is None else self.shortcut(features), self._added)
        return result


class Int8Stage(nn.Module):
    """Bottlenecks that take and give bytes.

    Parameters
    ----------
    blocks
        The bottlenecks.
    inverse, scales
        ``(C, 1, 1)``: what a value is multiplied by to give bytes, less :attr:`given`'s zero; what a byte is worth.
    """

    def __init__(self, blocks: Sequence[Int8Bottleneck], inverse: Tensor, scales: Tensor) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.given = blocks[0].first.given
        self.inverse, self.scales = inverse, scales

    def forward(self, levels: Tensor) -> Tensor:
        """Bytes ``(N, C, h, w)``."""
        result: Tensor = self.blocks(levels)
        return result

    def levels(self, features: Tensor) -> Tensor:
        """Bytes that stand for ``features``."""
        return self.cut(torch.addcmul(torch.tensor(self.given.zero + 0.5), features, self.inverse))

    def cut(self, levels: Tensor) -> Tensor:
        """The bytes at and below ``levels``, which are overwritten."""
        return levels.clamp_(0, 255).to(torch.uint8)

    def tensors(self) -> dict[str, Tensor]:
        """All that calibration found."""
        found = {"inverse": self.inverse, "scales": self.scales}
        for name, conv in self.blocks.named_modules():
            if isinstance(conv, Int8Conv):
                found |= {f"blocks.{name}.{key}": tensor for key, tensor in conv.tensors().items()}
        return found


class FromImages(nn.Module):
    """QSE's blocks: float32 features of the stem to bytes."""

    def __init__(self, stage: Int8Stage) -> None:
        super().__init__()
        self.stage = stage

    def forward(self, features: Tensor) -> Tensor:
        """Bytes ``(N, 256, h, w)``."""
        result: Tensor = self.stage(self.stage.levels(features))
        return result


class Int8Network(FusedNetwork):
    """A network with residual blocks and a reference, with its convolutions in 8 bits.

    Calibrated on ``mini``'s training part as ``view`` shows it to the network, or as the user's cache has it.
    ``shown`` says how ``view`` shows images.
    """

    def __init__(self, network: Network, view: View, shown: str) -> None:
        super().__init__(network, "int8")
        self._mean, self._deviation = statistics(torch.float32, torch.device("cpu"))
        self._frame = take_pixels(self._stem(), self._mean, self._deviation)
        with torch.inference_mode():
            name = f"{self.architecture} {shown}"
            found = kept_calibration(name, self, lambda: calibrated_network(self, view, calibration_pairs()), __file__)
        self.qse.stem = Int8Conv.of(self._stem(), under("stem", found))
        self._restored = stage_of(self.qse.blocks, under("restored", found))
        self._predictor = stage_of(self.csp, under("predictor", found))
        self._offset = found["offset"]
        """What keeps the mean of each pooled feature what it is in float32 ``(512, 1, 1)``."""
        self.qse.blocks, self.csp = FromImages(self._restored), nn.Identity()
        sign = 1 if self.architecture.difference == "paper" else -1
        self._towards = self._predictor.inverse * sign
        self._away = -self._towards * self._restored.scales

    def _stem(self) -> FusedConv:
        stem = self.qse.stem
        assert isinstance(stem, FusedConv)
        return stem

    def pixels(self, restored: Tensor) -> Tensor:
        """Bytes of normalised images, in a frame of their mean."""
        return framed(torch.addcmul(self._mean, restored, self._deviation), self._mean, self._frame)

    def embed_restored(self, restored: Tensor) -> Tensor:
        """E2(R) in bytes ``(N, 256, h, w)``."""
        embedded: Tensor = self.qse(self.pixels(restored))
        return embedded

    def score(self, restored: Tensor, reference: Tensor | None) -> Tensor:
        """As :meth:`ckdn.fused.FusedNetwork.score`, of E2(R) in bytes."""
        if reference is None:
            raise ValueError("in 8 bits CKDN scores beside a reference only")
        moved = torch.addcmul(torch.tensor(self._predictor.given.zero + 0.5), reference, self._towards)
        # Floats first: products of bytes and floats are several times slower.
        levels = restored.float()
        levels = self._predictor.cut(torch.addcmul(moved, levels, self._away, out=levels))
        pooled = self._predictor(levels).float().mean((2, 3), keepdim=True)
        features = pooled.mul_(self._predictor.scales).add_(self._offset)
        return final_score(features, reference, self.head, self.restorability)


def stage_of(blocks: Any, found: Tensors) -> Int8Stage:
    """The stage of what :meth:`Int8Stage.tensors` gave; of ``blocks``, no weight is read."""
    ready = []
    for index, block in enumerate(_bottlenecks(blocks)):
        own = under(f"blocks.{index}", found)
        shortcut = None if block.shortcut is None else Int8Conv.of(block.shortcut, under("shortcut", own))
        convs = {"first": block.first, "second": block.second, "third": block.third}
        three = {name: Int8Conv.of(conv, under(name, own)) for name, conv in convs.items()}
        ready.append(Int8Bottleneck(**three, shortcut=shortcut))
    return Int8Stage(ready, found["inverse"], found["scales"])


@in_one_thread()
def calibrated_network(network: Any, view: View, pairs: Sequence[Pair]) -> dict[str, Tensor]:
    """What ``network`` needs to compute in 8 bits; its weights in float32 are changed on the way."""
    shown = {pair.key: view(pair.shown, "degraded") for pair in pairs}
    known = {key: network.embed_reference(one) for key, one in shown.items()}
    seen = Seen.pixels([network.pixels(view(pair.restored, "restored")) for pair in pairs])
    stem, seen = calibrated(network.qse.stem, seen, to_floats=True)
    shrink = network.qse.shrink
    exact, found = ([shrink(one) for one in kind] for kind in (seen.floats, seen.levels))
    restored, exact, found = calibrated_stage(network.qse.blocks, found, exact)
    sign = 1 if network.architecture.difference == "paper" else -1
    exact, found = (
        [(known[pair.key] - mine) * sign for pair, mine in zip(pairs, ours, strict=True)] for ours in (exact, found)
    )
    predictor, exact, found = calibrated_stage(network.csp, found, exact)
    parts: dict[str, Int8Conv | Int8Stage] = {"stem": stem, "restored": restored, "predictor": predictor}
    tensors = {f"{part}.{name}": one for part, module in parts.items() for name, one in module.tensors().items()}
    return tensors | {"offset": (mean_over(exact) - mean_over(found))[:, None, None]}


def calibrated_stage(
    blocks: nn.Module, given: list[Tensor], exact: list[Tensor]
) -> tuple[Int8Stage, list[Tensor], list[Tensor]]:
    """``blocks`` in 8 bits, and what they give on the set in float32 and in 8 bits."""
    parts = _bottlenecks(blocks)
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
    ready = []
    for block in parts:
        one, seen = calibrated_block(block, seen)
        ready.append(one)
    assert isinstance(seen.grid, Grid)
    stage = Int8Stage(ready, 1 / (into * grid.scale), out * seen.grid.scale)
    return stage, [one * out for one in seen.floats], [one * out for one in seen.values()]


def calibrated_block(block: FusedBottleneck, seen: Seen) -> tuple[Int8Bottleneck, Seen]:
    """``block`` in 8 bits, and what it gives."""
    shortcut, added = None, seen
    if block.shortcut is not None:
        shortcut, added = calibrated(block.shortcut, seen, to_floats=False)
    equalise([block.first], [block.second], [block.first(one) for one in seen.floats])
    first, inner = calibrated(block.first, seen, to_floats=False)
    equalise([block.second], [block.third], [block.second(one) for one in inner.floats])
    second, inner = calibrated(block.second, inner, to_floats=False)
    third, given = calibrated(block.third, inner, added, to_floats=False)
    return Int8Bottleneck(first, second, third, shortcut), given


def _bottlenecks(blocks: Any) -> list[FusedBottleneck]:
    return [block for block in blocks.children() if isinstance(block, FusedBottleneck)]
