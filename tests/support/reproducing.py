"""Types that the tests of ``iqabench reproduce`` share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Done:
    """What a command came to."""

    code: int
    out: str
    error: str = ""


Reproduce = Callable[..., Done]
