"""Reader of PIPAL's part for the NTIRE challenges of 2021 and 2022 (validation, test): images without labels.

Found by name, wherever they lie below the root: restored images ``A0001_bb_cc.bmp`` and pristine images ``A0001.bmp``.
The challenge keeps the labels; ``iqabench data submission`` writes scores in the format that it takes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data import pipal
from iqabench.data.base import Dataset
from iqabench.data.frames import manifest_frame, require_files
from iqabench.data.images import passed_over

CONTENTS, VARIANTS = 25, 40
"""Size of the validation part."""
CARD = replace(
    pipal.CARD,
    name="pipal-ntire",
    label_kind="none",
    label_scope="",
    mos_range=None,
    description="Images of PIPAL whose labels the NTIRE challenges keep: scores are submitted to them. 288x288 RGB.",
)
_RESTORED = re.compile(r"(A\d{4})_(\d\d)_(\d\d)", re.ASCII)


def read_pipal_ntire(root: Path, *, require_images: bool = True) -> Dataset:
    """Read the images; ``algorithm`` is ``bb_cc``, ``category`` is ``bb``, there is no MOS.

    Raises
    ------
    DataError
        If there is no restored image, the folder is that of the training part, or a pristine image is missing if
        ``require_images``.
    """
    files, passed = pipal.files_below_root(root)
    rows = []
    for stem, path in files.items():
        match = _RESTORED.fullmatch(stem)
        if match is None:
            continue
        content, category, variant = match.groups()
        rows.append(
            {
                "image_id": stem,
                "image": path,
                "pristine": pipal.reference(files, content in files, content, root),
                "content": content,
                "algorithm": f"{category}_{variant}",
                "category": category,
                "task": pipal.CATEGORIES.get(category, ("",))[0],
            }
        )
    if not rows:
        raise DataError(f"{root}: no restored images A0001_00_00.bmp, ...; --root must be a folder that holds them")
    if len(rows) >= pipal.CONTENTS * pipal.VARIANTS // 2:
        raise DataError(
            f"{root} holds {len(rows):,} restored images: that is the training part, whose labels are released: "
            f"read it with --dataset {pipal.CARD.name}"
        )
    frame = manifest_frame(rows)
    if require_images:
        require_files(CARD.name, frame)
    notes = []
    contents = frame["content"].nunique()
    if (len(frame), contents) != (CONTENTS * VARIANTS, CONTENTS):
        notes.append(
            f"{counted(len(frame), 'image')} of {counted(contents, 'content')}; the validation part of the challenge "
            f"has {CONTENTS * VARIANTS:,} of {CONTENTS}"
        )
    unknown = frame["pristine"].isna().sum()
    if unknown:
        notes.append(f"{counted(int(unknown), 'image')} without a pristine image (A0001.bmp): no full-reference run")
    notes += [passed_over(passed, str(root))] if passed else []
    return Dataset(CARD, root, frame, notes=tuple(notes))
