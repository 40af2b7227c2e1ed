"""Reader of SRIQA-Bench (Chen et al., CVPR 2025): 100 real small images, enlarged four times by ten algorithms.

``LRImages/NAME_Original.png`` is what an algorithm was given, ``images/SwinIR/NAME_SwinIRx4.png`` a result,
``images/Original/NAME_Original.png`` the pristine picture, which was judged among the results. ``MOS/NAME.txt`` has
lines ``NAME_SwinIRx4.png,NAME_Original.png,22.699``, scaled to 0 and 100 within each content.
``labels/A/NAME/*.json`` are the choices of judge A: of each of two pictures ``Positive``, ``Negative`` or
``Similar``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data.base import CHOICE_COLUMNS, VOTE_COLUMNS, Card, Dataset
from iqabench.data.frames import vote_frame
from iqabench.data.readers.label_files import words_of_lines
from iqabench.data.readers.places import ImageFolder, entry, release_folder
from iqabench.data.readers.release import Release
from iqabench.data.rows import number, read_text
from iqabench.data.splits import content_draws

if TYPE_CHECKING:
    import pandas as pd

ORIGINAL = "Original"
CHOICES = {("Positive", "Negative"): "a", ("Negative", "Positive"): "b", ("Similar", "Similar"): "similar"}

RELEASE = Release(
    Card(
        name="sriqa-bench",
        label_kind="human",
        label_scope="content",
        mos_range=(0.0, 100.0),
        licence="non-commercial research, no redistribution",
        citation="""@inproceedings{chen2025afine,
  title     = {Toward Generalized Image Quality Assessment: Relaxing the Perfect Reference Quality Assumption},
  author    = {Chen, Du and Wu, Tianhe and Ma, Kede and Zhang, Lei},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  year      = {2025}
}""",
        description="Super-resolution of real small images beside them; MOS by Thurstone's model from choices.",
    ),
    contents=100,
    images=1000,
)


def read_sriqa_bench(root: Path, *, require_images: bool = True, originals: bool = False) -> Dataset:
    """Read SRIQA-Bench; ``algorithm`` is ``SwinIRx4``, MOS is comparable within a content only.

    Parameters
    ----------
    require_images
        False keeps the paths of images that are not there.
    originals
        True keeps the pristine pictures among the rated ones; by default they serve as pristine references alone.

    Raises
    ------
    DataError
        For a wrong line or label file (named), labels on another scale, or a missing image.
    """
    folder = release_folder("SRIQA-Bench", root, "LRImages")
    mos_folder = entry(folder, "MOS") or folder / "MOS"
    files = sorted(mos_folder.glob("*.txt"))
    if not files:
        raise DataError(f"{mos_folder}: no label files NAME.txt; complete the data set")
    small = ImageFolder(entry(folder, "LRImages") or folder / "LRImages")
    images = ImageFolder(entry(folder, "images") or folder / "images", deep=True)
    rows: list[dict[str, Any]] = []
    left_out = 0
    for content, algorithm, mos in (label for file in files for label in _labels(file)):
        if algorithm == ORIGINAL and not originals:
            left_out += 1
            continue
        rows.append(
            {
                "image_id": f"{content}_{algorithm}",
                "image": images.path(f"{content}_{algorithm}.png"),
                "degraded": small.path(f"{content}_{ORIGINAL}.png"),
                "pristine": images.path(f"{content}_{ORIGINAL}.png"),
                "content": content,
                "algorithm": algorithm,
                "task": "SR",
                "mos": mos,
            }
        )
    RELEASE.require_spread(mos_folder, [row["mos"] for row in rows])
    known = {row["image_id"]: str(row["content"]) for row in rows}
    choices = _choices(entry(folder, "labels") or folder / "labels", known)
    notes = [f"{left_out} rated pristine pictures serve as references and are not scored"] if left_out else []
    if choices is None:
        notes.append(f"no choices of single judges: {folder / 'labels'} is missing or empty")
    else:
        similar = int((choices["choice"] == "similar").sum())
        notes.append(f"{similar} of {counted(len(choices), 'choice')} are 'similar': half a vote for each image")
    splits = content_draws(row["content"] for row in rows)
    return RELEASE.dataset(
        root,
        rows,
        require_images=require_images,
        notes=notes,
        votes=None if choices is None else _votes(choices),
        choices=choices,
        splits=splits,
        default_split="draw0" if splits else None,
    )


def _labels(path: Path) -> Iterator[tuple[str, str, float]]:
    """Content, algorithm and MOS of each line."""
    lines: dict[str, int] = {}
    contents = set()
    for line, words in words_of_lines(path):
        content, _, algorithm = words[0].removesuffix(".png").rpartition("_")
        reference = f"{content}_{ORIGINAL}.png"
        if (
            not content
            or not words[0].endswith(".png")
            or len(words) not in (2, 3)
            or words[1:-1] not in ([], [reference])
        ):
            raise DataError(
                f"{path}, line {line}: {' '.join(words)[:60]!r} is no label of SRIQA-Bench; expected "
                "NAME_SwinIRx4.png,NAME_Original.png,22.699"
            )
        contents.add(content)
        if len(contents) > 1:
            raise DataError(f"{path}, line {line}: another content than on the lines above; one file is one content")
        if algorithm in lines:
            raise DataError(f"{path}, line {line}: {words[0]} is already on line {lines[algorithm]}; remove one")
        lines[algorithm] = line
        mos = number(path, line, "MOS", words[-1])
        RELEASE.require_range(path, line, mos)
        yield content, algorithm, mos
    if not lines:
        raise DataError(f"{path}: the file is empty; take that of the release")


def _choices(folder: Path, known: dict[str, str]) -> pd.DataFrame | None:
    """Every judge's choices between two rated images; None if there is no such file."""
    import pandas as pd

    rows = []
    judges = sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
    for judge in judges:
        for file in sorted(judge.glob("*/*.json")):
            first, second, choice = _choice(file)
            if first in known and second in known:
                rows.append((judge.name, known[first], first, second, choice))
            elif not any(name.endswith(f"_{ORIGINAL}") for name in (first, second)):
                raise DataError(
                    f"{file}: {first if first not in known else second} has no MOS; complete the label files"
                )
    return pd.DataFrame(rows, columns=list(CHOICE_COLUMNS)) if rows else None


