"""Convert a method's released checkpoint to safetensors, by the method's own importer.

A distribution registers one in the entry-point group ``iqabench.weight_importers``: the method's name points
to a function that takes the path of the checkpoint and returns its tensors by name.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench.errors import WeightsError
from iqabench.weights.digest import bytes_digest, tensor_digest
from iqabench.weights.fetch import safetensors_bytes
from iqabench.write_through import write_through

if TYPE_CHECKING:
    from torch import Tensor

GROUP = "iqabench.weight_importers"


def importable() -> tuple[str, ...]:
    """Names of the methods that have an importer."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def read_checkpoint(method: str, path: Path) -> dict[str, Tensor]:
    """Read the released checkpoint at ``path`` with the importer of ``method``.

    Raises WeightsError if there is no such importer or file, or the importer refuses it.
    """
    points = [point for point in entry_points(group=GROUP) if point.name == method]
    if not points:
        raise WeightsError(
            f"no importer for {method!r}; there are importers for: {', '.join(importable()) or 'no method'}"
        )
    if not path.is_file():
        raise WeightsError(f"{path} is not a file; give the checkpoint to convert")
    state: dict[str, Tensor] = points[0].load()(path)
    return state


def convert_checkpoint(method: str, path: Path, output: Path) -> str:
    """Convert the checkpoint at ``path`` to safetensors at ``output``; return its tensor digest.

    Raises WeightsError as :func:`read_checkpoint` does, StorageError if ``output`` cannot be written.
    """
    state = read_checkpoint(method, path)
    digest = tensor_digest(state)
    metadata = {
        "name": method,
        "source": path.name,
        "source_sha256": bytes_digest(path.read_bytes()),
        "tensors_sha256": digest,
    }
    write_through(output, safetensors_bytes(state, metadata))
    return digest
