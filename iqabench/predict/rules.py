"""Limits that scores must keep, for continuous integration: least quality, and how far it may drop below a baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from iqabench._util.errors import DataError, UserError
from iqabench._util.text import counted
from iqabench.data.rows import CsvRow, read_csv
from iqabench.predict.score_pairs import MethodScores, PairScores
from iqabench.render.csv import escape

EVERY = ""
"""Stands for every method among the allowed drops."""


@dataclass(frozen=True)
class Check:
    """One rule applied to one image."""

    rule: str
    image: str
    verdict: Literal["kept", "missed", "unchecked"]
    sentence: str = ""
    """What was missed and by how much, or why it could not be checked."""


@dataclass(frozen=True)
class Checked:
    """All rules applied to all images."""

    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def missed(self) -> list[Check]:
        """Those whose score is worse than the rule allows."""
        return [check for check in self.checks if check.verdict == "missed"]

    @property
    def unchecked(self) -> list[Check]:
        """Those that nothing can be said of."""
        return [check for check in self.checks if check.verdict == "unchecked"]


@dataclass(frozen=True)
class Baseline:
    """Scores of an earlier ``iqabench score --csv``: its rows by image, as the file writes the image's name."""

    path: Path
    columns: Sequence[str]
    rows: Mapping[str, CsvRow]

    def score(self, image: str, name: str) -> float | None:
        """The score of an image, None where the file has none.

        Raises
        ------
        DataError
            If what stands there is no number.
        """
        line, cells = self.rows[image]
        if not cells[name]:
            return None
        try:
            return float(cells[name])
        except ValueError as error:
            raise DataError(f"{self.path}, line {line}: {name} is {cells[name]!r}, which is no number") from error

    def signature(self, name: str) -> str:
        """What made the scores of a method; empty if the file does not say."""
        column = f"{name}_signature"
        return next((cells[column] for _, cells in self.rows.values() if cells.get(column)), "")


def read_baseline(path: Path) -> Baseline:
    """Read the CSV that an earlier run wrote.

    Raises
    ------
    DataError
        If it is no such file, or names an image twice.
    """
    table = read_csv(path, ["image"])
    rows: dict[str, CsvRow] = {}
    for row in table.rows:
        image = row.cells["image"]
        if image in rows:
            raise DataError(f"{path}, line {row.line}: {image} is already on line {rows[image].line}; remove one")
        rows[image] = row
    return Baseline(path, table.columns, rows)


def resolve(option: str, name: str, asked: Sequence[str], columns: Sequence[str]) -> str:
    """The column of scores that a rule names: ``METHOD``, or ``METHOD@pristine`` where it has several.

    Parameters
    ----------
    option
        For the message.
    asked
        Names of the methods that score, also of those that could not be had.
    columns
        Names of the columns that there will be.

    Raises
    ------
    UserError
        If it names none, or several.
    """
    if name in columns:
        return name
    of_method = [column for column in columns if column.partition("@")[0] == name]
    if len(of_method) == 1:
        return of_method[0]
    if of_method:
        raise UserError(f"{option} {name}: it is shown two references; name {' or '.join(of_method)}")
    if name.partition("@")[0] in asked and name.partition("@")[0] not in {one.partition("@")[0] for one in columns}:
        return name  # the method cannot be had, which is a problem of its own
    raise UserError(f"{option} {name}: no such score; there are {', '.join(columns)} (--method names what scores)")


