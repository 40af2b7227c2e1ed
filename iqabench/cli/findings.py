"""Findings of ``iqabench data check`` for reading: equal faults together, the first three by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from iqabench._util.text import printable
from iqabench._util.write_through import write_through
from iqabench.cli.output import echo, print_hanging

if TYPE_CHECKING:
    from iqabench.data.check import Finding

NAMED = 3
"""Files of one fault that are named; the others are counted."""


def show_findings(findings: list[Finding], base: str, csv_file: Path | None, dataset: str) -> None:
    """Print each fault once, with its advice and its first files, then where all of them stand.

    Parameters
    ----------
    base:
        The data set's folder, which is left out of file names; empty for none.
    csv_file:
        Where all findings were written; None writes them into the user's cache if not all are named.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in findings:
        where = one.file.removeprefix(base) or one.row
        groups.setdefault((one.severity, one.problem.replace(base, ""), one.advice), []).append(printable(where))
    alike: dict[tuple[str, str], list[tuple[str, list[str]]]] = {}
    for (severity, problem, advice), places in groups.items():
        alike.setdefault((severity, advice), []).append((problem, places))
    whole = True
    for (severity, advice), faults in alike.items():
        several = len(faults) > NAMED  # problems that each name another file: told by example
        for problem, places in faults[: NAMED if several else None]:
            count = f" ({len(places):,} times)" if len(places) > 1 else ""
            print_hanging(f"{severity}:", printable(f"{problem}{count}; {advice}"))
            for place in places[:NAMED]:
                print_hanging("   ", place)
            if len(places) > NAMED:
                whole = False
                print_hanging("   ", f"and {len(places) - NAMED:,} more")
        if several:
            whole = False
            rest = sum(len(places) for _, places in faults[NAMED:])
            print_hanging("   ", f"and {rest:,} more of this kind; {advice}")
    if not whole and csv_file is None:
        csv_file = _cache_file(dataset)
        write_through(csv_file, as_csv(findings))
        echo(f"all {len(findings):,}, one a line: {csv_file}")


def as_csv(findings: list[Finding]) -> str:
    """Every finding in one row."""
    import pandas as pd

    from iqabench.data.check import Finding
    from iqabench.render.csv import to_csv
    from iqabench.render.flat import flat

    return to_csv(flat(pd.DataFrame(findings, columns=Finding._fields)))


def _cache_file(dataset: str) -> Path:
    from platformdirs import user_cache_path

    from iqabench.results.store import folder_name

    return user_cache_path("iqabench", appauthor=False) / "checks" / f"{folder_name(dataset)}.csv"
