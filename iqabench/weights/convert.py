"""Turn the bytes of a source into the named tensors of a table entry, and prove that they are it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import WeightsError
from iqabench.weights.digest import bytes_digest, tensor_digest
from iqabench.weights.plain import read_safetensors, read_torch
from iqabench.weights.stated import stated_text
from iqabench.weights.table import Archive, Weights, WeightsVariant

if TYPE_CHECKING:
    from torch import Tensor


def read_tensors(content: bytes, origin: str) -> dict[str, Tensor]:
    """Read a safetensors or torch file (the latter as tensors only); ``origin`` names it in errors.

    Raises
    ------
    WeightsError
        For a web page saved as weights, a damaged file, or a pickle with more than tensors in it.
    """
    import torch

    start = content[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise WeightsError(
            f"{origin} is a web page, not weights: delete it; the server or a proxy answered with an error"
        )
    # Byte 8 opens the header of every safetensors file; its length before it may begin like a pickle.
    is_torch = content[8:9] != b"{" and (content[:2] == b"PK" or content[:1] == b"\x80")
    state = read_torch(content, origin) if is_torch else read_safetensors(content, origin)
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WeightsError(f"{origin} is refused: it is not a dictionary of tensors")
    return dict(state)


def from_arrays(arrays: dict[str, Any], archive: Archive, origin: str) -> dict[str, Tensor]:
    """Rename ``Conv_j`` to torchvision's ``features.N`` and turn HWIO kernels into OIHW weights.

    Raises WeightsError if a convolution is missing.
    """
    import torch

    state: dict[str, Tensor] = {}
    layers = arrays.get(archive.arrays or "", {})
    for j, index in enumerate(archive.convolutions):
        layer = layers.get(f"Conv_{j}", {})
        if "kernel" not in layer or "bias" not in layer:
            raise WeightsError(f"{origin} lacks {archive.arrays}/Conv_{j}: not the file it claims to be")
        state[f"features.{index}.weight"] = torch.from_numpy(layer["kernel"].transpose(3, 2, 0, 1).copy())
        state[f"features.{index}.bias"] = torch.from_numpy(layer["bias"].copy())
    return state


def select(weights: Weights, state: dict[str, Tensor], origin: str) -> dict[str, Tensor]:
    """Keep the tensors that belong to ``weights``, as float32.

    Raises WeightsError if their names, number or shapes are not the ones of the table.
    """
    kept = {
        name: value.float().contiguous()
        for name, value in state.items()
        if (not weights.prefixes or name.startswith(weights.prefixes)) and not name.endswith("num_batches_tracked")
    }
    if len(kept) != weights.count:
        raise WeightsError(f"{origin} has {len(kept)} tensors of {weights.name}, not {weights.count}: another network")
    for name, shape in (weights.shapes or {}).items():
        if name not in kept or tuple(kept[name].shape) != shape:
            raise WeightsError(f"{origin} lacks {name} with shape {shape}: not {weights.name}")
    return kept


def identify(weights: Weights, digest: str, source_sha256: Callable[[], str], origin: str) -> WeightsVariant:
    """Return the variant whose tensors have the ``digest``.

    ``source_sha256`` says that of the file they were first read from: it proves variants of which only the
    upstream file's digest is known, and is asked for these alone, since a large file takes a second.

    Raises WeightsError if it is none of the known variants.
    """
    for variant in weights.variants:
        # Nobody here knows the digest of what users import: their own file is taken for what it is.
        if variant.digest == digest or weights.importers:
            return variant
        prefix = upstream_prefix(variant) if variant.digest is None else None
        if prefix and source_sha256().startswith(prefix):
            return variant
    raise WeightsError(
        f"{origin} is not {weights.name}: its checksum {digest[:16]} is none of the known ones; "
        f"delete it and run: {weights.remedy}"
    )


def upstream_address(variant: WeightsVariant) -> str | None:
    """The upstream address of ``variant``, as the library that published it states it."""
    return None if variant.address is None else stated_text(variant.address)


def upstream_prefix(variant: WeightsVariant) -> str | None:
    """First digits of the SHA-256 of the upstream file, which torchvision puts into its name."""
    match = re.search(r"-([0-9a-f]{8,64})\.pth$", upstream_address(variant) or "")
    return match.group(1) if match else None


def read_verified(weights: Weights, content: bytes, origin: str) -> tuple[dict[str, Tensor], WeightsVariant, str]:
    """Read, select and identify ``content``: the tensors, their variant and their digest.

    A file that iqabench stored remembers the digest of the upstream file and of its own tensors.
    """
    state = select(weights, read_tensors(content, origin), origin)
    digest = tensor_digest(state)

    def source_sha256() -> str:
        stored = stored_metadata(content)
        remembered = stored.get("source_sha256") if stored.get("tensors_sha256") == digest else None
        return remembered or bytes_digest(content)

    return state, identify(weights, digest, source_sha256, origin), digest


def stored_metadata(content: bytes) -> dict[str, str]:
    """Text metadata in the header of a safetensors file; empty for any other content."""
    import json

    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= len(content) - 8 or content[8:9] != b"{":
        return {}
    try:
        header = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError):
        return {}
    metadata = header.get("__metadata__")
    return metadata if isinstance(metadata, dict) else {}
