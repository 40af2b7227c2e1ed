"""A leaderboard as the table of a paper: few columns, chosen for the venue's width, in LaTeX with booktabs.

``frame`` of :func:`iqabench.stats.leaderboard.leaderboard` in, LaTeX out. Methods are grouped by what they see and
cited; the caption has two lines; all else that a leaderboard says stands above the table as comments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from iqabench._util.errors import UserError
from iqabench._util.text import counted, printable
from iqabench.data.categories import in_words
from iqabench.data.paradigm import NATURAL
from iqabench.data.references import GIVEN
from iqabench.render.citations import Bibliography
from iqabench.render.columns import INTERVALS, describe
from iqabench.render.footer import footer, signatures, title
from iqabench.render.latex import cell_text, heading_text, row_line, whole
from iqabench.render.latex_text import escape
from iqabench.render.leaderboards import figure, marks
from iqabench.render.paper_width import text_width
from iqabench.render.table import SIGNATURES, Cell, Column

MOST_COLUMNS = 7
WIDTHS = {"one-column": 237.0, "two-column": 496.0}
"""TeX points of a column and of the page, of CVPR, ICCV and most venues of two columns."""
TABLE, SMALL, CAPTION = 8.0, 7.0, 9.0
"""Sizes of type in TeX points: of cells, of intervals, of the caption."""
BETWEEN = 6.0
"""TeX points between two columns."""
BOLD = 1.13
"""How much wider bold figures are."""
CAPTION_LINES = 2
DIGITS = 3
DOCUMENT = (
    r"\documentclass[10pt,twocolumn]{article}\usepackage[letterpaper,textwidth=496.8pt,textheight=640pt]{geometry}"
    r"\setlength{\columnsep}{22.6pt}"
)
GROUPS = {"NR": "No reference", "DR": "Degraded reference", "FR": "Pristine reference"}
RANKING = ("srcc", "vote_agreement")
CANDIDATES = ("plcc", "krcc", "pair_accuracy", "params")
"""Columns beside the method and the figure that ranks, the most wanted first. Time is shown only where it is asked
for: it means nothing without the device and the size of the images."""
LABELS = {"pair_accuracy": "pair acc.", "vote_agreement": "votes", "params": "params (M)", "ms_per_image": "ms"}
_PRESET = re.compile(r"^% Preset: --paper (\S+) --digits (\d+) --columns (\S+)$")


@dataclass(frozen=True)
class Preset:
    """What ``--paper`` asks for."""

    venue: str = "one-column"
    """One of :data:`WIDTHS`."""
    digits: int = DIGITS
    columns: tuple[str, ...] = ()
    """Beside the method's; empty for those that have room."""

    @property
    def width(self) -> float:
        """TeX points that the table may take."""
        return WIDTHS[self.venue]


@dataclass(frozen=True)
class _Part:
    """A column with its cells in LaTeX, one for each row."""

    column: Column
    cells: list[str]
    width: float
    """TeX points."""


def render_paper(frames: Sequence[pd.DataFrame], preset: Preset, bibliography: Bibliography | None = None) -> str:
    """A table of each frame, as a document that compiles by itself and can be input into a paper.

    Raises
    ------
    UserError
        If a column is unknown, there are more than :data:`MOST_COLUMNS`, or they are wider than the venue's column.
    """
    return whole((_environment(frame, preset, bibliography) for frame in frames), bibliography, DOCUMENT)


def preset_of(section: Sequence[str]) -> Preset | None:
    """The preset that made a table, as a line of it says; None for any other table."""
    found = next((match for line in section if (match := _PRESET.match(line.strip()))), None)
    return Preset(found[1], int(found[2]), tuple(found[3].split(","))) if found and found[1] in WIDTHS else None


def _environment(frame: pd.DataFrame, preset: Preset, bibliography: Bibliography | None) -> str:
    rows = _grouped(frame)
    parts = _parts(rows, preset, bibliography)
    names = [part.column.name for part in parts]
    made_by = signatures(frame)
    environment = "table" if preset.venue == "one-column" else "table*"
    return "\n".join(
        [
            *([f"% {SIGNATURES}", *(f"% {line}" for line in made_by)] if made_by else []),
            f"% Preset: --paper {preset.venue} --digits {preset.digits} --columns {','.join(names[1:])}",
            *(f"% {printable(sentence)}" for sentence in footer(frame, names, not _has_half_widths(frame, preset))),
            rf"\begin{{{environment}}}[t]",
            r"\centering\footnotesize\setlength{\tabcolsep}{3pt}\setlength{\belowcaptionskip}{4pt}",
            rf"\caption{{\small {escape(_caption(frame, names, preset))}}}",
            rf"\label{{{label(frame)}}}",
            rf"\begin{{tabular}}{{@{{}}{''.join('r' if part.column.numeric else 'l' for part in parts)}@{{}}}}",
            r"\toprule",
            row_line(heading_text(part.column) for part in parts),
            *_body(rows, parts),
            r"\bottomrule",
            r"\end{tabular}",
            rf"\end{{{environment}}}",
            "",
        ]
    )


