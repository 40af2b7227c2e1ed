"""Reader of QADS (Zhou et al., IEEE TIP 2019): 20 pictures enlarged by 21 algorithms, two, three and four times.

``super-resolved_images/img01_02_03.bmp`` (picture, factor, algorithm), ``source_images/img01.bmp``,
``mos_with_names.txt`` with lines ``0.4233  img01_02_03.bmp``. The small images are not released.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.readers.label_files import read_ratings
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_DEGRADED, Release

LABELS = "mos_with_names.txt"
RESULTS, SOURCES = "super-resolved_images", "source_images"

RELEASE = Release(
    Card(
        name="qads",
        label_kind="human",
        label_scope="set",
        mos_range=(0.0, 1.0),
        licence="see the terms of the QADS release; research use",
        citation="""@article{zhou2019qads,
  title   = {Visual Quality Assessment for Super-Resolved Images: Database and Method},
  author  = {Zhou, Fei and Yao, Rongguo and Liu, Bozhi and Qiu, Guoping},
  journal = {IEEE Transactions on Image Processing},
  volume  = {28},
  number  = {7},
  pages   = {3528--3541},
  year    = {2019}
}""",
        description="Super-resolution results beside their pristine pictures, MOS.",
    ),
    contents=20,
    images=980,
)

_NAME = re.compile(r"(img\d\d)_0([234])_(\d\d)\.bmp", re.ASCII | re.IGNORECASE)


def read_qads(root: Path, *, require_images: bool = True) -> Dataset:
    """Read QADS; ``content`` is ``img01``, ``category`` the factor (``x2``), ``algorithm`` factor and algorithm.

    Raises
    ------
    DataError
        For a wrong line of the label file (named), labels on another scale, or a missing image.
    """
    folder = release_folder("QADS", root, RESULTS)
    path = entry(folder, LABELS) or folder / LABELS
    results = ImageFolder(entry(folder, RESULTS) or folder / RESULTS, deep=True)
    sources = ImageFolder(entry(folder, SOURCES) or folder / SOURCES)
    rows = list[dict[str, Any]]()
    for line, name, mos in read_ratings(path, number_first=True):
        match = _NAME.fullmatch(name)
        if match is None:
            raise DataError(
                f"{path}, line {line}: {name[:40]!r} is no image of QADS; expected img01_02_03.bmp: picture, factor "
                "(02, 03 or 04), algorithm"
            )
        RELEASE.require_range(path, line, mos)
        content, factor, algorithm = match[1].lower(), match[2], match[3]
        rows.append(
            {
                "image_id": f"{content}_0{factor}_{algorithm}",
                "image": results.path(name),
                "pristine": sources.path(f"{content}.bmp"),
                "content": content,
                "algorithm": f"x{factor}_{algorithm}",
                "category": f"x{factor}",
                "task": "SR",
                "mos": mos,
            }
        )
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    why = "its small images are not released"
    made = (
        "lr-x2, lr-x3, lr-x4; each is what the results of that factor (category x2, x3, x4) were made from, or near it"
    )
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=[NO_DEGRADED.format(name="QADS", why=why, made=made)],
        default_split="draw0",
    )
