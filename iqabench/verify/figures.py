"""Whether CSV and JSON files of leaderboards say what the scores give, in full precision."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from iqabench._util.errors import UserError
from iqabench.render.leaderboards import render
from iqabench.verify import over_sets
from iqabench.verify.audit import Audit
from iqabench.verify.tables import Runs, UnknownRunError, fewest

CLOSE = 1e-6
"""Largest relative difference of two figures that are called equal: libraries may sum in another order."""

Row = dict[str, Any]


def check_figures(file: Path, style: str, runs: Runs, audit: Audit) -> None:
    """Check a CSV or JSON file that ``iqabench table`` or ``run`` wrote; any other is passed over."""
    where = file.relative_to(audit.root).as_posix()
    rows = read_rows(file.read_text(errors="replace"), style)
    if rows and rows[0].keys() >= over_sets.COLUMNS:
        _check_over_sets(rows, style, runs, where, audit)
    if not rows or not {"dataset", "split", "rank", "method"} <= rows[0].keys():
        return
    if "signature" not in rows[0]:
        audit.cannot(where, "table", "it names no signature")
        return
    unsigned = [row for row in rows if not row.get("signature")]
    for row in unsigned:
        audit.differs(where, "signature", "one in every row", f"none in that of {row.get('method')}")
    rows = [row for row in rows if row.get("signature")]
    facts = ("dataset", "split", "fingerprint", "category")
    try:
        for _, group in groupby(rows, key=lambda row: [row.get(name) for name in facts]):
            _check_group(list(group), style, runs, where, audit)
    except UnknownRunError as error:
        audit.differs(where, "signature", "a run of these results", str(error))
    except (UserError, ValueError) as error:
        audit.cannot(where, "table", str(error))
    else:
        audit.tables.append(where)


def _check_over_sets(rows: list[Row], style: str, runs: Runs, where: str, audit: Audit) -> None:
    for row in rows:
        if row.get("figure") and not row.get("signature"):
            audit.differs(where, "signature", "one in every row with a figure", f"none in that of {row.get('method')}")
    signed = [line for row in rows if row.get("signature") for line in str(row["signature"]).split("; ")]
    try:
        _, parts = runs.behind(signed)

        def outcomes() -> Iterator[Audit]:
            for like in over_sets.renderings(parts, [], style):
                outcome = Audit(audit.root)
                compare_rows(read_rows(like, style), rows, over_sets.ROW, where, outcome)
                yield outcome

        audit.differences += fewest(outcomes())
    except UnknownRunError as error:
        audit.differs(where, "signature", "a run of these results", str(error))
    except (UserError, ValueError) as error:
        audit.cannot(where, "table", str(error))
    else:
        audit.tables.append(where)


def read_rows(text: str, style: str) -> list[Row]:
    """The rows of a table in CSV or JSON; none if the text is something else."""
    if style == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    whole = isinstance(value, list) and all(isinstance(one, dict) for one in value)
    return value if whole else []


def compare_rows(
    expected: Sequence[Mapping[str, Any]], found: Sequence[Row], key: Sequence[str], where: str, audit: Audit
) -> None:
    """Compare rows cell by cell, each with the one that has the same ``key``."""
    by_key = {tuple(row.get(name) for name in key): row for row in expected}
    for row in found:
        named = tuple(row.get(name) for name in key)
        ours = by_key.get(named)
        if ours is None:
            audit.differs(where, "row", "none such", ", ".join(map(str, named)))
            continue
        for name, value in row.items():
            if name in ours and not equal(ours[name], value):
                audit.differs(f"{where}, {named[0]}", str(name), ours[name], value)


def _check_group(rows: list[Row], style: str, runs: Runs, where: str, audit: Audit) -> None:
    signed = [line for row in rows for line in str(row["signature"]).split("; ")]

    def outcomes() -> Iterator[Audit]:
        for frame in runs.frames(signed, str(rows[0].get("category") or "")):
            outcome = Audit(audit.root)
            compare_rows(read_rows(render([frame], style), style), rows, ("signature",), where, outcome)
            yield outcome

    audit.differences += fewest(outcomes())


def equal(ours: Any, theirs: Any) -> bool:
    """True if two cells say the same, figures up to :data:`CLOSE`."""
    if ours == theirs:
        return True
    try:
        return math.isclose(float(ours), float(theirs), rel_tol=CLOSE, abs_tol=CLOSE)
    except (TypeError, ValueError):
        return False
