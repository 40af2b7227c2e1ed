"""Options that several commands share."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from iqabench._util.errors import UserError
from iqabench.cli.groups import grouped
from iqabench.cli.output import tell
from iqabench.runs.choices import Limits

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_RESULTS = Path("runs")


def dataset_options(function: Function) -> Function:
    """``--dataset`` and ``--root``."""
    function = click.option(
        "--root",
        type=click.Path(path_type=Path),
        help="Where the data set lies on disk (a folder; for 'manifest' the CSV).",
    )(function)
    return click.option(
        "--dataset",
        default="mini",
        show_default=True,
        help="pipal, votes, bapps, manifest (any CSV), mini (embedded), ...; 'iqabench list datasets' shows all.",
    )(function)


class MethodsOption(click.Option):
    """``--methods`` or ``--method``: both are accepted wherever one is, and help shows the first alone."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of ``--help``."""
        shown = copy(self)
        shown.opts = self.opts[:1]
        return super(MethodsOption, shown).get_help_record(ctx)


def columns_option(function: Function) -> Function:
    """``--columns``."""
    return click.option(
        "--columns", default="", metavar="A,B,C", help="Columns, with commas: method,srcc,pair_accuracy,..."
    )(function)


def direction_option(function: Function) -> Function:
    """``--mos-direction``."""
    return click.option(
        "--mos-direction",
        type=click.Choice(["higher", "lower"]),
        help="Which labels of a manifest are better. Default: higher for a column mos, lower for dmos, or what its "
        "card.toml says.",
    )(function)


def protocol_option(function: Function) -> Function:
    """``--protocol``."""
    return click.option(
        "--protocol",
        metavar="NAME|FILE.toml",
        help="Colour, border, resize rule, bits and window to score by: 'iqabench list protocols' shows all. "
        "Default: RGB, whole images.",
    )(function)


def compile_option(function: Function) -> Function:
    """``--compile``."""
    return click.option(
        "--compile",
        "compile_steps",
        is_flag=True,
        help="Compile training steps for the GPU: about a minute for each stage, which a long training earns back.",
    )(function)


def weights_option(function: Function) -> Function:
    """``--weights``."""
    return click.option(
        "--weights",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder with pretrained weights, looked into first (also: IQABENCH_WEIGHTS).",
    )(function)


def plugin_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--plugin`` and ``--allow-override``; ``command`` is given both as ``plugins``."""

    @wraps(command)
    def function(*, plugins: tuple[Path, ...], allow_override: bool, **rest: Any) -> Any:
        from iqabench._util.plugins import PluginFiles

        return command(plugins=PluginFiles(plugins, allow_override), **rest)

    for option in (
        click.option(
            "--allow-override",
            is_flag=True,
            help="Let a plugin take the name of another method, whose place it takes; its rows say so.",
        ),
        click.option(
            "--plugin",
            "plugins",
            multiple=True,
            type=click.Path(path_type=Path),
            help="A Python file with methods, restorers or data sets of your own; may be repeated.",
        ),
    ):
        function = option(function)
    return function


def outside_option(function: Function) -> Function:
    """``--allow-outside-root``."""
    return click.option(
        "--allow-outside-root", is_flag=True, help="Let a manifest or a vote folder name files outside of its folder."
    )(function)


limit_options = grouped(
    "limits",
    Limits,
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Time for each batch of a plugin's method, which then runs in a process of its own; one that needs "
        "more is stopped, the others go on.",
    ),
    click.option(
        "--memory-limit",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MIB",
        help="Memory for each plugin's process; a method that needs more is stopped, the others go on.",
    ),
)
"""``--timeout`` and ``--memory-limit``: what the methods of plugins may take, as ``limits``."""


def without_bootstrap(function: Function) -> Function:
    """``--draws``, which intervals took when they came from a bootstrap: it is still read, and changes nothing."""
    return click.option(
        "--draws", type=click.IntRange(1), hidden=True, expose_value=False, callback=_say_no_draws, help="No effect."
    )(function)


def _say_no_draws(context: click.Context, option: click.Parameter, value: int | None) -> None:
    if value is not None:
        tell("note: --draws has no effect: intervals are computed without random draws")


def whole_numbers(option: str, text: str) -> tuple[int, ...]:
    """``0,1,2`` as numbers, each once. Raises UserError, naming the option, for anything else."""
    words = words_in(text)
    if not words or not all(word.isascii() and word.isdigit() and len(word) <= 18 for word in words):
        raise UserError(f"{option} {text}: whole numbers separated by commas, such as 0,1,2")
    return tuple(dict.fromkeys(int(word) for word in words))


def words_in(text: str) -> tuple[str, ...]:
    """``a,b,c`` as words, each once."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def contaminated_option(function: Function) -> Function:
    """``--with-contaminated``."""
    return click.option(
        "--with-contaminated",
        is_flag=True,
        help="Over several data sets: count figures on a set that the method was trained on in ranks, too.",
    )(function)


def ablations_option(function: Function) -> Function:
    """``--with-ablations``."""
    return click.option(
        "--with-ablations",
        is_flag=True,
        help="Show variants of a method that stand in its paper's ablations, too, such as ckdn-vgg.",
    )(function)


def references_option(function: Function) -> Function:
    """``--references``, of rows that are shown."""
    return click.option(
        "--references",
        default="",
        metavar="A,B,C",
        help="Only rows that were shown these references, such as degraded,lr-x4, or all. Default: all; for a paper's "
        "table and a scatter plot, each method's own.",
    )(function)


TABLE_FORMATS = ("text", "markdown", "latex", "csv", "json")
"""What tables can be written as; the first is the default."""
FULL_PRECISION = "JSON holds every figure in full precision."


def format_option(*formats: str, help: str | None = None) -> Callable[[Function], Function]:
    """``--format`` as ``style``: one of ``formats``, by default the first."""
    return click.option(
        "--format", "style", type=click.Choice(formats), default=formats[0], show_default=True, help=help
    )


def results_option(function: Function) -> Function:
    """``--results``."""
    return click.option(
        "--results",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_RESULTS,
        show_default=True,
        help="Folder that results and trained models go to.",
    )(function)


def use_weights_folder(folder: Path | None) -> None:
    """Make ``--weights`` known to whatever loads weights."""
    if folder is not None:
        from iqabench.weights import set_folder

        set_folder(folder)


def parse_settings(words: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """``method.parameter=value`` words to parameters by method; values are TOML, else text.

    Raises
    ------
    UserError
        For a word of another form.
    """
    found: dict[str, dict[str, Any]] = {}
    for word in words:
        target, equals, text = word.partition("=")
        method, dot, parameter = target.rpartition(".")
        if not (equals and dot and method and parameter):
            raise UserError(f"--set {word}: write it as METHOD.PARAMETER=VALUE, such as ckdn.recipe=paper")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):  # no TOML, or a number of thousands of digits
            value = text
        if not isinstance(value, str | int | float | list | dict):  # a date or a time: no parameter is one
            value = text
        found.setdefault(method, {})[parameter] = value
    return found


def named_paths(option: str, words: tuple[str, ...]) -> dict[str, Path]:
    """``NAME=PATH`` words as paths by name.

    Raises
    ------
    UserError
        For a word of another form, or a path that does not exist.
    """
    found: dict[str, Path] = {}
    for word in words:
        name, _, text = word.partition("=")
        if not (name and text):
            raise UserError(f"{option} {word}: write it as NAME=PATH, such as {option} pipal=/data/pipal")
        if not Path(text).expanduser().exists():
            raise UserError(f"{option} {word}: {text} does not exist")
        found[name] = Path(text).expanduser()
    return found