def label(frame: pd.DataFrame) -> str:
    r"""What ``\\ref`` calls the table of ``frame``: ``tab:iqabench-pipal-unseen``."""
    first = frame.iloc[0]
    words = f"{first['dataset']} {first['split']} {first['protocol']} {first['category'] or ''}"
    return f"tab:iqabench-{re.sub(r'[^A-Za-z0-9]+', '-', words).strip('-').lower()}"


def _grouped(frame: pd.DataFrame) -> pd.DataFrame:
    """By paradigm, within each in the order of ``frame``."""
    places = {name: place for place, name in enumerate(GROUPS)}
    order = frame["paradigm"].map(lambda one: places.get(str(one), len(places)))
    return frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _parts(frame: pd.DataFrame, preset: Preset, bibliography: Bibliography | None) -> list[_Part]:
    """The columns: those named, or as many as have room."""
    method = _methods(frame, bibliography)
    if preset.columns:
        wanted = [name for name in preset.columns if name != "method"]
        if len(wanted) >= MOST_COLUMNS:
            raise UserError(f"--columns: a table of a paper has at most {MOST_COLUMNS} columns with the method's")
        parts = [method, *(_figures(frame, name, preset) for name in wanted)]
        if _width(parts) > preset.width:
            parts = _without_intervals(frame, parts, preset)
        _refuse_wider(parts, preset, "name fewer --columns, fewer --digits")
        return parts
    main = next((name for name in RANKING if frame[name].notna().any()), RANKING[0])
    parts = [method, _figures(frame, main, preset)]
    if _width(parts) > preset.width:
        parts = _without_intervals(frame, parts, preset)
    for name in CANDIDATES:
        if frame[name].notna().any() and len(parts) < MOST_COLUMNS:
            wider = [*parts, _figures(frame, name, preset)]
            parts = wider if _width(wider) <= preset.width else parts
    _refuse_wider(parts, preset, "choose rows with --methods")
    return parts


def _refuse_wider(parts: Sequence[_Part], preset: Preset, todo: str) -> None:
    if (width := _width(parts)) > preset.width:
        across = ", or --paper two-column" if preset.venue == "one-column" else ""
        raise UserError(
            f"this table takes about {width:.0f} pt, and one of --paper {preset.venue} has {preset.width:.0f}: "
            f"{todo}{across}"
        )


def _without_intervals(frame: pd.DataFrame, parts: list[_Part], preset: Preset) -> list[_Part]:
    return [parts[0], *(_figures(frame, part.column.name, preset, intervals=False) for part in parts[1:])]


def _width(parts: Sequence[_Part]) -> float:
    return sum(part.width for part in parts) + BETWEEN * (len(parts) - 1)


def _methods(frame: pd.DataFrame, bibliography: Bibliography | None) -> _Part:
    in_groups = frame.groupby("method")["paradigm"].nunique()
    names = [_named(row, in_groups[row["method"]] > 1) for _, row in frame.iterrows()]
    cites = [bibliography.cite([str(name)]) if bibliography else "" for name in frame["method"]]
    column = Column("method", "Method", heading=True)
    numbers = [", ".join(["00"] * (cite.count(",") + 1)) if cite else "" for cite in cites]
    shown = [f"{name} [{number}]" if number else name for name, number in zip(names, numbers, strict=True)]
    widest = max(text_width(text, TABLE) for text in [*shown, column.label])
    return _Part(column, [escape(name) + cite for name, cite in zip(names, cites, strict=True)], widest)


def _named(row: pd.Series, several: bool) -> str:
    """The reference that its group has goes without saying, unless the method stands in ``several`` groups."""
    said = [str(row["method"])]
    if several or row["reference"] != NATURAL.get(row["paradigm"]):
        said.append(str(row["reference"]))
    said += [str(row["variant"])] if row["variant"] else []
    said += ["best epoch"] if row["selection"] == "best" else []
    return ", ".join(said) + ("" if pd.notna(row["rank"]) else " †")


