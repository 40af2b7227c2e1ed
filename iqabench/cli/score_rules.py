"""Rules of ``iqabench score`` for continuous integration: exit code 1 where a score is worse than allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench._util.text import clear_message, counted
from iqabench.cli.groups import grouped
from iqabench.cli.output import OutputFile, remark, tell, write_file

if TYPE_CHECKING:
    from iqabench.predict.rules import Baseline
    from iqabench.predict.score_pairs import PairScores

NAMED = 10
"""Missed rules that are printed; the JUnit file has all."""


@dataclass(frozen=True)
class RuleOptions:
    """What the scores must keep."""

    limits: tuple[str, ...]
    baseline: Path | None
    drops: tuple[str, ...]
    junit: Path | None


rule_options = grouped(
    "rules",
    RuleOptions,
    click.option(
        "--fail-under",
        "limits",
        multiple=True,
        metavar="METHOD=VALUE",
        help="Exit code 1 if an image is worse than VALUE (above it, where lower is better); may be repeated.",
    ),
    click.option(
        "--baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Scores of an earlier --csv, which the images are compared with; needs --max-drop.",
    ),
    click.option(
        "--max-drop",
        "drops",
        multiple=True,
        metavar="[METHOD=]VALUE",
        help="Exit code 1 if an image got worse than in the baseline by more than VALUE, by any method or by this one; "
        "may be repeated.",
    ),
    click.option("--junit", type=OutputFile(), help="Write JUnit XML: one test case for each rule and image."),
)


@dataclass(frozen=True)
class Rules:
    """What was asked for, read and found possible before anything is scored."""

    limits: dict[str, float]
    baseline: Baseline | None
    drops: dict[str, float]
    junit: Path | None

    def apply(self, scores: PairScores, quiet: bool) -> int:
        """Say what was missed and write it; the exit code: 1 if any rule was missed, 2 if any could not be checked."""
        from iqabench.predict.junit import to_junit
        from iqabench.predict.rules import check_drops, check_limits

        found = check_limits(scores, self.limits)
        if self.baseline is not None:
            compared = check_drops(scores, self.baseline, self.drops)
            found.checks.extend(compared.checks)
            found.notes.extend(compared.notes)
        if self.junit is not None:
            write_file(self.junit, to_junit(found.checks), quiet=quiet)
        for note in () if quiet else found.notes:
            remark(note)
        missed, unchecked = found.missed, found.unchecked
        for check in [one for one in unchecked if not one.image]:
            tell(f"{click.style('error:', fg='red', bold=True)} {clear_message(check.sentence)}")
        for check in missed[:NAMED]:
            tell(f"{click.style('missed:', fg='red', bold=True)} {clear_message(check.sentence)}")
        if len(missed) > NAMED:
            tell(f"and {len(missed) - NAMED} more; --junit FILE writes all")
        if found.checks and not quiet:
            open_checks = f", {len(unchecked)} could not be made" if unchecked else ""
            tell(f"{counted(len(found.checks), 'check')}: {len(missed)} missed{open_checks}")
        return 2 if unchecked else 1 if missed else 0


def read_rules(options: RuleOptions, asked: Sequence[str], columns: Sequence[str]) -> Rules:
    """Read the rules; ``asked`` are the methods named, ``columns`` the scores that there will be.

    Raises
    ------
    UserError
        If a rule cannot be read, names no score, or lacks its other half.
    """
    from iqabench.predict.rules import EVERY, read_baseline, require_compared, resolve

    if (options.baseline is None) != (not options.drops):
        raise UserError("--baseline FILE and --max-drop VALUE go together: against what, and how much is allowed")
    if options.junit is not None and not (options.limits or options.drops):
        raise UserError("--junit writes what rules came to: give it with --fail-under or --baseline")
    limits: dict[str, float] = {}
    for word in options.limits:
        name, equals, text = word.rpartition("=")
        if not (equals and name):
            raise UserError(f"--fail-under {word}: write it as METHOD=VALUE, such as psnr=30")
        limits[resolve("--fail-under", name, asked, columns)] = _number("--fail-under", word, text)
    drops: dict[str, float] = {}
    for word in options.drops:
        name, _, text = word.rpartition("=")
        drop = _number("--max-drop", word, text)
        if drop < 0:
            raise UserError(f"--max-drop {word}: write how much worse an image may get, as a number of at least 0")
        drops[resolve("--max-drop", name, asked, columns) if name else EVERY] = drop
    baseline = None if options.baseline is None else read_baseline(options.baseline)
    if baseline is not None:
        require_compared(baseline, columns, drops)
    return Rules(limits, baseline, drops, options.junit)


def _number(option: str, word: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{option} {word}: {text!r} is no number; write it as in {option} psnr=30")
    return number
