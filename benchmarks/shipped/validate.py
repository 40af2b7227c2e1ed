"""Order on the synthesized validation part: ``python -m benchmarks.shipped.validate --scores FILE --out DIR``."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from benchmarks.shipped.labels import LEAST
from benchmarks.shipped.measure import Scores, differences, gap_closed, order

PAIRS = [("ckdn", "ckdn-nr"), ("ckdn-fr", "ckdn"), ("ckdn", "ckdn-plain")]


def read_scores(path: Path) -> tuple[Scores, pd.DataFrame]:
    """Scores by variant ``(seeds, rows)`` from columns named ``variant-seed``, and the rows' facts."""
    rows = pd.read_csv(path)
    columns: dict[str, list[str]] = {}
    for column in rows.columns:
        variant, _, seed = column.rpartition("-")
        if seed.isdigit():
            columns.setdefault(variant, []).append(column)
    return {variant: rows[names].to_numpy().T for variant, names in columns.items()}, rows


def within_degraded(scores: Scores, rows: pd.DataFrame) -> tuple[Scores, pd.DataFrame]:
    """Only degraded images with :data:`LEAST` restorations or more, each in the place of a content."""
    kept = (rows.groupby("degraded")["mos"].transform("size") >= LEAST).to_numpy()
    some = rows[kept].assign(content=rows.loc[kept, "degraded"]).reset_index(drop=True)
    return {name: values[:, kept] for name, values in scores.items()}, some


@click.command()
@click.option("--scores", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def main(path: Path, out: Path) -> None:
    """Print and store SRCC by variant, the paired differences, and the share of the gap that DR closes.

    Each within the content, and within the restorations of one degraded image.
    """
    scores, rows = read_scores(path)
    out.mkdir(parents=True, exist_ok=True)
    pairs = [pair for pair in PAIRS if set(pair) <= set(scores)]
    tables: dict[str, list[pd.DataFrame]] = {"order": [], "differences": [], "gap": []}
    for within, (chosen, some) in {"content": (scores, rows), "degraded": within_degraded(scores, rows)}.items():
        gap = pd.DataFrame([gap_closed(chosen, some, "ckdn-nr", "ckdn", "ckdn-fr")])
        found = {"order": order(chosen, some), "differences": differences(chosen, some, pairs), "gap": gap}
        for name, table in found.items():
            tables[name].append(table.assign(within=within))
    for name, parts in tables.items():
        whole = pd.concat(parts, ignore_index=True)
        whole.to_csv(out / f"validation-{name}.csv", index=False, float_format="%.4f")
        click.echo(f"{whole.to_string()}\n")


if __name__ == "__main__":
    main()
