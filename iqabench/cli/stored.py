"""The stored runs that a command reads, chosen by data set, splits and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.errors import UserError
from iqabench.cli.options import whole_numbers, words_in
from iqabench.cli.output import note, say_old

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
    datasets = words_in(dataset or "") or (None,)
    sets = [one for data in datasets for name in names or [None] for one in load_results(results, data, name)]
    for data in datasets:
        say_old(results, data, names)
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


def load_sets(
    results: Path, datasets: Sequence[str], splits: str, seeds: str, category: str | None = None
) -> tuple[list[ResultSet], list[str]]:
    """The runs on each of several data sets, and a sentence for each set that has none.

    ``splits`` names the split of a set where it has results on several. Of several states of its files the one that was
    scored last is taken, which is told.

    Raises
    ------
    UserError
        If there is nothing for any of them.
    """
    wanted = words_in(splits)
    found: list[ResultSet] = []
    problems: list[str] = []
    for name in datasets:
        try:
            stored = load_chosen(results, name, "", seeds, category)
            sets = [one for one in stored if not wanted or one.split in wanted]
            if not sets:
                known = ", ".join(dict.fromkeys(one.split for one in stored))
                raise UserError(f"no results on split {splits}; there are: {known}")
        except UserError as error:
            problems.append(f"data set {name} is left out: {error}")
            continue
        found += _fullest_states(sets)
    if not found:
        raise UserError("\n".join(problems))
    return found, problems


def _last_finished(results: ResultSet) -> str:
    return max(str(run.meta.get("finished") or "") for run in results.runs)


def _fullest_states(sets: Sequence[ResultSet]) -> list[ResultSet]:
    """One of each data set and split."""
    by_split: dict[tuple[str, str], list[ResultSet]] = {}
    for one in sets:
        by_split.setdefault((one.dataset, one.split), []).append(one)
    chosen = []
    for states in by_split.values():
        # The state that most methods scored: one run of a wrong copy must not hide the others.
        shown = max(states, key=lambda one: (len(one.runs), _last_finished(one)))
        if len(states) > 1:
            others = ", ".join(one.fingerprint[:8] for one in states if one is not shown)
            note(
                f"{shown.dataset}, split {shown.split}: {len(states)} states of its files were scored; shown is "
                f"{shown.fingerprint[:8]}, of which most runs are (then the last one); left out: {others}"
            )
        chosen.append(shown)
    return chosen
