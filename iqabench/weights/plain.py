"""Torch and safetensors files read as plain data: whatever they hold, nothing in them is run."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

READ_ERRORS = (
    *(OSError, RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError),
    *(OverflowError, MemoryError, RecursionError, pickle.UnpicklingError, struct.error, zipfile.BadZipFile),
)
"""What torch's readers raise on damaged files; found by fuzzing them."""


class _Arguments(dict[str, Any]):
    """Stands for ``argparse.Namespace``: what it holds has passed the same reader, and none of its code is run."""

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
            raise pickle.UnpicklingError("the arguments it holds are none")
        self.update(state)


def read_torch(content: bytes, origin: str, *, arguments: bool = False) -> Any:
    """Unpickle a torch file (``weights_only``) onto the CPU; ``origin`` names it in errors.

    With ``arguments`` it may also hold the ``argparse.Namespace`` that training scripts save beside their weights; such
    a namespace comes back as a dictionary.

    Raises
    ------
    WeightsError
        For a damaged file, one that holds more than plain data, or one that unpacks to more than it is.
    """
    import torch
    from torch.serialization import safe_globals

    allowed: list[Any] = [(_Arguments, "argparse.Namespace")] if arguments else []
    try:
        if content[:2] == b"PK":
            _refuse_bombs(content, origin)
        with safe_globals(allowed):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except READ_ERRORS as error:
        # torch's own text is left out: it goes on to advise an unsafe way of loading.
        raise WeightsError(f"{origin} is refused: not a file of plain tensors, or damaged; get it again") from error


def read_safetensors(content: bytes, origin: str) -> dict[str, Tensor]:
    """Read a safetensors file. Raises WeightsError, naming ``origin``, for anything else."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(content)
    except (SafetensorError, *READ_ERRORS) as error:
        raise WeightsError(f"{origin} is damaged or no weights file ({error}): get it again") from error


def _refuse_bombs(content: bytes, origin: str) -> None:
    """A zip of torch's is not compressed: one that claims more bytes than it has is made to fill the memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        claimed = sum(entry.file_size for entry in archive.infolist())
    if claimed > len(content):
        raise WeightsError(f"{origin} is refused: {len(content):,} bytes that unpack to {claimed:,}; get it again")
