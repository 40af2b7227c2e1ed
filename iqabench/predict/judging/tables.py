"""What judges said, as a table: the scale, who cannot be told apart, and how many more choices that takes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from iqabench._util.text import counted
from iqabench.predict.judging.verdict import Judge, Verdict
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.stats.more_choices import MOST, POWER
from iqabench.stats.over_judges import FEW, JudgeIntervals
from iqabench.stats.paired_scale import PairedScale
from iqabench.stats.significance import ranks_level_with

NAMED = 6
"""Pairs whose further choices are named below the table; JSON has all."""

COLUMNS = (
    Column("rank", "#", numeric=True, needed=True),
    Column("algorithm", "algorithm", heading=True, needed=True),
    Column("bradley_terry", "Bradley–Terry", 1, 2, numeric=True, needed=True),
    Column("over_judges", "over judges", needed=True),
    Column("level_with", "level with #", needed=True),
    Column("thurstone", "Thurstone", 1, 2, numeric=True),
    Column("better", "better", numeric=True),
    Column("similar", "similar", numeric=True),
    Column("worse", "worse", numeric=True),
)


def scale_rows(verdict: Verdict) -> list[dict[str, Any]]:
    """The algorithms, best first, each as plain data."""
    scale, probit, counts = verdict.scale, verdict.probit, verdict.counts
    order = np.argsort(-scale.values, kind="stable").tolist()
    apart = {frozenset((pair.better, pair.worse)) for pair in verdict.pairs if pair.apart}
    names = [scale.names[i] for i in order]
    differs = [[frozenset((one, other)) in apart for other in names] for one in names]
    level = ranks_level_with(range(1, len(names) + 1), differs, names)
    return [
        {
            "rank": rank,
            "algorithm": scale.names[i],
            **_figures("bradley_terry", scale, i),
            **_judged("bradley_terry", verdict.over_judges, i),
            "level_with": level[rank - 1],
            **_figures("thurstone", probit, i),
            **_judged("thurstone", verdict.probit_over_judges, i),
            "better": int(counts.wins[i].sum()),
            "similar": int(counts.ties[i].sum()),
            "worse": int(counts.wins[:, i].sum()),
        }
        for rank, i in enumerate(order, start=1)
    ]


def to_table(verdict: Verdict) -> Table:
    """The scale with all that must be said of it."""
    rows = [Row([_cell(column, one) for column in COLUMNS]) for one in scale_rows(verdict)]
    return Table(COLUMNS, rows, title=_title(verdict), footer=_footer(verdict))


def to_json(verdict: Verdict) -> str:
    """Everything, numbers in full precision."""
    said = {
        "page": verdict.plan.digest,
        "choices": len(verdict.choices),
        "similar": sum(one.choice == "similar" for one in verdict.choices),
        "alpha": None if math.isnan(verdict.alpha) else verdict.alpha,
        "pairs_judged_twice": verdict.judged_twice,
        "tie": verdict.scale.tie,
        "smoothed": verdict.scale.smoothed,
        "scale": scale_rows(verdict),
        "pairs": [
            {
                "better": pair.better,
                "worse": pair.worse,
                "difference": pair.difference,
                "low": pair.low,
                "high": pair.high,
                "p_adjusted": pair.p_adjusted,
                "apart": pair.apart,
                "more_choices": pair.more,
            }
            for pair in verdict.pairs
        ],
        "judges": [
            {"judge": judge.name, "answered": judge.answered, **vars(judge.controls), "left_out": judge.left_out}
            for judge in verdict.judges
        ],
    }
    return json.dumps(said, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _figures(name: str, scale: PairedScale, i: int) -> dict[str, float]:
    return {
        name: float(scale.values[i]),
        f"{name}_low": float(scale.low[i]),
        f"{name}_high": float(scale.high[i]),
    }


def _judged(name: str, intervals: JudgeIntervals, i: int) -> dict[str, float | None]:
    low, high = intervals.low[i], intervals.high[i]
    known = intervals.known
    return {f"{name}_judges_low": float(low) if known else None, f"{name}_judges_high": float(high) if known else None}


def _cell(column: Column, row: dict[str, Any]) -> Cell:
    if column.name == "over_judges":
        low, high = row["bradley_terry_judges_low"], row["bradley_terry_judges_high"]
        return Cell("-" if low is None else f"[{low:z.2f}, {high:z.2f}]", low)
    value = row[column.name]
    if column.digits is None:
        return Cell(str(value), value)
    low, high = row[f"{column.name}_low"], row[f"{column.name}_high"]
    return Cell(f"{value:z.2f}", value, beside=f"[{low:z.2f}, {high:z.2f}]")


def _title(verdict: Verdict) -> str:
    believed = verdict.believed
    similar = sum(one.choice == "similar" for one in verdict.choices)
    return (
        f"{counted(len(verdict.choices), 'choice')} of {counted(len(believed), 'judge')}, {similar} of them 'similar'"
    )


def _footer(verdict: Verdict) -> list[str]:
    said = [
        "Bradley–Terry: with Davidson's ties, in logits. Thurstone: case V, 'similar' as half a vote for each, in "
        "standard deviations of the difference. Both sum to 0.",
        "Brackets: 95 % interval (Wald, Fisher information; choices taken for independent).",
        _said_over_judges(verdict.over_judges),
        f"Level with: ranks not told apart from the row's (Wald test, Holm-corrected for "
        f"{counted(len(verdict.pairs), 'pair')}, 5 %).",
    ]
    if verdict.scale.smoothed:
        said.append(
            "Somebody won or lost always, which puts them at infinity: half a win was added on either side of every "
            "pair."
        )
    said.append(_agreement(verdict))
    said += _more(verdict)
    gone = [judge for judge in verdict.judges if judge.left_out]
    if gone:
        said.append(f"Left out: {'; '.join(f'{judge.name} ({judge.left_out})' for judge in gone)}.")
    said.append(_kept_controls(verdict.believed))
    return said


def _said_over_judges(intervals: JudgeIntervals) -> str:
    if intervals.judges == 1:
        return "Over judges: no interval, since there is one judge; what others would say is not known."
    if not intervals.known:
        return (
            f"Over judges: no interval, since only {intervals.used} of {intervals.draws} draws of judges compared all "
            "algorithms; ask more people, or each about more pairs."
        )
    said = (
        f"Over judges: 95 % interval of Bradley–Terry, whole judges drawn ({intervals.used} draws), since choices of "
        "one judge hang together."
    )
    if intervals.judges < FEW:
        said += f" There are {intervals.judges} judges: below {FEW} it is rough, and rather too narrow."
    return said


def _agreement(verdict: Verdict) -> str:
    if verdict.judged_twice == 0:
        return "Agreement between judges: unknown, no pair was judged by two."
    over = f"{counted(verdict.judged_twice, 'pair')} that two or more judged"
    return f"Krippendorff's alpha (nominal, three answers): {verdict.alpha:z.2f}, over {over}; 1: all agree, 0: chance."


def _more(verdict: Verdict) -> list[str]:
    open_pairs = [pair for pair in verdict.pairs if not pair.apart]
    if not open_pairs:
        return ["All pairs of algorithms are told apart."]
    nearest = sorted(open_pairs, key=lambda pair: (pair.more is None, pair.more or 0))
    named = [
        f"{pair.better} and {pair.worse}, " + (f"over {MOST:,}" if pair.more is None else f"{pair.more:,}")
        for pair in nearest[:NAMED]
    ]
    rest = f"; {len(nearest) - NAMED} more pairs (--format json)" if len(nearest) > NAMED else ""
    return [
        f"More choices that would tell apart, if the difference is what it seems (power {POWER:.0%}): "
        f"{'; '.join(named)}{rest}."
    ]


def _kept_controls(judges: list[Judge]) -> str:
    right, obvious = sum(one.controls.right for one in judges), sum(one.controls.obvious for one in judges)
    same, repeats = sum(one.controls.same for one in judges), sum(one.controls.repeats for one in judges)
    again = f", {same} of {repeats} repeated pairs answered alike" if repeats else ""
    return f"Controls of those who count: {right} of {obvious} obvious pairs right{again}."
