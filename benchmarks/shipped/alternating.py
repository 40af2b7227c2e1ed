"""Step 7: channels that see alternating pixels: ``python -m benchmarks.shipped.alternating BEFORE OUT``.

A stem of ImageNet hardly lets a checkerboard through.

The stem steps by two pixels, so that a pattern with a period of two becomes a constant whose sign is that of its
place. Six filters of the stem that carry next to nothing are replaced by three patterns and their negatives, and six
hidden channels of the first block take over their positive parts. What follows is given no weight at first: the score
stays what it was, but for what the replaced channels carried, and the fine-tuning learns what the new ones are worth.
"""

from __future__ import annotations

from pathlib import Path

import click
import torch
from torch import Tensor, nn

from ckdn.blocks import Embedding
from ckdn.checkpoint import read_checkpoint, write_checkpoint
from ckdn.shipped import load_shipped

GAIN = 4.0
"""Response of a new filter to its own pattern of amplitude 1, in normalised units: one of 16 grey levels gives 1.1."""
SMOOTH = (1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0)
"""Binomial: with alternating signs its sum is exactly zero, so that no smooth picture passes."""


def alternating_filters() -> Tensor:
    """Patterns of both directions, of rows and of columns, each and its negative: ``(6, 3, 7, 7)``."""
    smooth = torch.tensor(SMOOTH) / sum(SMOOTH)
    signed = smooth * torch.tensor([-1.0, 1.0]).repeat(4)[:7]
    patterns = [torch.outer(signed, signed), torch.outer(signed, smooth), torch.outer(smooth, signed)]
    both = [sign * pattern for pattern in patterns for sign in (1, -1)]
    return GAIN / 3 * torch.stack(both)[:, None].expand(-1, 3, -1, -1)


@torch.no_grad()
def see_alternation(embedding: Embedding) -> None:
    """Give ``embedding`` (residual blocks) the six channels, in place."""
    stem, first = embedding.stem, embedding.blocks[0]  # type: ignore[index]
    assert isinstance(stem, nn.Conv2d)
    shortcut = first.downsample[0]
    filters = alternating_filters()
    carried = _norms(stem.weight, 0) * (_norms(first.conv1.weight, 1) + _norms(shortcut.weight, 1))
    idle = carried.argsort()[: len(filters)]
    used = _norms(first.conv2.weight, 1) * first.bn1.weight.abs()
    hidden = used.argsort()[: len(filters)]
    stem.weight[idle] = filters
    for layer in (first.conv1, shortcut):
        layer.weight[:, idle] = 0
    first.conv1.weight[hidden] = 0
    first.conv1.weight[hidden, idle] = 1
    first.conv2.weight[:, hidden] = 0
    first.bn1.running_mean[hidden], first.bn1.running_var[hidden] = 0, 1
    first.bn1.weight[hidden], first.bn1.bias[hidden] = 1, 0


def _norms(weight: Tensor, kept: int) -> Tensor:
    others = [axis for axis in range(weight.dim()) if axis != kept]
    return weight.pow(2).sum(others).sqrt()


@click.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def main(before: Path, out: Path) -> None:
    """Write checkpoint BEFORE with six such channels in its embedding of restored images to OUT."""
    state, facts = read_checkpoint(before)
    network = load_shipped(weights=str(before)).network
    see_alternation(network.qse)
    changed = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    write_checkpoint({name: changed[name] for name in state}, out, facts)


if __name__ == "__main__":
    main()
