"""The scores as a table for the terminal, as CSV and as JSON."""

from __future__ import annotations

import io
import json

import pandas as pd
from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from iqabench.predict.ranks import AlgorithmRanks, rank_algorithms, ranks_within_content
from iqabench.predict.score_pairs import PairScores
from iqabench.render.csv import escape
from iqabench.render.plain import printable

SIGNATURES = "Signatures; 'iqabench explain SIGNATURE' reads one back:"
NO_TERMINAL = 400
"""Columns of a table that goes to a file or a pipe: every row stays on one line, so that it can be searched."""


def tidy(judgement: PairScores) -> pd.DataFrame:
    """One row per image, best first by the first method: names, scores, ranks within the content, error."""
    frame, columns = judgement.frame, judgement.columns
    ranks = ranks_within_content(frame, judgement.scores, columns)
    table = frame[["image_id", "content", "algorithm"]].rename(columns={"image_id": "image"})
    for column in columns:
        table[column.name] = judgement.scores[column.name]
        if ranks[column.name].notna().any():
            table[f"{column.name}_rank"] = ranks[column.name]
    table["restored"], table["degraded"] = frame["image"].astype(str), [str(d or "") for d in frame["degraded"]]
    for column in columns:
        table[f"{column.name}_signature"] = column.signature
    table["error"] = frame["error"]
    first = columns[0]
    order = (-first.sign * judgement.scores[first.name]).sort_values(kind="stable", na_position="last").index
    return table.loc[order]


def to_csv(judgement: PairScores) -> str:
    """Full precision; names are escaped, so that no spreadsheet takes one for a formula."""
    table = tidy(judgement)
    words = ("image", "content", "algorithm", "restored", "degraded", "error")
    return table.assign(**{name: table[name].map(escape) for name in words}).to_csv(index=False, lineterminator="\n")


def to_json(judgement: PairScores) -> str:
    """A list of objects, one per image; null for what is missing. ``notes`` say how the images were converted."""
    table = tidy(judgement).astype(object)
    table["notes"] = judgement.frame["notes"].map(list)
    return json.dumps(table.where(table.notna(), None).to_dict("records"), indent=1) + "\n"


def to_text(judgement: PairScores, width: int | None = None) -> str:
    """Tables for reading: the images, best first, and the algorithms with their mean rank; in colour at a ``width``."""
    target = io.StringIO()
    console = Console(file=target, width=width or NO_TERMINAL, force_terminal=width is not None)
    console.print(_images(judgement))
    ranks = rank_algorithms(judgement.frame, judgement.scores, judgement.columns)
    if ranks is not None:
        console.print(_algorithms(judgement, ranks))
    console.print(_caption(SIGNATURES))
    for column in judgement.columns:
        console.print(Text(column.signature, style="dim"), soft_wrap=True)
    return target.getvalue()


def _images(judgement: PairScores) -> Group:
    table, first = tidy(judgement), judgement.columns[0]
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("image", overflow="fold")
    ranked = [column for column in judgement.columns if f"{column.name}_rank" in table.columns]
    for column in judgement.columns:
        shown.add_column(Text(f"{printable(column.name)} {column.arrow}"), justify="right", no_wrap=True)
        if column in ranked:
            shown.add_column("rank", justify="right", no_wrap=True)
    for _, row in table.iterrows():
        cells = [Text(printable(row["image"]))]
        for column in judgement.columns:
            cells.append(Text(number(row[column.name])))
            if column in ranked:
                cells.append(Text(f"{row[f'{column.name}_rank']:g}".replace("nan", ""), style="dim"))
        shown.add_row(*cells)
    meaning = " rank: among the restorations of the same content, 1 is best." if ranked else ""
    return Group(shown, _caption(f"Best first by {printable(first.name)}.{meaning}"))


def _algorithms(judgement: PairScores, ranks: AlgorithmRanks) -> Group:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("algorithm", overflow="fold")
    for column in judgement.columns:
        shown.add_column(Text(f"mean rank by {printable(column.name)}"), justify="right")
    for algorithm, row in ranks.frame.iterrows():
        shown.add_row(Text(printable(str(algorithm))), *(Text(number(value, 2)) for value in row))
    return Group(shown, _caption(counted(ranks)))


def _caption(words: str) -> Text:
    """Below a table and as wide as the terminal: a table of one method is narrow."""
    return Text(words, style="dim italic")


def counted(ranks: AlgorithmRanks) -> str:
    """On what the mean ranks rest."""
    numbers = sorted(set(ranks.contents.values()))
    span = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    contents = "content" if span == "1" else "contents"
    return f"1 is best; over the {span} {contents} that every algorithm restored and that had all its scores."


def number(value: float, digits: int = 4) -> str:
    """A score for reading; a dash where there is none."""
    return "–" if pd.isna(value) else f"{value:.{digits}f}"
