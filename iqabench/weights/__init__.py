"""Where pretrained weights come from: found, fetched, verified; nothing is trusted by its name.

A name enters; tensors and their digest leave. Imports ``_util`` only.

>>> from iqabench import weights
>>> state = weights.load("alexnet-features")
"""

from __future__ import annotations

from iqabench.weights.digest import tensor_digest
from iqabench.weights.resolve import Origin, load, load_from, load_with_origin, locate, set_folder

__all__ = ["Origin", "load", "load_from", "load_with_origin", "locate", "set_folder", "tensor_digest"]
