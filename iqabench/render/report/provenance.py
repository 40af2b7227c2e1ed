"""What made the scores of every run, in one table."""

from __future__ import annotations

from iqabench.render.report.facts import Facts
from iqabench.render.report.runs import ReportRun
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.results.model import RunResult

COLUMNS = (
    Column("run", "Run", heading=True),
    Column("version", "Version"),
    Column("run_id", "Run id"),
    Column("trained_on", "Trained on"),
    Column("recipe", "Recipe, start"),
    Column("selection", "Epoch"),
    Column("seed", "Seed", numeric=True),
    Column("precision", "Precision"),
    Column("device", "Device"),
    Column("commit", "Commit"),
    Column("finished", "Finished"),
    Column("signature", "Signature"),
)


def provenance(runs: list[ReportRun], facts: Facts) -> Table:
    """One row for every seed of every run."""
    rows = []
    for run in runs:
        signed = dict(enumerate(run.row["signature"].split("; ")))
        rows += [_row(run, result, signed.get(number, "")) for number, result in enumerate(run.group.runs)]
    return Table(COLUMNS, rows, caption=f"What made the scores. {facts.sentence('no interval in this table')}")


def _row(run: ReportRun, result: RunResult, signature: str) -> Row:
    meta = result.meta
    git = meta.get("git") or {}
    return Row(
        [
            Cell(run.name),
            Cell(run.row["version"]),
            Cell(str(meta.get("run_id")), emphasis="code"),
            Cell(run.row["trained_on"] or "–"),
            Cell(", ".join(filter(None, (run.row["recipe"], run.row["start"]))) or "–"),
            Cell(run.row["selection"]),
            Cell(str(meta.get("seed", "–"))),
            Cell(str(meta.get("precision", "–"))),
            Cell(str(meta.get("device", "–"))),
            Cell((git.get("commit") or "–")[:10], beside="(changed)" if git.get("dirty") else "", emphasis="code"),
            Cell(meta.get("finished") or "–"),
            Cell(signature, emphasis="copied") if signature else Cell("–"),
        ]
    )
