"""Whether tables over several data sets say what the scores give: each is computed again and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iqabench.render.many_sets import render_many
from iqabench.results.model import ResultSet
from iqabench.stats.many_sets import many_sets

COLUMNS = {"dataset", "split", "method", "set_rank", "with_contaminated"}
"""Columns of such a table in CSV and JSON, by which it is known."""
ROW = ("dataset", "method", "reference", "selection", "settings", "signature")
"""What names one of its rows."""


def is_over_sets(sets: Iterable[ResultSet]) -> bool:
    """True if runs of ``sets`` in one table make it a table over data sets."""
    return len({one.dataset for one in sets}) > 1


def renderings(sets: Sequence[ResultSet], header: Sequence[str], style: str) -> Iterator[str]:
    """What the table of ``sets`` may be, its sets in the order of ``header``, its cells."""
    names = [cell.rsplit(" ", 1)[0].replace("\\", "") for cell in header]
    place = {name: number for number, name in enumerate(names)}
    ordered = sorted(sets, key=lambda one: place.get(one.dataset, len(place)))
    for with_contaminated in (False, True):
        yield render_many(many_sets(ordered, with_contaminated), style)
