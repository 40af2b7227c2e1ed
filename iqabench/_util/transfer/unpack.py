"""Unpack a tar or zip archive into a folder that nothing in it can leave."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

from iqabench._util.errors import FetchError
from iqabench._util.files import storing
from iqabench._util.transfer.arrived import ByteProgress, no_progress
from iqabench._util.transfer.room import require_room

_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, NotImplementedError)


def unpack(archive: Path, folder: Path, progress: ByteProgress = no_progress) -> int:
    """Unpack ``archive`` into ``folder``; return how many files came out. ``progress`` counts the archive's bytes.

    Only files and folders: an archive with links, devices, or a name that leads out of the folder is refused.

    Raises
    ------
    FetchError
        If it is refused, damaged, cut off, or no archive. StorageError if there is no room for what it states.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(archive):
            return _unpack_zip(archive, folder, progress)
        if tarfile.is_tarfile(archive):
            return _unpack_tar(archive, folder, progress)
    except (*_DAMAGED, RuntimeError) as error:  # zipfile's RuntimeError: a password
        raise FetchError(
            f"{archive.name} is cut off or damaged ({str(error)[:100] or type(error).__name__})"
        ) from error
    raise FetchError(f"{archive.name} is cut off, or neither a tar nor a zip archive")


def _unpack_tar(archive: Path, folder: Path, progress: ByteProgress) -> int:
    count, size = 0, archive.stat().st_size
    with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:*") as tar:
        for member in tar:
            _require_inside(archive, member.name)
            if not (member.isfile() or member.isdir()):
                raise FetchError(f"{archive.name} is refused: {member.name!r} in it is a link or a device")
            if member.isfile():
                require_room(folder, member.size, f"{archive.name}: {member.name}")
                count += 1
            with storing(folder / member.name):
                tar.extract(member, folder, set_attrs=False, filter="data")
            progress(raw.tell(), size)
    return count


def _unpack_zip(archive: Path, folder: Path, progress: ByteProgress) -> int:
    count = done = 0
    with zipfile.ZipFile(archive) as packed:
        entries = packed.infolist()
        require_room(folder, sum(entry.file_size for entry in entries), f"{archive.name}, unpacked")
        size = sum(entry.compress_size for entry in entries)
        for entry in entries:
            _require_inside(archive, entry.filename)
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise FetchError(f"{archive.name} is refused: {entry.filename!r} in it is a link")
            with storing(folder / entry.filename):
                packed.extract(entry, folder)
            count += not entry.is_dir()
            done += entry.compress_size
            progress(done, size)
    return count


def _require_inside(archive: Path, name: str) -> None:
    checks: tuple[Callable[[str], PurePosixPath | PureWindowsPath], ...] = (PurePosixPath, PureWindowsPath)
    for path in (check(name) for check in checks):
        if path.is_absolute() or path.drive or path.root or ".." in path.parts:
            raise FetchError(f"{archive.name} is refused: {name!r} in it leads out of its folder")
