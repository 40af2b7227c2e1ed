"""Rows of each method's own reference: what a paper's table shows of a method that was run with several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from iqabench.data.paradigm import NATURAL
from iqabench.results.model import ResultSet, RunResult


def by_references(
    sets: Iterable[ResultSet], shown: Collection[Path] | None, asked: Sequence[str] = ()
) -> list[ResultSet]:
    """The sets without the runs that saw a reference other than those ``asked`` for.

    Without ``asked`` each method keeps its own: what 'run' shows it unless told otherwise, which is the reference of
    the first of its paradigms that a run in ``shown`` (None: all) has. A method that has none of them keeps all runs.
    """
    return [_restricted(one, shown, asked) for one in sets]


def _restricted(one: ResultSet, shown: Collection[Path] | None, asked: Sequence[str]) -> ResultSet:
    of_method: dict[str, list[RunResult]] = {}
    for run in one.runs:
        if shown is None or run.path in shown:
            of_method.setdefault(run.method, []).append(run)
    kept = {name: asked or _own(runs) for name, runs in of_method.items()}
    runs = [run for run in one.runs if not kept.get(run.method) or run.meta["reference"] in kept[run.method]]
    return replace(one, runs=runs)


def _own(runs: Sequence[RunResult]) -> list[str]:
    """The reference of a method's own, if a run of it has one; its ``runs`` are at least one."""
    there = {run.meta["reference"] for run in runs}
    wanted = (NATURAL[paradigm] for paradigm in runs[0].meta["method"]["paradigms"])
    return [name for name in wanted if name in there][:1]
