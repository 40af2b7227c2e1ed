"""Brings convolutions to 8 bits: ranges, weights and biases from what they see on a stated set of images.

Layer by layer, with the float32 network beside: each layer is calibrated on what the layers before it give in 8 bits.

* Activations: the range that gives the least squared error on a sample. Bytes after a ReLU begin at 0.
* Weights: a scale for each output channel. They are rounded one input after the other, and what one rounding does
  to the output is made good by those that follow (GPTQ: Frantar et al., ICLR 2023), so that errors fall where
  inputs vary little.
* Biases: the mean of every output channel stays what it was in float32.

The set is the training part of ``mini`` with its split ``unseen``: neither its contents nor its algorithms are those
that ``mini`` scores. All draws are seeded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from iqabench.data.images import content_digest
from iqabench.data.mini import MINI_SPLIT, read_mini
from iqabench.data.references import parse_reference
from iqabench.data.splits import split_of
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.decode import decoded, group_by_size
from iqabench.scoring.fused import FusedConv
from iqabench.scoring.int8 import PIXELS, Grid, Int8Conv

RULE = 4
"""Version of the rules above; it is part of a run's identity."""
SAMPLE = 4000
"""Values of each batch that a range is chosen by."""
POSITIONS = 200
"""Positions of each image that a layer is calibrated on."""
DAMPING = 0.01
"""Of the second moments of a layer's inputs, as a share of their mean."""
EVEN = 0.01
"""Least range of a channel that is evened out, as a share of the mean."""
POWER = 0.5
"""Share of the differences between channels, in powers, that is evened out."""
WIDEST = 3456
"""Inputs of a convolution up to which roundings are made good by later ones: its cost grows with their cube."""
BLOCK = 64
"""Inputs whose roundings are made good at once."""
MOST = 127


class Pair(NamedTuple):
    """Restored images ``(N, 3, H, W)`` and the degraded one ``(1, 3, H, W)`` that they were made from, in [0, 1]."""

    restored: Tensor
    shown: Tensor
    key: str
    """Tells references apart."""


def calibration_images(most: int | None = None) -> list[Tensor]:
    """Restored images of the set, then the degraded ones: batches of ``(N, 3, H, W)`` in [0, 1], the first ``most``."""
    pairs = calibration_pairs()
    shown = {pair.key: pair.shown for pair in pairs}
    return [*[pair.restored for pair in pairs][:most], *[*shown.values()][:most]]


def calibration_pairs() -> list[Pair]:
    """The set: 72 restored images of 176x176 pixels, beside the degraded images, brought to their size."""
    rows, reference = _rows(), parse_reference("degraded")
    pairs = []
    with ThreadPoolExecutor(2) as pool:
        for batch, restored, source in decoded(plan_batches(rows, reference, 8), pool):
            for group in group_by_size(batch, restored, source, reference, torch.device("cpu"))[1]:
                assert group.shown is not None
                pairs.append(Pair(group.restored / 255, group.shown / 255, str(group.key)))
    return pairs


@cache
def calibration_digest() -> str:
    """What names the calibration in a run's identity: the rules' version and a digest of the set's files."""
    rows = _rows()
    files = sorted({content_digest(path) for path in [*rows["image"], *rows["degraded"]]})
    return f"mini/{MINI_SPLIT}/train/{RULE}/{hashlib.blake2b(''.join(files).encode(), digest_size=8).hexdigest()}"


def _rows() -> pd.DataFrame:
    dataset = read_mini()
    rows = split_of(dataset, MINI_SPLIT).apply(dataset.frame)
    return rows[rows["part"] == "train"]


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Sum in one order, however many threads score: a weight between two levels then goes to the same one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class Seen(NamedTuple):
    """What a layer gives on the set: in float32, and after 8-bit layers as bytes on ``grid`` (floats without one)."""

    floats: Sequence[Tensor]
    levels: Sequence[Tensor]
    grid: Grid | None

    @classmethod
    def pixels(cls, images: Sequence[Tensor]) -> Seen:
        """Bytes of images."""
        return cls([PIXELS.values(one) for one in images], images, PIXELS)

    def values(self) -> list[Tensor]:
        """What the 8-bit layers give, in float32."""
        return [one if self.grid is None else self.grid.values(one) for one in self.levels]


def calibrated(conv: FusedConv, seen: Seen, added: Seen | None = None, *, to_floats: bool) -> tuple[Int8Conv, Seen]:
    """``conv`` in 8 bits, and what it gives; with ``to_floats`` its results stay in float32."""
    values = seen.values()
    given = seen.grid or grid_of(values)
    if seen.grid is None:
        values = [given.values(given.quantize(one)) for one in values]
    exact, ours = _columns(conv, seen.floats, values)
    weight = conv.weight.flatten(1)
    moments = ours.T @ ours / len(ours) if weight.shape[1] <= WIDEST else None
    levels, scales = rounded(weight, moments)
    # Means are kept: what 8 bits change on the average, the bias takes back.
    bias = conv.bias + weight @ exact.mean(0) - (levels * scales[:, None]) @ ours.mean(0)
    levels = levels.to(torch.int8).view(conv.weight.shape)
    others: list[Tensor | None] = [None] * len(values) if added is None else [one.clone() for one in added.floats]
    floats = [conv(one, other) for one, other in zip(seen.floats, others, strict=True)]
    result = None if to_floats else grid_of(floats)
    ready = Int8Conv(conv, levels, scales, bias, given, result)
    if added is None:
        found = [ready(one) for one in seen.levels]
    else:
        pairs = zip(seen.levels, added.levels, strict=True)
        found = [ready(one, other.clone(), added.grid) for one, other in pairs]
    return ready, Seen(floats, found, result)


Pass = Callable[[nn.Module, Tensor], Tensor]


