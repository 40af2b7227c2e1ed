"""The command on drawn photographs with a cheap recipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from synthesizing import RECIPE, write_photographs

from iqabench.cli.main import main


class Outcome(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str


Synthesize = Callable[..., Outcome]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of five photographs of 80x64."""
    return write_photographs(tmp_path / "photos")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe of five algorithms that need no network file."""
    path = tmp_path / "cheap.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


@pytest.fixture
def synthesize(
    photos: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Synthesize:
    """Run the real command in this process, with the cheap recipe unless another is named."""

    def run(out: Path, *words: str | Path, photos: Path = photos, recipe: str | Path = recipe) -> Outcome:
        line = ["iqabench", "synthesize", "--photos", photos, "--out", out, "--recipe", recipe, *words]
        monkeypatch.setattr(sys, "argv", [str(word) for word in line])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), shown.out, shown.err)

    return run
