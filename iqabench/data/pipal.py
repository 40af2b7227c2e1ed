"""Reader of PIPAL (Gu et al., ECCV 2020) in the folders in which it is released.

Found by name, wherever they lie below the root: restored images ``A0001_bb_cc.bmp`` (in ``Train_Dist``, in
``Distortion_1`` ... ``Distortion_4``, or all in one folder), pristine images ``A0001.bmp``, degraded references
``ref_A0001_bb_cc.bmp`` (a download of the CKDN authors). Labels are the text files of ``Train_Label`` (or
``Train_Labels``, or the root). Rows are the labelled images. The archive of the IQA-PyTorch hub has the images in
``PIPAL/Dist_Imgs`` and ``PIPAL/Train_Ref``; its table of labels holds the released Elo scores, or scores scaled to
[0, 1]: then the card and a note say so, since the differences of such scores are not Elo points.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from iqabench._util.errors import DataError, UserError
from iqabench._util.text import counted
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import manifest_frame, require_files
from iqabench.data.images import ENDINGS, passed_over
from iqabench.data.rows import number, read_csv, read_text
from iqabench.data.walk import files_below, is_passed_over

CATEGORIES = {
    "00": ("SR", "traditional super-resolution"),
    "01": ("SR", "PSNR-oriented super-resolution"),
    "02": ("SR", "super-resolution with kernel mismatch"),
    "03": ("SR", "GAN-based super-resolution"),
    "04": ("denoising", "denoising"),
    "05": ("mixture", "super-resolution and denoising jointly"),
    "06": ("distortion", "traditional distortions"),
}
"""Category code (the ``bb`` of ``A0001_bb_cc``) to its task and description."""

RESTORATIONS = ("00", "01", "02", "03", "04", "05")
"""Categories that are image restoration; 06 is not, and the CKDN paper leaves it out."""

LABEL_FOLDERS = ("Train_Label", "Train_Labels")
HUB_TABLE = "meta_info_PIPALDataset.csv"
HUB_FOLDER = "PIPAL"
"""What the hub's archive unpacks into."""
HUB_COLUMNS = ("elo_score", "mos")
"""Columns of labels in the hub's table, of which the first that is there counts."""
RELEASE = "https://www.jasongt.com/projectpages/pipal.html"
LABELS_FROM = "https://drive.google.com/drive/folders/1G4fLeDcq6uQQmYdkjYUHhzyel4Pz81p-"
"""The release's training part, which holds ``Train_Label``."""
SCALED = (0.0, 1.0)
"""Range of scaled labels."""
DEFAULT_SPLIT = "50-39-draw0"
CONTENTS, VARIANTS = 200, 116
"""Size of the released training part."""
SIDE = 288
"""Height and width of every image in pixels."""

CITATION = """@inproceedings{gu2020pipal,
  title     = {{PIPAL}: a Large-Scale Image Quality Assessment Dataset for Perceptual Image Restoration},
  author    = {Gu, Jinjin and Cai, Haoming and Chen, Haoyu and Ye, Xiaoxing and Ren, Jimmy S. and Dong, Chao},
  booktitle = {European Conference on Computer Vision (ECCV)},
  pages     = {633--651},
  year      = {2020}
}"""

CARD = Card(
    name="pipal",
    label_kind="human",
    label_scope="content",
    mos_range=(900.0, 1900.0),
    licence="see the terms of the PIPAL release; research use",
    citation=CITATION,
    description="Perceptual image restoration: Elo scores, comparable within a content. 288x288 RGB.",
)

_CELLS = re.compile(r"([,;\t])")
_LABEL = re.compile(r"(A\d{4})_(\d\d)_(\d\d)\.bmp", re.ASCII)
_IMAGE = re.compile(r"(?:ref_)?A\d{4}(?:_\d\d_\d\d)?", re.ASCII)
_SUFFIXES = (".bmp", *(ending for ending in ENDINGS if ending != ".bmp"))


