"""Order on the synthesized validation part: ``python -m benchmarks.shipped.validate --scores FILE --out DIR``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd

from benchmarks.shipped.labels import LEAST
from benchmarks.shipped.measure import Scores, differences, gap_closed, order

PAIRS = [("ckdn", "ckdn-nr"), ("ckdn-fr", "ckdn"), ("ckdn", "ckdn-plain")]


def read_scores(paths: Sequence[Path]) -> tuple[Scores, pd.DataFrame]:
    """Scores by variant ``(seeds, rows)`` from columns named ``variant-seed``, and the rows' facts.

    Several files hold the columns of different variants for the same images.

    Raises
    ------
    click.ClickException
        If two files are not about the same images with the same labels, or name the same column.
    """
    rows = pd.read_csv(paths[0])
    for path in paths[1:]:
        more = pd.read_csv(path)
        facts = ["image_id", "mos"]
        if not rows[facts].equals(more[facts]):
            raise click.ClickException(f"{path} and {paths[0]} are not about the same images and labels")
        added = more[[column for column in more.columns if column.rpartition("-")[2].isdigit()]]
        if twice := sorted(set(added) & set(rows)):
            raise click.ClickException(f"{path}: {', '.join(twice)} is also in an earlier file")
        rows = pd.concat([rows, added], axis=1)
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
@click.option(
    "--scores",
    "paths",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    multiple=True,
    help="Again for a file with the scores of other variants.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def main(paths: tuple[Path, ...], out: Path) -> None:
    """Print and store SRCC by variant, the paired differences, and the share of the gap that DR closes.

    Each within the content, and within the restorations of one degraded image.
    """
    scores, rows = read_scores(paths)
    out.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out / "validation-scores.csv", index=False)
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
