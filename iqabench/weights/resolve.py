"""Find weights by name: the user's folder, the installed package, the cache, then the network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import WeightsError
from iqabench.weights.convert import read_verified, upstream_address
from iqabench.weights.fetch import SourcesFailedError, cache_folder
from iqabench.weights.obtain import obtain
from iqabench.weights.progress import Progress, silent
from iqabench.weights.record import record
from iqabench.weights.table import Weights, lookup

if TYPE_CHECKING:
    from torch import Tensor

FOLDER_VARIABLE = "IQABENCH_WEIGHTS"

_folder: Path | None = None


@dataclass(frozen=True)
class Origin:
    """Which tensors were loaded, and from where."""

    variant: str
    """Name of the published set (``torchvision``, ``keras``, ``published``)."""
    sha256: str
    """Tensor digest: the same for the same values in any file."""
    where: str
    """The file they were read from."""


def set_folder(folder: Path | str | None) -> None:
    """Look into ``folder`` first, for the rest of this process; None goes back to ``$IQABENCH_WEIGHTS``.

    Raises WeightsError if it is not a folder.
    """
    global _folder
    if folder is not None and not Path(folder).is_dir():
        raise WeightsError(f"the weights folder {folder} does not exist; make it, or leave --weights out")
    _folder = Path(folder) if folder is not None else None


def folder_in_use() -> Path | None:
    """The folder given by :func:`set_folder`, else by ``$IQABENCH_WEIGHTS``, else None."""
    if _folder is not None:
        return _folder
    value = os.environ.get(FOLDER_VARIABLE, "").strip()
    return Path(value) if value else None


def places(weights: Weights) -> Iterator[Path]:
    """Files that would be ``weights``, in the order they are looked at."""
    folder = folder_in_use()
    if folder is not None:
        yield from (folder / name for name in (weights.file, f"{weights.name}.safetensors"))
        # Not asked for before they are needed: importing the library that knows them takes longer than a first score.
        addresses = (upstream_address(variant) for variant in weights.variants)
        yield from (folder / address.rsplit("/", 1)[-1] for address in addresses if address)
    if weights.packaged is not None:
        package, inside = weights.packaged
        # find_spec locates the package without importing it.
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / inside
    yield cache_folder() / weights.file


def locate(name: str) -> Path | None:
    """Where ``name`` is on this machine now, unread; None if it would have to be fetched."""
    return next((path for path in places(lookup(name)) if path.is_file()), None)


def load_with_origin(name: str, progress: Progress = silent) -> tuple[dict[str, Tensor], Origin]:
    """Return the tensors called ``name`` (float32, on the CPU) and where they came from.

    Looks into the user's folder, the package that ships them, the cache, and then fetches them.

    Raises
    ------
    WeightsError
        If they are nowhere, or a file that should hold them does not.
    """
    weights = lookup(name)
    path = locate(name)
    if path is not None:
        return load_from(name, path)
    try:
        fetched = obtain(weights, progress)
    except SourcesFailedError as error:
        raise WeightsError(_not_found(weights, error.reasons)) from error
    record(name, fetched.digest)
    return fetched.state, Origin(fetched.variant.name, fetched.digest, str(fetched.path))


def load_from(name: str, path: Path) -> tuple[dict[str, Tensor], Origin]:
    """As :func:`load_with_origin`, from the file at ``path``.

    Raises
    ------
    WeightsError
        If it cannot be read, or holds other tensors.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})") from error
    state, variant, digest = read_verified(lookup(name), content, str(path))
    record(name, digest)
    return state, Origin(variant.name, digest, str(path))


def load(name: str) -> dict[str, Tensor]:
    """Return the tensors called ``name``; see :func:`load_with_origin`."""
    return load_with_origin(name)[0]


def _not_found(weights: Weights, reasons: tuple[str, ...]) -> str:
    folder = folder_in_use()
    lines = [f"the weights {weights.name} ({weights.file}) are not on this machine. Looked at:"]
    if folder is None:
        lines.append(f"  folder: none given (--weights FOLDER or ${FOLDER_VARIABLE})")
    else:
        lines.append(f"  folder: {folder}" + ("" if folder.is_dir() else " (does not exist)"))
    lines.append(f"  cache: {cache_folder()}")
    lines += [f"  {reason}" for reason in reasons]
    lines.append(f"Where there is a network, run: {weights.remedy}")
    if weights.importers:
        lines.append(f"with the released checkpoint, run: iqabench weights import {weights.name} CHECKPOINT")
    lines.append(f"or copy {weights.file} into the folder.")
    return "\n".join(lines)
