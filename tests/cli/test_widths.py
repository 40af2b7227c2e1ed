"""What commands print in terminals of four widths, without colour, in a dumb terminal and without one: golden text.

``IQABENCH_GOLDEN=write`` writes the files below ``tests/cli/golden`` again; look at each line that changes.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from inprocess import run_here
from PIL import Image
from stored import make_labels, store_labels, store_run
from terminal import run_in_terminal, this_process_in_terminal

from iqabench.weights.fetch import cache_folder
from iqabench.weights.table import TABLE

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (40, 80, 120, 200)
METHODS = ("ckdn", "lpips", "psnr", "a-method-with-a-name-that-is-long")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of four methods on eight contents, and four restorations to score."""
    folder = tmp_path_factory.mktemp("widths")
    generator = np.random.default_rng(0)
    quality = generator.normal(size=(8, 6)).ravel()
    labels = make_labels(8, 6, quality, categories=2)
    top = store_labels(folder / "runs", labels)
    for number, method in enumerate(METHODS):
        scores = np.round(quality + number * generator.normal(size=len(quality)), 4)
        store_run(top, method, labels, scores, lower=False, selection="none")
    for place in ("restored/bicubic", "restored/a-network-with-a-name-that-is-long", "inputs"):
        for name in ("one", "two"):
            (folder / place).mkdir(parents=True, exist_ok=True)
            pixels = generator.integers(0, 255, (48, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / place / f"{name}.png")
    return folder


def words_of(name: str, folder: Path) -> list[str]:
    """The command line of a golden text."""
    return {
        "table": ["table", "--results", str(folder / "runs")],
        "methods": ["list", "methods"],
        "data": ["data", "list"],
        "weights": ["weights", "list"],
        "card": ["data", "card", "--dataset", "mini"],
        "references": ["list", "references"],
        "protocols": ["list", "protocols"],
        "score": ["score", str(folder / "restored"), str(folder / "inputs"), "--method", "psnr,ssim"],
        "score-pristine": [
            *("score", str(folder / "restored"), str(folder / "inputs"), "--pristine", str(folder / "inputs")),
            *("--method", "psnr,ssim,sharpness"),
        ],
    }[name]


def shown(name: str, folder: Path, columns: int, monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What the command prints in a terminal so wide; paths are written FOLDER, versions and digests as zeros."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    for key, value in {"TERM": "xterm-256color", "COLUMNS": str(columns), **environment}.items():
        monkeypatch.setenv(key, value)
    with this_process_in_terminal(columns, messages=False) as seen:
        assert run_command(*words_of(name, folder)) == 0
    return re.sub(r"\d+\.\d+\.\d+\b(?!\.)", "0.0.0", re.sub(r"#[0-9a-f]{8}\b", "#00000000", seen[0].screen))


def run_command(*words: str) -> object:
    """The command in this process, on whatever the standard streams are."""
    from iqabench.cli.main import main

    before, sys.argv = sys.argv, ["iqabench", *words]
    try:
        main()
    except SystemExit as end:
        return end.code
    finally:
        sys.argv = before
    return 0


def check(file: str, text: str) -> None:
    """Compare ``text`` with the golden file, or write it."""
    path = GOLDEN / file
    if os.environ.get("IQABENCH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", ["table", "methods", "score", "score-pristine"])
def test_golden_text(name: str, columns: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(f"{name}-{columns}.txt", shown(name, folder, columns, monkeypatch))


@pytest.mark.parametrize("columns", WIDTHS)
def test_golden_data_sets(columns: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(f"data-{columns}.txt", shown("data", folder, columns, monkeypatch))


@pytest.mark.parametrize("columns", WIDTHS)
def test_names_and_figures_are_whole(columns: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown("table", folder, columns, monkeypatch)
    joined = re.sub(r"\s", "", text)
    assert "…" not in text
    assert all(name in joined for name in METHODS)
    assert max(len(line) for line in text.split("Signatures")[0].splitlines()) <= columns
    assert len(re.findall(r"\b[01]\.\d{4}", text)) >= len(METHODS)


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("name", ["weights", "card", "references", "protocols"])
def test_no_command_cuts_a_word(name: str, columns: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(name, folder, columns, monkeypatch)
    assert "…" not in text
    if name == "weights":
        joined = "".join(text.split())
        assert all(entry.name in joined and entry.file in joined for entry in TABLE.values())
        assert "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth" in joined
        assert str(cache_folder()) in joined


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_without_colour_the_same_text(
    environment: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in {"TERM": "xterm", "COLUMNS": "80", **environment}.items():
        monkeypatch.setenv(key, value)
    with this_process_in_terminal(80) as seen:
        run_command("run", "--methods", "no-such-method")
    assert "error: there is no method" in seen[0].screen
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", seen[0].raw)
    text = shown("table", folder, 80, monkeypatch, **environment)
    assert text == (GOLDEN / "table-80.txt").read_text(encoding="utf-8")


def test_without_a_terminal_every_row_is_one_line(folder: Path) -> None:
    text = run_here(*words_of("table", folder)).stdout
    assert all(any(line.count(name) and "[" in line for line in text.splitlines()) for name in METHODS)
    sets = run_here("data", "list").stdout.splitlines()
    assert max(map(len, sets[:15])) < 140
    assert any(line.startswith("tid2013 ") and line.endswith("levels") for line in sets)


def test_a_real_terminal_is_asked_for_its_width() -> None:
    seen = run_in_terminal([sys.executable, "-m", "iqabench", "list", "methods"], 60)
    assert seen.code == 0
    assert (GOLDEN / "methods-80.txt").read_text(encoding="utf-8") != seen.screen
    assert max(map(len, seen.screen.splitlines())) <= 60
    assert "piq:NAME" in seen.screen
