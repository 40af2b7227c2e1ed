"""Reader of TID2013 (Ponomarenko et al., 2015): 25 pictures, 24 types of distortion at five levels.

``distorted_images/i01_01_1.bmp`` (picture, type, level), ``reference_images/I01.BMP``, ``mos_with_names.txt`` with
lines ``5.51429 I01_01_1.bmp``, ``mos_std.txt`` with the standard deviations in the same order. Names mix upper and
lower case.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import rating_frame
from iqabench.data.readers.label_files import read_numbers, read_ratings
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_DEGRADED, UNKNOWN, Release

LABELS, DEVIATIONS = "mos_with_names.txt", "mos_std.txt"

RELEASE = Release(
    Card(
        name="tid2013",
        label_kind="human",
        label_scope="set",
        mos_range=(0.0, 9.0),
        licence="see the terms of the TID2013 release; research use",
        citation="""@article{ponomarenko2015tid2013,
  title   = {Image database {TID2013}: Peculiarities, results and perspectives},
  author  = {Ponomarenko, Nikolay and Jin, Lina and Ieremeiev, Oleg and Lukin, Vladimir and Egiazarian, Karen and
             Astola, Jaakko and Vozel, Benoit and Chehdi, Kacem and Carli, Marco and Battisti, Federica and
             Kuo, C.-C. Jay},
  journal = {Signal Processing: Image Communication},
  volume  = {30},
  pages   = {57--77},
  year    = {2015}
}""",
        description="Distorted photographs, MOS from comparisons in pairs by 971 people. 512x384 RGB.",
    ),
    contents=25,
    images=3000,
)

_NAME = re.compile(r"i(\d\d)_(\d\d)_(\d)\.bmp", re.ASCII | re.IGNORECASE)


def read_tid2013(root: Path, *, require_images: bool = True) -> Dataset:
    """Read TID2013; ``content`` is ``I01``, ``category`` the type of distortion, ``algorithm`` type and level.

    Raises
    ------
    DataError
        For a wrong line of a label file (named), labels that were scaled or turned, or a missing image.
    """
    folder = release_folder("TID2013", root, LABELS)
    path = entry(folder, LABELS) or folder / LABELS
    ratings = read_ratings(path, number_first=True)
    distorted = ImageFolder(entry(folder, "distorted_images") or folder / "distorted_images")
    pristine = ImageFolder(entry(folder, "reference_images") or folder / "reference_images")
    rows: list[dict[str, Any]] = []
    mild: list[float] = []
    severe: list[float] = []
    for line, name, mos in ratings:
        match = _NAME.fullmatch(name)
        if match is None:
            raise DataError(f"{path}, line {line}: {name[:40]!r} is no image of TID2013; expected I01_01_1.bmp")
        RELEASE.require_range(path, line, mos)
        picture, kind, level = match.groups()
        {"1": mild, "5": severe}.get(level, []).append(mos)
        rows.append(
            {
                "image_id": f"I{picture}_{kind}_{level}",
                "image": distorted.path(name),
                "pristine": pristine.path(f"I{picture}.BMP"),
                "content": f"I{picture}",
                "algorithm": f"{kind}_{level}",
                "category": kind,
                "task": "distortion",
                "mos": mos,
            }
        )
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    RELEASE.require_direction(path, mild, severe)
    spread = entry(folder, DEVIATIONS)
    deviations = read_numbers(spread) if spread else []
    if spread and len(deviations) != len(rows):
        raise DataError(f"{spread}: {len(deviations)} deviations for the {len(rows)} labels of {LABELS}")
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=[NO_DEGRADED.format(name="TID2013", why="pictures were distorted, not restored", made="lr-x4, noise-25")],
        default_split="draw0",
        ratings=rating_frame([(row["image_id"], one, UNKNOWN) for row, one in zip(rows, deviations, strict=True)])
        if deviations
        else None,
    )
