"""Download from the Hugging Face hub with its own client, and go on where an earlier process stopped.

``hf_hub_download`` begins anew in every process; its ``http_get`` goes on from a given byte, so that is what is used.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from iqabench._util.errors import FetchError, UserError
from iqabench._util.files import UNFINISHED, storing
from iqabench._util.transfer.arrived import Arrived, ByteProgress, file_sha256, require_digest
from iqabench._util.transfer.places import HubFile
from iqabench._util.transfer.reach import UnreachableError, asking, in_one_line

TIMEOUT_S = 10.0
"""For the server to say what a file is."""
_LIBRARIES = ("httpx", "httpx2", "httpcore", "httpcore2")
"""Which of them the client uses depends on its version."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def bring_from_hub(place: HubFile, folder: Path, progress: ByteProgress) -> Arrived:
    """Download ``place`` into ``folder``; compare its SHA-256 with the one that the hub states for large files.

    Raises
    ------
    FetchError
        If the hub cannot be reached, does not have the file or wants a login, or another file came.
    """
    import huggingface_hub as hub
    from huggingface_hub.file_download import http_get

    url = hub.hf_hub_url(place.repository, place.file, repo_type="dataset" if place.is_data else None)
    with _quiet(), _told(place):
        with asking(url):
            found = hub.get_hf_file_metadata(url, timeout=TIMEOUT_S)
        if found.etag is None or found.commit_hash is None:
            raise FetchError(f"{place}: what answers at {_host(url)} is no hub: it says nothing of the file")
        target = folder / place.name
        stated = found.etag if _SHA256.fullmatch(found.etag) else ""
        if stated and _is_whole(target, found.size, stated):
            progress(target.stat().st_size, found.size)
            return Arrived(target, str(place), found.commit_hash)
        part = folder / f"{place.name}.{re.sub(r'[^0-9A-Za-z]', '', found.etag)[:16]}{UNFINISHED}"
        for other in folder.glob(f"{place.name}.*{UNFINISHED}"):  # of an earlier state of the file
            if other != part:
                other.unlink()
        with storing(part):
            file = part.open("ab")
        with file:
            received = file.tell()
            progress(received, found.size)
            same_host = _host(found.location) == _host(url)
            headers = hub.utils.build_hf_headers(token=None if same_host else False)
            reporting: Any = _Reporting(part, file, progress, found.size)
            http_get(found.location, reporting, resume_size=received, headers=headers, expected_size=found.size)
        require_digest(part, stated, place)
        part.replace(target)
    return Arrived(target, str(place), found.commit_hash)


def _is_whole(target: Path, size: int | None, sha256: str) -> bool:
    """True if an earlier command finished the download, and stopped later."""
    return target.is_file() and size in (None, target.stat().st_size) and file_sha256(target) == sha256


class _Reporting:
    """The file that the client writes to; says how much has come."""

    def __init__(self, path: Path, file: BinaryIO, progress: ByteProgress, size: int | None) -> None:
        self._path, self._file, self._progress, self._size = path, file, progress, size

    def write(self, content: bytes) -> int:
        """Write; an error of the disk is told from one of the network."""
        with storing(self._path):
            written = self._file.write(content)
        self._progress(self._file.tell(), self._size)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _host(address: str) -> str:
    return urlsplit(address).netloc


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the client's own bars and warnings: ours say how far it is, errors are told once."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)
    if shown:
        disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(level)
        if shown:
            enable_progress_bars()


@contextmanager
def _told(place: HubFile) -> Iterator[None]:
    """Turn the client's errors into one sentence about ``place``."""
    from huggingface_hub import constants, errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise FetchError(f"{place}: HF_HUB_OFFLINE forbids it; unset it") from error
    except errors.GatedRepoError as error:
        raise FetchError(
            f"{place}: it wants a login: accept its terms at {place.manual}, then run: hf auth login"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise FetchError(f"{place}: there is no such repository, or it wants a login (hf auth login)") from error
    except errors.EntryNotFoundError as error:
        raise FetchError(f"{place}: the repository has no such file") from error
    except errors.HfHubHTTPError as error:
        raise FetchError(f"{place}: the hub answered with HTTP {error.response.status_code}") from error
    except UnreachableError as error:
        raise FetchError(f"{place}: {error}") from error
    except UserError:
        raise
    except Exception as error:
        if not isinstance(error, OSError | ValueError) and type(error).__module__.split(".")[0] not in _LIBRARIES:
            raise
        raise FetchError(
            f"{place}: {constants.ENDPOINT} cannot be reached or broke off ({in_one_line(error)})"
        ) from error
