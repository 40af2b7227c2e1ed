"""A reproduced table's first column as a bar chart, SVG or PNG, without a plotting library."""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from iqabench._util.errors import UserError
from iqabench._util.text import printable
from iqabench.reproduce.footer import caption, title
from iqabench.reproduce.table import PaperTable

WIDTH, LABELS, BAR, GAP, TOP, LINE = 760, 260, 16, 14, 64, 16
CAPTION_LETTERS = 118
OURS, PAPER, INK = "#2f6f9f", "#c9c9c9", "#222222"
SHARPNESS = 2
"""Pixels of the PNG for each unit of the drawing."""


@dataclass(frozen=True)
class Bar:
    """A rectangle; also a line, if it is thin."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Words:
    """Text on a base line."""

    x: float
    y: float
    text: str
    size: int = 12
    right: bool = False
    """True if it ends at ``x``."""


@dataclass(frozen=True)
class Drawing:
    """Shapes in drawing order."""

    height: float
    shapes: list[Bar | Words]


def to_svg(table: PaperTable) -> str:
    """The chart as SVG text; raises UserError if no figure is there yet."""
    drawing = _draw(table)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{drawing.height:g}" '
        f'viewBox="0 0 {WIDTH} {drawing.height:g}" font-family="sans-serif" fill="{INK}" role="img">',
        f"<title>{escape(printable(title(table)))}</title>",
        f'<rect width="{WIDTH}" height="{drawing.height:g}" fill="white"/>',
    ]
    for one in drawing.shapes:
        if isinstance(one, Bar):
            size = f'width="{one.width:.1f}" height="{one.height:.1f}"'
            parts.append(f'<rect x="{one.x:.1f}" y="{one.y:.1f}" {size} fill="{one.colour}"/>')
        else:
            anchor = ' text-anchor="end"' if one.right else ""
            text = escape(printable(one.text))
            parts.append(f'<text x="{one.x:.1f}" y="{one.y:.1f}" font-size="{one.size}"{anchor}>{text}</text>')
    return "\n".join([*parts, "</svg>", ""])


def to_png(table: PaperTable) -> bytes:
    """The chart as a PNG file; raises UserError if no figure is there yet."""
    drawing = _draw(table)
    image = Image.new("RGB", (WIDTH * SHARPNESS, round(drawing.height * SHARPNESS)), "white")
    canvas = ImageDraw.Draw(image)
    for one in drawing.shapes:
        if isinstance(one, Bar):
            corners = (one.x, one.y, one.x + max(one.width, 0.5), one.y + one.height)
            canvas.rectangle([round(SHARPNESS * value) for value in corners], fill=one.colour)
        else:
            font = ImageFont.load_default(SHARPNESS * one.size)
            place = (SHARPNESS * one.x, SHARPNESS * one.y)
            canvas.text(place, _in_font(one.text), fill=INK, font=font, anchor="rs" if one.right else "ls")
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _in_font(text: str) -> str:
    """Pillow's own font has ASCII and little more: other letters lose their accents or become a question mark."""
    plain = printable(text).translate({ord("×"): "x", ord("–"): "-", ord("−"): "-"})
    return unicodedata.normalize("NFKD", plain).encode("ascii", "replace").decode("ascii")


def _draw(table: PaperTable) -> Drawing:
    """One pair of bars for each row: ours with its interval, and the paper's where it is printed."""
    frame = table.frame[table.frame["column"] == table.frame["column"].iloc[0]]
    shown = frame[frame["ours"].notna()]
    if shown.empty:
        raise UserError(f"{table.plan.name}: nothing to draw, no figure is there yet; run it without --only-table")
    printed = [float(text) if text else float("nan") for text in shown["paper"]]
    values = np.concatenate([shown["ours"], printed, shown["low"], shown["high"]]).astype(np.float64)
    low, high = min(0.0, float(np.nanmin(values))), max(0.0, float(np.nanmax(values)))
    scale = (WIDTH - LABELS - 90) / ((high - low) or 1.0)
    zero = LABELS - low * scale
    step = 2 * BAR + GAP
    bottom = TOP + step * len(shown)
    lines = textwrap.wrap(" ".join(caption(table)), CAPTION_LETTERS)
    shapes: list[Bar | Words] = [
        Words(12, 26, title(table), 15),
        Bar(WIDTH - 150, 36, 10, 10, OURS),
        Words(WIDTH - 135, 45, "ours"),
        Bar(WIDTH - 90, 36, 10, 10, PAPER),
        Words(WIDTH - 75, 45, "paper"),
    ]
    for number, ((_, row), paper) in enumerate(zip(shown.iterrows(), printed, strict=True)):
        shapes += _pair(row, paper, TOP + number * step, zero, scale)
    shapes.append(Bar(zero - 0.5, TOP - 6, 1, bottom - TOP + 2, INK))
    shapes += [Words(12, bottom + 18 + LINE * number, line, 11) for number, line in enumerate(lines)]
    return Drawing(bottom + 18 + LINE * len(lines), shapes)


def _pair(row: pd.Series, paper: float, top: float, zero: float, scale: float) -> list[Bar | Words]:
    shapes: list[Bar | Words] = [Words(LABELS - 10, top + BAR + 4, str(row["row"]), right=True)]
    ends = [value for value in (row["ours"], row["high"]) if not np.isnan(value)]
    for value, colour, y, most in ((row["ours"], OURS, top, max(ends)), (paper, PAPER, top + BAR, paper)):
        if not np.isnan(value):
            left, size = zero + min(0.0, value) * scale, abs(value) * scale
            shapes.append(Bar(left, y, size, BAR - 2, colour))
            shapes.append(Words(max(zero, zero + most * scale) + 5, y + 11, f"{value:+z.4f}"))
    if not np.isnan([row["low"], row["high"]]).any():
        left, right, middle = zero + row["low"] * scale, zero + row["high"] * scale, top + (BAR - 2) / 2
        shapes.append(Bar(left, middle - 0.5, right - left, 1, INK))
        shapes += [Bar(end - 0.5, middle - 3, 1, 6, INK) for end in (left, right)]
    return shapes
