"""Options that belong together reach a command as one argument, so that its signature stays short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any


def grouped(argument: str, group: type, *options: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``options`` as the one ``argument``, an instance of the dataclass ``group``.

    The fields of ``group`` have the names of the options' parameters; the options are shown by ``--help`` in the order
    in which they stand here.
    """

    def around(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def function(**given: Any) -> Any:
            made = group(**{field.name: given.pop(field.name) for field in fields(group)})
            return command(**{argument: made}, **given)

        for option in reversed(options):
            function = option(function)
        return function

    return around