@in_one_thread()
def calibrated_sequence(layers: nn.Sequential, seen: Seen, apply: Pass = nn.Module.__call__) -> dict[int, Int8Conv]:
    """The convolutions of ``layers`` in 8 bits, each with a result in float32, by their places.

    The first layer is one only if it is given bytes. ``seen`` is what it is given; ``apply`` computes a layer that is
    no convolution.
    """
    ready: dict[int, Int8Conv] = {}
    first = 1 if seen.grid is None else 0
    for index, layer in enumerate(layers):
        if isinstance(layer, FusedConv) and index >= first:
            ready[index], seen = calibrated(layer, seen, to_floats=True)
        else:
            floats, levels = ([apply(layer, one) for one in kind] for kind in (seen.floats, seen.levels))
            seen = Seen(floats, levels, None)
    return ready


def equalise(makers: Sequence[FusedConv], takers: Sequence[FusedConv], images: Sequence[Tensor]) -> Tensor:
    """Bring the channels between ``makers`` and ``takers`` (``images`` of them) nearer to one range.

    One grid serves all channels, and small ones would get few levels. What a channel is divided by in the one, it is
    multiplied by in the others: the network computes the same, since a ReLU lies between at most. Returns the divisors
    ``(C, 1, 1)``.
    """
    most = torch.stack([one.abs().amax((0, 2, 3)) for one in images]).amax(0)
    factor = (most / most.mean()).clamp_min(EVEN) ** POWER
    for maker in makers:
        maker.weight.div_(factor[:, None, None, None])
        maker.bias.div_(factor)
    for taker in takers:
        taker.weight.mul_(factor[:, None, None])
    return factor[:, None, None]


def grid_of(images: Sequence[Tensor]) -> Grid:
    """The grid of 256 levels with the least squared error on a sample of ``images``; 0 is a level."""
    draw = torch.Generator().manual_seed(0)
    # Flat in the order of memory, which copies nothing.
    flat = [one.permute(0, 2, 3, 1).flatten() if one.ndim == 4 else one.flatten() for one in images]
    drawn = torch.cat([one[torch.randint(len(one), (SAMPLE,), generator=draw)] for one in flat])
    ends = [one.aminmax() for one in flat]
    least, most = float(min(one.min for one in ends)), float(max(one.max for one in ends))
    sample = torch.cat([drawn, torch.tensor([least, most])])
    best: tuple[float, Grid] | None = None
    for share in np.linspace(0.4, 1, 25):
        scale = max(float(share) * (max(most, 0) - min(least, 0)) / 255, 1e-12)
        grid = Grid(scale, round(-float(share) * min(least, 0) / scale))
        error = float((grid.values(grid.quantize(sample)) - sample).square().mean())
        if best is None or error < best[0]:
            best = error, grid
    assert best is not None
    return best[1]


def rounded(weight: Tensor, moments: Tensor | None) -> tuple[Tensor, Tensor]:
    """Levels ``(O, K)`` and scales ``(O,)`` of ``weight`` ``(O, K)`` for inputs of these second moments ``(K, K)``.

    Without moments every weight takes the nearest level.
    """
    scales = weight.abs().amax(1).clamp_min(1e-12) / MOST
    if moments is None:
        return (weight / scales[:, None]).round(), scales
    order = moments.diagonal().argsort(descending=True)
    damped = moments[order][:, order].double()
    damped.diagonal().add_(DAMPING * damped.diagonal().mean() + 1e-12)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    passed = torch.linalg.cholesky(inverse, upper=True).float()
    rest, levels = weight[:, order].clone(), torch.empty_like(weight)
    for start in range(0, rest.shape[1], BLOCK):
        stop = min(start + BLOCK, rest.shape[1])
        errors = torch.empty(len(rest), stop - start)
        for index in range(start, stop):
            levels[:, index] = (rest[:, index] / scales).round().clamp(-MOST, MOST)
            error = (rest[:, index] - levels[:, index] * scales) / passed[index, index]
            rest[:, index:stop] -= error[:, None] * passed[index, index:stop]
            errors[:, index - start] = error
        rest[:, stop:] -= errors @ passed[start:stop, stop:]
    return levels[:, order.argsort()], scales


def _columns(conv: FusedConv, floats: Sequence[Tensor], values: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """What ``conv`` multiplies at a sample of positions ``(P, K)``: in float32, and after 8-bit layers."""
    draw = torch.Generator().manual_seed(0)
    (down, right), padding, _, _ = conv.shape
    kernel = conv.weight.shape[2:]
    positions = POSITIONS * sum(map(len, floats))
    # Filled in place: to join many small pieces takes as long as to cut them out.
    exact, ours = (floats[0].new_empty(positions, floats[0].shape[1], *kernel) for _ in range(2))
    done = 0
    for pair in zip(floats, values, strict=True):
        # Channels last, as they lie in memory: all channels of a pixel are copied at once.
        wide = [functional.pad(one, [padding[1]] * 2 + [padding[0]] * 2).permute(0, 2, 3, 1) for one in pair]
        rows = (wide[0].shape[1] - kernel[0]) // down + 1
        columns = (wide[0].shape[2] - kernel[1]) // right + 1
        for images in zip(*wide, strict=True):
            at = torch.randint(rows * columns, (POSITIONS,), generator=draw)
            tops, lefts = at // columns * down, at % columns * right
            y = tops[:, None, None] + torch.arange(kernel[0])[:, None]
            x = lefts[:, None, None] + torch.arange(kernel[1])
            for one, kept in zip(images, (exact, ours), strict=True):
                kept[done : done + POSITIONS] = one[y, x].permute(0, 3, 1, 2)
            done += POSITIONS
    return exact.flatten(1), ours.flatten(1)
