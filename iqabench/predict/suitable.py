"""Checks a pair before it is scored: sizes that do not fit, arguments swapped, and conversions.

Only headers are read here, so that nothing is decoded twice; images whose header says grey, alpha or another
conversion are the exception, since the reader of their score should know.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import pandas as pd

from iqabench._util.errors import DataError
from iqabench._util.text import agreeing, counted
from iqabench.data.images import content_digest, conversion_of, header_of
from iqabench.data.references import whole_factor
from iqabench.predict.pairs import NAMED, PARTNERS
from iqabench.scoring.batches import InMemory, Source

SWAPPED = "the degraded image is larger than the restored one"
UNRELATED = "the sizes are not related by a whole factor"
OTHER_SIZE = "the pristine image has another size"
UNREADABLE = "the {} image cannot be read"
MISSING = "no {} image is named"
_ADVICE = {
    SWAPPED: "RESTORED comes first, DEGRADED (the input of the restoration) second: are they swapped?",
    UNRELATED: "The degraded image must have the restored one's size, or be 2, 3, 4, ... times smaller in both "
    "directions: crop or resize one of the two",
    OTHER_SIZE: "Crop or resize one of the two",
    **{UNREADABLE.format(what): "Copy it again, or leave the pair out" for what in PARTNERS},
    **{
        MISSING.format(what): "Name one for every restored image, or ask only for methods that need none"
        for what in PARTNERS
    },
}


@dataclass
class Fitness:
    """Verdict on every row."""

    sizes: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    """Height and width of every restored image, by image id; None where the header cannot be read."""
    unfit: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Kind and details of what keeps a pair from being scored, by image id."""
    notes: list[str] = field(default_factory=list)
    """How images were converted, the first of each kind named."""
    factors: dict[str, int] = field(default_factory=dict)
    """By image id, how many times larger than its degraded image a restored one is, where they differ in size."""
    conversions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """How the two images of a pair were converted, by image id."""

    def sentences(self) -> list[str]:
        """One message for each kind of trouble, naming the first pairs."""
        kinds: dict[str, list[str]] = {}
        for kind, details in self.unfit.values():
            kinds.setdefault(kind, []).append(details)
        return [
            f"{len(found)} of {counted(len(self.sizes), 'pair')} {agreeing(len(found), 'are')} not scored, {kind}: "
            + "; ".join(found[:NAMED])
            + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
            + f". {_ADVICE[kind]}"
            for kind, found in kinds.items()
        ]


def examine(rows: pd.DataFrame, partner: str | None) -> Fitness:
    """Look at the headers of all images, and at how they fit the ``partner`` (a column of ``rows``) if one is shown.

    Where none is, arguments that are swapped are found all the same.
    """
    found = Fitness()
    seen: dict[str, tuple[int, int] | None] = {}
    converted: dict[str, list[str]] = {}
    noted: dict[str, tuple[str, ...]] = {}

    def look(source: Source) -> tuple[int, int] | None:
        if str(source) not in seen:
            seen[str(source)], noted[str(source)] = _look(source)
        return seen[str(source)]

    degraded = dict(zip(rows["image_id"], rows["degraded"], strict=True))
    partners = [None] * len(rows) if partner is None else rows[partner].tolist()
    for name, image, given in zip(rows["image_id"].tolist(), rows["image"].tolist(), partners, strict=True):
        found.sizes[name] = look(image)
        if partner is None and (swapped := _swapped(image, degraded.get(name), found.sizes[name])):
            found.unfit[name] = (SWAPPED, swapped)
        elif partner is not None and given is None:
            found.unfit[name] = (MISSING.format(partner), str(image))
        elif partner is not None:
            size, other = found.sizes[name], look(given)
            verdict = _verdict(image, given, size, other, partner)
            if verdict is not None:
                found.unfit[name] = verdict
            elif size is not None and other is not None and size != other:
                found.factors[name] = whole_factor(other, size) or 1
        shown = [image] if given is None else [image, given]
        said = [f"{one}: {note}" for one in shown for note in noted.get(str(one), ())]
        found.conversions[name] = tuple(said)
    for name, notes in noted.items():
        for note in notes:
            converted.setdefault(note, []).append(name)
    found.notes = [
        f"{', '.join(files[:NAMED])}{f' and {len(files) - NAMED} more' if len(files) > NAMED else ''}: {conversion}"
        for conversion, files in converted.items()
    ]
    return found


def _swapped(image: Source, degraded: Source | None, size: tuple[int, int] | None) -> str:
    """The pair in words if the degraded image, which nobody is shown, is the larger one; else empty."""
    given = None if degraded is None or size is None else _look(degraded)[0]
    if size is None or given is None or size == given or given[0] < size[0] or given[1] < size[1]:
        return ""
    return _in_sizes(image, size, degraded, given)


def _in_sizes(image: Source, size: tuple[int, int], shown: Source | None, given: tuple[int, int]) -> str:
    return f"{image} ({size[1]}x{size[0]}) and {shown} ({given[1]}x{given[0]})"


def _verdict(
    image: Source, shown: Source, size: tuple[int, int] | None, given: tuple[int, int] | None, partner: str
) -> tuple[str, str] | None:
    if not isinstance(shown, InMemory):
        try:
            content_digest(shown)
        except DataError as error:
            return UNREADABLE.format(partner), str(error)
    if size is None or given is None or size == given:
        return None  # what cannot be read is named when it is decoded
    pair = _in_sizes(image, size, shown, given)
    if partner == "pristine":
        return OTHER_SIZE, pair
    if given[0] >= size[0] and given[1] >= size[1]:
        return SWAPPED, pair
    return None if whole_factor(given, size) else (UNRELATED, pair)


def _look(source: Source) -> tuple[tuple[int, int] | None, tuple[str, ...]]:
    """Height and width, and the conversions that the image undergoes."""
    if isinstance(source, InMemory):
        return (source.pixels.shape[0], source.pixels.shape[1]), source.notes
    header = header_of(source)
    if header is None:
        return None, ()
    notes: tuple[str, ...] = ()
    if not header.plain:
        with suppress(DataError):  # what is damaged is named when it is decoded for scoring
            notes = conversion_of(source)
    return (header.height, header.width), notes
