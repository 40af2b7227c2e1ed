"""Splits: which contents and which algorithms train a method, and which judge it.

A split is two CSV files, ``contents`` (content,part) and ``algorithms`` (algorithm,part), part being
``train`` or ``validate``. Training sees only training contents restored by training algorithms;
validation only the other contents restored by the other algorithms; the crossings are unused.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from iqabench._util.errors import SplitError
from iqabench._util.papers import find
from iqabench.data.base import Dataset
from iqabench.data.mini import MINI_SPLIT, mini_folder
from iqabench.data.rows import read_csv
from iqabench.data.tomlfile import read_toml

TRAIN, VALIDATE, UNUSED = "train", "validate", "unused"
PARTS = (TRAIN, VALIDATE)
CONTENTS_FILE, ALGORITHMS_FILE, ORIGIN_FILE = "contents.csv", "algorithms.csv", "split.toml"


@dataclass(frozen=True)
class Split:
    """Parts of contents and algorithms; an empty ``algorithms`` leaves algorithms unsplit."""

    name: str
    contents: Mapping[str, str]
    algorithms: Mapping[str, str]
    seed: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for what, parts in (("content", self.contents), ("algorithm", self.algorithms)):
            _check_parts(f"split {self.name}", what, [(name, part, "") for name, part in parts.items()])

    @property
    def digest(self) -> str:
        """BLAKE2b digest of what the split says, whatever its name or the order of its lines."""
        lines = [f"{axis}\n{n}\n{p}" for axis, m in self._axes() for n, p in sorted(m.items())]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()

    def _axes(self) -> tuple[tuple[str, Mapping[str, str]], tuple[str, Mapping[str, str]]]:
        return ("content", self.contents), ("algorithm", self.algorithms)

    def apply(self, frame: pd.DataFrame, *, for_training: bool = False) -> pd.DataFrame:
        """Return a copy of a manifest frame with a column ``part``: train, validate or unused.

        Contents and algorithms that the split does not name are unused.

        Raises
        ------
        SplitError
            If the split names what the frame lacks, leaves a part empty, or shows one reference file
            to both parts; with ``for_training`` also if training has a single content or algorithm.
        """
        for axis, parts in self._axes():
            absent = sorted(set(parts) - set(frame[axis]))
            if absent:
                raise SplitError(
                    f"split {self.name}: {axis} {absent[0]!r} is not in the dataset ({len(absent)} of {len(parts)} "
                    "are not); complete the dataset, or draw a split of your own with 'iqabench data split'"
                )
        content = frame["content"].map(dict(self.contents))
        algorithm = frame["algorithm"].map(dict(self.algorithms)) if self.algorithms else content
        agreed = content.where(content == algorithm)
        result = frame.assign(part=agreed.fillna(UNUSED).astype(object))
        for part in PARTS:
            if not (result["part"] == part).any():
                raise SplitError(f"split {self.name}: no image of the dataset falls in the part {part!r}")
        self._check_shared_files(result)
        if for_training:
            self._check_variety(result[result["part"] == TRAIN])
        return result

    def _check_shared_files(self, frame: pd.DataFrame) -> None:
        for column in ("pristine", "degraded", "image"):
            files = [set(frame.loc[frame["part"] == part, column].dropna()) for part in PARTS]
            shared = sorted(files[0] & files[1])
            if shared:
                raise SplitError(
                    f"split {self.name}: {column} file {shared[0]} belongs to training and to validation rows; "
                    "give images of one scene one content name"
                )

    def _check_variety(self, training: pd.DataFrame) -> None:
        for axis in ("content", "algorithm") if self.algorithms else ("content",):
            if training[axis].nunique() < 2:
                raise SplitError(
                    f"split {self.name}: training has the single {axis} {training[axis].iloc[0]!r}; "
                    "it needs at least two"
                )


def available_splits(dataset_name: str) -> tuple[str, ...]:
    """Names of the splits that are published with the package for a dataset; empty for most."""
    if dataset_name == "mini":
        return (MINI_SPLIT,)
    folder = find("SPLITS", dataset_name)
    if folder is None:
        return ()
    names = {kind: _stems(folder, kind) for kind in ("algorithms", "contents")}
    if not names["algorithms"]:
        return tuple(names["contents"])
    return tuple(f"{a}-{c}" for a in names["algorithms"] for c in names["contents"])


def split_of(dataset: Dataset, split: str | Path) -> Split:
    """The split of a data set called ``split``: one that its own files state, else as :func:`load_split` finds it."""
    if split in dataset.splits:
        return Split(
            str(split), dataset.splits[str(split)], {}, note=f"stated or drawn when {dataset.card.name} is read"
        )
    try:
        return load_split(dataset.card.name, split)
    except SplitError as error:
        if not dataset.splits or Path(split).expanduser().is_dir():
            raise
        raise SplitError(f"no split is called {str(split)!r}; there are: {', '.join(dataset.splits)}") from error


def load_split(dataset_name: str, split: str | Path) -> Split:
    """Load a published split by name, or a folder that holds ``contents.csv`` and ``algorithms.csv``.

    ``algorithms.csv`` may be left out of a folder: algorithms are then not split.

    Raises
    ------
    SplitError
        For an unknown name, or a file that leaks a name into both parts (also under another case or
        spacing), repeats one, misspells a part, or leaves a part empty.
    """
    known = available_splits(dataset_name)
    if str(split) in known:
        name = str(split)
        if dataset_name == "mini":
            return _load(mini_folder() / "splits", name)
        algorithms, _, contents = name.rpartition("-")
        published = find("SPLITS", dataset_name)
        assert published is not None  # a name is known
        seed = _origin(published / ORIGIN_FILE).get(contents)
        said = f"algorithms {algorithms}, contents {contents}: see benchmarks/splits/{dataset_name}/README.md"
        note = said if algorithms else f"contents {contents}: see benchmarks/splits/README.md"
        chosen = published / f"algorithms-{algorithms}.csv" if algorithms else None
        file = published / f"contents-{contents}.csv"
        return _read(name, file, chosen, seed=seed if isinstance(seed, int) else None, note=note)
    folder = Path(split).expanduser()
    if folder.is_dir():
        return _load(folder, folder.absolute().name)
    near = difflib.get_close_matches(str(split).lower(), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    listed = f"there are: {', '.join(known)}" if known else f"none is published for {dataset_name}"
    raise SplitError(
        f"no split is called {str(split)!r}; {listed}.{hint} "
        f"To use one of your own, name a folder that holds {CONTENTS_FILE}"
    )


def draw_split(
    frame: pd.DataFrame,
    seed: int,
    content_share: float = 1 / 8,
    algorithm_share: float = 0.44,
    name: str = "drawn",
) -> Split:
    """Draw a split of a manifest frame: shares of its contents and algorithms go to validation.

    Algorithms are drawn within their categories, in proportion. The order of drawing is that of the names'
    BLAKE2b digests with the seed, so a seed gives the same split on every machine. ``algorithm_share=0``
    leaves algorithms unsplit.

    Raises
    ------
    SplitError
        If a share is not in (0, 1), or there are too few contents or algorithms to split.
    """
    if not 0 < content_share < 1 or not 0 <= algorithm_share < 1:
        raise SplitError(f"shares {content_share:g} and {algorithm_share:g}: they must lie between 0 and 1")
    contents = _draw_axis("content", {n: "" for n in frame["content"] if n}, seed, content_share)
    algorithms: dict[str, str] = {}
    if algorithm_share:
        ordered = frame.sort_values(["algorithm", "category"], ascending=False)
        strata = {a: c for a, c in zip(ordered["algorithm"], ordered["category"], strict=True) if a}
        algorithms = _draw_axis("algorithm", strata, seed, algorithm_share)
    return Split(name, contents, algorithms, seed, f"drawn with seed {seed}")


DRAWS, DRAW_SEED, VALIDATE_SHARE = 10, 2021, 0.2
"""Draws by content alone: how many, the seed of the first (draw i has this plus i), and the share that validates."""


def content_draws(contents: Iterable[str]) -> dict[str, dict[str, str]]:
    """Ten draws of 80 % training and 20 % validation contents, ``draw0`` to ``draw9``; algorithms are not split.

    A name's place in a draw follows from the name and the seed alone, so that a set gives the same draws everywhere. No
    draw at all for fewer than five contents.
    """
    names = sorted(set(contents))
    count = round(VALIDATE_SHARE * len(names))
    if not count:
        return {}
    draws = {}
    for draw in range(DRAWS):
        validated = set(seeded_order(names, "content", DRAW_SEED + draw)[:count])
        draws[f"draw{draw}"] = {name: VALIDATE if name in validated else TRAIN for name in names}
    return draws


def seeded_order(names: Iterable[str], axis: str, seed: int) -> list[str]:
    """Shuffle names by a keyed digest: repeatable for good, and the same whatever their order was."""
    return sorted(names, key=lambda n: hashlib.blake2b(f"{seed}\n{axis}\n{n}".encode(), digest_size=16).digest())


def write_split(split: Split, folder: str | Path) -> Path:
    """Write a split as a folder that :func:`load_split` reads; an existing split is not overwritten."""
    import tomli_w

    target = Path(folder)
    texts = {CONTENTS_FILE: parts_csv("content", split.contents)}
    if split.algorithms:
        texts[ALGORITHMS_FILE] = parts_csv("algorithm", split.algorithms)
    texts[ORIGIN_FILE] = tomli_w.dumps(({} if split.seed is None else {"seed": split.seed}) | {"note": split.note})
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            with (target / file).open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
    except FileExistsError as error:
        raise SplitError(f"{error.filename} exists already; choose another folder or remove it") from error
    except OSError as error:
        raise SplitError(f"{target}: cannot be written ({error.strerror})") from error
    return target


def parts_csv(axis: str, parts: Mapping[str, str]) -> str:
    """One axis of a split as the text of its CSV file, sorted by name."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([(axis, "part"), *sorted(parts.items())])
    return text.getvalue()


