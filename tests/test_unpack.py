"""Archives are unpacked inside their folder, or not at all."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from iqabench._util.errors import FetchError, StorageError
from iqabench._util.transfer.unpack import unpack


def tar(path: Path, name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int | None = None) -> None:
    """A tar of a good file and then this one."""
    with tarfile.open(path, "w:gz") as archive:
        good = tarfile.TarInfo("good.txt")
        good.size = 4
        archive.addfile(good, io.BytesIO(b"good"))
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        if size is not None:
            member.size = size
        archive.addfile(member, io.BytesIO(b"") if size is None else None)


def zipped(path: Path, name: str, is_link: bool = False) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.txt", "good")
        entry = zipfile.ZipInfo(name)
        if is_link:
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "../outside.txt")


HOSTILE: dict[str, Callable[[Path], None]] = {
    "tar, up": lambda path: tar(path, "../outside.txt"),
    "tar, up inside": lambda path: tar(path, "a/../../outside.txt"),
    "tar, absolute": lambda path: tar(path, "/tmp/outside.txt"),
    "tar, link": lambda path: tar(path, "link", tarfile.SYMTYPE, "../outside.txt"),
    "tar, link within": lambda path: tar(path, "link", tarfile.SYMTYPE, "good.txt"),
    "tar, hard link": lambda path: tar(path, "link", tarfile.LNKTYPE, "/etc/passwd"),
    "tar, device": lambda path: tar(path, "zero", tarfile.CHRTYPE),
    "tar, pipe": lambda path: tar(path, "pipe", tarfile.FIFOTYPE),
    "tar, of Windows": lambda path: tar(path, "..\\outside.txt"),
    "zip, up": lambda path: zipped(path, "../outside.txt"),
    "zip, absolute": lambda path: zipped(path, "/tmp/outside.txt"),
    "zip, drive": lambda path: zipped(path, "C:/outside.txt"),
    "zip, link": lambda path: zipped(path, "link", is_link=True),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_leads_out_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "a" / "b" / "folder"
    make(archive)
    with pytest.raises(FetchError, match="is refused"):
        unpack(archive, folder)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file() or path.is_symlink()} <= {"archive", "good.txt"}


def test_a_member_larger_than_the_disk_is_refused_unread(tmp_path: Path) -> None:
    tar(tmp_path / "archive", "huge.bin", size=10**15)
    with pytest.raises(StorageError, match=r"huge.bin: it needs 1000000.0 GB"):
        unpack(tmp_path / "archive", tmp_path / "folder")


def test_every_cut_of_an_archive_is_told(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "whole", "w:gz") as archive:
        archive.add(__file__, "this.py")
    content = (tmp_path / "whole").read_bytes()
    assert unpack(tmp_path / "whole", tmp_path / "folder") == 1
    for length in range(0, len(content) - 8, 97):
        (tmp_path / "half").write_bytes(content[:length])
        with pytest.raises(FetchError, match="cut off"):
            unpack(tmp_path / "half", tmp_path / "half-folder")
