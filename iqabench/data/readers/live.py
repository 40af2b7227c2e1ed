"""Reader of the LIVE image quality database, release 2 (Sheikh et al., IEEE TIP 2006): 29 pictures, five distortions.

``jp2k/img1.bmp`` ... ``fastfading/img174.bmp``, ``refimgs/``, ``refnames_all.mat`` with the picture of each image.
``dmos_realigned.mat`` holds ``dmos_new``, ``dmos_std`` and ``orgs``; ``dmos.mat``, older, ``dmos`` and ``orgs``. They
are DMOS: lower is better. Where ``orgs`` is 1 the rated image is the pristine one: it is left out.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import rating_frame
from iqabench.data.readers.label_files import mat_numbers, mat_texts, read_mat
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_DEGRADED, UNKNOWN, Release

REALIGNED, FIRST, NAMES = "dmos_realigned.mat", "dmos.mat", "refnames_all.mat"
FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}
"""Rated images of each folder, in the order of the label files."""
RATED = sum(FOLDERS.values())
PRISTINE = 203
"""How many of the rated images are pristine ones."""

RELEASE = Release(
    Card(
        name="live",
        label_kind="human",
        label_version="realigned",
        label_scope="set",
        mos_higher_is_better=False,
        # Realigned DMOS leave 0 to 100 by a little at both ends.
        mos_range=(-5.0, 115.0),
        licence="see the terms of the LIVE release; research use",
        citation="""@article{sheikh2006live,
  title   = {A Statistical Evaluation of Recent Full Reference Image Quality Assessment Algorithms},
  author  = {Sheikh, Hamid R. and Sabir, Muhammad F. and Bovik, Alan C.},
  journal = {IEEE Transactions on Image Processing},
  volume  = {15},
  number  = {11},
  pages   = {3440--3451},
  year    = {2006}
}""",
        description="Distorted photographs, DMOS of 20 to 29 people each.",
    ),
    contents=29,
    images=779,
)


def read_live(root: Path, *, require_images: bool = True) -> Dataset:
    """Read LIVE; ``content`` is the picture, ``category`` and ``algorithm`` the type of distortion.

    Raises
    ------
    DataError
        For label files that do not fit each other, labels on another scale, or a missing image.
    """
    folder = release_folder("LIVE release 2", root, REALIGNED, FIRST)
    path = entry(folder, REALIGNED) or entry(folder, FIRST) or folder / FIRST
    realigned = path.name.lower() == REALIGNED
    held = read_mat(path, "dmos_new" if realigned else "dmos", "dmos_std", "orgs")
    missing = [name for name in ("dmos_new" if realigned else "dmos", "orgs") if name not in held]
    if missing:
        raise DataError(f"{path}: holds no variable {missing[0]}; take the file of the release")
    labels = mat_numbers(path, "dmos", held["dmos_new" if realigned else "dmos"], RATED)
    pristine_rated = mat_numbers(path, "orgs", held["orgs"], RATED)
    if not np.isin(pristine_rated, (0, 1)).all():
        raise DataError(f"{path}: orgs must be 0 or 1 (1: the pristine image); take the file of the release")
    _require_pristine(folder, path, labels, pristine_rated)
    deviations = (
        mat_numbers(path, "dmos_std", held["dmos_std"], RATED) if "dmos_std" in held else np.full(RATED, UNKNOWN)
    )
    names_file = entry(folder, NAMES) or folder / NAMES
    names = mat_texts(read_mat(names_file, "refnames_all")["refnames_all"])
    if len(names) != RATED:
        raise DataError(f"{names_file}: {len(names)} names for {RATED} rated images; take the file of the release")
    pristine = ImageFolder(entry(folder, "refimgs") or folder / "refimgs")
    rows, ratings, left_out = list[dict[str, Any]](), [], list[str]()
    for at, (kind, number) in enumerate((kind, n) for kind, count in FOLDERS.items() for n in range(1, count + 1)):
        image = str((entry(folder, kind) or folder / kind) / f"img{number}.bmp")
        if pristine_rated[at]:
            left_out.append(image)
            continue
        RELEASE.require_range(path, f"number {at + 1}", labels[at])
        image_id = f"{kind}/img{number}"
        ratings.append((image_id, float(deviations[at]), UNKNOWN))
        rows.append(
            {
                "image_id": image_id,
                "image": image,
                "pristine": pristine.path(names[at]),
                "content": Path(names[at]).stem.lower(),
                "algorithm": kind,
                "category": kind,
                "task": "distortion",
                "mos": float(labels[at]),
            }
        )
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    notes = [f"{RATED - len(rows)} rated images are pristine ones and left out"]
    if not realigned:
        notes.append(f"labels are those of {FIRST}; the authors recommend {REALIGNED}, which is not here")
    notes.append(NO_DEGRADED.format(name="LIVE", why="pictures were distorted, not restored", made="lr-x4, noise-25"))
    card = RELEASE.card if realigned else replace(RELEASE.card, label_version="first")
    return replace(RELEASE, card=card).dataset(
        root,
        rows,
        require_images=require_images,
        notes=notes,
        default_split="draw0",
        left_out=tuple(left_out),
        ratings=rating_frame(ratings) if "dmos_std" in held else None,
    )


def _require_pristine(folder: Path, path: Path, labels: NDArray[np.float64], flags: NDArray[np.float64]) -> None:
    """Raise DataError if ``orgs`` cannot be the release's: pristine images would be scored, or labels are turned."""
    flagged = int(flags.sum())
    if flagged != PRISTINE:
        raise DataError(
            f"{path}: orgs calls {flagged} of {RATED} rated images pristine, in LIVE it is {PRISTINE}; so pristine "
            "images could not be told from distorted ones. Take the file of the release"
        )
    older = entry(folder, FIRST)
    if older is not None and older != path:
        held = read_mat(older, "dmos", "orgs")
        if "orgs" in held and (differ := int((mat_numbers(older, "orgs", held["orgs"], RATED) != flags).sum())):
            raise DataError(
                f"{path} and {older.name}: their orgs contradict each other on {differ} of {RATED} images, so which "
                "ones are pristine is not known. Take both files of the release"
            )
    than = ("the pristine images", "the distorted ones")
    RELEASE.require_direction(path, labels[flags == 1].tolist(), labels[flags == 0].tolist(), than)
