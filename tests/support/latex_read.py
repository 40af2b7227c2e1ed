"""Reads the LaTeX of tables without a TeX engine: environments and braces that close, cells by row, plain words."""

from __future__ import annotations

import re


def check_balance(source: str) -> None:
    """Every brace and every environment that opens closes, in order."""
    depth = 0
    for before, brace in re.findall(r"(\\?)([{}])", source):
        depth += 0 if before else {"{": 1, "}": -1}[brace]
        assert depth >= 0, "a brace closes that did not open"
    assert depth == 0, "a brace does not close"
    opened: list[str] = []
    for way, name in re.findall(r"^[^%\n]*?\\(begin|end)\{([a-z*]+)\}", source, re.MULTILINE):
        if way == "begin":
            opened.append(name)
        elif name != "document":  # its beginning and its end stand in branches of one condition
            assert opened.pop() == name
    assert opened in ([], ["document"]), opened


def rows_of(table: str) -> list[list[str]]:
    """The cells of every row of one table, its header first; rules are left out."""
    body = table.partition(r"\toprule")[2].partition(r"\bottomrule")[0]
    lines = [line.strip() for line in body.splitlines() if line.strip().endswith(r"\\")]
    return [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in lines]


def words(cell: str) -> str:
    """What a cell says, without commands: ``\\textbf{0.9}`` is ``0.9``, a citation is nothing."""
    cell = re.sub(r"~?\\cite\{[^}]*\}", "", cell).replace("$-$", "−").replace(r"$\pm$", "±")
    cell = re.sub(r"\\multicolumn\{\d+\}\{[^{}]*(?:\{\}[^{}]*)*\}", "", cell).replace(r"$\dagger$", "†")
    cell = re.sub(r"\$?\\(?:u|d)(?:own|p)arrow\$?", "", cell)
    return re.sub(r"\s+", " ", re.sub(r"\\[a-z]+|[{}$]", "", cell).replace("\\", "")).strip()


def cited(source: str) -> set[str]:
    """Keys of all citations."""
    return {key for found in re.findall(r"\\cite\{([^}]*)\}", source) for key in found.split(",")}
