"""Which rows of the stored results a command shows: the methods that were named, else all that are no ablation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import UserError
from iqabench._util.text import counted
from iqabench.cli.options import words_in
from iqabench.cli.output import note

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet, RunResult


def rows_shown(sets: Sequence[ResultSet], methods: str, with_ablations: bool) -> set[Path] | None:
    """Folders of the runs that are shown, None for all. Who names an ablation with ``--methods`` gets it.

    ``METHOD@REFERENCE`` is the method with that reference alone.

    Raises
    ------
    UserError
        If there is no result of a method that is named.
    """
    from iqabench.stats.ablations import only_shown, without_ablations

    words = words_in(methods)
    wanted = [(name, reference) for name, _, reference in (word.partition("@") for word in words)]
    there = {(run.method, str(run.meta["reference"])) for one in sets for run in one.runs}
    for word, (name, reference) in zip(words, wanted, strict=True):
        if not any(name == method and reference in ("", shown) for method, shown in there):
            known = {f"{method}@{shown}" for method, shown in there if method == name} or {one for one, _ in there}
            raise UserError(f"--methods {word}: no result of it; there are: {', '.join(sorted(known))}")
    if any(reference for _, reference in wanted):
        sets = [replace(one, runs=[run for run in one.runs if _is_wanted(run, wanted)]) for one in sets]
    named = tuple(dict.fromkeys(name for name, _ in wanted))
    asked = {run.path for one in sets for run in one.runs if run.path is not None and run.method in named}
    if with_ablations:
        return asked if named else None
    shown = without_ablations(sets, named)
    if not named:
        return shown
    if shown is not None:
        _say_hidden(only_shown(sets, asked), only_shown(sets, shown))
    return asked if shown is None else shown


def _is_wanted(run: RunResult, wanted: Sequence[tuple[str, str]]) -> bool:
    return any(run.method == name and reference in ("", run.meta["reference"]) for name, reference in wanted)


def names_references(methods: str) -> bool:
    """True if ``--methods`` says a reference itself, as ``METHOD@REFERENCE``."""
    return any("@" in word for word in words_in(methods))


def rows_of_references(
    sets: Sequence[ResultSet], shown: set[Path] | None, asked: str, own: bool
) -> tuple[list[ResultSet], set[Path] | None]:
    """The sets with runs of the references ``asked`` for alone, and which of the runs ``shown`` these are.

    Where nothing is asked, ``own`` keeps each method's own reference, and says what that leaves out.

    Raises
    ------
    UserError
        If a reference is unknown, or no run shown saw it.
    """
    from iqabench.data.references import parse_reference
    from iqabench.stats.ablations import only_shown
    from iqabench.stats.own_references import by_references

    words = words_in(asked)
    if words == ("all",) or not (words or own):
        return list(sets), shown
    whole = only_shown(sets, shown)
    there = {str(run.meta["reference"]) for one in whole for run in one.runs}
    for name in words:
        if parse_reference(name).name not in there:
            raise UserError(f"--references {name}: no row was shown it; there are: {', '.join(sorted(there))}")
    kept = by_references(sets, shown, words)
    paths = {run.path for one in kept for run in one.runs if run.path is not None}
    left: dict[str, dict[str, None]] = {}
    for run in (run for one in whole for run in one.runs if run.path not in paths):
        left.setdefault(run.method, {})[str(run.meta["reference"])] = None
    if left and not words:
        said = "; ".join(f"{name} shown {', '.join(sorted(left[name]))}" for name in sorted(left))
        note(f"each method's own reference alone; left out: {said} (--references all shows them)")
    return kept, paths if shown is None else paths & shown


def only_rows(sets: Sequence[ResultSet], shown: Collection[Path] | None, *, said: bool = False) -> list[ResultSet]:
    """The sets without the runs that are not shown; ``said`` says on standard error how many ablations these are."""
    from iqabench.stats.ablations import only_shown

    kept = only_shown(sets, shown)
    if said:
        _say_hidden(sets, kept)
    return kept


def _say_hidden(whole: Sequence[ResultSet], kept: Sequence[ResultSet]) -> None:
    """In rows, as tables count: one holds the runs of all seeds, data sets and splits."""
    from iqabench.stats.many_sets import count_rows

    hidden = count_rows(whole) - count_rows(kept)
    if hidden:
        note(f"ablations left out: {counted(hidden, 'row')}; --with-ablations shows them")