def check_limits(scores: PairScores, limits: Mapping[str, float]) -> Checked:
    """Is every image at least as good as the limit of each method, by column name?"""
    found = Checked()
    columns = {column.name: column for column in scores.columns}
    for name, limit in limits.items():
        column = columns.get(name)
        if column is None:
            found.checks.append(Check(f"{name} limit {limit:g}", "", "unchecked", f"{name} has no scores"))
            continue
        rule = f"{name} at {'least' if column.sign > 0 else 'most'} {limit:g}"
        side = "below" if column.sign > 0 else "above"
        for image, score in _images(scores, name):
            if math.isnan(score):
                found.checks.append(Check(rule, image, "unchecked", f"{image}: no score by {name}"))
                continue
            short = column.sign * (limit - score)
            sentence = f"{image}: {name} {score:.4f} is {short:.3g} {side} {limit:g}" if short > 0 else ""
            found.checks.append(Check(rule, image, "missed" if short > 0 else "kept", sentence))
    return found


def require_compared(baseline: Baseline, columns: Sequence[str], allowed: Mapping[str, float]) -> None:
    """Refuse a baseline that has none of the ``columns`` of scores for which a drop is ``allowed``.

    Raises
    ------
    DataError
        If it has none of them.
    """
    wanted = [name for name in columns if name in allowed or EVERY in allowed]
    if wanted and not set(wanted) & set(baseline.columns):
        raise DataError(
            f"{baseline.path}: no column of {', '.join(wanted)}; it has: {', '.join(baseline.columns)[:200]}"
        )


def check_drops(scores: PairScores, baseline: Baseline, allowed: Mapping[str, float]) -> Checked:
    """Is no image worse than in the baseline by more than is allowed, by column name or :data:`EVERY`?

    Raises
    ------
    DataError
        If the baseline has none of these methods.
    """
    found = Checked()
    columns = {column.name: column for column in scores.columns}
    require_compared(baseline, list(columns), allowed)
    for name in allowed:
        if name != EVERY and name not in columns:
            found.checks.append(Check(f"{name} drop", "", "unchecked", f"{name} has no scores"))
    for column in columns.values():
        most = allowed.get(column.name, allowed.get(EVERY))
        if most is not None and column.name in baseline.columns:
            found.checks.extend(_drops(scores, baseline, column, most))
        elif most is not None:
            found.notes.append(f"{baseline.path} has no scores by {column.name}: not compared")
    now = {escape(image) for image, _ in _images(scores, scores.columns[0].name)}
    for image in baseline.rows:
        if image not in now:
            said = f"{image}: in the baseline, but not among the images scored"
            found.checks.append(Check("images of the baseline", image, "missed", said))
    if new := sorted(now - set(baseline.rows)):
        more = f" and {len(new) - 1} more" if len(new) > 1 else ""
        found.notes.append(f"{counted(len(new), 'image')} not in {baseline.path}: {new[0]}{more}; not compared")
    return found


def _drops(scores: PairScores, baseline: Baseline, column: MethodScores, most: float) -> list[Check]:
    name, checks = column.name, []
    rule = f"{name} drops by at most {most:g}"
    before = baseline.signature(name)
    if before and before.rpartition("#")[2] != column.signature.rpartition("#")[2]:
        said = (
            f"{name} of {baseline.path} is {before}, now it is {column.signature}: these do not compare; write the "
            "baseline again, or choose the method and settings that wrote it"
        )
        return [Check(rule, "", "unchecked", said)]
    moved = "fell" if column.sign > 0 else "rose"
    for image, score in _images(scores, name):
        written = escape(image)
        earlier = baseline.score(written, name) if written in baseline.rows else None
        if earlier is None or math.isnan(earlier):
            continue
        if math.isnan(score):
            checks.append(Check(rule, image, "unchecked", f"{image}: no score by {name}"))
            continue
        drop = column.sign * (earlier - score)
        sentence = f"{image}: {name} {moved} by {drop:.3g}, from {earlier:.4f} to {score:.4f}; {most:g} is allowed"
        checks.append(Check(rule, image, "missed", sentence) if drop > most else Check(rule, image, "kept"))
    return checks


def _images(scores: PairScores, name: str) -> list[tuple[str, float]]:
    return list(zip(scores.frame["image_id"].astype(str), scores.scores[name].astype(float), strict=True))
