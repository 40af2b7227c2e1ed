"""The scores as tables: one for reading, one for programs, and one of the algorithms."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
from rich.console import Console

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get
from iqabench.predict.limits import blocks_of_content
from iqabench.predict.ranks import AlgorithmRanks, rank_algorithms, ranks_within_content
from iqabench.predict.score_pairs import PairScores
from iqabench.render import csv, json, markdown
from iqabench.render.flat import flat
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.render.terminal import print_table

SIGNATURES = "Signatures; 'iqabench explain SIGNATURE' reads one back:"
NO_TERMINAL = 400
"""Columns of a table that goes to a file or a pipe: every row stays on one line, so that it can be searched."""


def tidy(pair_scores: PairScores) -> pd.DataFrame:
    """One row per image: names, scores, ranks within the content, notes, error.

    Best first by the first method; content by content, and best first within each, where its scores do not compare
    between contents.
    """
    frame, columns = pair_scores.frame, pair_scores.columns
    ranks = ranks_within_content(frame, pair_scores.scores, columns)
    table = frame[["image_id", "content", "algorithm"]].rename(columns={"image_id": "image"})
    for column in columns:
        table[column.name] = pair_scores.scores[column.name]
        if ranks[column.name].notna().any():
            table[f"{column.name}_rank"] = ranks[column.name]
    table["restored"], table["degraded"] = frame["image"].astype(str), [str(d or "") for d in frame["degraded"]]
    if frame["pristine"].notna().any():
        table["pristine"] = [str(p or "") for p in frame["pristine"]]
    for column in columns:
        table[f"{column.name}_signature"] = column.signature
    table["notes"] = ["; ".join([*notes, *pair_scores.limits]) for notes in frame["notes"]]
    table["error"] = frame["error"]
    values = columns[0].sign * pair_scores.scores[columns[0].name]
    if pair_scores.by_content:
        return table.loc[blocks_of_content(frame, values)]
    return table.loc[(-values).sort_values(kind="stable", na_position="last").index]


def to_csv(pair_scores: PairScores) -> str:
    """Full precision; names are escaped, so that no spreadsheet takes one for a formula."""
    return csv.to_csv(flat(tidy(pair_scores)))


def to_json(pair_scores: PairScores) -> str:
    """A list of objects, one per image; null for what is missing. ``notes``: conversions, and what misleads."""
    notes = pair_scores.frame["notes"].map(lambda own: [*own, *pair_scores.limits])
    return json.to_json(flat(tidy(pair_scores).assign(notes=notes)), ascii_only=True)


def to_markdown(pair_scores: PairScores) -> str:
    """The tables for reading as GitHub's Markdown, for a comment on a pull request."""
    return "\n".join(markdown.to_markdown(table) for table in lay_out(pair_scores))


def to_numbers(pair_scores: PairScores) -> str:
    """The scores alone, in full precision: a line for each image in the order of their names, ``nan`` where missing."""
    rows = pair_scores.scores.to_numpy(dtype=float).tolist()
    return "".join(" ".join(map(repr, row)) + "\n" for row in rows)


def to_parquet(pair_scores: PairScores) -> bytes:
    """The columns of the CSV with their types, for pandas, Polars, DuckDB and the like; names stand as they are."""
    require_parquet()
    written = io.BytesIO()
    tidy(pair_scores).reset_index(drop=True).to_parquet(written, engine="pyarrow")
    return written.getvalue()


def require_parquet() -> None:
    """Raise the UserError that says how to get pyarrow where it is not there."""
    try:
        import pyarrow.parquet  # noqa: F401  (pandas asks for it when all is scored)
    except ImportError as error:
        raise UserError(f"parquet is written by pyarrow: {how_to_get('parquet')}") from error


def to_text(pair_scores: PairScores, width: int | None = None) -> str:
    """Tables for reading: the images, best first, and the algorithms with their mean rank; in colour at a ``width``."""
    target = io.StringIO()
    console = Console(file=target, width=width or NO_TERMINAL, force_terminal=width is not None)
    for table in lay_out(pair_scores):
        print_table(table, console, style="dim italic", footer_width=None)
    return target.getvalue()


def lay_out(pair_scores: PairScores) -> list[Table]:
    """The images, and the algorithms where there are several; the last one says the signatures of the methods."""
    ranks = rank_algorithms(pair_scores.frame, pair_scores.scores, pair_scores.columns)
    *before, last = [_images(pair_scores), *([algorithms(pair_scores, ranks)] if ranks is not None else [])]
    return [*before, replace(last, signatures=[column.signature for column in pair_scores.columns], signed=SIGNATURES)]


def _images(pair_scores: PairScores) -> Table:
    frame, first = tidy(pair_scores), pair_scores.columns[0]
    ranked = [column for column in pair_scores.columns if f"{column.name}_rank" in frame.columns]
    columns = [Column("image", "image", heading=True, breaks="anywhere")]
    if pair_scores.by_content:
        columns.insert(0, Column("content", "content", groups=True, breaks="anywhere"))
    for column in pair_scores.columns:
        columns.append(Column(column.name, column.name, column.sign, 4, numeric=True, needed=column is first))
        if column in ranked:
            columns.append(Column(f"{column.name}_rank", "rank", numeric=True, with_left=True))
    rows = []
    for _, row in frame.iterrows():
        cells = [*([Cell(row["content"])] if pair_scores.by_content else []), Cell(row["image"])]
        for column in pair_scores.columns:
            cells.append(Cell(number(row[column.name])))
            if column in ranked:
                cells.append(Cell(f"{row[f'{column.name}_rank']:g}".replace("nan", ""), emphasis="quiet"))
        rows.append(Row(cells))
    meaning = " rank: among the restorations of the same content, 1 is best." if ranked else ""
    order = f"Best first by {first.name}." if len(frame) > 1 else ""
    if pair_scores.by_content:
        order = f"Content by content, best first by {first.name}, whose scores of different contents do not compare."
    return Table(columns, rows, footer=[f"{order}{meaning}".strip()] if order else [])


def algorithms(pair_scores: PairScores, ranks: AlgorithmRanks, label: str = "mean rank by {}") -> Table:
    """Mean rank of every algorithm by every method, whose name stands in ``label``."""
    columns = [
        Column("algorithm", "algorithm", heading=True, breaks="anywhere"),
        *(
            Column(column.name, label.format(column.name), digits=2, numeric=True, breaks="words", needed=place == 0)
            for place, column in enumerate(pair_scores.columns)
        ),
    ]
    names, values = ranks.frame.index.astype(str), ranks.frame.to_numpy().tolist()
    rows = [
        Row([Cell(name), *(Cell(number(value, 2)) for value in row)]) for name, row in zip(names, values, strict=True)
    ]
    return Table(columns, rows, footer=[_counted(ranks)])


def _counted(ranks: AlgorithmRanks) -> str:
    """On what the mean ranks rest."""
    numbers = sorted(set(ranks.contents.values()))
    span = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    contents = "content" if span == "1" else "contents"
    return f"1 is best; over the {span} {contents} that every algorithm restored and that had all its scores."


def number(value: float, digits: int = 4) -> str:
    """A score for reading; a dash where there is none."""
    return "–" if pd.isna(value) else f"{value:z.{digits}f}"
