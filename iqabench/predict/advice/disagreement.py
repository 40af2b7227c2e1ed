"""Where metrics disagree on images without labels: rank correlation within contents, and where that is lowest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.predict.score_pairs import PairScores
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.stats.arrays import Floats
from iqabench.stats.contents import Interval, content_mean
from iqabench.stats.correlation import MINIMUM_POINTS, srcc, within_content

SHOWN = 5
"""Contents that the table names."""


@dataclass(frozen=True)
class MetricPair:
    """Two metrics on the same images."""

    a: str
    b: str
    agreement: Interval
    """Mean over contents of the SRCC between their scores."""
    by_content: dict[str, float]


@dataclass(frozen=True)
class MetricDisagreements:
    """Least agreement first."""

    pairs: list[MetricPair]
    contents: dict[str, float]
    """Mean over all pairs of metrics of the SRCC within a content."""
    undefined: int
    """Contents without an SRCC: fewer than three images, or equal scores."""


def disagreements(scores: PairScores) -> MetricDisagreements:
    """Compare every two metrics within each content.

    Raises
    ------
    DataError
        With fewer than two metrics, or no content that three algorithms restored.
    """
    signed = {one.name: one.sign * scores.scores[one.name].to_numpy(dtype=float) for one in scores.columns}
    content = scores.frame["content"].to_numpy(dtype=object)
    names = sorted(set(content))
    if len(signed) < 2:
        raise DataError("one metric cannot disagree: name two or more with --methods")
    pairs = [_compared(a, b, signed, content) for a, b in combinations(signed, 2)]
    values = {name: [pair.by_content.get(name, np.nan) for pair in pairs] for name in names}
    defined = {name: float(np.nanmean(one)) for name, one in values.items() if np.isfinite(one).any()}
    if not defined:
        raise DataError(
            f"no content with {MINIMUM_POINTS} restored images: rank correlation within a content needs that many "
            "algorithms, as in FOLDER/ALGORITHM/NAME.png"
        )
    return MetricDisagreements(
        sorted(pairs, key=lambda pair: float(np.nan_to_num(pair.agreement.value, nan=2))),
        dict(sorted(defined.items(), key=lambda one: one[1])),
        len(names) - len(defined),
    )


def to_tables(found: MetricDisagreements) -> list[Table]:
    """The pairs of metrics, and the contents on which they disagree most."""
    columns = (
        Column("a", "metric", heading=True, needed=True),
        Column("b", "and", heading=True, needed=True),
        Column("srcc", "SRCC", 1, 3, numeric=True, needed=True),
        Column("lowest", "lowest in", needed=True),
    )
    rows = []
    for pair in found.pairs:
        low, high = float(pair.agreement.low), float(pair.agreement.high)
        beside = f"[{low:z.2f}, {high:z.2f}]" if np.isfinite(low) else ""
        known = {name: value for name, value in pair.by_content.items() if np.isfinite(value)}
        lowest = min(known, key=known.__getitem__) if known else ""
        said = f"{lowest} ({known[lowest]:z.2f})" if known else "–"
        value = float(pair.agreement.value)
        rows.append(Row([Cell(pair.a), Cell(pair.b), Cell(f"{value:z.3f}", value, beside=beside), Cell(said)]))
    contents = len(found.contents)
    first = Table(
        columns,
        rows,
        title="Where the metrics disagree on your images: rank correlation of their scores within a content",
        footer=_footer(found),
    )
    second = Table(
        (Column("content", "content", heading=True, needed=True), Column("srcc", "mean SRCC", 1, 3, numeric=True)),
        [Row([Cell(name), Cell(f"{value:z.3f}", value)]) for name, value in list(found.contents.items())[:SHOWN]],
        title=f"Most disagreement, of {counted(contents, 'content')}: ask people there ('iqabench judge export')",
    )
    return [first, second]


def as_data(found: MetricDisagreements) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "metrics": [
            {
                "a": pair.a,
                "b": pair.b,
                "srcc": _known(float(pair.agreement.value)),
                "low": _known(float(pair.agreement.low)),
                "high": _known(float(pair.agreement.high)),
                "by_content": {name: _known(value) for name, value in pair.by_content.items()},
            }
            for pair in found.pairs
        ],
        "contents": found.contents,
        "contents_undefined": found.undefined,
    }


def _compared(a: str, b: str, scores: dict[str, Floats], content: NDArray[Any]) -> MetricPair:
    known = np.isfinite(scores[a]) & np.isfinite(scores[b])
    found = within_content(srcc, scores[a][known], scores[b][known], content[known])
    return MetricPair(a, b, content_mean(found.vector, (-1.0, 1.0)), found.per_content)


def _footer(found: MetricDisagreements) -> list[str]:
    said = [
        "SRCC: mean over contents, 1 is the same order, 0 none, -1 the opposite; brackets: 95 % interval, Student's t "
        "over contents. Without labels nobody knows which metric is right."
    ]
    if found.undefined:
        said.append(
            f"{counted(found.undefined, 'content')} left out: fewer than {MINIMUM_POINTS} images, or equal scores."
        )
    return said


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
