"""``iqabench check --control``: does a method use the reference that it is shown?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from iqabench.cli.groups import grouped
from iqabench.cli.options import dataset_options
from iqabench.cli.sanity import ScoringOptions, Surroundings, keep, names_some, prepared_methods, print_table, tell_rest


@dataclass(frozen=True)
class ControlOptions:
    """Which labelled images the control is made on."""

    control: str
    dataset: str
    root: Path | None
    split: str | None


control_options = grouped(
    "labelled",
    ControlOptions,
    click.option(
        "--control",
        default="",
        metavar="METHOD,...",
        callback=names_some,
        help="Show wrong references: agreement with labels must fall, or the method does not use what it is shown.",
    ),
    dataset_options,
    click.option("--split", metavar="NAME", help="Split of the data set for --control: a name or a folder."),
)


def check_control(labelled: ControlOptions, chosen: ScoringOptions, around: Surroundings) -> int:
    """Make the control with every method named, and print the table. Exit code 2 if a method has no figure."""
    from iqabench._util.progress import Overview
    from iqabench.checks.control.measure import control
    from iqabench.checks.control.tables import control_text
    from iqabench.data.open import DatasetRegistry
    from iqabench.runs.setup import open_for_run

    datasets = DatasetRegistry(around.plugins)
    opened = open_for_run(labelled.dataset, labelled.root, labelled.split, datasets=datasets)
    with Overview() as overview, prepared_methods(labelled.control, chosen, around, overview) as prepared:
        found = control(prepared.ready, opened, around.machine.here(), overview)
    if found.rows:
        print_table(control_text(found, chosen.style), chosen.output)
    if found.rows and chosen.save:
        from iqabench.checks.kept import control_rows

        keep("control", control_rows(found, opened, prepared.ready, around.machine.precision), chosen.results)
    return tell_rest([*opened.notes, *found.notes], [*prepared.problems, *found.problems])