def _figures(frame: pd.DataFrame, name: str, preset: Preset, intervals: bool = True) -> _Part:
    column = describe(frame, name)
    digits = {"ms_per_image": 1, "params": 2}.get(name, preset.digits if column.digits is not None else None)
    column = replace(column, label=LABELS.get(name, column.label), digits=digits)
    values = frame[name] / 1e6 if name == "params" else frame[name]
    bounds = [frame[end] for end in INTERVALS.get(name, ())] if intervals and name in RANKING else []
    short = _has_half_widths(frame, preset)
    cells = []
    for place, (value, emphasis) in enumerate(zip(values, marks(frame, column), strict=True)):
        ends = [series.iloc[place] for series in bounds]
        known = bool(ends) and pd.notna(value) and not any(map(pd.isna, ends))
        spread = _spread(frame.iloc[place], name, digits)
        beside = _interval(value, ends[0], ends[1], digits, short) if known else ""
        shown = figure(value, digits) if name != "params" else _millions(value)
        cells.append(Cell(shown + spread, None, beside, emphasis))
    arrow = " ↑" if column.better else ""
    widest = max(text_width(column.label + arrow, TABLE), *(_cell_width(cell) for cell in cells))
    return _Part(column, [cell_text(cell) for cell in cells], widest)


def _millions(value: float) -> str:
    """Two digits after the point, and the first digit that is not 0 of what is smaller than those: 0.004."""
    return f"{value:.1g}" if pd.notna(value) and 1e-4 <= value < 0.005 else figure(value, 2)


def _has_half_widths(frame: pd.DataFrame, preset: Preset) -> bool:
    """True where intervals are short: in one column, unless ± stands for the spread over seeds already."""
    return preset.venue == "one-column" and not (frame["seeds"] > 1).any()


def _interval(value: float, low: float, high: float, digits: int | None, short: bool) -> str:
    """``[0.571, 0.943]``, or ``±0.186``: Student's t reaches as far above a figure as below, unless a limit cuts it."""
    if short:
        return f"±{figure(max(high - value, value - low), digits)}"
    return f"[{figure(low, digits)}, {figure(high, digits)}]"


def _spread(row: pd.Series, name: str, digits: int | None) -> str:
    deviation = row.get(f"{name}_sd")
    return "" if pd.isna(deviation) else f" ± {figure(deviation, digits)}"


def _cell_width(cell: Cell) -> float:
    bold = BOLD if cell.emphasis == "best" else 1.0
    return bold * text_width(cell.text, TABLE) + (text_width(f" {cell.beside}", SMALL) if cell.beside else 0.0)


def _body(rows: pd.DataFrame, parts: Sequence[_Part]) -> list[str]:
    lines = []
    before = None
    for place, paradigm in enumerate(rows["paradigm"]):
        if paradigm != before:
            said = escape(GROUPS.get(str(paradigm), str(paradigm)))
            lines += [r"\midrule", row_line([rf"\multicolumn{{{len(parts)}}}{{@{{}}l}}{{\emph{{{said}}}}}"])]
            before = paradigm
        lines.append(row_line(part.cells[place] for part in parts))
    return lines


def _caption(frame: pd.DataFrame, names: Sequence[str], preset: Preset) -> str:
    """What was measured, then as many of the other sentences as two lines hold."""
    first = frame.iloc[0]
    judged = {"pseudo": "PSEUDO labels", "human": "human labels"}.get(str(first["labels"]), "no labels")
    only = f", {in_words(first['dataset'], first['category'])}" if first["category"] else ""
    amount = "" if pd.isna(first["images"]) else f", {counted(int(first['images']), 'image')}"
    said = f"{title(frame)}{only}{amount}, {judged}."
    main = next((name for name in RANKING if name in names), "")
    bounded = bool(main) and frame[INTERVALS[main][0]].notna().any()
    more = [
        "lr, noise, jpeg: reference made from the pristine image." * bool((~frame["reference"].isin(GIVEN)).any()),
        "†: incomplete." * bool(frame["rank"].isna().any()),
        f"{'±' if _has_half_widths(frame, preset) else 'Brackets'}: 95 % interval over contents." * bool(bounded),
        "Bold: best; underlined: second." if len(frame) > 1 else "",
        "Correlations: within each content, then averaged." if main == "srcc" else "",
    ]
    room = CAPTION_LINES * preset.width - text_width("Table 10: ", CAPTION) - 0.04 * preset.width
    for sentence in filter(None, more):
        if text_width(f"{said} {sentence}", CAPTION) <= room:
            said = f"{said} {sentence}"
    return said