def _draw_axis(axis: str, strata: Mapping[str, str], seed: int, share: float) -> dict[str, str]:
    """Give each stratum its share by the largest remainder, so that the total is exact too."""
    total = round(share * len(strata))
    if not 0 < total < len(strata):
        raise SplitError(
            f"{len(strata)} {axis}s cannot be split with a share of {share:g} for validation; "
            "change the share or add some"
        )
    order = seeded_order(strata, axis, seed)
    groups: dict[str, list[str]] = {}
    for name in order:
        groups.setdefault(strata[name], []).append(name)
    quota = {group: total * len(names) / len(strata) for group, names in groups.items()}
    chosen = {group: int(quota[group]) for group in groups}
    by_remainder = sorted(groups, key=lambda group: (chosen[group] - quota[group], group))
    for group in by_remainder[: total - sum(chosen.values())]:
        chosen[group] += 1
    validate = {name for group, names in groups.items() for name in names[: chosen[group]]}
    return {name: VALIDATE if name in validate else TRAIN for name in sorted(strata)}


def _stems(folder: Path, kind: str) -> list[str]:
    return sorted(file.stem.removeprefix(f"{kind}-") for file in folder.glob(f"{kind}-*.csv"))


def _load(folder: Path, name: str) -> Split:
    algorithms = folder / ALGORITHMS_FILE
    origin = _origin(folder / ORIGIN_FILE)
    seed, note = origin.get("seed"), origin.get("note", "")
    return _read(
        name,
        folder / CONTENTS_FILE,
        algorithms if algorithms.exists() else None,
        seed=seed if isinstance(seed, int) else None,
        note=str(note),
    )


