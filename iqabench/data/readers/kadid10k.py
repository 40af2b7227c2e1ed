"""Reader of KADID-10k (Lin et al., QoMEX 2019): 81 pictures, 25 types of distortion at five levels.

``images/I01_01_01.png`` (picture, type, level), ``images/I01.png``, ``dmos.csv`` with the columns ``dist_img``,
``ref_img``, ``dmos``, ``var``. What is called DMOS there rises with quality, and ``var`` is a standard deviation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import rating_frame
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_DEGRADED, Release
from iqabench.data.rows import number, read_csv

LABELS = "dmos.csv"
JUDGES = 30

RELEASE = Release(
    Card(
        name="kadid10k",
        label_kind="human",
        label_scope="set",
        mos_range=(1.0, 5.0),
        licence="see the terms of the KADID-10k release; research use",
        citation="""@inproceedings{lin2019kadid,
  title     = {{KADID-10k}: A Large-scale Artificially Distorted {IQA} Database},
  author    = {Lin, Hanhe and Hosu, Vlad and Saupe, Dietmar},
  booktitle = {International Conference on Quality of Multimedia Experience (QoMEX)},
  pages     = {1--3},
  year      = {2019}
}""",
        description="Distorted photographs, ratings of 30 people each by crowd-sourcing. 512x384 RGB.",
    ),
    contents=81,
    images=10125,
)

_NAME = re.compile(r"(I\d\d)_(\d\d)_(\d\d)\.png", re.ASCII)


def read_kadid10k(root: Path, *, require_images: bool = True) -> Dataset:
    """Read KADID-10k; ``content`` is ``I01``, ``category`` the type of distortion, ``algorithm`` type and level.

    Raises
    ------
    DataError
        For a wrong row of ``dmos.csv`` (named), labels that were scaled or turned, or a missing image.
    """
    folder = release_folder("KADID-10k", root, LABELS)
    path = entry(folder, LABELS) or folder / LABELS
    images = ImageFolder(entry(folder, "images") or folder / "images")
    rows, ratings, seen = list[dict[str, Any]](), [], dict[str, int]()
    mild: list[float] = []
    severe: list[float] = []
    for line, cells in read_csv(path, ["dist_img", "ref_img", "dmos", "var"]).rows:
        name, picture = cells["dist_img"], cells["ref_img"]
        match = _NAME.fullmatch(name)
        if match is None or picture != f"{match[1]}.png":
            raise DataError(
                f"{path}, line {line}: {name[:40]!r} of {picture[:40]!r} is no image of KADID-10k; "
                "expected I01_01_01.png of I01.png"
            )
        if name in seen:
            raise DataError(f"{path}, line {line}: {name} is already on line {seen[name]}; remove one")
        seen[name] = line
        mos = number(path, line, "dmos", cells["dmos"])
        RELEASE.require_range(path, line, mos)
        content, kind, level = match.groups()
        {"01": mild, "05": severe}.get(level, []).append(mos)
        image_id = name.removesuffix(".png")
        ratings.append((image_id, number(path, line, "var", cells["var"]), float(JUDGES)))
        rows.append(
            {
                "image_id": image_id,
                "image": images.path(name),
                "pristine": images.path(picture),
                "content": content,
                "algorithm": f"{kind}_{level}",
                "category": kind,
                "task": "distortion",
                "mos": mos,
            }
        )
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    RELEASE.require_direction(path, mild, severe)
    notes = [
        f"{LABELS} calls its labels DMOS, but they rise with quality: higher is better",
        NO_DEGRADED.format(name="KADID-10k", why="pictures were distorted, not restored", made="lr-x4, noise-25"),
    ]
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=notes,
        default_split="draw0",
        ratings=rating_frame(ratings),
    )
