"""Reader of PieAPP (Prashnani et al., CVPR 2018): which of two distortions people found nearer to the picture.

``labels/PART/ref_1_pairwise_labels.csv``: reference, image A, image B, the share of 40 people who preferred A (empty
where nobody was asked). ``labels/test/ref_1_per_image_score.csv``: reference, image, how unlike the reference it is:
lower is better. Images ``distort_1_...png`` and ``ref_1.png`` are found by name, wherever they lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError, UserError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import vote_frame
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import NO_DEGRADED, Release
from iqabench.data.rows import number, read_csv

CONTENTS = {"test": 40, "val": 20, "train": 140}
"""References of each part."""
IMAGES = {"test": 600, "val": 2460, "train": 17220}
SCORES = ("_per_image_score.csv", "_per_img_score.csv")

CARD = Card(
    name="pieapp",
    label_kind="human",
    label_scope="set",
    mos_higher_is_better=False,
    licence="non-commercial and educational use; see TERMS_OF_USE.pdf of the release",
    citation="""@inproceedings{prashnani2018pieapp,
  title     = {{PieAPP}: Perceptual Image-Error Assessment through Pairwise Preference},
  author    = {Prashnani, Ekta and Cai, Hong and Mostofi, Yasamin and Sen, Pradeep},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  pages     = {1808--1817},
  year      = {2018}
}""",
    description="Distorted patches beside their pristine ones, choices of 40 people between two. 256x256 RGB.",
)

_IMAGE = re.compile(r"distort_(\d+)_(.+)\.png", re.ASCII)
_PAIRS = re.compile(r"ref_(\d+)_pairwise_labels\.csv", re.ASCII)


def read_pieapp(root: Path, *, part: str = "test", require_images: bool = True) -> Dataset:
    """Read one part of PieAPP; ``content`` is ``ref_1``, votes are shares of people, MOS the score of the test part.

    Raises
    ------
    UserError
        For a part that there is none of.
    DataError
        For a wrong row of a label file (named), or a missing image.
    """
    if part not in CONTENTS:
        raise UserError(f"PieAPP has no part {part!r}; use {', '.join(CONTENTS)}")
    folder = release_folder("PieAPP", root, "labels")
    labels = (entry(folder, "labels") or folder / "labels") / part
    files = sorted(labels.glob("ref_*_pairwise_labels.csv"))
    if not files:
        raise DataError(f"{labels}: no label files ref_1_pairwise_labels.csv; complete the data set")
    images = ImageFolder(folder, deep=True)
    rows: dict[str, dict[str, Any]] = {}
    votes: list[dict[str, object]] = []
    unasked = 0
    for file in files:
        content = _content(file)
        scores = _scores(labels, content) if part == "test" else {}
        for pair in _pairs(file):
            if pair is None:
                unasked += 1
                continue
            first, second, share = pair
            for name in (first, second):
                rows.setdefault(name, _row(images, content, name, scores, file))
            a, b = (str(rows[name]["image_id"]) for name in (first, second))
            votes.append({"content": content, "image_id_a": a, "image_id_b": b, "votes_a": share, "votes_b": 1 - share})
    marks = [row["mos"] for row in rows.values() if "mos" in row]
    card = replace(CARD, mos_range=(min(marks), max(marks))) if marks and min(marks) < max(marks) else CARD
    notes = (
        [f"{unasked} pairs that nobody was asked about, or with the reference itself, are left out"] if unasked else []
    )
    notes.append(NO_DEGRADED.format(name="PieAPP", why="pictures were distorted, not restored", made="lr-x4, noise-25"))
    others = [one for one in CONTENTS if one != part]
    return Release(card, CONTENTS[part], IMAGES[part]).dataset(
        root,
        list(rows.values()),
        require_images=require_images,
        notes=notes,
        votes=vote_frame(votes),
        left_out=tuple(str(folder / kind / one) for kind in ("reference_images", "distorted_images") for one in others),
    )


def _content(file: Path) -> str:
    match = _PAIRS.fullmatch(file.name)
    if match is None:
        raise DataError(f"{file}: expected a name like ref_1_pairwise_labels.csv")
    return f"ref_{match[1]}"


def _row(images: ImageFolder, content: str, name: str, scores: dict[str, float], file: Path) -> dict[str, Any]:
    match = _IMAGE.fullmatch(name)
    if match is None or f"ref_{match[1]}" != content:
        raise DataError(f"{file}: {name[:60]!r} is no distorted image of {content}; expected distort_1_...png")
    kind, _, _ = match[2].partition("_int")
    row: dict[str, Any] = {
        "image_id": name.removesuffix(".png"),
        "image": images.path(name),
        "pristine": images.path(f"{content}.png"),
        "content": content,
        "algorithm": match[2],
        "category": kind,
        "task": "distortion",
    }
    if scores:
        if name not in scores:
            raise DataError(f"{file}: {name} has no score in {content}{SCORES[0]}; complete the data set")
        row["mos"] = scores[name]
    return row


def _pairs(file: Path) -> Iterator[tuple[str, str, float] | None]:
    """Image A, image B and the share of people who preferred A; None where two distortions are not told apart."""
    table = read_csv(file, [])
    if len(table.columns) < 4:
        raise DataError(f"{file}: {len(table.columns)} columns; the fourth must be the share of people who preferred A")
    _, first, second, share = table.columns[:4]
    seen: dict[frozenset[str], int] = {}
    for line, cells in table.rows:
        names = cells[first], cells[second]
        if not cells[share] or any(name.startswith("ref_") for name in names):
            yield None
            continue
        pair = frozenset(names)
        if len(pair) < 2 or pair in seen:
            raise DataError(f"{file}, line {line}: the pair {' and '.join(names)} is one image or stands twice")
        seen[pair] = line
        preferred = number(file, line, "share", cells[share])
        if not 0 <= preferred <= 1:
            raise DataError(f"{file}, line {line}: {preferred:g} is no share of people, from 0 to 1")
        yield (*names, preferred)


def _scores(labels: Path, content: str) -> dict[str, float]:
    file = next((labels / f"{content}{ending}" for ending in SCORES if (labels / f"{content}{ending}").is_file()), None)
    if file is None:
        raise DataError(f"{labels / (content + SCORES[0])}: no such file; complete the data set")
    table = read_csv(file, [])
    if len(table.columns) < 3:
        raise DataError(f"{file}: {len(table.columns)} columns; expected reference, image and score")
    _, image, score = table.columns[:3]
    return {cells[image]: number(file, line, "score", cells[score]) for line, cells in table.rows}
