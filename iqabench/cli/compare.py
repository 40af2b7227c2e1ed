"""``iqabench compare``: is the difference between two methods real?"""

from __future__ import annotations

import click

from iqabench.cli.options import FULL_PRECISION, format_option
from iqabench.cli.output import echo
from iqabench.cli.stored import StoredChoice, category_option, load_chosen, stored_options


@click.command("compare")
@click.argument("a")
@click.argument("b")
@stored_options
@category_option
@format_option("text", "json", help=FULL_PRECISION)
def compare(a: str, b: str, stored: StoredChoice, category: str | None, style: str) -> None:
    """Say which of the methods A and B is better, by how much, how sure, where, and on which images.

    A and B are METHOD, METHOD@REFERENCE or METHOD@REFERENCE@SELECTION, such as ckdn@pristine@best, and #RUN_ID behind
    them where several settings are stored. Without them the degraded reference and the last epoch are meant. Several
    seeds of training count as one row. The verdict is the one that 'iqabench table' and 'iqabench report' give. Rows
    by different protocols do not compare: 'iqabench diff' says why two differ.
    """
    from iqabench._util.errors import UserError
    from iqabench._util.text import printable, split_named
    from iqabench.render.comparison_text import explain, over_splits, to_json
    from iqabench.stats.assessment import assess
    from iqabench.stats.comparison import compare_rows, find_row, has_row

    assessed = [assess(one) for one in load_chosen(stored, category)]
    both = [one for one in assessed if has_row(one.groups, a) and has_row(one.groups, b)]
    if not both:
        # find_row says what is missing and what there is; over all sets, since no single one has both.
        everything = [row for one in assessed for row in one.groups]
        find_row(everything, a)
        find_row(everything, b)
        raise UserError(
            f"{a} and {b} were never run on the same data set and split by the same protocol; 'iqabench diff' says why "
            "two rows differ"
        )
    compared = [(one.results, compare_rows(one, a, b)) for one in both]
    if style == "json":
        echo(to_json(compared), nl=False)
        return
    for one, comparison in compared:
        turned = "" if one.card.get("mos_higher_is_better", True) else ", lower is better"
        kind = one.card.get("label_kind", "none")
        by = f", protocol {one.protocol}" if one.protocol else ""
        echo(printable(f"{one.dataset}, {split_named(one.split)}{by}, labels: {kind}{turned}"))
        for line in explain(comparison, one.dataset):
            echo(printable(line))
    for line in over_splits(compared):
        echo(printable(line))
