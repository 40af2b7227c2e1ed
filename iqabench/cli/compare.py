"""``iqabench compare``: is the difference between two methods real?"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("a")
@click.argument("b")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder with results.",
)
@click.option("--dataset", help="Only this data set.")
@click.option("--split", help="Only this split.")
@click.option("--category", help="Only images of this category (PIPAL's GAN-based images: 03).")
@click.option("--draws", type=click.IntRange(1), default=10_000, show_default=True, help="Draws of the bootstrap.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the bootstrap.")
def compare(
    a: str,
    b: str,
    results: Path,
    dataset: str | None,
    split: str | None,
    category: str | None,
    draws: int,
    seed: int,
) -> None:
    """Say which of the methods A and B is better, by how much, how sure, where, and on which images.

    A and B are METHOD, METHOD@REFERENCE or METHOD@REFERENCE@SELECTION, such as ckdn@pristine@best.
    Without them the degraded reference and the last epoch are meant.
    """
    from iqabench.errors import UserError
    from iqabench.stats.alignment import restrict
    from iqabench.store import load_results
    from iqabench.tables.comparison import compare_runs, explain, find_run
    from iqabench.tables.plain import printable

    sets = load_results(results, dataset, split)
    both = [one for one in sets if {a.partition("@")[0], b.partition("@")[0]} <= {run.method for run in one.runs}]
    if not both:
        # find_run says what is missing and what there is; over all sets, since no single one has both.
        everything = [run for one in sets for run in one.runs]
        find_run(everything, a)
        find_run(everything, b)
        raise UserError(f"{a} and {b} were never run on the same data set and split")
    for one in both:
        first, second = find_run(one.runs, a), find_run(one.runs, b)
        judged = one if category is None else restrict(one, category)
        click.echo(printable(f"{one.dataset}, split {one.split}, labels: {one.card.get('label_kind', 'none')}"))
        for line in explain(compare_runs(judged, first, second, draws, seed)):
            click.echo(printable(line))
