"""Reproduced tables as terminal text, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from iqabench.reproduce.footer import footer, title
from iqabench.reproduce.table import LEFT_OUT, OK, PARTIAL, Table
from iqabench.tables import latex, markdown
from iqabench.tables.plain import printable

WIDE = 10_000
FOOTER_WIDTH = 120
_ARROWS = {"higher": "↑", "lower": "↓"}


@dataclass(frozen=True)
class Layout:
    """A table as text, not escaped: the first ``words`` columns are flush left."""

    header: list[str]
    rows: list[list[str]]
    words: int


def render(tables: Sequence[Table], style: str, command: str = "", compare: bool = True) -> str:
    """Tables in one format; CSV and JSON put every cell into one flat table with full precision."""
    if style in ("csv", "json"):
        frame = pd.concat([table.frame for table in tables], ignore_index=True)
        return frame.to_csv(index=False, lineterminator="\n") if style == "csv" else _json(frame)
    one = {"text": _text, "markdown": _markdown, "latex": _latex}[style]
    return "\n".join(one(table, command, compare) for table in tables)


def lay_out(table: Table, compare: bool = True) -> Layout:
    """Rows and columns of the plan as text. Rows of which every cell is left out are not shown."""
    frame = table.frame
    columns = list(dict.fromkeys(frame["column"]))
    grouped = (frame["group"] != "").any()
    header = ["", ""] if grouped else [""]
    words = len(header)
    printed = {name: compare and (frame.loc[frame["column"] == name, "paper"] != "").any() for name in columns}
    one_direction = {name: set(frame.loc[frame["column"] == name, "direction"]) for name in columns}
    for name in columns:
        arrow = _ARROWS[next(iter(one_direction[name]))]
        header += [f"{name} {arrow} ours", "paper", "difference"] if printed[name] else [f"{name} {arrow}"]
    rows = []
    for row, cells in frame.groupby("row", sort=False):
        if (cells["status"] == LEFT_OUT).all():
            continue
        line = [str(cells["group"].iloc[0]), str(row)] if grouped else [str(row)]
        for name in columns:
            cell = cells[cells["column"] == name].iloc[0]
            line += _cells(cell, table, printed[name])
        rows.append(line)
    return Layout(header, rows or [["(every row is left out)", *[""] * (len(header) - 1)]], words)


def _cells(cell: pd.Series, table: Table, printed: bool) -> list[str]:
    digits = int(cell["digits"])
    ours = _ours(cell, digits, len(table.seeds))
    if not printed:
        return [ours]
    difference = "–" if np.isnan(cell["difference"]) else f"{cell['difference']:+.{digits}f}"
    return [ours, cell["paper"] or "–", difference]


def _ours(cell: pd.Series, digits: int, seeds: int) -> str:
    if cell["status"] == LEFT_OUT:
        return "–"
    if cell["status"] not in (OK, PARTIAL) or np.isnan(cell["ours"]):
        return str(cell["status"])
    text = f"{cell['ours']:.{digits}f}"
    if not np.isnan(cell["spread"]):
        text += f" ± {cell['spread']:.{digits}f}"
    return f"{text} ({cell['seeds']} of {seeds} seeds)" if cell["status"] == PARTIAL else text


def _text(table: Table, command: str, compare: bool) -> str:
    layout = lay_out(table, compare)
    target = StringIO()
    console = Console(file=target, force_terminal=False, no_color=True, width=FOOTER_WIDTH)
    shown = RichTable(box=box.SIMPLE_HEAD, title=Text(printable(title(table))), title_justify="left", pad_edge=False)
    for number, name in enumerate(layout.header):
        shown.add_column(Text(printable(name)), justify="left" if number < layout.words else "right", no_wrap=True)
    for row in layout.rows:
        shown.add_row(*(Text(printable(text)) for text in row))
    console.print(shown, width=WIDE, soft_wrap=True)
    for sentence in footer(table, command, compare):
        console.print(Text(printable(sentence)), soft_wrap=sentence.startswith("Missing"))
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"


def _markdown(table: Table, command: str, compare: bool) -> str:
    layout = lay_out(table, compare)
    lines = [
        f"**{markdown.escape(title(table))}**",
        "",
        _markdown_row(layout.header),
        _markdown_row([":---" if number < layout.words else "---:" for number in range(len(layout.header))], False),
        *(_markdown_row(row) for row in layout.rows),
        "",
        *(f"{markdown.escape(sentence)}<br>" for sentence in footer(table, command, compare)),
    ]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Sequence[str], escaped: bool = True) -> str:
    return f"| {' | '.join(markdown.escape(cell) if escaped else cell for cell in cells)} |"


def _latex(table: Table, command: str, compare: bool) -> str:
    layout = lay_out(table, compare)
    alignment = "".join("l" if number < layout.words else "r" for number in range(len(layout.header)))
    caption = " ".join(latex.escape(sentence) for sentence in [f"{title(table)}.", *footer(table, command, compare)])
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering\small\setlength{\tabcolsep}{4pt}",
            rf"\caption{{{caption}}}",
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            *_latex_rows([layout.header]),
            r"\midrule",
            *_latex_rows(layout.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _latex_rows(rows: Sequence[Sequence[str]]) -> list[str]:
    return [" & ".join(latex.escape(cell) for cell in row) + r" \\" for row in rows]


def _json(frame: pd.DataFrame) -> str:
    rows = [
        {str(name): _plain(value) for name, value in row.items()} for row in frame.astype(object).to_dict("records")
    ]
    return json.dumps(rows, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
