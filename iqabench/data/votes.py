"""Reader of forced choices between restorations of one content.

::

    images/METHOD/CONTENT.png    restored images, one folder per method
    images/LR/CONTENT.png        what the methods were given (degraded references)
    images/HR/CONTENT.png        pristine images, if there are any
    votes.csv                    content, method_a, method_b, votes_a, votes_b
    choices.csv                  judge, content, method_a, method_b, choice: what each judge said, if that is known
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from iqabench._util.errors import DataError
from iqabench.data.base import CHOICE_COLUMNS, Card, Dataset
from iqabench.data.cards import read_card, slug
from iqabench.data.enclosure import Enclosure
from iqabench.data.frames import manifest_frame, require_files, vote_frame
from iqabench.data.images import passed_over
from iqabench.data.rows import number, read_csv
from iqabench.data.walk import is_image, is_passed_over

if TYPE_CHECKING:
    import pandas as pd

VOTE_FILE = "votes.csv"
VOTE_FILE_COLUMNS = ("content", "method_a", "method_b", "votes_a", "votes_b")
CHOICE_FILE = "choices.csv"
CHOICE_FILE_COLUMNS = ("judge", "content", "method_a", "method_b", "choice")
CHOICES = ("a", "b", "similar")
DEGRADED_FOLDER = "LR"
PRISTINE_FOLDER = "HR"


class _Pair(NamedTuple):
    line: int
    content: str
    first: str
    second: str
    votes_first: float
    votes_second: float


def read_votes(root: Path, *, require_images: bool = True, allow_outside_root: bool = False) -> Dataset:
    """Read a vote folder; rows are every image found and every image that was voted on.

    ``image_id`` is ``CONTENT_METHOD``, ``algorithm`` the method; there is no MOS, only votes. A link that
    leads out of the folder needs ``allow_outside_root``.

    Raises
    ------
    DataError
        For a wrong line of ``votes.csv`` or ``choices.csv`` (named), or a missing image unless ``require_images`` is
        False.
    """
    images = root / "images"
    if not images.is_dir():
        raise DataError(f"{images}: no such folder; it must hold one folder per method, and {DEGRADED_FOLDER}")
    found = {
        folder.name: _images_of(folder)
        for folder in sorted(images.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }
    if not allow_outside_root:
        _require_inside(root, found)
    degraded, pristine = found.pop(DEGRADED_FOLDER, {}), found.pop(PRISTINE_FOLDER, {})
    pairs = _read_pairs(root / VOTE_FILE)
    if require_images:
        _require_voted(root / VOTE_FILE, pairs, found)
    shown = {(pair.content, method) for pair in pairs for method in (pair.first, pair.second)}
    every = sorted(shown | {(content, method) for method, files in found.items() for content in files})
    rows = [
        {
            "image_id": f"{content}_{method}",
            "image": str(found.get(method, {}).get(content, images / method / f"{content}.png")),
            "degraded": _reference(degraded, images / DEGRADED_FOLDER, content),
            "pristine": _reference(pristine, images / PRISTINE_FOLDER, content),
            "content": content,
            "algorithm": method,
        }
        for content, method in every
    ]
    frame = manifest_frame(rows)
    card = read_card(root, Card(name=slug(root.name), label_kind="human"))
    if require_images:
        require_files(card.name, frame)
    notes = [] if degraded else [f"no degraded references: {images / DEGRADED_FOLDER} is missing or empty"]
    others = [file for folder in images.iterdir() if folder.is_dir() for file in folder.iterdir() if file.is_file()]
    passed = passed_over(sorted(str(file.relative_to(images)) for file in others if is_passed_over(file)), str(images))
    notes += [passed] if passed else []
    votes = vote_frame(
        {
            "content": pair.content,
            "image_id_a": f"{pair.content}_{pair.first}",
            "image_id_b": f"{pair.content}_{pair.second}",
            "votes_a": pair.votes_first,
            "votes_b": pair.votes_second,
        }
        for pair in pairs
    )
    choices = _read_choices(root / CHOICE_FILE, set(shown))
    return Dataset(card=card, root=root, frame=frame, votes=votes, notes=tuple(notes), choices=choices)


def _require_inside(root: Path, found: dict[str, dict[str, Path]]) -> None:
    enclosure = Enclosure(root)
    for files in found.values():
        for file in files.values():
            if not enclosure.holds(str(file)):
                raise DataError(
                    f"{file}: a link leads out of {root}; copy the file, or allow it with --allow-outside-root"
                )


def _images_of(folder: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if is_image(file) and not file.name.startswith("."):
            if file.stem in files:
                raise DataError(f"{file} and {files[file.stem].name} are one content twice; remove one of them")
            files[file.stem] = file
    return files


def _reference(files: dict[str, Path], folder: Path, content: str) -> str | None:
    return str(files.get(content, folder / f"{content}.png")) if files else None


def _require_voted(path: Path, pairs: list[_Pair], found: dict[str, dict[str, Path]]) -> None:
    for pair in pairs:
        for method in (pair.first, pair.second):
            if pair.content not in found.get(method, {}):
                raise DataError(
                    f"{path}, line {pair.line}: no image of content {pair.content!r} by method {method!r}; "
                    f"add images/{method}/{pair.content}.png or remove the line"
                )


def _read_choices(path: Path, shown: set[tuple[str, str]]) -> pd.DataFrame | None:
    """What each judge said; None without the file."""
    if not path.is_file():
        return None
    import pandas as pd

    rows = []
    for line, cells in read_csv(path, CHOICE_FILE_COLUMNS).rows:
        judge, content, first, second, choice = (cells[column] for column in CHOICE_FILE_COLUMNS)
        if choice not in CHOICES:
            raise DataError(f"{path}, line {line}: choice {choice!r}; write a, b or similar")
        for method in (first, second):
            if (content, method) not in shown:
                raise DataError(f"{path}, line {line}: {VOTE_FILE} has no vote on content {content!r} by {method!r}")
        rows.append((judge, content, f"{content}_{first}", f"{content}_{second}", choice))
    return pd.DataFrame(rows, columns=list(CHOICE_COLUMNS))


def _read_pairs(path: Path) -> list[_Pair]:
    seen: dict[tuple[str, frozenset[str]], int] = {}
    pairs: list[_Pair] = []
    table = read_csv(path, VOTE_FILE_COLUMNS)
    for line, cells in table.rows:
        content, first, second = (cells[column] for column in VOTE_FILE_COLUMNS[:3])
        for column in VOTE_FILE_COLUMNS[:3]:
            if cells[column] in ("", ".", "..") or "/" in cells[column] or "\\" in cells[column]:
                raise DataError(f"{path}, line {line}: {column} {cells[column]!r} is no name of a file or folder")
        if first == second:
            raise DataError(f"{path}, line {line}: method_a and method_b are both {first!r}; a pair needs two")
        pair = (content, frozenset((first, second)))
        if pair in seen:
            raise DataError(f"{path}, line {line}: the pair {content} {first} {second} is already on line {seen[pair]}")
        seen[pair] = line
        votes_first, votes_second = (
            number(path, line, name, cells[name], decimal_comma=table.decimal_comma) for name in ("votes_a", "votes_b")
        )
        if min(votes_first, votes_second) < 0 or votes_first + votes_second == 0:
            raise DataError(f"{path}, line {line}: votes must not be negative, and at least one must be given")
        pairs.append(_Pair(line, content, first, second, votes_first, votes_second))
    return pairs
