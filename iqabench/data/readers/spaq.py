"""Reader of SPAQ (Fang et al., CVPR 2020): 11,125 photographs of 66 telephones, without any reference.

``TestImage/00001.jpg`` and ``Annotations/MOS and Image attribute scores.xlsx`` with the columns ``Image name`` and
``MOS``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.readers.label_files import is_blank, read_sheet
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_REFERENCE, Release
from iqabench.data.splits import content_draws

LABELS = "MOS and Image attribute scores.xlsx"
IMAGES = "TestImage"

RELEASE = Release(
    Card(
        name="spaq",
        label_kind="human",
        label_scope="set",
        mos_range=(0.0, 100.0),
        licence="see the terms of the SPAQ release; research use",
        citation="""@inproceedings{fang2020spaq,
  title     = {Perceptual Quality Assessment of Smartphone Photography},
  author    = {Fang, Yuming and Zhu, Hanwei and Zeng, Yan and Ma, Kede and Wang, Zhou},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  pages     = {3677--3686},
  year      = {2020}
}""",
        description="Photographs of telephones, MOS in a laboratory, without any reference.",
    ),
    contents=11125,
    images=11125,
)


def read_spaq(root: Path, *, require_images: bool = True) -> Dataset:
    """Read SPAQ; ``content`` is the photograph.

    Raises
    ------
    DataError
        For a wrong row of the spreadsheet (named), labels on another scale, or a missing image.
    """
    folder = release_folder("SPAQ", root, IMAGES)
    places = [entry(folder, "Annotations"), folder]
    path = next((found for place in places if place and (found := entry(place, LABELS))), None)
    if path is None:
        raise DataError(f"{folder}: no Annotations/{LABELS}; complete the data set")
    images = ImageFolder(entry(folder, IMAGES) or folder / IMAGES)
    rows, seen = list[dict[str, Any]](), dict[str, int]()
    table = read_sheet(path, ("Image name", "MOS"))
    for line, row in enumerate(table.rows, start=table.first):
        if is_blank(row["Image name"]):
            continue
        name = str(row["Image name"]).strip()
        if name in seen:
            raise DataError(f"{path}, row {line}: {name} is already on row {seen[name]}; remove one")
        seen[name] = line
        try:
            mos = float(row["MOS"])
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}, row {line}: MOS {row['MOS']!r} is not a number") from error
        RELEASE.require_range(path, line, mos)
        content = Path(name).stem
        rows.append({"image_id": content, "image": images.path(name), "content": content, "mos": mos})
    RELEASE.require_spread(path, [row["mos"] for row in rows])
    splits = content_draws(row["content"] for row in rows)
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=[NO_REFERENCE.format(name="SPAQ")],
        splits=splits,
        default_split="draw0" if splits else None,
    )
