"""Reader of the LIVE In the Wild Image Quality Challenge database (Ghadiyaram and Bovik, IEEE TIP 2016).

``Images/``, ``Data/AllImages_release.mat``, ``AllMOS_release.mat``, ``AllStdDev_release.mat``: 1,169 photographs, of
which the first seven (in ``Images/trainingImages``) trained the judges and are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import rating_frame
from iqabench.data.readers.label_files import mat_numbers, mat_texts, read_mat
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_REFERENCE, UNKNOWN, Release
from iqabench.data.splits import content_draws

TRAINING = 7
"""Photographs at the head of the label files that trained the judges."""

RELEASE = Release(
    Card(
        name="live-challenge",
        label_kind="human",
        label_scope="set",
        mos_range=(0.0, 100.0),
        licence="see the terms of the LIVE Challenge release; research use",
        citation="""@article{ghadiyaram2016livechallenge,
  title   = {Massive Online Crowdsourced Study of Subjective and Objective Picture Quality},
  author  = {Ghadiyaram, Deepti and Bovik, Alan C.},
  journal = {IEEE Transactions on Image Processing},
  volume  = {25},
  number  = {1},
  pages   = {372--387},
  year    = {2016}
}""",
        description="Photographs of mobile devices, MOS by crowd-sourcing, without any reference.",
    ),
    contents=1162,
    images=1162,
)


def read_live_challenge(root: Path, *, require_images: bool = True) -> Dataset:
    """Read LIVE Challenge; ``content`` is the photograph.

    Raises
    ------
    DataError
        For label files that do not fit each other, labels on another scale, or a missing image.
    """
    folder = release_folder("LIVE Challenge", root, "Data")
    data = entry(folder, "Data") or folder / "Data"
    path = data / "AllMOS_release.mat"
    names = mat_texts(read_mat(data / "AllImages_release.mat", "AllImages_release")["AllImages_release"])
    labels = mat_numbers(path, "AllMOS_release", read_mat(path, "AllMOS_release")["AllMOS_release"])
    if len(names) != len(labels) or len(names) <= TRAINING:
        raise DataError(f"{path}: {len(labels)} labels for {len(names)} photographs; take the files of the release")
    spread = data / "AllStdDev_release.mat"
    deviations = (
        mat_numbers(spread, "AllStdDev_release", read_mat(spread, "AllStdDev_release")["AllStdDev_release"], len(names))
        if spread.exists()
        else np.full(len(names), UNKNOWN)
    )
    images = ImageFolder(entry(folder, "Images") or folder / "Images")
    rows, ratings = list[dict[str, Any]](), []
    for at in range(TRAINING, len(names)):
        RELEASE.require_range(path, f"number {at + 1}", labels[at])
        content = Path(names[at]).stem
        ratings.append((content, float(deviations[at]), UNKNOWN))
        rows.append(
            {"image_id": content, "image": images.path(names[at]), "content": content, "mos": float(labels[at])}
        )
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    splits = content_draws(row["content"] for row in rows)
    said = f"the first {TRAINING} photographs trained the judges and are left out"
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=[said, NO_REFERENCE.format(name="LIVE Challenge")],
        left_out=(str(images.folder / "trainingImages"), *map(images.path, names[:TRAINING])),
        splits=splits,
        default_split="draw0" if splits else None,
        ratings=rating_frame(ratings) if spread.exists() else None,
    )
