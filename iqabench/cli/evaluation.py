"""The options that say what ``iqabench run`` evaluates, which reach the command as one request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iqabench.cli.options import (
    MethodsOption,
    compile_option,
    direction_option,
    outside_option,
    parse_settings,
    protocol_option,
    results_option,
    whole_numbers,
    words_in,
)

if TYPE_CHECKING:
    from iqabench.runs.evaluation import EvaluationRequest

PARAMETERS = (
    *(
        "methods",
        "dataset",
        "root",
        "splits",
        "references",
        "protocol",
        "recipe",
        "start",
        "settings",
        "train_on",
        "seeds",
        "best",
    ),
    *("no_anchors", "rerun", "deterministic", "compile_steps", "allow_outside_root", "mos_direction", "results"),
)
"""Parameters of :func:`evaluation_options`."""

_OPTIONS = (
    click.option(
        "--methods",
        "--method",
        cls=MethodsOption,
        default="ckdn,lpips",
        show_default=True,
        help="Names separated by commas; 'all', or 'table2' for the ten systems of the CKDN paper's Table 2.",
    ),
    click.option(
        "--dataset",
        default="mini",
        show_default=True,
        metavar="NAME[:ROOT],...",
        help="pipal, tid2013, votes, manifest (any CSV), mini (embedded), ...; 'iqabench list datasets' shows all. "
        "Several, with commas, give one table over all of them.",
    ),
    click.option(
        "--root",
        type=click.Path(path_type=Path),
        help="Where the one data set lies on disk (a folder; for 'manifest' the CSV); of several, each says its own.",
    ),
    click.option(
        "--split",
        "splits",
        default="",
        metavar="A,B,C",
        help="Splits of the data set: names, or folders with contents.csv and algorithms.csv. Default: the data set's "
        "own.",
    ),
    click.option(
        "--references", default="", help="What to show: none, degraded, pristine, lr-x4, noise-25, jpeg-30, ..."
    ),
    protocol_option,
    click.option(
        "--recipe",
        help="Size of training: quick or paper. Default: quick on fewer than 2,000 training images, else paper.",
    ),
    click.option(
        "--start",
        metavar="START",
        help="What training starts from, for methods that let it be chosen: auto, imagenet, packaged, random, shipped.",
    ),
    click.option(
        "--set", "settings", multiple=True, metavar="METHOD.PARAMETER=VALUE", help="One parameter of a method."
    ),
    click.option(
        "--train-on",
        default="",
        metavar="NAME[:ROOT],...",
        help="Train on another data set than the one scored, or on several at once, labels ranked within each.",
    ),
    click.option("--seed", "seeds", default="0", show_default=True, metavar="0,1,2", help="Seeds of training."),
    click.option("--best", is_flag=True, help="Also score the epoch that validated best, in a row that says so."),
    click.option(
        "--no-anchors",
        is_flag=True,
        help="Leave out what every run shows beside: the yardsticks psnr and ssim, and ckdn-shipped beside ckdn.",
    ),
    click.option("--rerun", is_flag=True, help="Compute again what is already there."),
    click.option("--deterministic", is_flag=True, help="Bit-exact training on one machine, also on a GPU (slower)."),
    compile_option,
    outside_option,
    direction_option,
    results_option,
)


def evaluation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Everything from ``--methods`` to ``--results``; ``command`` is given it as ``request``."""

    @wraps(command)
    def function(**options: Any) -> Any:
        given = {name: options.pop(name) for name in PARAMETERS}
        return command(request=_request(**given), **options)

    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def _request(
    *, methods: str, splits: str, references: str, settings: tuple[str, ...], seeds: str, no_anchors: bool, **same: Any
) -> EvaluationRequest:
    from iqabench.runs.evaluation import EvaluationRequest

    return EvaluationRequest(
        methods=words_in(methods),
        splits=_splits(splits),
        references=tuple(filter(None, references.split(","))),
        settings=parse_settings(settings),
        seeds=whole_numbers("--seed", seeds),
        anchors=not no_anchors,
        **same,
    )


def _splits(text: str) -> tuple[str | None, ...]:
    """``a,b`` as names; a folder whose path holds a comma is one split."""
    if not text or Path(text).is_dir():
        return (text or None,)
    return words_in(text)
