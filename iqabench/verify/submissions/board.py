"""From gathered archives to the files of a leaderboard site."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from iqabench._util.errors import UserError
from iqabench.render.leaderboards import lay_out
from iqabench.render.site.page import SiteRow, SiteTable, render_site
from iqabench.render.table import Cell
from iqabench.stats.leaderboard import leaderboard
from iqabench.verify.submissions.gather import BoardTable, Gathered

ARCHIVES = "archives"
UNNAMED = "none named (RGB, whole images)"


def site_files(gathered: Gathered, title: str) -> dict[str, bytes]:
    """The files of the site by name: one page, and a copy of each archive for whoever wants to verify it."""
    tables = []
    for one in gathered.tables:
        try:
            tables.append(_table(one))
        except UserError as error:  # labels and scores that no statistic can be made of
            gathered.refused += [(path, str(error)) for path in dict.fromkeys(_paths(one))]
    refused = [(path.name, reason) for path, reason in gathered.refused]
    page = render_site(title, tables, refused, gathered.notes)
    copies = {f"{ARCHIVES}/{one.name}.zip": one.opened.path.read_bytes() for one in gathered.submissions}
    return {"index.html": page.encode(), **copies}


def _paths(table: BoardTable) -> list[Path]:
    return [source.opened.path for source in table.sources.values()]


def _table(table: BoardTable) -> SiteTable:
    frame = leaderboard(table.results)
    shown = lay_out(frame)
    rows = [
        _row(
            row.cells,
            [_value(frame[column.name].iloc[place]) for column in shown.columns],
            table,
            str(frame["run_id"].iloc[place]).split(),
        )
        for place, row in enumerate(shown.rows)
    ]
    results, card = table.results, table.results.card
    facts = {
        "Data": f"{results.dataset}, state {results.fingerprint}",
        "Split": f"{results.split}, digest {table.split_digest}",
        "Protocol": f"{results.protocol} ({results.protocol_rules})" if results.protocol else UNNAMED,
        "Labels": f"{card.get('label_kind')}, SHA-256 {str(card.get('labels_sha256'))[:16]}",
    }
    return SiteTable(
        shown.title,
        facts,
        shown.columns,
        rows,
        shown.footer,
        citation=str(card.get("citation") or ""),
        pseudo=card.get("label_kind") == "pseudo",
    )


def _value(value: object) -> str:
    """What a column is sorted by; empty where there is no figure."""
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _row(cells: Sequence[Cell], values: Sequence[str], table: BoardTable, ids: Sequence[str]) -> SiteRow:
    """The row of the runs ``ids``; it counts as verified as far as each of them is."""
    sources = [table.sources[one] for one in ids]
    rank_of_mark, verified = min(_mark(table, one) for one in ids)
    by_id = {str(run.meta["run_id"]): run for run in table.results.runs}
    return SiteRow(
        cells,
        values,
        verified,
        rank_of_mark,
        archives=[(f"{ARCHIVES}/{name}.zip", name) for name in dict.fromkeys(one.name for one in sources)],
        digests=list(dict.fromkeys(one.opened.digest for one in sources)),
        signatures=[str(by_id[one].meta.get("signature")) for one in ids],
    )


def _mark(table: BoardTable, run_id: str) -> tuple[int, str]:
    """How far a run is verified: 0 not, 1 all but its scores, 2 with a sample of its scores; and the words for it."""
    if run_id in table.contested:
        return 0, f"contested: {table.contested[run_id]}"
    record = table.sources[run_id].record
    if record is None or run_id not in record.runs:
        return 0, "not verified"
    run = record.runs[run_id]
    by = f"{record.date}, iqabench {record.iqabench}"
    if not run.scored_again:
        return 1, f"not scored again ({by})"
    return 2, f"verified: {run.scored_again} of {run.rows} images scored again ({by}, seed {record.seed})"
