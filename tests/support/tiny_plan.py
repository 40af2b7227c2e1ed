"""A small plan of a table, as text: what tests of ``iqabench reproduce`` add their rows to."""

from __future__ import annotations

TINY_PLAN = """
title = "A tiny table"

[cell]
reference = "degraded"

[[columns]]
label = "SRCC"
statistic = "srcc"

[[rows]]
label = "PSNR"
method = "psnr"
"""


def tiny_plan(*rows: str, head: str = "") -> str:
    """:data:`TINY_PLAN` with more ``rows``, each the lines of one in TOML, and more lines at its ``head``."""
    titled = TINY_PLAN.replace('table"\n', f'table"\n{head}\n' if head else 'table"\n', 1)
    return titled + "".join(f"\n[[rows]]\n{row}\n" for row in rows)
