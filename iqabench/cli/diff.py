"""``iqabench diff``: why two rows differ."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.options import DEFAULT_RESULTS, format_option
from iqabench.cli.output import echo


@click.command("diff")
@click.argument("first", metavar="ROW")
@click.argument("second", metavar="ROW")
@click.option(
    "--results",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=f"Folder with results, in which the rows are looked up; may be repeated.  [default: {DEFAULT_RESULTS}]",
)
@format_option("text", "json")
def diff_command(first: str, second: str, folders: tuple[Path, ...], style: str) -> None:
    """Say why two rows differ: method, settings, weights, protocol, data, split, training, precision, libraries.

    Then how far the scores of each image are apart. A ROW is a signature, a run's id or its first digits, or
    METHOD[@REFERENCE[@SELECTION][@PROTOCOL]], as 'iqabench explain' takes it:

    \b
    iqabench diff psnr@degraded psnr@pristine
    iqabench diff 1a2b3c4d 9f8e7d6c --results mine --results theirs

    The exit code is 0, whether they differ or not.
    """
    from iqabench._util.text import printable
    from iqabench.results.store import find_results
    from iqabench.verify.difference import difference
    from iqabench.verify.difference_text import difference_lines, to_json
    from iqabench.verify.find import one_run

    sets = [one for folder in folders or (DEFAULT_RESULTS,) for one in find_results(folder)]
    found = difference(one_run(first, sets), one_run(second, sets, last=True))
    if style == "json":
        echo(to_json(found), nl=False)
    else:
        echo("\n".join(printable(line) for line in difference_lines(found)))
