"""``python -m benchmarks.calibration``: simulate every setting, print the table, and write it as CSV."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from benchmarks.calibration.simulate import SETTINGS, false_alarms

FIGURES = Path(__file__).parent / "figures.csv"


@click.command()
@click.option("--simulations", type=click.IntRange(100), default=10_000, show_default=True, help="For each setting.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=FIGURES, help="CSV file to write.")
def main(simulations: int, output: Path) -> None:
    """Print how often equal methods are called different at 5 %, for each number of contents and images."""
    rows = []
    for setting in SETTINGS:
        rates = false_alarms(setting, simulations)
        rows.append({**vars(setting), "simulations": simulations, **vars(rates)})
        last = rows[-1]
        click.echo(" ".join(f"{name}={value}" for name, value in last.items()))
    pd.DataFrame(rows).to_csv(output, index=False, float_format="%.4f")
    click.echo(f"wrote {output}")


if __name__ == "__main__":
    main()
