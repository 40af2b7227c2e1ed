"""Ways to spoil stored results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

RunOf = Callable[[str], Path]


def lines_of(run: Path) -> list[str]:
    """The lines of ``scores.csv``."""
    return (run / "scores.csv").read_text().splitlines(keepends=True)


def write_lines(run: Path, lines: list[str], fix_digest: bool = False) -> None:
    """Write ``scores.csv``, with its digest in ``run.json`` if the attacker knows of it."""
    text = "".join(lines)
    (run / "scores.csv").write_text(text)
    if fix_digest:
        change_json(run / "run.json", scores_sha256=hashlib.sha256(text.encode()).hexdigest())


def change_json(file: Path, **changes: Any) -> None:
    """Change entries of a JSON file."""
    meta = json.loads(file.read_text())
    file.write_text(json.dumps(meta | changes, indent=1, sort_keys=True) + "\n")


def other_digit(line: str) -> str:
    """A row of ``scores.csv`` with another third significant digit of its score."""
    name, score, rest = line.split(",", 2)
    place = [number for number, letter in enumerate(score) if letter.isdigit()][2]
    return f"{name},{score[:place]}{(int(score[place]) + 5) % 10}{score[place + 1 :]},{rest}"
