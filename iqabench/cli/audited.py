"""The options of commands that audit results, and the request that is made of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.machine import machine_options
from iqabench.cli.options import (
    named_paths,
    outside_option,
    plugin_option,
    use_weights_folder,
    weights_option,
    words_in,
)
from iqabench.runs.choices import MachineChoice

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles
    from iqabench.verify import AuditRequest


@dataclass(frozen=True)
class _Given:
    """What is checked, and where the data of it lie, as it was typed."""

    sample: int
    seed: int
    dataset: str | None
    roots: tuple[str, ...]
    splits: str
    allow_outside_root: bool


@dataclass(frozen=True)
class AuditOptions:
    """What is checked, with which methods and weights, where the data lie, and on which device."""

    given: _Given
    weights: Path | None
    plugins: PluginFiles
    machine: MachineChoice

    @property
    def dataset(self) -> str | None:
        """The one data set whose runs are checked; None for all."""
        return self.given.dataset

    def request(self, results: Path, models: Path | None = None, runs: Collection[Path] | None = None) -> AuditRequest:
        """The audit of ``results``; ``models`` and ``runs`` are as in the request.

        Raises
        ------
        UserError
            If a data set or a split is not where it is said to be, or the device is not there.
        """
        from iqabench.methods.registry import Registry
        from iqabench.verify import AuditRequest

        use_weights_folder(self.weights)
        return AuditRequest(
            results=results,
            machine=self.machine.here(),
            registry=Registry(self.plugins),
            sample=self.given.sample,
            seed=self.given.seed,
            dataset=self.given.dataset,
            roots=named_paths("--root", self.given.roots),
            splits=_splits(self.given.splits),
            allow_outside_root=self.given.allow_outside_root,
            models=models,
            runs=runs,
        )


def _splits(text: str) -> dict[str, Path]:
    """Folders of splits by the names that ``run`` gives them."""
    found: dict[str, Path] = {}
    for word in words_in(text):
        folder = Path(word).expanduser().absolute()
        if not folder.is_dir():
            raise UserError(
                f"--split {word}: no such folder; name the folder of a split of your own, called as in the results "
                "(published splits are found by themselves)"
            )
        found[folder.name] = folder
    return found


def audit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is checked and by what, as ``checked``, an :class:`AuditOptions`."""

    @wraps(command)
    def function(
        *, given: _Given, weights: Path | None, plugins: PluginFiles, machine: MachineChoice, **rest: Any
    ) -> Any:
        return command(checked=AuditOptions(given, weights, plugins, machine), **rest)

    decorated: Callable[..., Any] = function
    for decorate in (machine_options, plugin_option, weights_option, _what):
        decorated = decorate(decorated)
    return decorated


_what = grouped(
    "given",
    _Given,
    click.option(
        "--sample",
        type=click.IntRange(0),
        default=50,
        show_default=True,
        help="Rows to score again, at least one of each run; 0 for none.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed that draws the sample."),
    click.option("--dataset", help="Only runs on this data set."),
    click.option(
        "--root", "roots", multiple=True, metavar="NAME=PATH", help="Where a data set lies on disk; may be repeated."
    ),
    click.option(
        "--split",
        "splits",
        default="",
        metavar="A,B,C",
        help="Splits of your own that runs were scored on: folders with contents.csv and algorithms.csv.",
    ),
    outside_option,
)
