"""``--device`` and its companions, which reach a command as one argument."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench.cli.groups import grouped

if TYPE_CHECKING:
    from iqabench._util.devices import Machine


@dataclass(frozen=True)
class MachineChoice:
    """What was asked for; whether it is there is found out by :meth:`here`, which imports torch."""

    device: str
    precision: str
    batch_size: int
    workers: int
    cache: Path | None
    cache_gib: float

    def here(self, device: str | None = None) -> Machine:
        """This machine as asked for, or with another ``device``; raises UserError if the device is not there."""
        from iqabench._util.devices import Machine, choose_device

        chosen = choose_device(device or self.device)
        return Machine(chosen, self.precision, self.batch_size, self.workers, self.cache, self.cache_gib)


machine_options = grouped(
    "machine",
    MachineChoice,
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ..."),
    click.option(
        "--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True, help="Arithmetic."
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
