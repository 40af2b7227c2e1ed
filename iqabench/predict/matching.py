"""Which degraded image belongs to which restored one, by their names.

The first rule that finds one image decides:

1. the same path below the two folders, or its longest common tail, suffixes left out: ``SwinIR/set5/baby.png`` belongs
   to ``set5/baby.png``; what stands before the tail is the algorithm (``SwinIR``);
2. the same, once ``_...``, ``-...`` or ``....`` is cut off the end of the restored image's name: ``baby_SwinIR.png``
   belongs to ``baby.png``, and what was cut off is the algorithm.

A scale at the end of a degraded image's name does not count: ``0801x4.png`` serves ``0801.png``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from iqabench._util.errors import DataError

_SCALE = re.compile(r"[_-]?x[2-8]$", re.ASCII | re.IGNORECASE)
_SEPARATORS = "_-."


class Match(NamedTuple):
    """The partner of a restored image, the algorithm that the names tell, and whether a name had to be cut."""

    partner: str
    algorithm: str
    cut: bool


class DegradedNames:
    """Degraded images by every tail of their path; ``names`` are paths relative to their folder.

    Pristine ones are matched just so: ``what`` is the word for them in messages.
    """

    def __init__(self, names: Iterable[str], what: str = "degraded") -> None:
        self._what = what
        self._by_tail: dict[str, list[str]] = {}
        for name in names:
            path = PurePosixPath(name).with_suffix("")
            stems = {path.name, _SCALE.sub("", path.name) or path.name}
            for tail in {tail for stem in stems for tail, _ in _tails(path.with_name(stem))}:
                self._by_tail.setdefault(tail, []).append(name)

    def match(self, restored: str) -> Match | None:
        """Find the degraded image of ``restored`` (relative path); None if no name fits.

        Raises
        ------
        DataError
            If two degraded images fit equally well.
        """
        path = PurePosixPath(restored).with_suffix("")
        for stem, ending in _shortened(path.name):
            for tail, before in _tails(path.with_name(stem)):
                found = self._by_tail.get(tail)
                if found is None:
                    continue
                if len(found) > 1:
                    raise DataError(
                        f"{restored}: both {found[0]} and {found[1]} could be its {self._what} image; name one folder "
                        f"or pattern of {self._what} images without doubles (RESTORED comes first, DEGRADED second)"
                    )
                return Match(found[0], "/".join(filter(None, (before, ending))), bool(ending))
        return None


def _tails(path: PurePosixPath) -> Iterator[tuple[str, str]]:
    """Tails of a path from the longest to its name alone, each with what stands before it."""
    for start in range(len(path.parts)):
        yield "/".join(path.parts[start:]), "/".join(path.parts[:start])


def _shortened(stem: str) -> Iterator[tuple[str, str]]:
    """The whole name, then ever shorter beginnings, each with what was cut off after the separator."""
    yield stem, ""
    for at in range(len(stem) - 2, 0, -1):
        if stem[at] in _SEPARATORS:
            yield stem[:at], stem[at + 1 :]
