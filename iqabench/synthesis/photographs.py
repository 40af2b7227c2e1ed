"""From folders of photographs to contents: which crops there are, and on which side of the split each lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iqabench._util.errors import DataError
from iqabench.data.digests import content_digest
from iqabench.data.images import passed_over, read_image
from iqabench.data.splits import PARTS, TRAIN, VALIDATE
from iqabench.data.walk import files_below, is_image
from iqabench.synthesis.crops import choose_crops
from iqabench.synthesis.recipe import SynthesisRecipe


@dataclass(frozen=True)
class Photograph:
    """One source photograph; all its crops are on one side."""

    name: str
    """Folder and file without suffix, such as ``kodak24/kodim01``; the file alone if there is one folder."""
    path: Path
    part: str = TRAIN
    digest: str = ""


@dataclass(frozen=True)
class Content:
    """One pristine crop of ``size`` x ``size`` pixels."""

    name: str
    index: int
    """From 0; seeds the noise."""
    photograph: Photograph
    top: int
    left: int
    size: int

    def pixels(self) -> np.ndarray:
        """The crop, (size, size, 3) uint8 RGB."""
        image = read_image(self.photograph.path)
        return image[self.top : self.top + self.size, self.left : self.left + self.size]


def find_photographs(folders: tuple[Path, ...]) -> list[Photograph]:
    """Every image file below ``folders``, by name.

    Raises
    ------
    DataError
        If a folder does not exist or holds no image, or two photographs have one name.
    """
    found: dict[str, Photograph] = {}
    for folder in folders:
        if not folder.is_dir():
            raise DataError(f"{folder} is not a folder; --photos takes a folder of pristine photographs")
        files = [path for path in map(Path, files_below(folder)) if is_image(path)]
        if not files:
            passed = passed_over(_others(folder), str(folder))
            raise DataError(
                f"{folder} holds no photographs; put files such as *.png or *.jpg into it"
                + (f". {passed}" if passed else "")
            )
        prefix = f"{folder.resolve().name}/" if len(folders) > 1 else ""
        for path in files:
            name = prefix + path.relative_to(folder).with_suffix("").as_posix()
            if name in found:
                raise DataError(f"{path} and {found[name].path} would both be called {name}; rename or remove one")
            found[name] = Photograph(name, path)
    return list(found.values())


def _others(folder: Path) -> list[str]:
    """Files below a folder that are left out because of their ending."""
    found = map(Path, files_below(folder))
    return [str(path.relative_to(folder)) for path in found if not is_image(path) and not path.name.startswith(".")]


def assign_parts(photographs: list[Photograph], share: float, seed: int) -> list[Photograph]:
    """Shuffle by ``seed`` and give ``share`` of the photographs, spread evenly, to validation (at least one)."""
    order = np.random.default_rng([seed, len(photographs)]).permutation(len(photographs))
    sides = [VALIDATE if int((i + 1) * share) > int(i * share) else TRAIN for i in range(len(order))]
    if VALIDATE not in sides:
        sides[-1] = VALIDATE
    return [Photograph(photographs[k].name, photographs[k].path, side) for k, side in zip(order, sides, strict=True)]


def choose_contents(
    folders: tuple[Path, ...], recipe: SynthesisRecipe, *, crops: int, limit: int | None, share: float, seed: int
) -> tuple[list[Content], list[str]]:
    """Contents in the order in which they are made, and sentences about photographs that were left out.

    The recipe decides about crops and sides where it lists photographs; else every photograph gives its first crop
    before any gives its second, up to ``crops`` each and ``limit`` in all.

    Raises
    ------
    DataError
        For unreadable photographs, none large enough, or too few for two sides.
    """
    found = find_photographs(folders)
    if recipe.photos:
        chosen = _listed(found, recipe)
        plan = [(photo, recipe.photos[photo.name].crops) for photo in chosen]
    else:
        plan = [(photo, crops) for photo in assign_parts(found, share, seed)]
    notes = [passed for folder in folders if (passed := passed_over(_others(folder), str(folder)))]
    places: list[tuple[Photograph, list[tuple[int, int]]]] = []
    for photo, count in plan:
        image = read_image(photo.path)
        squares = choose_crops(image, count, recipe.size, recipe.stride)
        if not squares:
            notes.append(f"{photo.path}: {image.shape[1]}x{image.shape[0]} is smaller than {recipe.size}; left out")
        else:
            known = Photograph(photo.name, photo.path, photo.part, content_digest(str(photo.path)))
            places.append((known, squares))
    if not places:
        raise DataError(
            f"none of the {len(found)} photographs is at least {recipe.size}x{recipe.size}; give larger ones, or a "
            "smaller --size"
        )
    contents = _number(_in_order(places, by_photograph=bool(recipe.photos)), recipe.size, limit)
    missing = [part for part in PARTS if part not in {c.photograph.part for c in contents}]
    if missing:
        raise DataError(
            f"no content is left for the part {missing[0]!r}: both parts need a photograph of their own; give more "
            "photographs, or a larger --contents"
        )
    return contents, notes


def _listed(found: list[Photograph], recipe: SynthesisRecipe) -> list[Photograph]:
    by_name = {photo.name: photo for photo in found}
    for name in recipe.photos:
        if name not in by_name:
            raise DataError(f"the recipe {recipe.name} needs the photograph {name}, which --photos does not hold")
    return [Photograph(n, by_name[n].path, facts.part) for n, facts in recipe.photos.items()]


def _in_order(
    places: list[tuple[Photograph, list[tuple[int, int]]]], by_photograph: bool
) -> Iterator[tuple[Photograph, tuple[int, int]]]:
    if by_photograph:
        yield from ((photo, square) for photo, squares in places for square in squares)
        return
    for turn in range(max(len(squares) for _, squares in places)):
        yield from ((photo, squares[turn]) for photo, squares in places if turn < len(squares))


def _number(ordered: Iterator[tuple[Photograph, tuple[int, int]]], size: int, limit: int | None) -> list[Content]:
    pairs = list(ordered)[:limit]
    return [
        Content(f"A{index + 1:04d}", index, photo, top, left, size) for index, (photo, (top, left)) in enumerate(pairs)
    ]
