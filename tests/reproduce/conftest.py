"""The reproduce command inside this process, and a tiny plan for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from reproducing import Done, Reproduce
from tiny_plan import tiny_plan

from iqabench._util.errors import UserError
from iqabench.cli.main import cli

PLUGIN = Path(__file__).parents[1] / "support" / "cheap_methods.py"

PLAN = tiny_plan(
    'label = "Trained"\nmethod = "cheap"',
    'label = "Trained, strong"\nmethod = "cheap"\nparameters = { strength = 9.0 }',
    'label = "Trained, shown x4"\nmethod = "cheap"\nreference = "lr-x4"',
).replace("[[rows]]", '[[columns]]\nlabel = "PLCC"\nstatistic = "plcc"\n\n[[rows]]', 1)


@pytest.fixture
def reproduce() -> Reproduce:
    """Run ``iqabench reproduce WORDS``; a UserError becomes code 2 and its message."""

    def run(*words: str | Path | int) -> Done:
        arguments = ["reproduce", *map(str, words), "--plugin", str(PLUGIN)]
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        if isinstance(result.exception, UserError):
            return Done(2, result.stdout, str(result.exception))
        if result.exception is not None:
            raise result.exception
        return Done(result.return_value or 0, result.stdout, result.stderr)

    return run


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The tiny plan as a file."""
    path = tmp_path / "tiny.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture
def data(manifest: Path, tmp_path: Path) -> list[str]:
    """Options that name the small manifest, with a card that lets methods train on it, and a results folder."""
    (manifest.parent / "card.toml").write_text("mos_range = [900, 1900]\n")
    return ["--dataset", "manifest", "--root", str(manifest), "--results", str(tmp_path / "runs"), "--recipe", "quick"]
