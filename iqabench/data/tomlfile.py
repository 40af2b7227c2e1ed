"""TOML files read strictly: cards, plans, the origin of a split."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from iqabench._util.errors import DataError, UserError
from iqabench.data.rows import read_text

MAX_BYTES = 1 << 20
MAX_DOTS = 300
"""Dots in one line. Python's parser takes memory by the square of a dotted key's length: 240 kB of ``a.a.a`` take
more than any machine has."""


def read_toml(path: Path, error: type[UserError] = DataError) -> dict[str, Any]:
    """Read a TOML file of at most :data:`MAX_BYTES`. Raises ``error`` naming the file."""
    return parse_toml(read_text(path, error, MAX_BYTES), path, error)


def parse_toml(text: str, path: Path, error: type[UserError] = DataError) -> dict[str, Any]:
    """Parse TOML; ``path`` names it in messages. Raises ``error`` for anything that is not TOML."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MAX_DOTS:
            raise error(f"{path}, line {number}: {line.count('.')} dots in one line; break it into shorter ones")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:  # numbers of thousands of digits are a plain ValueError
        raise error(f"{path}: not a TOML file ({wrong})") from wrong