def _read(name: str, contents: Path, algorithms: Path | None, *, seed: int | None, note: str) -> Split:
    parts = _read_axis("algorithm", algorithms) if algorithms else {}
    return Split(name, _read_axis("content", contents), parts, seed, note)


def _origin(path: Path) -> dict[str, object]:
    """How a split came about, for provenance; it changes nothing, so a folder may lack it."""
    return read_toml(path, SplitError) if path.exists() else {}


def _read_axis(axis: str, path: Path) -> dict[str, str]:
    rows = read_csv(path, [axis, "part"], SplitError).rows
    _check_parts(str(path), axis, [(cells[axis], cells["part"], f", line {line}") for line, cells in rows])
    return {cells[axis]: cells["part"] for _, cells in rows}


def _check_parts(where: str, axis: str, entries: list[tuple[str, str, str]]) -> None:
    """Refuse a misspelt part, a name that stands twice in any spelling, and an empty part."""
    seen: dict[str, tuple[str, str]] = {}
    for name, part, line in entries:
        if part not in PARTS:
            raise SplitError(f"{where}{line}: part {part!r} of {axis} {name!r}; it must be 'train' or 'validate'")
        key = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        if not key:
            raise SplitError(f"{where}{line}: the {axis} has no name")
        if key in seen:
            other, other_part = seen[key]
            if other_part != part:
                raise SplitError(
                    f"{where}{line}: {axis} {name!r} leaks: it is in {part!r}, but {other!r} in {other_part!r}"
                )
            raise SplitError(f"{where}{line}: {axis} {name!r} repeats {other!r}; keep one")
        seen[key] = (name, part)
    for part in PARTS:
        if entries and part not in {entry[1] for entry in entries}:
            raise SplitError(f"{where}: no {axis} is in the part {part!r}")
