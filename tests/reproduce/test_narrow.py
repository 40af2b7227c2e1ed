"""In a narrow terminal the sentences below a table name no column, and no interval, that has no room."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from terminal import this_process_in_terminal

from iqabench.cli.main import main

RESULTS = Path(__file__).resolve().parents[2] / "results"


@pytest.mark.parametrize(("columns", "room"), [(44, False), (160, True)])
def test_the_footer_speaks_of_what_is_shown(columns: int, room: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["reproduce", "table2", "--only-table", "--methods", "psnr", "--results", str(RESULTS)]
    monkeypatch.setattr(sys, "argv", ["iqabench", *words])
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    with this_process_in_terminal(columns, messages=False) as seen, pytest.raises(SystemExit):
        main()
    table, _, said = seen[0].screen.partition("Measured on")
    said = " ".join(said.split())
    assert ("difference" in table, "[" in table) == (room, room)
    assert ("the difference says nothing" in said) is room
    assert ("Brackets: 95 % interval" in said) is room
    assert "on mini" in said
