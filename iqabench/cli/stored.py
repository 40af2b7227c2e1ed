"""The stored runs that a command reads, chosen by data set, splits and seeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import UserError
from iqabench.cli.options import whole_numbers, words_in
from iqabench.cli.output import say_old

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet


def load_chosen(
    results: Path, dataset: str | None, splits: str, seeds: str, category: str | None = None
) -> list[ResultSet]:
    """Load what ``--dataset``, ``--split a,b``, ``--seed 0,1`` and ``--category`` choose; runs without training stay.

    Raises
    ------
    UserError
        If a split or a seed is not there.
    DataError
        If there is no result, or no image of the category.
    """
    from iqabench.results.store import load_results
    from iqabench.stats.alignment import restrict
    from iqabench.stats.grouping import training_seed

    names = words_in(splits)
    sets = [one for name in names or [None] for one in load_results(results, dataset, name)]
    say_old(results, dataset, names)
    if seeds:
        wanted = whole_numbers("--seed", seeds)
        there = {seed for one in sets for run in one.runs if (seed := training_seed(run)) is not None}
        missing = [seed for seed in wanted if seed not in there]
        if missing:
            known = ", ".join(map(str, sorted(there))) or "none"
            raise UserError(f"--seed {missing[0]}: no run was trained with it; seeds there are: {known}")
        kept = (None, *wanted)
        sets = [replace(one, runs=[run for run in one.runs if training_seed(run) in kept]) for one in sets]
        sets = [one for one in sets if one.runs]
    return [restrict(one, category) for one in sets] if category is not None else sets
