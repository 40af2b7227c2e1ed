"""Pairs restored images with what their restoration was given: files with files, folders by name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from iqabench.errors import DataError

IMAGE_SUFFIXES = frozenset({".png", ".bmp", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"})


def pair_images(restored: Path, reference: Path | None) -> pd.DataFrame:
    """Manifest rows for RESTORED (a file or folder) shown REFERENCE (a file, a folder, or nothing).

    A folder of references is matched by file name without suffix; one reference file serves all.
    The ``degraded`` column holds the reference.

    Raises
    ------
    DataError
        If something does not exist, no image is there, or names do not match.
    """
    images = _images(restored)
    references = _references(images, reference)
    common = restored if restored.is_dir() else restored.parent
    names = [path.relative_to(common).as_posix() for path in images]
    return pd.DataFrame(
        {
            "image_id": names,
            "image": [str(path.resolve()) for path in images],
            "degraded": references,
            "pristine": None,
            "content": [Path(one or name).stem for one, name in zip(references, names, strict=True)],
            "algorithm": [Path(name).parent.as_posix() for name in names],
            "category": "",
            "task": "",
            "mos": float("nan"),
        }
    )


def _images(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise DataError(f"{place}: there is no such file or folder")
    found = sorted(path for path in place.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    if not found:
        raise DataError(f"{place}: no image in this folder (looked for {', '.join(sorted(IMAGE_SUFFIXES))})")
    return found


def _references(images: list[Path], reference: Path | None) -> list[str | None]:
    if reference is None:
        return [None] * len(images)
    if reference.is_file():
        return [str(reference.resolve())] * len(images)
    by_stem: dict[str, Path] = {}
    for path in _images(reference):
        if path.stem in by_stem:
            raise DataError(f"{reference}: two references are called {path.stem}: {by_stem[path.stem]} and {path}")
        by_stem[path.stem] = path
    unmatched = [path for path in images if path.stem not in by_stem]
    if unmatched:
        some = ", ".join(path.name for path in unmatched[:3])
        raise DataError(
            f"{len(unmatched)} of {len(images)} restored images have no reference of the same name in {reference}: "
            f"{some}; rename them, or name one reference file for all"
        )
    return [str(by_stem[path.stem].resolve()) for path in images]
