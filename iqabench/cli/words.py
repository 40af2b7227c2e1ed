"""A command line put together again from what Click parsed, for another process or another day."""

from __future__ import annotations

from collections.abc import Collection

import click
from click.core import ParameterSource


def words_of(context: click.Context, leave_out: Collection[str] = ()) -> list[str]:
    """The options that were given, as words; ``leave_out`` names parameters that are not repeated."""
    words: list[str] = []
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name) is not ParameterSource.DEFAULT
        if name in leave_out or not given or not isinstance(option, click.Option):
            continue
        value = context.params[name]
        if option.is_flag:
            words.append(option.opts[0] if value else option.secondary_opts[0])
        else:
            for one in value if option.multiple else (value,):
                words += [option.opts[0], str(one)]
    return words
