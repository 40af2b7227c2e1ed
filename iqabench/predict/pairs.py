"""Pairs restored images with what their restoration was given, and with the pristine ones, as far as these are there.

Files, folders, patterns, or a CSV of pairs.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import pandas as pd

from iqabench._util.errors import DataError
from iqabench._util.text import agreeing, counted
from iqabench.data.base import MANIFEST_COLUMNS
from iqabench.data.frames import manifest_frame
from iqabench.data.images import ENDINGS, passed_over
from iqabench.data.rows import read_csv
from iqabench.data.walk import files_below, is_image
from iqabench.predict.matching import DegradedNames

NAMED = 3
"""Files that a message names before it only counts them."""
PARTNERS = ("degraded", "pristine")
"""Columns of images that may be shown beside the restored one."""


@dataclass(frozen=True)
class Pairs:
    """Rows to score (manifest columns; ``degraded`` and ``pristine`` are shown), and what could not be paired."""

    rows: pd.DataFrame
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    """Images that a word names, by their path relative to ``base``."""

    files: dict[str, Path]
    many: bool
    """False if the word names a single file."""
    passed: str = ""
    """Which files were passed over because of their ending."""

    @property
    def notes(self) -> list[str]:
        """What the user should know of the search."""
        return [self.passed] if self.passed else []


def pair_images(restored: str, degraded: str | None = None, pristine: str | None = None) -> Pairs:
    """Pair what the words of a command line name.

    Each word is a file, a folder (searched with its sub-folders) or a pattern such as ``out/*/*.png``; ``restored``
    alone may be a CSV file with the columns ``restored`` (or ``image``) and, as wanted, ``degraded``, ``pristine``,
    ``content`` and ``algorithm``, its paths relative to the CSV. One degraded (or pristine) file serves all restored
    images; else they are matched by name (:mod:`iqabench.predict.matching`). Hidden files are left out; of others whose
    ending is no image's a note names the first.

    Raises
    ------
    DataError
        If something does not exist, no image is there, no name matches, or the CSV is not what it should be.
    """
    if Path(restored).suffix.lower() == ".csv":
        if given := degraded or pristine:
            raise DataError(
                f"{restored}: a CSV names the images that belong together itself, in the columns degraded and "
                f"pristine; leave out {given}"
            )
        return _pairs_of_csv(Path(restored))
    found = _find(restored, "restored")
    if degraded is not None:
        pairs = _paired(found, restored, degraded, "degraded")
        return pairs if pristine is None else _with_pristine(pairs, pristine)
    if pristine is not None:
        return _paired(found, restored, pristine, "pristine")
    return Pairs(manifest_frame([_row(name, path) for name, path in found.files.items()]), notes=found.notes)


def _paired(found: _Found, restored: str, word: str, what: str) -> Pairs:
    """Restored images with their partners of one kind, ``degraded`` or ``pristine``, which make the contents."""
    given = _find(word, what)
    if not given.many:
        return _one_for_all(found, next(iter(given.files.values())), what)
    return _by_name(found, given, restored, word, what)


def _with_pristine(pairs: Pairs, word: str) -> Pairs:
    """The same pairs with their pristine images; one without is scored beside its degraded image alone, and named."""
    given = _find(word, "pristine")
    files = {str(path.resolve()) for path in given.files.values()}
    inside = pairs.rows["image"].isin(list(files))
    rows = pairs.rows.copy() if inside.all() else pairs.rows[~inside].reset_index(drop=True)
    if given.many:
        names = DegradedNames(given.files, "pristine")
        matches = [names.match(str(name)) for name in rows["image_id"]]
        places = [match and str(given.files[match.partner].resolve()) for match in matches]
        rows["pristine"] = pd.Series(places, rows.index, dtype=object)
        if not any(matches):
            raise DataError(
                f"no restored image ({_some(list(rows['image_id']))}) has a pristine image of the same name in {word} "
                f"({_some(list(given.files))}); rename them, or write the pairs into a CSV with the columns "
                "restored,degraded,pristine"
            )
    else:
        rows["pristine"] = next(iter(files))
    return Pairs(rows, pairs.problems, list(dict.fromkeys([*pairs.notes, *given.notes])))


def _find(word: str, what: str) -> _Found:
    place = Path(word).expanduser()
    if place.is_file():
        return _Found({place.name: place}, many=False)
    if place.is_dir():
        base, candidates = place, [Path(name) for name in files_below(place)]
    elif glob.has_magic(word):
        base = _fixed_part(place)
        candidates = [Path(name) for name in glob.glob(str(place), recursive=True)]  # noqa: PTH207  takes any pattern
    else:
        raise DataError(f"{word}: there is no such {what} file, folder or pattern; check the path")
    every = {
        name: path
        for path in candidates
        if not any(part.startswith(".") for part in path.relative_to(base).parts) and path.is_file()
        for name in (path.relative_to(base).as_posix(),)
    }
    found = {name: path for name, path in sorted(every.items()) if is_image(path)}
    passed = passed_over(sorted(set(every) - set(found)), word)
    if not found:
        raise DataError(
            f"{word}: no {what} image there (looked for {', '.join(ENDINGS)}); check the path"
            + (f". {passed}" if passed else "")
        )
    return _Found(found, many=True, passed=passed)


def _fixed_part(pattern: Path) -> Path:
    fixed = []
    for part in pattern.parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed)


def _one_for_all(found: _Found, partner: Path, what: str) -> Pairs:
    """Several restored images of one input are the results of several algorithms, told apart by their names."""
    rows = [_row(name, path, {what: partner}, content=partner.stem) for name, path in _without(found, {partner})]
    if len(rows) > 1:
        for row in rows:
            row["algorithm"] = str(PurePosixPath(str(row["image_id"])).with_suffix(""))
    if not rows:
        raise DataError(
            f"{partner}: no restored image is given beside it; name the restored image first, then the {what} one"
        )
    return Pairs(manifest_frame(rows), notes=found.notes)


def _by_name(found: _Found, given: _Found, restored_word: str, word: str, what: str) -> Pairs:
    names = DegradedNames(given.files, what)
    rows, unmatched, cut, used = [], [], [], set()
    for name, path in _without(found, set(given.files.values())):
        match = names.match(name)
        if match is None:
            unmatched.append(name)
            continue
        used.add(match.partner)
        content = str(PurePosixPath(match.partner).with_suffix(""))
        rows.append(_row(name, path, {what: given.files[match.partner]}, content=content, algorithm=match.algorithm))
        if match.cut:
            cut.append(f"{name} with {match.partner}")
    if not rows:
        raise DataError(
            f"no restored image of {restored_word} ({_some(unmatched)}) has a {what} image of the same name in "
            f"{word} ({_some(list(given.files))}); rename them, or write the pairs into a CSV with "
            f"the columns restored,{what}"
        )
    problems = []
    if unmatched:
        problems.append(
            f"{len(unmatched)} of {counted(len(found.files), 'restored image')} {agreeing(len(unmatched), 'have')} no "
            f"{what} image of the same name in {word}: {_some(unmatched)}; rename them, or write the pairs into a CSV"
        )
    notes = list(dict.fromkeys([*found.notes, *given.notes]))
    if cut:
        notes.append(f"paired by the beginning of their name ({counted(len(cut), 'image')}): {_some(cut)}")
    unused = [name for name in given.files if name not in used]
    if unused:
        of = counted(len(given.files), f"{what} image")
        notes.append(f"{len(unused)} of {of} {agreeing(len(unused), 'have')} no restored one: {_some(unused)}")
    return Pairs(manifest_frame(rows), problems, notes)


def _without(found: _Found, others: set[Path]) -> list[tuple[str, Path]]:
    """Files that are not the partners themselves: their folder may lie inside that of the restored ones."""
    known = {path.resolve() for path in others}
    kept = [(name, path) for name, path in found.files.items() if path.resolve() not in known]
    return kept or list(found.files.items())


def _pairs_of_csv(path: Path) -> Pairs:
    table = read_csv(path, [])
    column = next((name for name in ("restored", "image") if name in table.columns), None)
    if column is None:
        raise DataError(f"{path}: the header lacks the column restored; it has: {', '.join(table.columns)[:200]}")
    rows: list[dict[str, object]] = []
    lines: dict[str, int] = {}
    for line, cells in table.rows:
        name = cells[column]
        if not name or not name.isprintable():
            raise DataError(f"{path}, line {line}: {column} is empty or holds control characters; name a file")
        if name in lines:
            raise DataError(f"{path}, line {line}: {name} is already on line {lines[name]}; remove one")
        lines[name] = line
        partners = {what: path.parent / cells[what] for what in PARTNERS if cells.get(what)}
        row = _row(name, path.parent / name, partners)
        if given := cells.get("degraded") or cells.get("pristine"):
            row["content"] = str(PurePosixPath(given).with_suffix(""))
        row |= {key: cells[key] for key in ("content", "algorithm") if cells.get(key)}
        rows.append(row)
    known = (column, *PARTNERS, "content", "algorithm")
    ignored = [name for name in table.columns if name not in known and name not in MANIFEST_COLUMNS]
    notes = [f"{path.name}: columns that mean nothing here are ignored: {', '.join(ignored)}"] if ignored else []
    return Pairs(manifest_frame(rows), notes=notes)


def _row(
    name: str,
    path: Path,
    partners: Mapping[str, Path] = MappingProxyType({}),
    *,
    content: str = "",
    algorithm: str | None = None,
) -> dict[str, object]:
    relative = PurePosixPath(name)
    folder = relative.parent.as_posix()
    return {
        "image_id": name,
        "image": str(path.resolve()),
        **{what: str(partner.resolve()) for what, partner in partners.items()},
        "content": content or relative.stem,
        "algorithm": algorithm if algorithm is not None else "" if folder == "." else folder,
    }


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
