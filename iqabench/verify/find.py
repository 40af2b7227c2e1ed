"""Finds the stored rows that a word means: a signature, a run's id, or a method with its reference."""

from __future__ import annotations

import re

from iqabench._util.errors import UserError
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.signature import parse_signature

Stored = tuple[ResultSet, RunResult]
"""A run, and the set of results that it is in."""
_RUN_ID = re.compile(r"#?[0-9a-f]{8,16}")


def by_digits(digits: str, sets: list[ResultSet]) -> list[Stored]:
    """The runs whose id begins with ``digits``."""
    return [(one, run) for one in sets for run in one.runs if str(run.meta.get("run_id")).startswith(digits)]


def runs_named(word: str, sets: list[ResultSet]) -> list[Stored]:
    """The runs of an id or its first digits, or the rows of ``METHOD[@REFERENCE[@SELECTION][@PROTOCOL]][#RUN_ID]``.

    Of each set it is the row that ``compare`` means.

    Raises
    ------
    UserError
        If there is none.
    """
    chosen = by_digits(word.removeprefix("#"), sets) if _RUN_ID.fullmatch(word) else []
    return chosen or _by_name(word, sets)


def one_run(word: str, sets: list[ResultSet], *, last: bool = False) -> Stored:
    """The run of a signature or of a word as :func:`runs_named` takes it.

    One run may lie in several folders of results: the first of ``sets`` that has it counts, or the ``last``.

    Raises
    ------
    UserError
        If there is none, or it could be several.
    """
    word = word.strip()
    if "|" in word:
        digits = parse_signature(word).run
        found = by_digits(digits, sets)
        if not found:
            raise UserError(f"{word}: no run here has an id that begins {digits}; --results names another folder")
    else:
        found = runs_named(word, sets)
    ids = {str(run.meta.get("run_id")): f"{one.dataset}, split {one.split}{_by(one)}" for one, run in found}
    if len(ids) > 1:
        listed = "; ".join(f"{run_id} ({where})" for run_id, where in sorted(ids.items()))
        raise UserError(f"{word!r} could be several rows: give the id of one: {listed}")
    return found[-1 if last else 0]


def _by(one: ResultSet) -> str:
    return f", protocol {one.protocol}" if one.protocol else ""


def _by_name(word: str, sets: list[ResultSet]) -> list[Stored]:
    """Of each set the row that ``compare`` means by ``word``: its first seed."""
    from iqabench.stats.assessment import assess
    from iqabench.stats.comparison import find_row, has_row

    if not sets:
        raise UserError(f"{word!r} is no signature, and there are no results to look it up in; --results names them")
    assessed = [assess(one) for one in sets]
    found = [(one.results, find_row(one.groups, word)[0].group.first) for one in assessed if has_row(one.groups, word)]
    if not found:  # for the message, which names all rows that there are
        find_row([row for one in assessed for row in one.groups], word)
    return found
