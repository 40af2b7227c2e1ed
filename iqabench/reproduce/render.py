"""Reproduced tables as terminal text, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from iqabench.render import csv, latex, markdown
from iqabench.render.citations import Bibliography
from iqabench.render.footer import SIGNATURES
from iqabench.render.latex_text import escape as escape_latex
from iqabench.render.layout import TableCell
from iqabench.render.plain import printable
from iqabench.reproduce.footer import footer, signatures, title
from iqabench.reproduce.table import LEFT_OUT, OK, PARTIAL, PaperTable

WIDE = 10_000
FOOTER_WIDTH = 120
_ARROWS = {"higher": "↑", "lower": "↓"}


@dataclass(frozen=True)
class Options:
    """What is shown of a table beside our figures."""

    command: str = ""
    """Command line that finishes a table that is not finished."""
    compare: bool = True
    """The paper's figures, and the difference."""
    intervals: bool = True


@dataclass(frozen=True)
class PaperLayout:
    """A table as text, not escaped: the first ``words`` columns are flush left."""

    header: list[tuple[str, str]]
    """The plan's column, and what of it: ours, best epoch, paper, difference; or nothing."""
    rows: list[list[TableCell]]
    words: int
    methods: list[list[str]]
    """Methods behind each row."""

    @property
    def titles(self) -> list[str]:
        """One line of header: ``SRCC ↑ ours``, ``paper``, ``difference``."""
        first = dict(reversed(self.header))
        return [f"{name} {what}".strip() if what in ("", first[name]) else what for name, what in self.header]


def render(
    tables: Sequence[PaperTable], style: str, options: Options | None = None, bibliography: Bibliography | None = None
) -> str:
    """Tables in one format; CSV and JSON put every cell into one flat table with full precision."""
    options = options or Options()
    if style in ("csv", "json"):
        frame = pd.concat([table.frame for table in tables], ignore_index=True)
        return csv.to_csv(frame) if style == "csv" else _json(frame)
    if style == "latex":
        return latex.document([_latex(table, options, bibliography) for table in tables], bibliography)
    one = {"text": _text, "markdown": _markdown}[style]
    return "\n".join(one(table, options) for table in tables)


def lay_out(table: PaperTable, options: Options) -> PaperLayout:
    """Rows and columns of the plan as text. Rows of which every cell is left out are not shown."""
    frame = table.frame
    columns = list(dict.fromkeys(frame["column"]))
    grouped = (frame["group"] != "").any()
    header = [("", "")] * (2 if grouped else 1)
    words = len(header)
    parts: dict[str, list[str]] = {}
    for name in columns:
        mine = frame[frame["column"] == name]
        arrow = _ARROWS[mine["direction"].iloc[0]]
        best = ["best epoch"] if table.shown.best else []
        printed = ["paper", "difference"] if options.compare and (mine["paper"] != "").any() else []
        parts[name] = ["ours", *best, *printed] if best or printed else [""]
        header += [(f"{name} {arrow}", part) for part in parts[name]]
    rows, methods = [], []
    for row, cells in frame.groupby("row", sort=False):
        if (cells["status"] == LEFT_OUT).all():
            continue
        line = [TableCell(str(cells["group"].iloc[0])), TableCell(str(row))] if grouped else [TableCell(str(row))]
        for name in columns:
            cell = cells[cells["column"] == name].iloc[0]
            line += [_cell(cell, part, table, options.intervals) for part in parts[name]]
        rows.append(line)
        methods.append(list(dict.fromkeys(cells["method"])))
    if not rows:
        rows.append([TableCell("(every row is left out)"), *[TableCell("")] * (len(header) - 1)])
        methods.append([])
    return PaperLayout(header, rows, words, methods)


def _cell(cell: pd.Series, part: str, table: PaperTable, intervals: bool) -> TableCell:
    digits = int(cell["digits"])
    if part == "paper":
        return TableCell(cell["paper"] or "–")
    if part == "difference":
        return TableCell("–" if np.isnan(cell["difference"]) else f"{cell['difference']:+z.{digits}f}")
    if part == "best epoch":
        return TableCell("–" if np.isnan(cell["best"]) else f"{cell['best']:z.{digits}f}")
    shown = intervals and not np.isnan([cell["ours"], cell["low"], cell["high"]]).any()
    bounds = f"[{cell['low']:z.{digits}f}, {cell['high']:z.{digits}f}]" if shown else ""
    return TableCell(_ours(cell, digits, len(table.shown.seeds)), bounds, cell["mark"])