def read_pipal(
    root: Path,
    *,
    categories: Sequence[str] = RESTORATIONS,
    require_images: bool = True,
) -> Dataset:
    """Read PIPAL; ``algorithm`` is ``bb_cc``, ``category`` is ``bb``, MOS is the Elo score.

    Parameters
    ----------
    categories
        Codes to keep, a subset of :data:`CATEGORIES`.
    require_images
        False gives a label-only dataset: the paths of absent images are those where they would lie.

    Raises
    ------
    DataError
        For a wrong line of a label file (named), or a missing image if ``require_images``.
    UserError
        For an unknown category.
    """
    unknown = [category for category in categories if category not in CATEGORIES]
    if unknown or not categories:
        raise UserError(f"PIPAL has no category {', '.join(unknown) or '(none given)'}; use {', '.join(CATEGORIES)}")
    labels = read_labels(root)
    card = _card(labels)
    files, passed = files_below_root(root)
    kept = [label for label in labels if label[1] in categories]
    if not kept:
        raise DataError(f"{root}: no label of category {', '.join(categories)}")
    has_degraded = any(f"ref_{content}_{bb}_{cc}" in files for content, bb, cc, _ in kept)
    has_pristine = any(content in files for content, *_ in kept)
    rows = []
    for content, bb, cc, elo in kept:
        name = f"{content}_{bb}_{cc}"
        rows.append(
            {
                "image_id": name,
                "image": files.get(name) or str(root / "Train_Dist" / f"{name}.bmp"),
                "degraded": reference(files, has_degraded, f"ref_{name}", root / "Train_Degraded"),
                "pristine": reference(files, has_pristine, content, root / "Train_Ref"),
                "content": content,
                "algorithm": f"{bb}_{cc}",
                "category": bb,
                "task": CATEGORIES[bb][0],
                "mos": elo,
            }
        )
    frame = manifest_frame(rows)
    if require_images:
        require_files(CARD.name, frame)
    notes = (_scaled(root),) * (card is not CARD) + _notes(root, labels, categories, has_degraded, has_pristine)
    notes += (passed_over(passed, str(root)),) if passed else ()
    return Dataset(card=card, root=root, frame=frame, notes=notes, default_split=DEFAULT_SPLIT)


def read_labels(root: Path) -> list[tuple[str, str, str, float]]:
    """Read every label below a PIPAL root as ``(content, category, variant, Elo)``.

    Raises
    ------
    DataError
        For no label files, or a wrong name, a duplicate or a number that is none, with file and line.
    """
    wanted = {name.lower() for name in LABEL_FOLDERS}
    places = [place for place in (root, root / HUB_FOLDER) if place.is_dir()]
    folders = [entry for place in places for entry in sorted(place.iterdir()) if entry.name.lower() in wanted]
    for folder in (*folders, *places):
        files = sorted(folder.glob("A[0-9][0-9][0-9][0-9].txt"))
        if files:
            return [label for file in files for label in read_label_file(file)]
    for place in places:
        if (place / HUB_TABLE).is_file():
            return read_hub_table(place / HUB_TABLE)
    raise DataError(
        f"{root}: no label files A0001.txt, ... in Train_Label; --root must be the folder that holds it. An archive of "
        f"images alone needs the release's Train_Label beside them: {_remedy(root)}"
    )


