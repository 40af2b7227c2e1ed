"""Which rows of the stored results a command shows: the methods that were named, else all that are no ablation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import UserError
from iqabench._util.text import counted
from iqabench.cli.options import words_in
from iqabench.cli.output import note

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet


def rows_shown(sets: Sequence[ResultSet], methods: str, with_ablations: bool) -> set[Path] | None:
    """Folders of the runs that are shown, None for all. Who names an ablation with ``--methods`` gets it.

    Raises
    ------
    UserError
        If there is no result of a method that is named.
    """
    from iqabench.stats.ablations import only_shown, without_ablations

    named = words_in(methods)
    there = {run.method for one in sets for run in one.runs}
    for name in named:
        if name not in there:
            raise UserError(f"--methods {name}: no result of it; there are: {', '.join(sorted(there))}")
    if not with_ablations:
        shown = without_ablations(sets, named)
        if named and shown is not None:
            asked = {run.path for one in sets for run in one.runs if run.path is not None and run.method in named}
            _say_hidden(only_shown(sets, asked), only_shown(sets, shown))
        return shown
    if not named:
        return None
    return {run.path for one in sets for run in one.runs if run.path is not None and run.method in named}


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
