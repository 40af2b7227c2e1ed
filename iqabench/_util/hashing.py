"""SHA-256 of files, of folders, and of sets of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1 << 20


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents of the files below ``folder`` but for hidden ones and Python's caches."""
    return files_digest((file.relative_to(folder).as_posix(), file_digest(file)) for file in _files_below(folder))


def files_digest(contents: Iterator[tuple[str, str]]) -> str:
    """SHA-256 over pairs of name and SHA-256, whatever their order."""
    lines = sorted(f"{name}\0{digest}\n" for name, digest in contents)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in inside):
            yield path
