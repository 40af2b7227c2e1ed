"""What the network looks like, as data; importing this imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Blocks = Literal["residual", "vgg"]
Difference = Literal["paper", "released"]
Passes = Literal["joint", "separate"]


@dataclass(frozen=True)
class Architecture:
    """Shape of the network; the defaults are the paper's."""

    blocks: Blocks = "residual"
    pool: int = 1
    """Average pooling of the embeddings: 1, 2, 4 for 72×72, 36×36, 18×18 features of a 288×288 image."""
    shared: bool = False
    """True if DTE is QSE."""
    difference: Difference = "paper"
    """``paper``: reference minus restored (Eq. 1); ``released``: restored minus reference."""
    passes: Passes = "joint"
    """``joint``: the images that one embedding sees in a training step share the statistics of batch norm;
    ``separate``: both restored images, D and H each pass alone. The same in evaluation mode."""
    reference: bool = True
    """False for the no-reference variant: CSP sees QSE(R) alone."""
    teacher: bool = False
    """True for plain knowledge distillation: a second, full-reference network, for training only."""
    generator: bool = False
    """True for the hallucinated reference: DTE sees a restored D."""