def _ours(cell: pd.Series, digits: int, seeds: int) -> str:
    if cell["status"] == LEFT_OUT:
        return "–"
    if cell["status"] not in (OK, PARTIAL) or np.isnan(cell["ours"]):
        return str(cell["status"])
    text = f"{cell['ours']:z.{digits}f}"
    if not np.isnan(cell["spread"]):
        text += f" ± {cell['spread']:.{digits}f}"
    return f"{text} ({cell['seeds']} of {seeds} seeds)" if cell["status"] == PARTIAL else text


def _text(table: PaperTable, options: Options) -> str:
    layout = lay_out(table, options)
    target = StringIO()
    console = Console(file=target, force_terminal=False, no_color=True, width=WIDE)
    shown = RichTable(box=box.SIMPLE_HEAD, title=Text(printable(title(table))), title_justify="left", pad_edge=False)
    for number, name in enumerate(layout.titles):
        shown.add_column(Text(printable(name)), justify="left" if number < layout.words else "right", no_wrap=True)
    for row in layout.rows:
        shown.add_row(*(Text(printable(f"{cell.text} {cell.interval}".rstrip())) for cell in row))
    console.print(shown)
    for sentence in footer(table, options.command, options.compare, options.intervals):
        console.print(Text(printable(sentence)), width=WIDE if sentence.startswith("Missing") else FOOTER_WIDTH)
    lines = signatures(table)
    for line in [SIGNATURES, *lines] if lines else []:
        console.print(Text(line))
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"


def _markdown(table: PaperTable, options: Options) -> str:
    layout = lay_out(table, options)
    sentences = footer(table, options.command, options.compare, options.intervals)
    lines = [
        f"**{markdown.escape(title(table))}**",
        "",
        _markdown_row(markdown.escape(name) for name in layout.titles),
        _markdown_row(":---" if number < layout.words else "---:" for number in range(len(layout.header))),
        *(_markdown_row(markdown.set_cell(cell) for cell in row) for row in layout.rows),
        "",
        *(f"{markdown.escape(sentence)}<br>" for sentence in sentences),
        *markdown.signature_block(signatures(table)),
    ]
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _latex(table: PaperTable, options: Options, bibliography: Bibliography | None) -> str:
    layout = lay_out(table, options)
    alignment = "".join("l" if number < layout.words else "r" for number in range(len(layout.header)))
    heading = f"{table.plan.title}{f' ({table.plan.paper} of the paper)' if table.plan.paper else ''}."
    sentences = [heading, *footer(table, options.command, options.compare, options.intervals)]
    body = []
    for number, cells in enumerate(layout.rows):
        line = [latex.set_cell(cell) for cell in cells]
        # A row of one method cites it; in a row of several the reader sees them in the caption.
        if bibliography is not None and len(layout.methods[number]) == 1:
            line[layout.words - 1] += bibliography.cite(layout.methods[number])
        group = cells[0].text if layout.words > 1 else ""
        if group and number and layout.rows[number - 1][0].text == group:
            line[0] = ""
        elif group and number:
            body.append(r"\midrule")
        body.append(latex.row(line))
    return latex.environment(sentences, alignment, _latex_header(layout), body, signatures(table))


def _latex_header(layout: PaperLayout) -> list[str]:
    """The plan's columns above their parts, a rule below each that has several."""
    if not any(part for _, part in layout.header):
        return [latex.row(escape_latex(name) for name, _ in layout.header)]
    above, rules = [""] * layout.words, []
    place = layout.words
    for name, members in groupby(layout.header[layout.words :], key=lambda one: one[0]):
        width = len(list(members))
        above.append(rf"\multicolumn{{{width}}}{{c}}{{{escape_latex(name)}}}")
        rules.append(rf"\cmidrule(lr){{{place + 1}-{place + width}}}")
        place += width
    return [latex.row(above), " ".join(rules), latex.row(escape_latex(part) for _, part in layout.header)]


def _json(frame: pd.DataFrame) -> str:
    rows = [
        {str(name): _plain(value) for name, value in row.items()} for row in frame.astype(object).to_dict("records")
    ]
    return json.dumps(rows, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
