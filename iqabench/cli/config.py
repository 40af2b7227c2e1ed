"""``--config FILE`` and ``--print-config``: a command's options from a TOML file, under the names of its flags."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from iqabench._util.errors import UserError
from iqabench._util.text import did_you_mean
from iqabench.cli.output import echo

_PRINT = "iqabench.print-config"


class ConfigurableCommand(click.Command):
    """A command whose options may stand in a file; what is given on the command line wins."""

    def __init__(self, *words: Any, **facts: Any) -> None:
        super().__init__(*words, **facts)
        self.params += [
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path, dir_okay=False),
                is_eager=True,
                expose_value=False,
                callback=_read,
                help="Take options from this TOML file, named as here without the dashes: methods = 'ckdn,lpips'. "
                "Options on the command line win.",
            ),
            click.Option(
                ["--print-config"],
                is_flag=True,
                expose_value=False,
                callback=_remember,
                help="Print these options as a file for --config, and compute nothing.",
            ),
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, or print its options."""
        if ctx.meta.get(_PRINT):
            echo(as_toml(ctx), nl=False)
            return 0
        return super().invoke(ctx)


def _remember(context: click.Context, option: click.Parameter, value: bool) -> None:
    context.meta[_PRINT] = value


def _read(context: click.Context, option: click.Parameter, file: Path | None) -> None:
    if file is None:
        return
    from iqabench.data.rows import read_text

    try:
        found = tomllib.loads(read_text(file.expanduser(), UserError))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"--config {file}: no TOML: {error}") from error
    options = {one.opts[0].removeprefix("--"): one for one in _options(context)}
    also = {other.removeprefix("--"): name for name, one in options.items() for other in one.opts}
    chosen = {}
    for key, value in found.items():
        name = also.get(key.replace("_", "-"))
        if name is None:
            raise UserError(f"--config {file}: there is no option {key!r}{did_you_mean(key, options)}")
        chosen[str(options[name].name)] = _value(options[name], value, f"--config {file}: {key}")
    context.default_map = {**(context.default_map or {}), **chosen}


def _options(context: click.Context) -> list[click.Option]:
    """The options that a file may hold."""
    return [
        one
        for one in context.command.params
        if isinstance(one, click.Option) and not one.hidden and one.opts[0] not in ("--config", "--print-config")
    ]


def _value(option: click.Option, value: Any, where: str) -> Any:
    """A value of the file as it would be given on the command line: lists are joined by commas."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise UserError(f"{where} = {value!r}: write true or false")
        return value
    if isinstance(value, dict | bool):
        raise UserError(f"{where}: write one value, or a list")
    if option.multiple:
        return [str(one) for one in (value if isinstance(value, list) else [value])]
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def as_toml(context: click.Context) -> str:
    """The options that were given, and as comments the defaults of the others."""
    import tomli_w

    lines = []
    for option in _options(context):
        name, value = option.opts[0].removeprefix("--"), context.params.get(str(option.name))
        given = context.get_parameter_source(str(option.name)) is not ParameterSource.DEFAULT
        if value is None or value == () or (value == "" and not given):
            continue
        plain = [str(one) for one in value] if isinstance(value, tuple) else value
        written = tomli_w.dumps({name: plain if isinstance(plain, bool | int | float | list) else str(plain)})
        lines.append(written if given else f"# {written}")
    return "".join(lines)
