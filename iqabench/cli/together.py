"""Commands whose work several processes share, where a launcher started several."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def shares_work(*alone: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Join the other processes around the command, unless one of the parameters ``alone`` is given.

    No other command looks at a launcher's variables: each process then does all of it by itself.
    """

    def around(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def function(**options: Any) -> Any:
            if any(options[name] for name in alone):
                return command(**options)
            from iqabench._util.distributed import joined

            with joined():
                return command(**options)

        return function

    return around
