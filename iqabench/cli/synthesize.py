"""``iqabench synthesize``: a data set with pseudo labels out of any folder of pristine photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iqabench._util.text import counted
from iqabench.cli.groups import grouped
from iqabench.cli.options import plugin_option, weights_option
from iqabench.cli.output import echo

if TYPE_CHECKING:
    from iqabench._util.plugins import PluginFiles


@dataclass(frozen=True)
class SynthesisOptions:
    """Options of ``iqabench synthesize``."""

    photos: tuple[Path, ...]
    out: Path
    recipe: str
    contents: int | None
    crops: int
    size: int | None
    validate_share: float
    cross: bool
    precision: str | None
    without: tuple[str, ...]
    jobs: int
    seed: int
    name: str
    fresh: bool


@click.command("synthesize")
@grouped(
    "chosen",
    SynthesisOptions,
    click.option(
        "--photos",
        multiple=True,
        required=True,
        type=click.Path(path_type=Path),
        help="A folder of pristine photographs; may be repeated.",
    ),
    click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the data set."),
    click.option("--recipe", default="standard", show_default=True, help="'standard', or a TOML file of your own."),
    click.option("--contents", type=click.IntRange(2), help="At most so many contents.  [default: all]"),
    click.option("--crops", default=1, show_default=True, type=click.IntRange(1, 4), help="Of one photograph."),
    click.option("--size", type=click.IntRange(32), help="Side of a content in pixels.  [default: the recipe's]"),
    click.option(
        "--validate-share",
        default=0.2,
        show_default=True,
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        help="Share of the photographs that is kept for validation.",
    ),
    click.option("--cross", is_flag=True, help="Every content with every algorithm, not only those of its part."),
    click.option("--precision", type=click.Choice(["fp32", "bf16"]), help="Arithmetic of GAN networks."),
    click.option("--without", multiple=True, metavar="RESTORER", help="Leave this restorer out; may be repeated."),
    click.option("--jobs", default=1, show_default=True, type=click.IntRange(1), help="Processes at once."),
    click.option("--seed", default=2021, show_default=True, type=click.IntRange(0)),
    click.option("--name", default="", help="Name of the data set.  [default: that of the folder]"),
    click.option("--fresh", is_flag=True, help="Delete what an earlier run made in this folder, and start over."),
)
@plugin_option
@weights_option
def synthesize_command(
    chosen: SynthesisOptions,
    plugins: PluginFiles,
    weights: Path | None,
) -> None:
    """Make a PIPAL-shaped data set with pseudo labels out of pristine photographs.

    An interrupted run, started again, goes on where it stopped. Use the result with
    'iqabench run --dataset manifest --root OUT --split OUT/splits'.
    """
    from iqabench.cli.options import use_weights_folder
    from iqabench.synthesis.recipe import load_recipe
    from iqabench.synthesis.run import SynthesisRequest, synthesize

    use_weights_folder(weights)
    recipe = load_recipe(chosen.recipe)
    if chosen.size is not None:
        recipe = recipe.model_copy(update={"size": chosen.size})
    if chosen.precision is not None:
        settings = {**recipe.settings, "precision": chosen.precision}
        recipe = recipe.model_copy(update={"settings": settings})
    given = {name: value for name, value in vars(chosen).items() if name not in ("recipe", "size", "precision")}
    plan = synthesize(SynthesisRequest(recipe=recipe, plugins=plugins, weights=weights, **given))
    sizes = (
        (len(plan.contents), "content"),
        (len(plan.recipe.algorithms), "algorithm"),
        (len(plan.all_rows()), "restored image"),
    )
    echo(f"{chosen.out}: {', '.join(counted(*size) for size in sizes)}, pseudo labels")
