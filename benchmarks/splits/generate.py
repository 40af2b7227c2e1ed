"""Make the published PIPAL splits; run as ``python -m benchmarks.splits.generate PIPAL_ROOT``.

The 50/39 algorithm split is the CKDN paper's (supplement). Everything else is ours: the paper
published neither its validation contents nor the 54/35 and 59/30 algorithm splits of its Table 8.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from iqabench.data.pipal import read_labels
from iqabench.data.splits import TRAIN, VALIDATE, parts_csv, seeded_order

SEED = 2021
"""Of everything that is drawn here; content draw i uses SEED + i."""
DRAWS = 5
VALIDATION_CONTENTS = 25

VARIANTS = {"00": 12, "01": 16, "02": 10, "03": 24, "04": 13, "05": 14}
PAPER_TRAINING = {
    "00": (0, 1, 8, 9, 10, 11),
    "01": tuple(range(9)),
    "02": tuple(range(10)),
    "03": (*range(5), *range(11, 17)),
    "04": tuple(range(8, 13)),
    "05": (*range(4), *range(8, 13)),
}
"""Variants that train in the paper's 50/39 split, by category; the others validate."""

MOVED = {"54-35": 4, "59-30": 9}
"""How many validation algorithms of the 50/39 split move to training in the other two."""


def paper_algorithms() -> dict[str, str]:
    """The paper's split of the 89 algorithms ``bb_cc``: 50 train, 39 validate."""
    return {
        f"{category}_{variant:02d}": TRAIN if variant in PAPER_TRAINING[category] else VALIDATE
        for category, count in VARIANTS.items()
        for variant in range(count)
    }


def moved_algorithms(count: int) -> dict[str, str]:
    """The 50/39 split with ``count`` of its validation algorithms moved to training.

    Nothing leaves training, which keeps the paper's rule of older algorithms in training; and the
    algorithms moved are the first of one drawn order, so that the three splits are nested.
    """
    parts = paper_algorithms()
    validation = [name for name, part in parts.items() if part == VALIDATE]
    return parts | dict.fromkeys(seeded_order(validation, "algorithm", SEED)[:count], TRAIN)


def drawn_contents(contents: Iterable[str], draw: int) -> dict[str, str]:
    """Draw 25 validation contents; every other content trains."""
    order = seeded_order(contents, "content", SEED + draw)
    return {name: VALIDATE if place < VALIDATION_CONTENTS else TRAIN for place, name in enumerate(order)}


def generate(contents: Iterable[str]) -> dict[str, str]:
    """Every published file by name, as text, from the names of the contents."""
    names = sorted(set(contents))
    files = {"algorithms-50-39.csv": parts_csv("algorithm", paper_algorithms())}
    files |= {f"algorithms-{name}.csv": parts_csv("algorithm", moved_algorithms(n)) for name, n in MOVED.items()}
    files |= {f"contents-draw{i}.csv": parts_csv("content", drawn_contents(names, i)) for i in range(DRAWS)}
    files["split.toml"] = "".join(f"draw{i} = {SEED + i}\n" for i in range(DRAWS))
    return files


def main() -> None:
    """Write the files beside this module, from the label files of a PIPAL folder."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.splits.generate PIPAL_ROOT")
    folder = Path(__file__).parent / "pipal"
    for name, text in generate(label[0] for label in read_labels(Path(sys.argv[1]))).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
