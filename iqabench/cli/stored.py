"""The stored runs that a command reads, chosen by data set, splits, protocols and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.options import Function, results_option, whole_numbers, without_bootstrap, words_in
from iqabench.cli.output import note, say_old

if TYPE_CHECKING:
    from iqabench.results.model import ResultSet

UNNAMED = "none"
"""What ``--protocol`` calls rows that were scored without a named protocol."""


@dataclass(frozen=True)
class StoredChoice:
    """Which stored runs are read; texts are words with commas, empty for all."""

    results: Path
    dataset: str | None
    splits: str
    protocols: str
    seeds: str


def stored_options(command: Function) -> Function:
    """``--results``, ``--dataset``, ``--split``, ``--protocol`` and ``--seed``: which runs are read, as ``stored``."""
    options = grouped(
        "stored",
        StoredChoice,
        results_option,
        click.option("--dataset", metavar="A,B,C", help="Only these data sets; default: all."),
        click.option("--split", "splits", default="", metavar="A,B,C", help="Only these splits; default: all."),
        click.option(
            "--protocol",
            "protocols",
            default="",
            metavar="A,B,C",
            help=f"Only rows by these protocols, {UNNAMED} for those without one; default: all, which share no table.",
        ),
        click.option("--seed", "seeds", default="", metavar="0,1,2", help="Only these training seeds; default: all."),
    )
    decorated: Function = options(command)
    return without_bootstrap(decorated)


def category_option(function: Function) -> Function:
    """``--category``."""
    return click.option("--category", help="Only images of this category, such as GAN-based (of PIPAL).")(function)


def load_chosen(stored: StoredChoice, category: str | None = None) -> list[ResultSet]:
    """Load what ``stored`` and ``--category`` choose, of chosen seeds also the runs without training.

    Raises
    ------
    UserError
        If a split, a protocol or a seed is not there.
    DataError
        If there is no result, or no image of the category.
    """
    from iqabench.results.store import load_results
    from iqabench.stats.alignment import restrict
    from iqabench.stats.grouping import training_seed

    names = words_in(stored.splits)
    datasets = words_in(stored.dataset or "") or (None,)
    sets = [one for data in datasets for name in names or [None] for one in load_results(stored.results, data, name)]
    for data in datasets:
        say_old(stored.results, data, names)
    sets = _by_protocols(sets, words_in(stored.protocols))
    if stored.seeds:
        wanted = whole_numbers("--seed", stored.seeds)
        there = {seed for one in sets for run in one.runs if (seed := training_seed(run)) is not None}
        missing = [seed for seed in wanted if seed not in there]
        if missing:
            known = ", ".join(map(str, sorted(there))) or "none"
            raise UserError(f"--seed {missing[0]}: no run was trained with it; seeds there are: {known}")
        kept = (None, *wanted)
        sets = [replace(one, runs=[run for run in one.runs if training_seed(run) in kept]) for one in sets]
        sets = [one for one in sets if one.runs]
    return [restrict(one, category) for one in sets] if category is not None else sets


def _by_protocols(sets: Sequence[ResultSet], wanted: Sequence[str]) -> list[ResultSet]:
    """The sets by the protocols ``wanted``, or all."""
    there = {one.protocol or UNNAMED for one in sets}
    for name in wanted:
        if name not in there:
            known = ", ".join(sorted(there))
            raise UserError(f"--protocol {name}: no stored run was scored by it; protocols there are: {known}")
    return [one for one in sets if not wanted or (one.protocol or UNNAMED) in wanted]


def load_sets(
    stored: StoredChoice, datasets: Sequence[str], category: str | None = None
) -> tuple[list[ResultSet], list[str]]:
    """The runs on each of several data sets, and a sentence for each set that has none.

    ``stored.splits`` names the split of a set where it has results on several. Of several states of its files the one
    that was scored last is taken, which is told.

    Raises
    ------
    UserError
        If there is nothing for any of them.
    """
    wanted = words_in(stored.splits)
    found: list[ResultSet] = []
    problems: list[str] = []
    for name in datasets:
        try:
            loaded = load_chosen(replace(stored, dataset=name, splits=""), category)
            sets = [one for one in loaded if not wanted or one.split in wanted]
            if not sets:
                known = ", ".join(dict.fromkeys(one.split for one in loaded))
                raise UserError(f"no results on split {stored.splits}; there are: {known}")
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
    """One of each data set, split and protocol."""
    by_split: dict[tuple[str, str, str], list[ResultSet]] = {}
    for one in sets:
        by_split.setdefault((one.dataset, one.split, one.protocol), []).append(one)
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
