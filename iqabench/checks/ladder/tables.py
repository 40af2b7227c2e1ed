"""The ladder as a table: one row for each kind of fault and each start, one column for each method."""

from __future__ import annotations

import math

import pandas as pd

from iqabench._util.text import counted
from iqabench.checks.ladder.climb import Climb
from iqabench.checks.ladder.faults import FAULTS
from iqabench.checks.ladder.order import ALL
from iqabench.checks.ladder.starts import FACTOR, STARTS
from iqabench.render.flat import flat
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.render.write import PROGRAMS, write

SIGNATURES = "Signatures, in the order of the columns; 'iqabench explain SIGNATURE' reads one back:"


def ladder_text(climb: Climb, shares: pd.DataFrame, style: str) -> str:
    """The shares in one of ``text``, ``markdown``, ``latex``, ``csv`` and ``json``."""
    if style in PROGRAMS:
        signed = dict(zip(climb.names, climb.signatures, strict=True))
        return write([flat(shares.assign(signature=shares["method"].map(signed)))], style)
    return write([ladder_table(climb, shares)], style)


def ladder_table(climb: Climb, shares: pd.DataFrame) -> Table:
    """Kinds over all starts, all kinds together, and all kinds by start."""
    found = {(row.method, row.kind, row.start): row for row in shares.itertuples(index=False)}
    columns = [
        Column("fault", "fault", heading=True, needed=True),
        *(Column(name, name, +1, 3, numeric=True, breaks="words") for name in climb.names),
    ]
    lines = [
        *((fault.kind, fault.kind, ALL) for fault in FAULTS),
        ("all kinds", ALL, ALL),
        *((f"all, put on {start}", ALL, start) for start in STARTS),
    ]
    rows = [
        Row([Cell(label), *(_cell(found[name, kind, start]) for name in climb.names)]) for label, kind, start in lines
    ]
    return Table(
        columns,
        rows,
        title="Sanity ladder: share of pairs in which the stronger fault scores worse",
        caption="Sanity ladder: share of pairs in which the stronger fault scores worse.",
        footer=footer(climb, shares),
        signatures=climb.signatures,
        signed=SIGNATURES,
    )


def _cell(row: object) -> Cell:
    share, low, high = (float(getattr(row, name)) for name in ("share", "low", "high"))
    if math.isnan(share):
        return Cell("–", None)
    return Cell(f"{share:z.3f}", share, "" if math.isnan(low) else f"[{low:z.3f}, {high:z.3f}]")


def footer(climb: Climb, shares: pd.DataFrame) -> list[str]:
    """What was measured and how, in sentences."""
    contents = climb.frame["content"].nunique()
    pairs = int(shares.loc[(shares["kind"] == ALL) & (shares["start"] == ALL), "pairs"].iloc[0])
    blind = [name for name in climb.names if climb.blind[name]]
    seeing = [name for name in climb.names if not climb.blind[name]]
    interval = "Brackets: 95 % interval, Student's t over contents." if contents > 1 else "No intervals: one content."
    said = [
        f"{counted(pairs, 'pair')} for each method: {counted(contents, 'content')} of at most {climb.size} pixels, "
        f"faults drawn with seed {climb.seed}; every two of five rungs (no fault, four strengths) of {len(FAULTS)} "
        f"kinds put on {len(STARTS)} restorations.",
        "1 is right, 0.5 is chance, 0 is backwards; equal scores count one half.",
        interval,
        "Restorations: ideal is the pristine picture, bicubic the degraded image enlarged, half their mean.",
    ]
    if seeing:
        said.append(f"Shown the degraded image ({FACTOR} times smaller, enlarged): {', '.join(seeing)}.")
    if blind:
        said.append(f"Shown the restored image alone: {', '.join(blind)}.")
    missing = shares.loc[shares["share"].isna(), "method"].unique().tolist()
    if missing:
        said.append(f"No figure where a score is missing: {', '.join(missing)}.")
    return said
