"""Small things that a reader stumbles over, each by its kind: counts, signs, full stops, suggestions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest
from every_command import leaves
from inprocess import run_here

import iqabench
from iqabench._util.errors import MethodError
from iqabench._util.extras import how_to_get
from iqabench._util.text import counted, did_you_mean
from iqabench.data.base import Card
from iqabench.data.readers.release import Release
from iqabench.methods.registry import Registry

SOURCES = [file for file in Path(iqabench.__file__).parent.rglob("*.py") if "mini_data" not in file.parts]
SHORT_LIVED = ("progress.py", "room.py", "byte_bars.py", "scatter.py", "figure.py", "cache.py", "write.py", "board.py")
"""Times, sizes, losses and places in a drawing, none of which is a figure near zero."""


def formats(file: Path) -> list[tuple[int, str]]:
    """Line and format of every formatted value."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            found.append((node.lineno, ast.unparse(node.format_spec).strip("f'\"")))
    return found


def test_no_figure_is_minus_zero() -> None:
    wrong = [
        f"{file}:{line} {spec}"
        for file in SOURCES
        if file.name not in SHORT_LIVED
        for line, spec in formats(file)
        if re.fullmatch(r"\+?\.[2-9]f|\+?\.\{digits\}f", spec)
        and "spread" not in file.read_text().splitlines()[line - 1]
    ]
    assert not wrong


def test_one_is_one() -> None:
    assert [counted(1, "content"), counted(2, "content"), counted(23200, "image")] == [
        "1 content",
        "2 contents",
        "23,200 images",
    ]
    rows = pd.DataFrame({"content": ["a", "b", "b"]})
    card = Card("pipal")
    assert Release(card, contents=200, images=23200)._counts(rows) == [
        "3 images of 2 contents; the release of pipal has 23,200 images of 200 contents"
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("musiq", f"Did you mean pyiqa:musiq? pyiqa:musiq needs an extra: {how_to_get('zoo')}."),
        ("clipiqa", "Did you mean piq:clip-iqa or pyiqa:clipiqa?"),
        ("piq", "piq is a library: write piq:NAME; 'iqabench list methods' shows all"),
        ("MS_SSIM", "Did you mean ms-ssim? "),
        ("lpisp", "Did you mean lpips"),
        ("zzzzz", "there is no method 'zzzzz'. 'iqabench list methods' shows all."),
    ],
)
def test_suggestions_lead_somewhere(name: str, said: str) -> None:
    with pytest.raises(MethodError) as error:
        Registry(()).get(name)
    assert said in str(error.value)
    assert "mdsi" not in str(error.value)


def test_a_sentence_ends_before_the_next_begins(tmp_path: Path) -> None:
    assert [did_you_mean("srocc", ["srcc"]), did_you_mean("x", ["srcc"])] == ["; did you mean 'srcc'?", "."]
    wrong = [
        f"{file}: {match[0]}"
        for file in SOURCES
        for match in re.finditer(r"!r\}( There are| Columns| Known)", file.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_families_are_listed_with_what_they_offer() -> None:
    text = run_here("list", "methods").stdout
    assert re.search(r"^piq:NAME .*\bbrisque\b.*\bclip-iqa\b", text, re.MULTILINE)
    assert re.search(r"^pyiqa:NAME .*zoo.*\bmusiq\b.*\bniqe\b", text, re.MULTILINE)


def test_method_and_methods_mean_the_same() -> None:
    found = {}
    for name, command in leaves():
        for option in command.params:
            names = {"--method", "--methods"} & set(option.opts)
            if names:
                found[name] = names
    assert set(found) == {"run", "score", "table", "reproduce", "figure", "submit", "judge export", "recommend"}
    assert all(names == {"--method", "--methods"} for names in found.values())
    assert "--methods" not in run_here("score", "--help").stdout
    assert not re.search(r"--method\b(?!s)", run_here("run", "--help").stdout)
