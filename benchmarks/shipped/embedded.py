"""Pictures shown to a checkpoint beside one reference: its network, and what the network makes of them in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.shipped.lessons import tensor
from ckdn.model import Network
from ckdn.shipped import load_shipped
from iqabench.data.images import Pixels


def network_of(checkpoint: Path) -> Network:
    """The network of a checkpoint, to be asked."""
    return load_shipped(weights=str(checkpoint)).network.to(memory_format=torch.channels_last).eval()


@torch.inference_mode()
def features_beside(network: Network, shown: Tensor, restored: list[Pixels], batch: int) -> Iterator[Tensor]:
    """The features that the head scores ``restored`` by beside one embedded reference, ``batch`` pictures at a time."""
    for at in range(0, len(restored), batch):
        seen = network.embed_restored(tensor(restored[at : at + batch], "restored"))
        yield network.csp(network.difference(seen, shown.expand(len(seen), -1, -1, -1)))
