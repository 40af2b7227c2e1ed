"""Reader of BAPPS' two-alternative forced choices (Zhang et al., CVPR 2018).

``2afc/PART/CATEGORY/{ref,p0,p1}/NNNNNN.png`` and ``judge/NNNNNN.npy``: one number, the share of people
who found p1 closer to ref. The reference patch is the pristine image; degraded references are made from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from iqabench._util.errors import DataError, UserError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import manifest_frame, require_files, vote_frame

CATEGORIES = ("traditional", "cnn", "superres", "deblur", "color", "frameinterp")
PARTS = ("val", "train")

CITATION = """@inproceedings{zhang2018unreasonable,
  title     = {The Unreasonable Effectiveness of Deep Features as a Perceptual Metric},
  author    = {Zhang, Richard and Isola, Phillip and Efros, Alexei A. and Shechtman, Eli and Wang, Oliver},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  pages     = {586--595},
  year      = {2018}
}"""

CARD = Card(
    name="bapps",
    label_kind="human",
    licence="see the terms of the BAPPS release",
    citation=CITATION,
    description="64x64 patches: which of two distortions people found closer to the reference patch.",
)


def read_bapps(
    root: Path, *, part: str = "val", categories: Sequence[str] | None = None, require_images: bool = True
) -> Dataset:
    """Read one part of BAPPS 2AFC; ``content`` is ``CATEGORY/NNNNNN``, two rows (p0, p1) and one vote each.

    ``votes_a`` and ``votes_b`` are the shares of people who chose p0 and p1. ``categories`` defaults to
    those that are there.

    Raises
    ------
    DataError
        For a missing folder, a judge file that does not hold one number in [0, 1], or a missing image.
    """
    if part not in PARTS:
        raise UserError(f"BAPPS has no part {part!r}; use {' or '.join(PARTS)}")
    base = next((folder for folder in (root / "2afc" / part, root / part) if folder.is_dir()), None)
    if base is None:
        raise DataError(f"{root}: no folder 2afc/{part}; --root must be the folder that holds 2afc")
    chosen = categories or [category for category in CATEGORIES if (base / category).is_dir()]
    rows, votes = [], []
    for category in chosen:
        for patch, share in _judgements(base / category):
            content = f"{category}/{patch}"
            folder = base / category
            for side in ("p0", "p1"):
                rows.append(
                    {
                        "image_id": f"{part}/{content}/{side}",
                        "image": str(folder / side / f"{patch}.png"),
                        "pristine": str(folder / "ref" / f"{patch}.png"),
                        "content": content,
                        "category": category,
                    }
                )
            votes.append(
                {
                    "content": content,
                    "image_id_a": f"{part}/{content}/p0",
                    "image_id_b": f"{part}/{content}/p1",
                    "votes_a": 1 - share,
                    "votes_b": share,
                }
            )
    if not rows:
        raise DataError(f"{base}: none of the folders {', '.join(categories or CATEGORIES)}")
    frame = manifest_frame(rows)
    if require_images:
        require_files(CARD.name, frame)
    notes = ("no degraded references in BAPPS: a run can show made ones, --references lr-x2, noise-25, ...",)
    return Dataset(card=CARD, root=root, frame=frame, votes=vote_frame(votes), notes=notes)


def _judgements(folder: Path) -> Iterator[tuple[str, float]]:
    files = sorted((folder / "judge").glob("*.npy"))
    if not files:
        raise DataError(f"{folder / 'judge'}: no judge files NNNNNN.npy; complete the dataset")
    for file in files:
        try:
            value = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{file}: not a NumPy file ({error}); download it again") from error
        if value.size != 1 or value.dtype.kind not in "fiu" or not 0 <= float(value.item()) <= 1:
            raise DataError(f"{file}: must hold one number from 0 to 1, the share of people who chose p1")
        yield file.stem, float(value.item())
