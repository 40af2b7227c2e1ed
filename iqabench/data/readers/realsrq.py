"""Reader of RealSRQ (Jiang et al., IEEE TIP 2022): 60 real small images at three factors, enlarged by ten algorithms.

``HR_LR_pairs/Text/Text_LR2/Text_001_LR2.png`` is what an algorithm was given, ``Text_HR/Text_001_HR.png`` the
pristine picture, ``SR_results/Text_SR/Text_LR2_SR/001/Text_001_LR2_AIS.png`` a result; images are found by name,
wherever they lie. ``subj_BT_score.mat`` holds ``score_matrix``, one row for each picture and one column for each
factor and algorithm, both in the order of :data:`SCENES` and :data:`ALGORITHMS`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.readers.label_files import mat_numbers, read_mat
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import Release
from iqabench.data.splits import content_draws

LABELS = "subj_BT_score.mat"
SCENES = ("Buildings", "Manmade", "Natural", "People", "Scene", "Text")
PER_SCENE = 10
ALGORITHMS = {
    2: ("AIS", "Aplus", "ASDS", "BCI", "CSCN", "SPM", "SRCNN", "SRGAN", "USRnet", "VDSR"),
    3: ("AIS", "Aplus", "ASDS", "BCI", "CSCN", "SPM", "SRCNN", "USRnet", "VDSR"),
    4: ("Aplus", "ASDS", "BCI", "CSCN", "SRCNN", "SRGAN", "USRnet", "VDSR"),
}
"""Algorithms by factor."""

RELEASE = Release(
    Card(
        name="realsrq",
        label_kind="human",
        label_scope="content",
        licence="see the terms of the RealSRQ release; research use",
        citation="""@article{jiang2022realsrq,
  title   = {Single Image Super-Resolution Quality Assessment: A Real-World Dataset, Subjective Studies, and An
             Objective Metric},
  author  = {Jiang, Qiuping and Liu, Zhentao and Gu, Ke and Shao, Feng and Zhang, Xinfeng and Liu, Hantao and
             Lin, Weisi},
  journal = {IEEE Transactions on Image Processing},
  volume  = {31},
  pages   = {2279--2294},
  year    = {2022}
}""",
        description="Super-resolution of real small images beside them, Bradley-Terry scores of comparisons in pairs.",
    ),
    contents=60,
    images=1620,
)


def read_realsrq(root: Path, *, require_images: bool = True) -> Dataset:
    """Read RealSRQ; ``content`` is ``Text_001``, ``category`` the factor (``x2``), ``algorithm`` factor and algorithm.

    Raises
    ------
    DataError
        For a score matrix of another size, or a missing image.
    """
    folder = release_folder("RealSRQ", root, LABELS)
    path = entry(folder, LABELS) or folder / LABELS
    columns = [(factor, name) for factor, names in ALGORITHMS.items() for name in names]
    contents = [f"{scene}_{number:03d}" for scene in SCENES for number in range(1, PER_SCENE + 1)]
    flat = mat_numbers(path, "score_matrix", read_mat(path, "score_matrix")["score_matrix"])
    if flat.size != len(contents) * len(columns):
        raise DataError(
            f"{path}: score_matrix holds {flat.size} scores, not {len(contents)} x {len(columns)}; take the file of "
            "the release"
        )
    scores = np.reshape(flat, (len(contents), len(columns)))
    images = ImageFolder(folder, deep=True)
    rows = [
        {
            "image_id": f"{content}_LR{factor}_{name}",
            "image": images.path(f"{content}_LR{factor}_{name}.png"),
            "degraded": images.path(f"{content}_LR{factor}.png"),
            "pristine": images.path(f"{content}_HR.png"),
            "content": content,
            "algorithm": f"x{factor}_{name}",
            "category": f"x{factor}",
            "task": "SR",
            "mos": float(scores[row, column]),
        }
        for row, content in enumerate(contents)
        for column, (factor, name) in enumerate(columns)
    ]
    splits = content_draws(contents)
    # Bradley-Terry scores have no range of their own.
    card = replace(RELEASE.card, mos_range=(float(scores.min()), float(scores.max())))
    return replace(RELEASE, card=card).dataset(
        root, rows, require_images=require_images, splits=splits, default_split="draw0"
    )
