"""``--device`` and its companions, which reach a command as one argument."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.groups import grouped
from iqabench.runs.choices import MachineChoice

machine_options = grouped(
    "machine",
    MachineChoice,
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ..."),
    click.option(
        "--precision",
        type=click.Choice(["fp32", "bf16", "int8"]),
        default="fp32",
        show_default=True,
        help="Arithmetic; bf16: of networks; int8: for some methods, on CPUs with VNNI.",
    ),
    click.option("--batch-size", default=8, show_default=True, type=click.IntRange(1), help="Images at once."),
    click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Decoding threads."),
    click.option(
        "--cache",
        type=click.Path(path_type=Path, file_okay=False),
        help="Keep decoded images in this folder: the next run over them decodes nothing.",
    ),
    click.option(
        "--cache-gib",
        default=16.0,
        show_default=True,
        type=click.FloatRange(min=0, min_open=True),
        help="Size at which --cache is full.",
    ),
)
"""``--device`` and its companions, as ``machine``: of these only the precision changes a score."""
