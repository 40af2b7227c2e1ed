"""Decoded images on disk, mapped into memory: a second run over the same files decodes nothing.

One file per image, named by the digest of the image *file* and the version of the rules of decoding
(:data:`iqabench.data.images.PIXELS`), so a changed file or rule is another entry and the same picture under two
names is one. Entries appear whole (written under another name, then renamed) and carry a checksum;
one that is damaged is decoded again and replaced. Any number of processes may share a folder.
"""

from __future__ import annotations

import os
import secrets
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from filelock import FileLock

from iqabench._util.errors import UserError
from iqabench._util.files import UNFINISHED
from iqabench.data.images import PIXELS, Pixels, content_digest, read_image

_HEADER = struct.Struct("<8sIIII8x")
"""Magic, height, width, checksum of the pixels, checksum of the fields before it."""
_MAGIC = b"iqapix1\n"
_ENDING = ".rgb"
_FREED = 0.9
"""Share of the bound that is left filled when room is made."""


class PixelCache:
    """What :func:`iqabench.data.images.read_image` returns, kept in ``folder``; safe in threads and processes.

    Of a full cache the entries that nobody used for longest go, but none that was used since this object was
    made: a data set larger than the bound would otherwise push out every entry just before it is needed again.

    Raises
    ------
    UserError
        If ``folder`` cannot be made or written.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._since = self._now()
            self._known = sum(size for _, size, _ in self._entries())
        except OSError as error:
            raise UserError(f"--cache {folder}: cannot be used ({error.strerror}); name another folder") from error
        self._unseen = 0
        """Bytes written here since the folder was last looked through: others write, too."""

    def read(self, path: str | Path) -> Pixels:
        """The pixels of an image file, decoded or found; raises DataError as ``read_image`` does."""
        digest = content_digest(path)
        entry = self.folder / digest[:2] / f"{digest}-{PIXELS}{_ENDING}"
        pixels = _mapped(entry)
        if pixels is not None:
            with suppress(OSError):
                os.utime(entry)
            return pixels
        pixels = read_image(path)
        with suppress(OSError):  # a cache that cannot be written saves no time, but costs no score
            self._keep(entry, pixels)
        return pixels

    def _keep(self, entry: Path, pixels: Pixels) -> None:
        size = _HEADER.size + pixels.nbytes
        self._unseen += size
        if self._known + self._unseen > self.limit_bytes or self._unseen > self.limit_bytes // 16:
            self._known, self._unseen = self._make_room(size), size
            if self._known + size > self.limit_bytes:
                self._unseen = 0
                return
        entry.parent.mkdir(exist_ok=True)
        temporary = entry.with_name(f"{entry.name}.{secrets.token_hex(4)}{UNFINISHED}")
        try:
            with temporary.open("xb") as file:
                file.write(_header(pixels))
                file.write(pixels.data)
            temporary.replace(entry)
        finally:  # once it is moved there is nothing under this name; after an interruption there may be
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _make_room(self, wanted: int) -> int:
        """Remove what was not used for longest if ``wanted`` more bytes do not fit; return the bytes that are left."""
        with FileLock(self.folder / ".lock"):
            entries = sorted(self._entries())
            total = sum(size for _, size, _ in entries)
            if total + wanted <= self.limit_bytes:
                return total
            for used, size, path in entries:
                if used >= self._since or total <= _FREED * self.limit_bytes:
                    break
                with suppress(OSError):
                    path.unlink()
                    total -= size
            return total

    def _now(self) -> float:
        """The time of the folder's own clock: a file system's may lag behind the process's, or be another machine's."""
        clock = self.folder / ".clock"
        clock.touch()
        return clock.stat().st_mtime

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size and path of every file of the cache."""
        found = []
        for shelf in os.scandir(self.folder):
            if not shelf.is_dir():
                continue
            for file in os.scandir(shelf.path):
                with suppress(FileNotFoundError):  # another process makes room
                    state = file.stat()
                    found.append((state.st_mtime, state.st_size, Path(file.path)))
        return found


def _header(pixels: Pixels) -> bytes:
    height, width = pixels.shape[:2]
    fields = struct.pack("<II", height, width)
    return _HEADER.pack(_MAGIC, height, width, zlib.crc32(pixels.data), zlib.crc32(fields))


def _mapped(entry: Path) -> Pixels | None:
    """The pixels of an entry, mapped; None if there is none, or it is not what was written."""
    try:
        whole = np.memmap(entry, dtype=np.uint8, mode="r")
    except (OSError, ValueError):  # absent, or empty
        return None
    if len(whole) < _HEADER.size:
        return None
    magic, height, width, checksum, header_sum = _HEADER.unpack(whole[: _HEADER.size].tobytes())
    body = whole[_HEADER.size :]
    if magic != _MAGIC or header_sum != zlib.crc32(struct.pack("<II", height, width)):
        return None
    if len(body) != height * width * 3 or zlib.crc32(body.data) != checksum:
        return None
    return np.asarray(body).reshape(height, width, 3)
