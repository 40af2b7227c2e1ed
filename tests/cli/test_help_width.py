"""Help fits 80 columns: Click wraps prose, but not the example lines."""

from __future__ import annotations

from importlib import import_module

import click
import pytest

from iqabench.cli.main import COMMANDS


def pages(words: str, command: click.Command) -> list[tuple[str, str]]:
    """The help of a command and of all below it, as a terminal of 80 columns has it."""
    found = [(words, command.get_help(click.Context(command, info_name=f"iqabench {words}", terminal_width=80)))]
    below = command.commands if isinstance(command, click.Group) else {}
    return [*found, *(page for name, one in below.items() for page in pages(f"{words} {name}", one))]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_of_help_is_wider_than_80_columns(name: str) -> None:
    module, _, attribute = COMMANDS[name].partition(":")
    for words, text in pages(name, getattr(import_module(module), attribute)):
        assert [line for line in text.splitlines() if len(line) > 80] == [], words
