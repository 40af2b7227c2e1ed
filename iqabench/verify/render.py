"""An audit in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from iqabench._util.text import printable
from iqabench.verify.audit import Audit, StoredRun, Unchecked

NAMED = 6
"""Most places that one line names."""


def to_text(audit: Audit) -> str:
    """What holds, what cannot be checked here and why, what differs, and the verdict."""
    lines = [*_held(audit), *_unchecked(audit.unchecked), *_differences(audit), _verdict(audit)]
    return "".join(f"{printable(line)}\n" for line in lines)


def to_json(audit: Audit) -> str:
    """The same as one object; ``verdict`` is ``holds`` or ``differs``."""
    runs = [
        {
            "run": run.where,
            "signature": run.meta.get("signature"),
            "holds": audit.is_sound(run),
            "rows": len(run.rows),
            "scored_again": run.scored_again,
            "largest_deviation": run.deviation if run.scored_again else None,
            "tolerance": run.tolerance if run.scored_again else None,
        }
        for run in audit.runs
    ]
    found = {
        "results": str(audit.root),
        "verdict": "differs" if audit.differences else "holds" if audit.runs or audit.tables else "nothing checked",
        "sample": audit.sample,
        "seed": audit.seed,
        "runs": runs,
        "tables": audit.tables,
        "unchecked": [asdict(one) for one in audit.unchecked],
        "differences": [asdict(one) for one in audit.differences],
    }
    return json.dumps(found, indent=1) + "\n"


def _held(audit: Audit) -> list[str]:
    sound = [run for run in audit.runs if audit.is_sound(run)]
    again = [run for run in audit.runs if run.scored_again]
    rows = sum(len(run.rows) for run in sound)
    lines = [f"holds: {len(sound)} of {len(audit.runs)} runs, {rows:,} rows as they were written"]
    if again:
        scored = sum(run.scored_again for run in again)
        worst = max((run for run in again), key=lambda run: run.deviation)
        lines.append(
            f"scored again: {scored:,} rows of {len(again)} runs, drawn with seed {audit.seed}; largest deviation "
            f"{worst.deviation:.1e} of the run's spread ({_name(worst)}), tolerance {worst.tolerance:g}"
        )
    if audit.tables:
        lines.append(f"tables computed again: {len(audit.tables)} ({_listed(audit.tables)})")
    return lines


def _unchecked(unchecked: list[Unchecked]) -> list[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for one in unchecked:
        groups.setdefault((one.what, one.why), []).append(one.where)
    return [
        f"cannot be checked here: {what}: {why} ({len(places)}: {_listed(places)})"
        for (what, why), places in groups.items()
    ]


def _differences(audit: Audit) -> list[str]:
    return [f"DIFFERS {one.where}: {one.what}: expected {one.expected}, found {one.found}" for one in audit.differences]


def _verdict(audit: Audit) -> str:
    if audit.differences:
        count = len(audit.differences)
        return f"{count} difference{'' if count == 1 else 's'} found"
    if not (audit.runs or audit.tables):
        return (
            "nothing here could be checked: there is no run of this version of iqabench, and no table with signatures"
        )
    return "everything that can be checked here holds"


def _listed(places: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(places))
    more = f" and {len(distinct) - NAMED} more" if len(distinct) > NAMED else ""
    return ", ".join(distinct[:NAMED]) + more


def _name(run: StoredRun) -> str:
    return f"{run.identity['method']}, {run.identity['reference']}, split {run.meta['split']['name']}"
