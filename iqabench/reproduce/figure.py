"""A reproduced table's first column as a bar chart in SVG, without a plotting library."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np

from iqabench.errors import UserError
from iqabench.reproduce.footer import title
from iqabench.reproduce.table import Table
from iqabench.tables.plain import printable

WIDTH, LABELS, BAR, GAP, TOP = 760, 260, 16, 14, 64
OURS, PAPER, INK = "#2f6f9f", "#c9c9c9", "#222222"


def draw(table: Table) -> str:
    """One pair of bars for each row: ours, and the paper's where it is printed.

    Raises
    ------
    UserError
        If no figure of the first column is there yet.
    """
    frame = table.frame[table.frame["column"] == table.frame["column"].iloc[0]]
    shown = frame[frame["ours"].notna()]
    if shown.empty:
        raise UserError(f"{table.plan.name}: nothing to draw, no figure is there yet; run it without --only-table")
    printed = [float(text) if text else float("nan") for text in shown["paper"]]
    values = [*map(float, shown["ours"]), *printed]
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    span = (high - low) or 1.0
    scale = (WIDTH - LABELS - 90) / span
    zero = LABELS - low * scale
    step = 2 * BAR + GAP
    height = TOP + step * len(shown) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        _text(12, 22, title(table), size=14),
        _text(12, 42, f"{table.source.name}, labels: {table.source.card.label_kind}"),
        f'<rect x="{WIDTH - 150}" y="34" width="10" height="10" fill="{OURS}"/>' + _text(WIDTH - 135, 43, "ours"),
        f'<rect x="{WIDTH - 90}" y="34" width="10" height="10" fill="{PAPER}"/>' + _text(WIDTH - 75, 43, "paper"),
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="{TOP - 6}" y2="{height - 18}" stroke="{INK}"/>',
    ]
    for number, (label, ours, paper) in enumerate(zip(shown["row"], shown["ours"], printed, strict=True)):
        top = TOP + number * step
        parts.append(_text(LABELS - 10, top + BAR + 4, label, anchor="end"))
        for value, colour, y in ((float(ours), OURS, top), (paper, PAPER, top + BAR)):
            if not np.isnan(value):
                left = min(zero, zero + value * scale)
                parts.append(
                    f'<rect x="{left:.1f}" y="{y}" width="{abs(value) * scale:.1f}" height="{BAR - 2}" '
                    f'fill="{colour}"/>' + _text(max(zero, zero + value * scale) + 5, y + 11, f"{value:+.4f}")
                )
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, size: int = 12, anchor: str = "start") -> str:
    shown = escape(printable(text))
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" text-anchor="{anchor}">{shown}</text>'
