"""Compares what two checkouts score on ``mini``, to show that moving code moved no number.

``uv run python -m benchmarks.checkouts BEFORE AFTER --methods psnr,ssim`` runs the command of each checkout with its
own environment (``.venv``), on one thread, and compares the stored scores byte by byte. Exit code 1 if any differ.
Trained methods are compared, too, where ``--set`` makes their training short, as in ``--set ckdn.epochs=1``.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

Scores = dict[tuple[str, str, str], str]
"""Score as it is written in the file, by method, reference and image."""


def scores_of(checkout: Path, results: Path, words: list[str]) -> Scores:
    """Run ``iqabench run`` of ``checkout`` and read what it stored. Raises ClickException if the command fails."""
    command = [str(checkout / ".venv/bin/iqabench"), "run", "--dataset", "mini", *words, "--results", str(results)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)}: {done.stderr[-2000:]}")
    found: Scores = {}
    for file in sorted(results.glob("mini/*/*/*/*/scores.csv")):
        method, reference = file.parts[-4:-2]
        with file.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                found[method, reference, row["image_id"]] = row["score"]
    return found


@click.command()
@click.argument("before", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("after", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--methods", default="psnr,ssim", show_default=True)
@click.option("--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE")
def main(before: Path, after: Path, methods: str, settings: tuple[str, ...]) -> None:
    """Compare the scores of the checkouts BEFORE and AFTER on the embedded data set."""
    words = ["--methods", methods, *(word for one in settings for word in ("--set", one))]
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder) / name for name in ("before", "after")}
        was, now = (
            scores_of(checkout.absolute(), places[name], words)
            for name, checkout in (("before", before), ("after", after))
        )
    if was.keys() != now.keys() or not was:
        raise click.ClickException(f"{len(was)} scores before, {len(now)} after: they are not of the same images")
    differing = 0
    for method, reference in dict.fromkeys((method, reference) for method, reference, _ in was):
        keys = [key for key in was if key[:2] == (method, reference)]
        other = sum(was[key] != now[key] for key in keys)
        furthest = max(abs(float(was[key] or "nan") - float(now[key] or "nan")) for key in keys)
        differing += other
        click.echo(f"{method} ({reference}): {len(keys)} scores, {other} differ, furthest {furthest:g}")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