def _choice(file: Path) -> tuple[str, str, str]:
    """The two images in alphabetic order, and which was chosen: ``a``, ``b`` or ``similar``."""
    try:
        said = json.loads(read_text(file))
        pictures = [(str(said[f"Picture_0{n}"]["Name"]), str(said[f"Picture_0{n}"]["Label"])) for n in (1, 2)]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{file}: not a choice between Picture_01 and Picture_02 ({error!r}); download it again"
        ) from error
    (first, of_first), (second, of_second) = sorted(pictures)
    choice = CHOICES.get((of_first, of_second))
    if choice is None or first == second:
        raise DataError(
            f"{file}: {first} is {of_first!r} and {second} {of_second!r}; one must be Positive and one Negative, or "
            "both Similar"
        )
    return first.removesuffix(".png"), second.removesuffix(".png"), choice


def _votes(choices: pd.DataFrame) -> pd.DataFrame:
    """Votes of all judges together; ``similar`` is half a vote for each."""
    for_a = choices["choice"].map({"a": 1.0, "similar": 0.5, "b": 0.0})
    counted = choices.assign(votes_a=for_a, votes_b=1 - for_a)
    pairs = ["content", "image_id_a", "image_id_b"]
    summed = counted.groupby(pairs, as_index=False)[["votes_a", "votes_b"]].sum()
    return vote_frame(dict(zip(VOTE_COLUMNS, row, strict=True)) for row in summed.itertuples(index=False, name=None))
