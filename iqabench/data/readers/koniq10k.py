"""Reader of KonIQ-10k (Hosu et al., IEEE TIP 2020): 10,073 photographs as people take them, without any reference.

``1024x768/`` or ``512x384/`` (the larger one if both are there), ``koniq10k_distributions_sets.csv`` with the columns
``image_name``, ``c1`` ... ``c5`` (how many people gave each grade), ``MOS`` on 1 to 100, ``SD`` and ``set`` (the
official split). ``koniq10k_scores_and_distributions.csv``, which the authors also offer, has MOS on 1 to 5 and no
split: it is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import rating_frame
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_REFERENCE, Release
from iqabench.data.rows import number, read_csv

LABELS = "koniq10k_distributions_sets.csv"
OTHER = "koniq10k_scores_and_distributions.csv"
SIZES = ("1024x768", "512x384")
PARTS = {"training": "train", "validation": "", "test": "validate"}
"""Official part, and what it is in a split: the official validation part is in neither."""

RELEASE = Release(
    Card(
        name="koniq10k",
        label_kind="human",
        label_scope="set",
        mos_range=(1.0, 100.0),
        licence="see the terms of the KonIQ-10k release; research use",
        citation="""@article{hosu2020koniq,
  title   = {{KonIQ-10k}: An Ecologically Valid Database for Deep Learning of Blind Image Quality Assessment},
  author  = {Hosu, Vlad and Lin, Hanhe and Sziranyi, Tamas and Saupe, Dietmar},
  journal = {IEEE Transactions on Image Processing},
  volume  = {29},
  pages   = {4041--4056},
  year    = {2020}
}""",
        description="Photographs as people take them, MOS by crowd-sourcing, without any reference.",
    ),
    contents=10073,
    images=10073,
)


def read_koniq10k(root: Path, *, require_images: bool = True) -> Dataset:
    """Read KonIQ-10k; ``content`` is the photograph, the split ``official`` that of its authors.

    Raises
    ------
    DataError
        For a wrong row of the label file (named), labels on the other scale, or a missing image.
    """
    folder = release_folder("KonIQ-10k", root, LABELS, OTHER)
    path = entry(folder, LABELS)
    if path is None:
        raise DataError(
            f"{entry(folder, OTHER)}: this file has MOS on 1 to 5 and not the official split; get {LABELS}, which has "
            "MOS on 1 to 100 and is what is read"
        )
    size = next((name for name in SIZES if entry(folder, name)), SIZES[0])
    images = ImageFolder(entry(folder, size) or folder / size)
    rows, ratings, parts, seen = list[dict[str, Any]](), [], dict[str, str](), dict[str, int]()
    for line, cells in read_csv(path, ["image_name", "c_total", "MOS", "SD", "set"]).rows:
        name = cells["image_name"]
        if name in seen:
            raise DataError(f"{path}, line {line}: {name} is already on line {seen[name]}; remove one")
        seen[name] = line
        if cells["set"] not in PARTS:
            raise DataError(f"{path}, line {line}: set {cells['set']!r}; it must be {', '.join(PARTS)}")
        mos = number(path, line, "MOS", cells["MOS"])
        RELEASE.require_range(path, line, mos)
        content = Path(name).stem
        if PARTS[cells["set"]]:
            parts[content] = PARTS[cells["set"]]
        ratings.append(
            (content, number(path, line, "SD", cells["SD"]), number(path, line, "c_total", cells["c_total"]))
        )
        rows.append({"image_id": content, "image": images.path(name), "content": content, "mos": mos})
    if rows and max(row["mos"] for row in rows) <= 5:
        raise DataError(f"{path}: no MOS is above 5, so these are on the scale 1 to 5; get the release's {LABELS}")
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    both = "; the larger of both sizes is read" if all(entry(folder, name) for name in SIZES) else ""
    official = {"official": parts} if set(parts.values()) == {"train", "validate"} else {}
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=[f"photographs of {size}{both}", NO_REFERENCE.format(name="KonIQ-10k")],
        left_out=tuple(str(other) for name in SIZES if name != size and (other := entry(folder, name))),
        splits=official,
        default_split="official" if official else None,
        ratings=rating_frame(ratings),
    )
