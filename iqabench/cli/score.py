"""``iqabench score``: score your own images."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench.cli.options import (
    machine_options,
    parse_settings,
    plugin_option,
    results_option,
    use_weights_folder,
    weights_option,
)

if TYPE_CHECKING:
    from iqabench.contract import MethodEntry
    from iqabench.devices import Machine
    from iqabench.progress import Overview


@click.command("score")
@click.argument("restored", type=click.Path(path_type=Path))
@click.argument("reference", type=click.Path(path_type=Path), required=False)
@click.option("--method", "methods", default="ckdn", show_default=True, help="One method or several, with commas.")
@click.option("--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the scores to this file.")
@click.option("--format", "style", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True)
@machine_options
@weights_option
@plugin_option
@results_option
def score_command(
    restored: Path,
    reference: Path | None,
    methods: str,
    settings: tuple[str, ...],
    output: Path | None,
    style: str,
    device: str,
    precision: str,
    batch_size: int,
    workers: int,
    weights: Path | None,
    plugins: tuple[Path, ...],
    results: Path,
) -> int:
    """Score RESTORED (an image or a folder) shown REFERENCE: the degraded image it was made from.

    REFERENCE is one image for all, or a folder with the same names; leave it out for methods that need
    none. A degraded image smaller than the restored one is upsampled to its size (bicubic). A trained
    method uses the model that a run left in RESULTS; without one it is trained on the embedded set first.
    """
    from iqabench.devices import Machine, choose_device
    from iqabench.pairing import pair_images
    from iqabench.progress import Overview
    from iqabench.registry import Registry

    rows = pair_images(restored, reference)
    registry = Registry(plugins)
    entries = [registry.get(name.strip()) for name in methods.split(",") if name.strip()]
    use_weights_folder(weights)
    machine = Machine(choose_device(device), precision, batch_size, workers)
    parameters = parse_settings(settings)
    columns: dict[str, dict[str, Any]] = {}
    with Overview() as overview:
        for entry in entries:
            method = _ready(entry, parameters.get(entry.info.name, {}), machine, results, overview)
            columns[entry.info.name] = _scores(method, rows, reference is not None, machine)
    text = _render(rows["image_id"].tolist(), columns, entries, style)
    if output is None:
        click.echo(text, nl=False)
    else:
        from iqabench.store import write_atomically

        write_atomically(output, text)
    failed = [f"{name}: {row.error}" for name, found in columns.items() for row in found.values() if row.error]
    for problem in failed:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {problem}", err=True)
    return 2 if failed else 0


def _ready(entry: MethodEntry, parameters: dict[str, Any], machine: Machine, results: Path, overview: Overview) -> Any:
    if not entry.info.trainable:
        return entry.create(**parameters)
    from iqabench.setup import EMBEDDED, open_for_run, recipe_for, training_data
    from iqabench.trained import TrainingOptions, ensure_trained

    data = training_data(open_for_run(EMBEDDED, None))
    if "recipe" in entry.parameter_names():
        parameters = {"recipe": recipe_for(data), **parameters}
    method = entry.create(**parameters)
    ensure_trained(method, data, TrainingOptions(results, machine), overview)
    overview.say(
        f"note: {entry.info.name} was trained on {data.dataset.card.name} ({data.dataset.card.label_kind} labels)"
    )
    return method


def _scores(method: Any, rows: Any, has_reference: bool, machine: Machine) -> dict[str, Any]:
    from iqabench.contract import Paradigm
    from iqabench.errors import MethodError
    from iqabench.references import parse_reference
    from iqabench.scoring.engine import score_in_memory

    info = method.info
    blind = info.paradigms == (Paradigm.NR,) or (Paradigm.NR in info.paradigms and not has_reference)
    if not (blind or has_reference):
        raise MethodError(f"{info.name} compares with a reference: name the degraded image as second argument")
    reference = parse_reference("none" if blind else "degraded")
    return score_in_memory(method, rows, reference, machine)


def _render(ids: list[str], columns: dict[str, dict[str, Any]], entries: list[MethodEntry], style: str) -> str:
    names = list(columns)
    table = [[one, *(columns[name][one].score for name in names)] for one in ids]
    if style == "json":
        return json.dumps([dict(zip(["image", *names], row, strict=True)) for row in table], indent=1) + "\n"
    if style == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([["image", *names], *table])
        return text.getvalue()
    first = entries[0].info
    table.sort(key=lambda row: float("-inf") if row[1] is None else row[1] * first.sign, reverse=True)
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = Table(caption=f"sorted by {first.name}, best first")
    shown.add_column("image")
    for entry in entries:
        shown.add_column(f"{entry.info.name} {'↓' if entry.info.lower_is_better else '↑'}", justify="right")
    for name, *scores in table:
        shown.add_row(escape(str(name)), *("-" if score is None else f"{score:.4f}" for score in scores))
    console = Console(file=(out := io.StringIO()), width=100)
    console.print(shown)
    return out.getvalue()
