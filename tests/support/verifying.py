"""The commands inside this process, and what ``iqabench verify`` came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click import ClickException
from click.testing import CliRunner

from iqabench._util.errors import UserError
from iqabench.cli.main import cli


@dataclass(frozen=True)
class Verified:
    """What ``iqabench verify --format json`` came to."""

    code: int
    verdict: str
    runs: list[dict[str, Any]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    unchecked: list[dict[str, str]] = field(default_factory=list)
    differences: list[dict[str, str]] = field(default_factory=list)

    def found(self, where: str, what: str = "") -> bool:
        """True if a difference was found there."""
        return self.code == 1 and any(where in one["where"] and what in one["what"] for one in self.differences)


Verify = Callable[..., Verified]


def invoke(*words: str | Path) -> tuple[int, str]:
    """Exit code and standard output of the command, inside this process."""
    result = CliRunner().invoke(cli, [str(word) for word in words], standalone_mode=False)
    if isinstance(result.exception, UserError | ClickException):
        return 2, str(result.exception)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.stdout
