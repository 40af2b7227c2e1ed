"""Convert a method's released checkpoint to safetensors, by the method's own importer.

A distribution registers one in the entry-point group ``iqabench.weight_importers``: the method's name points
to a function that takes the path of the checkpoint and returns its tensors by name. What belongs to an entry of the
table of weights is kept in the cache, where the method finds it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import FetchError, WeightsError
from iqabench._util.offers import load, offers
from iqabench._util.transfer.arrived import require_digest
from iqabench._util.transfer.places import LocalFile, Place
from iqabench._util.write_through import write_through
from iqabench.weights.convert import select
from iqabench.weights.digest import bytes_digest, tensor_digest
from iqabench.weights.fetch import cache_folder, safetensors_bytes, write_safetensors
from iqabench.weights.table import TABLE, Weights

if TYPE_CHECKING:
    from torch import Tensor

GROUP = "iqabench.weight_importers"
_DIGITS = re.compile(r"-([0-9a-f]{8,64})\.[a-z.]+$")


def importable() -> tuple[str, ...]:
    """Names of the methods that have an importer."""
    return tuple(sorted(offers(GROUP)))


def read_checkpoint(method: str, path: Path) -> dict[str, Tensor]:
    """Read the released checkpoint at ``path`` with the importer of ``method``.

    Raises WeightsError if there is no such importer or file, or the importer refuses it.
    """
    points = offers(GROUP).get(method)
    if not points:
        raise WeightsError(
            f"no importer for {method!r}; there are importers for: {', '.join(importable()) or 'no method'}"
        )
    if not path.is_file():
        raise WeightsError(f"{path} is not a file; give the checkpoint to convert")
    state: dict[str, Tensor] = load(points[0], "importer", WeightsError)(path)
    return state


def require_named_digits(path: Path, place: Place) -> None:
    """Compare the file of ``place``, which lies at ``path``, with the first digits of a SHA-256 in its name, if any.

    Raises
    ------
    FetchError
        If it is another file, or a web page.
    """
    digits = _DIGITS.search(place.name)
    require_digest(path, digits[1] if digits else "", place)


def entry_of(method: str) -> Weights | None:
    """The entry of the table that the importer of ``method`` makes, if there is one."""
    return next((entry for entry in TABLE.values() if method in entry.importers), None)


def convert_checkpoint(method: str, path: Path, output: Path | None = None) -> tuple[Path, str]:
    """Convert the checkpoint at ``path`` to safetensors; return the new file and its tensor digest.

    It goes to ``output``, else to the cache if it is in the table of weights, else beside the checkpoint.

    Raises WeightsError as :func:`read_checkpoint` does, if the digits in the name of a published checkpoint are not
    those of ``path``, or if the checkpoint would be overwritten; StorageError if ``output`` cannot be written.
    """
    entry = entry_of(method)
    if entry is not None and entry.checkpoints and path.is_file():
        try:
            require_named_digits(path, LocalFile(path))
        except FetchError as error:
            raise WeightsError(f"{error}; download it again, or rename it if it is another checkpoint") from error
    state = read_checkpoint(method, path)
    if entry is not None:
        state = select(entry, state, str(path))
    chosen = output is not None
    if output is None:
        output = path.with_suffix(".safetensors") if entry is None else cache_folder() / entry.file
    if output.resolve() == path.resolve():
        raise WeightsError(f"{path} would be overwritten; name another file with --output")
    digest = tensor_digest(state)
    metadata = {
        "name": method,
        "source": path.name,
        "source_sha256": bytes_digest(path.read_bytes()),
        "tensors_sha256": digest,
    }
    if chosen:
        write_through(output, safetensors_bytes(state, metadata))
    else:
        write_safetensors(state, output, metadata)
    return output, digest
