"""``iqabench figure``: a leaderboard as a figure for a paper."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench._util.errors import UserError
from iqabench.cli.options import stored_options, words_in
from iqabench.cli.output import OutputFile, write_file


@click.command("figure")
@stored_options
@click.option("--category", help="Only images of this category (PIPAL's GAN-based images: 03).")
@click.option("--methods", default="", help="Only these methods, with commas; default: all.")
@click.option("--statistic", help="What is drawn, such as srcc; default: the first that there are figures of.")
@click.option(
    "--format", "kind", type=click.Choice(["svg", "pdf", "png"]), help="Default: as the ending of --output says."
)
@click.option("--output", type=OutputFile(), required=True, help="File to write, - for standard output.")
def figure_command(
    results: Path,
    dataset: str | None,
    splits: str,
    seeds: str,
    category: str | None,
    methods: str,
    statistic: str | None,
    kind: str | None,
    output: Path,
) -> None:
    """Draw the leaderboard of one data set and split: figures, intervals, and what cannot be told apart.

    The figures are those of 'iqabench table'. A bar beside the rows joins methods that cannot be told apart, as in a
    critical-difference diagram. A hollow dot is not ranked. Needs matplotlib: pip install 'iqabench[figures]'.
    """
    from iqabench.cli.stored import load_chosen
    from iqabench.render.figure import FORMATS, draw_leaderboard
    from iqabench.stats.leaderboard import leaderboard

    kind = kind or output.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UserError(f"--output {output}: end its name with .{', .'.join(FORMATS)}, or say the --format")
    sets = load_chosen(results, dataset, splits, seeds, category)
    if len(sets) != 1:
        found = "; ".join(f"--dataset {one.dataset} --split {one.split}" for one in sets)
        raise UserError(f"a figure shows one data set and split; choose one of: {found}")
    frame = leaderboard(sets[0])
    wanted = words_in(methods)
    for name in wanted:
        if name not in set(frame["method"]):
            raise UserError(f"--methods {name}: no result of it; there are: {', '.join(sorted(set(frame['method'])))}")
    shown = frame[frame["method"].isin(wanted)] if wanted else frame
    content = draw_leaderboard(shown, statistic, kind)
    write_file(output, content.decode() if kind == "svg" else content)