def read_label_file(path: Path) -> list[tuple[str, str, str, float]]:
    """Read one label file, lines ``A0001_00_00.bmp,1520.0648``; see :func:`read_labels`."""
    seen: dict[str, int] = {}
    labels = []
    for line, text in enumerate(read_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        name, separator, elo = (part.strip() for part in _CELLS.split(f"{text},", maxsplit=1))
        elo = elo.removesuffix(",")
        match = _LABEL.fullmatch(name)
        if match is None or match[1] != path.stem or match[2] not in CATEGORIES:
            raise DataError(
                f"{path}, line {line}: {name[:40]!r} is no image of this content; expected {path.stem}_bb_cc.bmp"
            )
        if name in seen:
            raise DataError(f"{path}, line {line}: {name} is already on line {seen[name]}; remove one")
        seen[name] = line
        labels.append(
            (match[1], match[2], match[3], number(path, line, "Elo score", elo, decimal_comma=separator != ","))
        )
    if not labels:
        raise DataError(f"{path}: the file is empty; download the labels again")
    return labels


def read_hub_table(path: Path) -> list[tuple[str, str, str, float]]:
    """Read the hub's table of labels, as :func:`read_labels`; rows of other parts than the training one are left out.

    Raises
    ------
    DataError
        If it has no scores, or they are neither those of the release nor all scaled to [0, 1].
    """
    assert CARD.mos_range is not None
    table = read_csv(path, ["dist_name"])
    column = next((name for name in HUB_COLUMNS if name in table.columns), None)
    if column is None:
        raise DataError(f"{path}: no column {' or '.join(HUB_COLUMNS)}: {_remedy(path.parent)}")
    labels: list[tuple[str, str, str, float]] = []
    bounds = CARD.mos_range
    for line, cells in table.rows:
        match = _LABEL.fullmatch(cells["dist_name"].rpartition("/")[2])
        if match is None or match[2] not in CATEGORIES:
            continue
        elo = number(path, line, column, cells[column], decimal_comma=table.decimal_comma)
        if not labels and _within(elo, SCALED):
            bounds = SCALED
        if not _within(elo, bounds):
            raise DataError(
                f"{path}, line {line}: {column} {elo:g} is not within {bounds[0]:g} to {bounds[1]:g}, as the scores "
                f"of {'the lines above' if labels else 'the release'} are: {_remedy(path.parent)}"
            )
        labels.append((match[1], match[2], match[3], elo))
    return labels


def _within(score: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= score <= bounds[1]


def _card(labels: list[tuple[str, str, str, float]]) -> Card:
    """:data:`CARD`, or that of scaled labels, which count as other labels in a fingerprint."""
    if all(_within(elo, SCALED) for *_, elo in labels):
        return replace(
            CARD, mos_range=SCALED, label_version="scaled to [0, 1]", description=f"{CARD.description} {_WHAT}"
        )
    return CARD


_WHAT = "Elo scores were scaled to [0, 1] by the mirror that they are from."


def _scaled(root: Path) -> str:
    return (
        "labels are scaled to [0, 1]: SRCC and KRCC within a content are those of the Elo scores, "
        "PLCC too if the scale is straight; training and whatever counts in Elo points are not. For the released "
        f"scores {_remedy(root)}"
    )


def _remedy(root: Path) -> str:
    """What to do for the released labels."""
    home = root.parent if root.name == HUB_FOLDER else root
    return (
        f"put the release's folder Train_Label (A0001.txt, ..., {CONTENTS} files) into {home}; it "
        f"comes with the training part of PIPAL: {LABELS_FROM} or {RELEASE}"
    )


def is_left_out(path: Path, dataset: Dataset) -> bool:
    """True for a PIPAL image that the chosen categories leave out on purpose."""
    match = _LABEL.fullmatch(path.stem.removeprefix("ref_") + ".bmp")
    return match is not None and match[2] not in set(dataset.frame["category"])


def files_below_root(root: Path) -> tuple[dict[str, str], list[str]]:
    """Every image below the root by its stem; of several with one name the first in sorted order, .bmp first.

    Also the files that are called like one and have the ending of no image.
    """
    found: dict[str, tuple[int, str]] = {}
    passed = []
    for path in files_below(root):
        stem, dot, suffix = path.rpartition(os.sep)[2].rpartition(".")
        rank = _SUFFIXES.index(dot + suffix.lower()) if dot + suffix.lower() in _SUFFIXES else None
        if not _IMAGE.fullmatch(stem):
            continue
        if rank is None:
            passed += [os.path.relpath(path, root)] if is_passed_over(path) else []
            continue
        if stem not in found or rank < found[stem][0]:
            found[stem] = (rank, path)
    return {stem: path for stem, (_, path) in found.items()}, passed


def reference(files: dict[str, str], present: bool, stem: str, folder: Path) -> str | None:
    """The file of that name, or where it would lie in ``folder``; None unless such references are ``present``."""
    if not present:
        return None
    return files.get(stem) or str(folder / f"{stem}.bmp")


def _notes(
    root: Path,
    labels: list[tuple[str, str, str, float]],
    categories: Sequence[str],
    has_degraded: bool,
    has_pristine: bool,
) -> tuple[str, ...]:
    notes = []
    left_out = sorted({bb for _, bb, _, _ in labels} - set(categories))
    if left_out:
        named = ", ".join(f"{bb} ({CATEGORIES[bb][1]})" for bb in left_out)
        notes.append(f"categories left out: {named}")
    if len(labels) != CONTENTS * VARIANTS:
        contents = len({content for content, *_ in labels})
        notes.append(
            f"labels of {counted(len(labels), 'image')} of {counted(contents, 'content')}; the released training "
            f"part has {CONTENTS * VARIANTS} of {CONTENTS}"
        )
    if not has_degraded:
        instead = ": a run can show made ones instead, --references lr-x4, noise-50 or jpeg-10"
        notes.append(f"no degraded references (ref_A0001_bb_cc.bmp) below {root}{instead if has_pristine else ''}")
    if not has_pristine:
        notes.append(f"no pristine images (A0001.bmp) below {root}: no full-reference run, no made references")
    return tuple(notes)
