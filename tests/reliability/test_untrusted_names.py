"""Names that strangers chose are text wherever they are shown."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from manifests import Command
from PIL import Image

from iqabench._util.text import clear_message, printable
from iqabench.render import csv as csv_format
from iqabench.render import latex_text as latex
from iqabench.render import markdown

NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    r"\input{/etc/passwd}",
    r"\write18{touch x}",
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "a\x1b[31mred\x1b]0;title\x07",
    "a\u202egnp.exe",
    "zero\u200bwidth\ufeff",
    "line\nbreak\r\n| a | b |",
    "[click](javascript:alert(1))",
    "a & b % c $ d # e _ f ^ g ~ h",
    "\x00\x9b31m",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_does_no_harm_in_any_format(name: str) -> None:
    shown = [printable(name), clear_message(name), csv_format.escape(name), latex.escape(name), markdown.escape(name)]
    for text in shown:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]", text), repr(text)
    assert not csv_format.escape(name).lstrip().startswith(("=", "+", "-", "@"))
    assert not re.search(r"\\(input|write|include|immediate|def|catcode)", latex.escape(name))
    assert not re.search(r"(?<!\\)[&%$#_]", re.sub(r"\$\\[a-z]+\$", "", latex.escape(name)))
    assert "<" not in markdown.escape(name)
    assert "](" not in markdown.escape(name)
    assert "\n" not in markdown.escape(name)


def test_hostile_file_names_in_the_commands(iqabench: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = ["=cmd.png", "+x.png", "a\x1b[31m.png", "b\u202egnp.png", "[red]c.png"]
    for name in names:
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "z\x1b[2J.png").write_bytes(b"no image")
    (tmp_path / "given").mkdir()
    Image.new("RGB", (24, 24), "grey").save(tmp_path / "given" / "reference.png")
    restored = tmp_path / "restored"
    restored.mkdir()
    for file in tmp_path.glob("*.png"):
        file.rename(restored / file.name)
    words = ["score", restored, tmp_path / "given" / "reference.png", "--method", "psnr"]
    table = iqabench(*words, "--format", "csv")
    assert table.returncode == 2
    first = [row[0] for row in csv.reader(io.StringIO(table.stdout))]
    assert sorted(first[1:]) == sorted(
        ["'=cmd.png", "'+x.png", r"a\x1b[31m.png", r"b\u202egnp.png", "[red]c.png", r"z\x1b[2J.png"]
    )
    for stream in (table.stdout, table.stderr):
        assert "\x1b[31m" not in stream
        assert "\x1b[2J" not in stream
        assert "\u202e" not in stream
        assert "Traceback" not in stream


def test_findings_are_safe_in_a_spreadsheet(iqabench: Command, tmp_path: Path) -> None:
    pd.DataFrame({"image": ["a.png"]}).to_csv(tmp_path / "manifest.csv", index=False)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "odd\x1b[31m.png")
    done = iqabench("data", "check", "--dataset", "manifest", "--root", tmp_path, "--csv", tmp_path / "found.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b[31m" not in done.stdout
    assert "\x1b" not in (tmp_path / "found.csv").read_text()
