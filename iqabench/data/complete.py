"""Is an unpacked data set whole: the folders, the counts, a sample of the images; and one digest of all its files."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from random import Random

from iqabench._util.errors import DataError, FetchError
from iqabench.data.images import inspect_image
from iqabench.data.sources import Holding, SourcePart
from iqabench.data.walk import files_below, is_image
from iqabench.data.workers import Progress, for_each_file

SAMPLE = 32
"""Images that are decoded."""
_JUNK = "__MACOSX"


def find_root(folder: Path, part: SourcePart) -> Path:
    """The folder nearest to ``folder`` that has all that the part must hold.

    Raises
    ------
    FetchError
        If there is none; the message names what was expected, and what was found.
    """
    for candidate in _folders(folder):
        if all(next(_matches(candidate, holding), None) is not None for holding in part.holds):
            return candidate
    expected = ", ".join(holding.paths.replace("|", " or ") for holding in part.holds)
    found = ", ".join(sorted(path.relative_to(folder).as_posix() for path in _folders(folder) if path != folder)[:6])
    loose = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file())[:3])
    raise FetchError(f"no folder in it holds {expected}; it holds {found or loose or 'nothing'}: another data set?")


def require_complete(root: Path, part: SourcePart, seed: str) -> None:
    """Count what the part must hold, and decode a sample of its images.

    Raises
    ------
    FetchError
        If images are missing, or one of the sample cannot be read.
    """
    images: list[str] = []
    for holding in part.holds:
        found = [path for match in _matches(root, holding) for path in _images(match)]
        if len(found) < holding.images:
            raise FetchError(
                f"{holding.paths} holds {len(found):,} images, expected {holding.images:,}: files are missing"
            )
        images += found
    for path in Random(seed).sample(sorted(images), min(SAMPLE, len(images))):
        try:
            inspect_image(path)
        except DataError as error:
            raise FetchError(
                f"{Path(path).relative_to(root)} is damaged: {str(error).removeprefix(f'{path}: ')}"
            ) from error


def tree_digest(root: Path, progress: Progress | None = None, without: Collection[str] = ()) -> tuple[str, int]:
    """SHA-256 over the names and bytes of all files below ``root``, and their number: the same for the same data.

    ``without`` are names in ``root`` of files and folders that are left out.
    """
    below = {path: Path(path).relative_to(root) for path in files_below(root)}
    names = {path: name.as_posix() for path, name in below.items() if name.parts[0] not in without}
    digests = for_each_file(names, _sha256, progress)
    total = hashlib.sha256()
    for name, path in sorted((name, path) for path, name in names.items()):
        total.update(f"{name}\0{digests[path]}\n".encode())
    return total.hexdigest(), len(names)


def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folders(folder: Path) -> Iterator[Path]:
    """``folder`` and those in it, the nearest first; four floors are enough for any archive that is known."""
    level = [folder]
    for _ in range(4):
        yield from level
        level = [one for above in level for one in sorted(above.iterdir()) if one.is_dir() and one.name != _JUNK]


def _matches(root: Path, holding: Holding) -> Iterator[Path]:
    for pattern in holding.paths.split("|"):
        found = list(root.glob(pattern))
        yield from found
        if found:
            return


def _images(path: Path) -> Iterator[str]:
    if path.is_file():
        if is_image(path):
            yield str(path)
        return
    yield from (name for name in files_below(path) if is_image(Path(name)) and _JUNK not in Path(name).parts)
