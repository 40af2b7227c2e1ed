"""Reader of CSIQ (Larson and Chandler, 2010): 30 pictures, six types of distortion at four or five levels.

``dst_imgs/`` holds ``1600.AWGN.1.png`` in a folder for each type or all in one, ``src_imgs/`` ``1600.png``. Labels
are the sheet ``all_by_image`` of ``csiq.DMOS.xlsx``, or ``csiq_label.txt`` with lines ``1600.AWGN.1.png 0.062``. They
are DMOS: lower is better.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import rating_frame
from iqabench.data.readers.label_files import is_blank, read_ratings, read_sheet
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_DEGRADED, UNKNOWN, Release

SHEET, LINES = "csiq.DMOS.xlsx", "csiq_label.txt"
TYPES = {
    "noise": "AWGN",
    "awgn": "AWGN",
    "jpeg": "JPEG",
    "jpeg 2000": "jpeg2000",
    "jpeg2000": "jpeg2000",
    "fnoise": "fnoise",
    "blur": "BLUR",
    "contrast": "contrast",
}
"""Type of distortion as the spreadsheet or a file name calls it, in lower case, and as files are named."""

RELEASE = Release(
    Card(
        name="csiq",
        label_kind="human",
        label_scope="set",
        mos_higher_is_better=False,
        mos_range=(0.0, 1.0),
        licence="see the terms of the CSIQ release; research use",
        citation="""@article{larson2010csiq,
  title   = {Most apparent distortion: full-reference image quality assessment and the role of strategy},
  author  = {Larson, Eric C. and Chandler, Damon M.},
  journal = {Journal of Electronic Imaging},
  volume  = {19},
  number  = {1},
  pages   = {011006},
  year    = {2010}
}""",
        description="Distorted photographs, DMOS of 35 people, aligned over pictures. 512x512 RGB.",
    ),
    contents=30,
    images=866,
)

_NAME = re.compile(r"([A-Za-z0-9_]+)\.([A-Za-z0-9]+)\.(\d)(?:\.png)?", re.ASCII)


class _Label(NamedTuple):
    line: int
    name: str
    mos: float
    deviation: float


def read_csiq(root: Path, *, require_images: bool = True) -> Dataset:
    """Read CSIQ; ``content`` is the picture, ``category`` the type of distortion, ``algorithm`` type and level.

    Raises
    ------
    DataError
        For a wrong row of the labels (named), labels that were scaled or turned, or a missing image.
    """
    folder = release_folder("CSIQ", root, SHEET, LINES)
    path = entry(folder, SHEET) or entry(folder, LINES) or folder / LINES
    labels = _sheet(path) if path.suffix.lower() == ".xlsx" else _lines(path)
    distorted = ImageFolder(entry(folder, "dst_imgs") or folder / "dst_imgs", deep=True)
    pristine = ImageFolder(entry(folder, "src_imgs") or folder / "src_imgs")
    rows: list[dict[str, Any]] = []
    mild: list[float] = []
    severe: list[float] = []
    for line, name, mos, _ in labels:
        match = _NAME.fullmatch(name)
        kind = TYPES.get(match[2].lower()) if match else None
        if match is None or kind is None:
            raise DataError(f"{path}, line {line}: {name[:60]!r} is no image of CSIQ; expected 1600.AWGN.1.png")
        RELEASE.require_range(path, line, mos)
        content, level = match[1], match[3]
        {"1": mild, "4": severe, "5": severe}.get(level, []).append(mos)
        rows.append(
            {
                "image_id": f"{content}.{kind}.{level}",
                "image": distorted.path(f"{content}.{kind}.{level}.png"),
                "pristine": pristine.path(f"{content}.png"),
                "content": content,
                "algorithm": f"{kind}_{level}",
                "category": kind,
                "task": "distortion",
                "mos": mos,
            }
        )
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    RELEASE.require_direction(path, mild, severe)
    known = [label.deviation == label.deviation for label in labels]
    ratings = [(row["image_id"], label.deviation, UNKNOWN) for row, label in zip(rows, labels, strict=True)]
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=[NO_DEGRADED.format(name="CSIQ", why="pictures were distorted, not restored", made="lr-x4, noise-25")],
        default_split="draw0",
        ratings=rating_frame(ratings) if any(known) else None,
    )


def _lines(path: Path) -> list[_Label]:
    return [_Label(*rating, UNKNOWN) for rating in read_ratings(path, number_first=False)]


def _sheet(path: Path) -> list[_Label]:
    table = read_sheet(path, ("image", "dst_type", "dst_lev", "dmos_std", "dmos"), "all_by_image")
    labels: list[_Label] = []
    lines: dict[str, int] = {}
    for line, row in enumerate(table.rows, start=table.first):
        if is_blank(row["image"]):
            continue
        kind = TYPES.get(str(row["dst_type"]).strip().lower())
        try:
            level, mos, deviation = int(row["dst_lev"]), float(row["dmos"]), float(row["dmos_std"])
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}, row {line}: dst_lev, dmos or dmos_std is not a number ({error})") from error
        if kind is None:
            raise DataError(f"{path}, row {line}: unknown dst_type {row['dst_type']!r}; take the file of the release")
        name = f"{row['image']}.{kind}.{level}"
        if name in lines:
            raise DataError(f"{path}, row {line}: {name} is already on row {lines[name]}; remove one")
        lines[name] = line
        labels.append(_Label(line, name, mos, deviation))
    return labels
