"""Checks of a reader of a data set: what ``run``, ``verify`` and ``table`` rely on; each failure says what to do."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import pandas as pd

from iqabench._util.blame import told
from iqabench._util.errors import UserError
from iqabench.checks.run import CheckResult, name_of, outcome_of
from iqabench.checks.scoring import CheckFailed
from iqabench.data.base import Dataset
from iqabench.data.contract import DatasetEntry
from iqabench.data.frames import PATH_COLUMNS, is_file
from iqabench.data.open import DatasetRegistry

TEXTS = ("image_id", "content", "algorithm", "category", "task")


@dataclass
class ReaderUnderCheck:
    """A reader, and the folder (or CSV) on which it is tried."""

    registry: DatasetRegistry
    entry: DatasetEntry
    root: Path | None

    @cached_property
    def dataset(self) -> Dataset:
        """What it reads."""
        return self.read(self.root)

    def read(self, root: Path | None) -> Dataset:
        """What it reads in another place."""
        return self.registry.open(self.entry.info.name, root)


def says_what_it_reads(tried: ReaderUnderCheck) -> None:
    """It has one line about the data set."""
    if not tried.entry.info.summary:
        raise CheckFailed(
            "it has no summary; give the function a docstring, 'iqabench list datasets' shows its first line"
        )


def names_its_card_as_itself(tried: ReaderUnderCheck) -> None:
    """The card of a plugin's data set has the reader's name, under which people look for results."""
    name, called = tried.entry.info.name, tried.dataset.card.name
    if called != name and name in tried.registry.foreign_names():
        raise CheckFailed(
            f"its card is called {called!r} and the reader {name!r}; results are stored under the card's name and "
            f"would enter another set's table, so name both alike: Card({name!r}, ...)"
        )


def reads_at_least_one_image(tried: ReaderUnderCheck) -> None:
    """It returns a data set that has rows."""
    if not len(tried.dataset.frame):
        raise CheckFailed(
            f"it found no image in {tried.root}; raise iqabench.UserError that says which files it looked for"
        )


def reads_the_same_twice(tried: ReaderUnderCheck) -> None:
    """A second reading gives the same rows in the same order."""
    again = tried.read(tried.root)
    if not again.frame.equals(tried.dataset.frame) or not _same(again.votes, tried.dataset.votes):
        raise CheckFailed(
            "reading it twice gave different rows or another order; sort what a folder lists, draw nothing at random"
        )


def names_rows_alike_wherever_the_folder_lies(tried: ReaderUnderCheck) -> None:
    """Ids and labels do not change with the path of the folder."""
    if tried.root is None:
        return
    place = tried.root.expanduser().absolute()
    with tempfile.TemporaryDirectory() as other:
        link = Path(other) / "elsewhere"
        try:
            link.symlink_to(place if place.is_dir() else place.parent, target_is_directory=True)
        except OSError:  # a system that has no links
            return
        moved = tried.read(link if place.is_dir() else link / place.name).frame
    rest = [column for column in moved.columns if column not in PATH_COLUMNS]
    if not moved[rest].equals(tried.dataset.frame[rest]):
        raise CheckFailed(
            "the same folder under another path gave other ids, contents or labels; make image_id of names below the "
            "folder, as in str(file.relative_to(root))"
        )


def gives_absolute_paths_of_files(tried: ReaderUnderCheck) -> None:
    """Every path is absolute and there; a reference that there is not is None."""
    for column in PATH_COLUMNS:
        for image_id, path in tried.dataset.frame[["image_id", column]].itertuples(index=False, name=None):
            if path is None and column != "image":
                continue
            if not isinstance(path, str) or not os.path.isabs(path):  # noqa: PTH117  a cell may hold anything
                raise CheckFailed(
                    f"row {image_id}: {column} is {path!r}; give an absolute path as text, str(root / name), or None "
                    "where there is no reference"
                )
            if not is_file(path):
                raise CheckFailed(
                    f"row {image_id}: {column} {path} is not there; leave the row out, or raise iqabench.UserError "
                    "that names the file"
                )


def fills_its_columns_with_text_and_numbers(tried: ReaderUnderCheck) -> None:
    """Names are text and labels finite numbers, for every row or for none."""
    frame = tried.dataset.frame
    for column in TEXTS:
        for value in frame[column]:
            if not isinstance(value, str):
                raise CheckFailed(f"{column} holds {value!r}; use text, and '' where it is unknown")
    labelled = frame["mos"].notna()
    if labelled.any() and not labelled.all():
        lacking = frame.loc[~labelled, "image_id"].iloc[0]
        raise CheckFailed(f"row {lacking} has no mos, though others have one; leave such rows out, or all labels")


def says_what_its_labels_are(tried: ReaderUnderCheck) -> None:
    """The card says of labels who gave them and on which scale."""
    card, frame = tried.dataset.card, tried.dataset.frame
    if card.label_kind == "none":
        if tried.dataset.has_mos or tried.dataset.votes is not None:
            raise CheckFailed("it has labels, but its card says label_kind='none'; say 'human' or 'pseudo'")
        return
    if not tried.dataset.has_mos:
        return
    if card.mos_range is None:
        raise CheckFailed("its card states no mos_range; give the ends of the scale, as in mos_range=(0, 100)")
    low, high = card.mos_range
    outside = frame[~frame["mos"].between(low, high)]
    if len(outside):
        image_id, mos = outside[["image_id", "mos"]].iloc[0]
        raise CheckFailed(
            f"row {image_id}: mos {mos:g} is outside mos_range {low:g} to {high:g} of its card; correct one of them"
        )


def names_contents_where_images_share_one(tried: ReaderUnderCheck) -> None:
    """Images that share a reference are one content, and every row has a content if any has."""
    frame = tried.dataset.frame
    if (frame["content"] == "").any() and (frame["content"] != "").any():
        raise CheckFailed("some rows have a content and some have none; name it for every row")
    for column in ("pristine", "degraded"):
        for path, contents in frame.dropna(subset=[column]).groupby(column)["content"]:
            names = contents.unique()
            if len(names) > 1 or (len(contents) > 1 and names[0] == ""):
                found = "no content" if len(names) == 1 else "several contents"
                raise CheckFailed(
                    f"images with the {column} file {path} have {found}; "
                    "give images of one scene one content, or a split could train on the scenes that it scores"
                )


def votes_on_images_that_it_has(tried: ReaderUnderCheck) -> None:
    """Pairs, choices and ratings name rows; a pair is of one content."""
    content = dict(zip(tried.dataset.frame["image_id"], tried.dataset.frame["content"], strict=True))
    for what, table in (("votes", tried.dataset.votes), ("choices", tried.dataset.choices)):
        if table is None:
            continue
        for of, a, b in table[["content", "image_id_a", "image_id_b"]].itertuples(index=False, name=None):
            if content.get(a) != of or content.get(b) != of or a == b:
                raise CheckFailed(f"{what}: {a} and {b} must be two images of content {of!r} that have rows")
    votes = tried.dataset.votes
    if votes is not None and (
        (votes[["votes_a", "votes_b"]] < 0).any(axis=None) or (votes["votes_a"] + votes["votes_b"] == 0).any()
    ):
        raise CheckFailed("votes must not be negative, and each pair needs at least one")
    ratings = tried.dataset.ratings
    if ratings is not None and not set(ratings["image_id"]) <= set(content):
        raise CheckFailed("ratings name images that have no row")


def tells_people_what_another_folder_lacks(tried: ReaderUnderCheck) -> None:
    """A folder that does not hold the data set is an error for people, not a crash."""
    if tried.root is None:
        return
    with tempfile.TemporaryDirectory() as empty:
        try:
            tried.entry.reader(Path(empty))
        except UserError:
            return
        except (Exception, SystemExit) as error:
            raise CheckFailed(
                f"on an empty folder it raised {told(error)}; raise iqabench.UserError that says "
                "which file is missing and where to put it"
            ) from error


CHECKS: tuple[Callable[[ReaderUnderCheck], None], ...] = (
    says_what_it_reads,
    names_its_card_as_itself,
    reads_at_least_one_image,
    reads_the_same_twice,
    names_rows_alike_wherever_the_folder_lies,
    gives_absolute_paths_of_files,
    fills_its_columns_with_text_and_numbers,
    says_what_its_labels_are,
    names_contents_where_images_share_one,
    votes_on_images_that_it_has,
    tells_people_what_another_folder_lacks,
)


def check_reader(registry: DatasetRegistry, name: str, root: Path | None) -> list[CheckResult]:
    """All outcomes for the reader of the data set ``name`` on ``root``; one that cannot read it gets that one alone.

    Raises
    ------
    UserError
        If there is no data set of that name.
    """
    tried = ReaderUnderCheck(registry, registry.get(name), root)
    read = outcome_of("can read it", lambda: tried.dataset)
    if not read.passed:
        return [read]
    return [read, *(outcome_of(name_of(check), partial(check, tried)) for check in CHECKS)]


def _same(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    return one is other if one is None or other is None else one.equals(other)
