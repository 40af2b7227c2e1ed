"""Checkpoints on all images of ``mini``, of which none took part in their training, scored as a user's images are.

``python -m benchmarks.shipped.elsewhere FIRST.safetensors SECOND.safetensors`` prints SRCC with mini's pseudo labels
within each content for both, and the paired difference. No checkpoint is trained here, so no split is needed.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd
from rich.progress import track

import iqabench
from benchmarks.shipped.measure import differences, order
from iqabench.data.open import open_dataset


def scored(checkpoint: Path, rows: pd.DataFrame) -> np.ndarray:
    """Scores ``(1, rows)`` of every row, shown its degraded image."""
    found = np.zeros((1, len(rows)))
    for degraded, places in track(rows.groupby("degraded").indices.items(), description=checkpoint.name):
        restored = list(rows["image"].iloc[places])
        with warnings.catch_warnings():
            # Some restorations of mini have lost the scene, on purpose.
            warnings.filterwarnings("ignore", message=".*do not seem to show the same scene")
            found[0, places] = iqabench.score(restored, str(degraded), "ckdn-shipped", weights=str(checkpoint))
    return found


@click.command()
@click.argument("first", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(first: Path, second: Path) -> None:
    """Print what FIRST and SECOND are worth on mini, and second minus first."""
    rows = open_dataset("mini", None).frame
    scores = {"first": scored(first, rows), "second": scored(second, rows)}
    click.echo(f"{order(scores, rows).to_string()}\n")
    click.echo(differences(scores, rows, [("second", "first")]).to_string())


if __name__ == "__main__":
    main()
