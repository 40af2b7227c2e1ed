"""Where a file can be had: on the hub, on Google Drive, at an address, on this disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from iqabench._util.errors import UserError

_DRIVE_HOSTS = ("drive.google.com", "docs.google.com")
_DRIVE_PATH = re.compile(r"/file/(?:u/\d+/)?d/([\w-]+)")


@dataclass(frozen=True)
class HubFile:
    """A file in a repository of the Hugging Face hub; ``HF_ENDPOINT`` may name another server with the same paths."""

    repository: str
    """``OWNER/NAME``."""
    file: str
    is_data: bool = True
    """True in a repository of data sets, False in one of models."""

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.file.rpartition("/")[2]

    @property
    def manual(self) -> str:
        """Address for a browser."""
        return f"https://huggingface.co/{'datasets/' * self.is_data}{self.repository}/resolve/main/{self.file}"

    def __str__(self) -> str:
        return f"hub:{'datasets/' * self.is_data}{self.repository}/{self.file}"


@dataclass(frozen=True)
class DriveFile:
    """A file on Google Drive. Its ``name`` is the one it gets here: Drive tells its own only with the file."""

    id: str
    name: str = "download"

    @property
    def manual(self) -> str:
        """Address for a browser."""
        return f"https://drive.google.com/file/d/{self.id}/view"

    def __str__(self) -> str:
        return f"drive:{self.id}"


@dataclass(frozen=True)
class WebFile:
    """A file at an address of its own."""

    address: str

    @property
    def name(self) -> str:
        """Name of the file."""
        return urlsplit(self.address).path.rpartition("/")[2] or "download"

    @property
    def manual(self) -> str:
        """Address for a browser."""
        return self.address

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class LocalFile:
    """A file that the user has got by hand."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def manual(self) -> str:
        """The path again."""
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)


Place = HubFile | DriveFile | WebFile | LocalFile


def parse_place(text: str) -> Place:
    """What ``--from`` names.

    Raises
    ------
    UserError
        If it is no place.

    Examples
    --------
    >>> parse_place("hub:datasets/owner/sets/tid2013.tgz")
    HubFile(repository='owner/sets', file='tid2013.tgz', is_data=True)
    >>> parse_place("https://drive.google.com/file/d/1OMtW/view").id
    '1OMtW'
    """
    kind, _, rest = text.partition(":")
    if kind == "hub":
        is_data = rest.startswith("datasets/")
        owner, _, path = rest.removeprefix("datasets/").partition("/")
        repository, _, file = path.partition("/")
        if not (owner and repository and file):
            raise UserError(f"--from {text}: write it as hub:[datasets/]OWNER/REPOSITORY/FILE")
        return HubFile(f"{owner}/{repository}", file, is_data)
    if kind == "drive":
        if not re.fullmatch(r"[\w-]+", rest):
            raise UserError(f"--from {text}: write it as drive:ID, with the ID that stands in the file's address")
        return DriveFile(rest)
    if kind in ("http", "https"):
        parts = urlsplit(text)
        if parts.hostname in _DRIVE_HOSTS:
            found = _DRIVE_PATH.match(parts.path)
            named = [found[1]] if found else parse_qs(parts.query).get("id", [])
            if len(named) == 1:
                return DriveFile(named[0])
        return WebFile(text)
    path_here = Path(text).expanduser()
    if not path_here.is_file():
        raise UserError(
            f"--from {text}: no such file; it takes a file, an https address, hub:[datasets/]OWNER/REPOSITORY/FILE, "
            "or drive:ID"
        )
    return LocalFile(path_here.absolute())
