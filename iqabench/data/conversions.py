"""Which images of a data set had to be converted before they could be scored."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from iqabench._util.errors import DataError
from iqabench.data.images import conversion_of, header_of
from iqabench.data.images.formats import named
from iqabench.data.workers import for_each_file


def conversions(paths: Iterable[str], root: Path) -> list[str]:
    """One sentence for each kind of conversion among ``paths``, naming the first files (relative to ``root``).

    Files are decoded only where their header does not say that nothing is to be converted; what cannot be read is left
    to the scoring, which says why.
    """
    kinds: dict[str, list[str]] = {}
    for path, notes in for_each_file(paths, _notes_of).items():
        for note in notes:
            kinds.setdefault(note, []).append(_short(path, root))
    return [f"{note}: {named(files)}" for note, files in kinds.items()]


def _notes_of(path: str) -> tuple[str, ...]:
    header = header_of(path)
    if header is None or header.plain:
        return ()
    try:
        return conversion_of(path)
    except DataError:
        return ()


def _short(path: str, root: Path) -> str:
    file = Path(path)
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
