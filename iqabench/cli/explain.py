"""``iqabench explain``: what a signature says."""

from __future__ import annotations

from pathlib import Path

import click

from iqabench.cli.options import format_option, plugin_option, use_weights_folder, weights_option
from iqabench.cli.output import echo


@click.command("explain")
@click.argument("word", metavar="SIGNATURE|RUN_ID|METHOD[@REFERENCE[@PROTOCOL]]")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder with results, in which the run is looked up.",
)
@weights_option
@plugin_option
@format_option("text", "json")
def explain_command(word: str, results: Path, weights: Path | None, plugins: tuple[Path, ...], style: str) -> None:
    """Say in plain sentences what made a score: method, settings, weights, reference, data, training, software.

    Tables print a signature for each row. It is read also without the run; what it does not say itself, such as the
    data, is said where the run is found in --results. Put it in quotes, for the shell:

    \b
    iqabench explain 'psnr|v1|ref=pristine|whole|fp32|iqabench 0.2.0|#1a2b3c4d'
    iqabench explain 1a2b3c4d
    iqabench explain ckdn@degraded
    iqabench explain psnr@degraded@sr-y-border4
    """
    import json

    from iqabench._util.text import printable
    from iqabench.methods.registry import Registry
    from iqabench.results.store import find_results
    from iqabench.verify.explain import explain

    use_weights_folder(weights)
    found = explain(word, find_results(results), Registry(plugins))
    if style == "json":
        told = [
            {"signature": one.signature, "found": one.run is not None, "facts": [vars(fact) for fact in one.facts]}
            for one in found
        ]
        echo(json.dumps(told, indent=1))
        return
    for number, one in enumerate(found):
        echo(("\n" if number else "") + printable(one.signature))
        for fact in one.facts:
            echo(f"  {fact.topic:<10}  {printable(fact.sentence)}")
