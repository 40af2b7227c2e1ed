"""How often intervals of pooled SRCC hold the truth, and Nemenyi's test calls equal methods different.

``python -m benchmarks.calibration.over_sets`` prints the figures of ``docs/statistics.md`` (minutes).
"""

from __future__ import annotations

import click
import numpy as np

from iqabench.stats.over_sets import critical_difference, ranks_by_set
from iqabench.stats.pooled import pooled_srcc

LAYOUTS = ((4, 49), (5, 120), (6, 29), (16, 125), (232, 1))
"""Contents and images of each, as the validation parts of released sets have them."""
SPREAD = 0.3
"""Standard deviation over contents of labels, and of a method's scores, beside 1 over images."""


def drawn(
    generator: np.random.Generator, contents: int, images: int, noise: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores and labels ``(images,)`` of contents that differ, and the contents' names."""
    spread = SPREAD if images > 1 else 0.0
    mos = generator.normal(size=(contents, images)) + spread * generator.normal(size=(contents, 1))
    scores = mos + noise * generator.normal(size=mos.shape) + spread * generator.normal(size=(contents, 1))
    return scores.ravel(), mos.ravel(), np.repeat(np.arange(contents), images)


def coverage(contents: int, images: int, noise: float, simulations: int) -> tuple[float, float]:
    """The true SRCC, and the share of intervals that hold it."""
    generator = np.random.default_rng(0)
    large = (drawn(generator, 3000, min(images, 10), noise) for _ in range(20))
    truth = float(np.mean([pooled_srcc([scores], mos, np.zeros(len(mos))).value for scores, mos, _ in large]))
    held = 0
    for _ in range(simulations):
        scores, mos, content = drawn(generator, contents, images, noise)
        found = pooled_srcc([scores], mos, content)
        held += found.low <= truth <= found.high
    return truth, held / simulations


def false_alarms(sets: int, methods: int, simulations: int) -> float:
    """Share of simulations in which Nemenyi's test tells any two of equal methods apart."""
    generator = np.random.default_rng(1)
    critical = critical_difference(methods, sets)
    averages = (ranks_by_set(generator.random((methods, sets))).mean(axis=1) for _ in range(simulations))
    return float(np.mean([np.ptp(one) >= critical for one in averages]))


@click.command()
@click.option(
    "--intervals", type=click.IntRange(10), default=300, show_default=True, help="Simulations of each layout."
)
@click.option("--tests", type=click.IntRange(10), default=2000, show_default=True, help="For each test.")
def main(intervals: int, tests: int) -> None:
    """Print how often intervals of pooled SRCC hold the truth, and equal methods are called different."""
    for contents, images in LAYOUTS:
        for noise in (0.5, 1.5):
            truth, held = coverage(contents, images, noise, intervals)
            click.echo(f"pooled SRCC {truth:.2f}, {contents} contents of {images}: {held:.1%} of intervals hold it")
    for sets in (3, 4, 5, 6, 9):
        shares = (f"{methods} methods {false_alarms(sets, methods, tests):.1%}" for methods in (3, 5, 8, 20))
        click.echo(f"Nemenyi, {sets} sets: {', '.join(shares)}")


if __name__ == "__main__":
    main()
