"""Commands whose work several processes share, where a launcher started several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any


def shares_work(alone: Callable[[Mapping[str, Any]], bool]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Join the other processes around the command, unless ``alone`` says of its arguments that there is no need.

    No other command looks at a launcher's variables: each process then does all of it by itself.
    """

    def around(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def function(**given: Any) -> Any:
            if alone(given):
                return command(**given)
            from iqabench._util.distributed import joined

            with joined():
                return command(**given)

        return function

    return around
