"""Make the published splits of data sets whose contents are known by name; ``python -m benchmarks.splits.by_content``.

Ten draws each: 80 % of the contents train, 20 % validate, algorithms are not split.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from iqabench.data.splits import DRAW_SEED, DRAWS, content_draws, parts_csv

_CSIQ = (
    "1600 aerial_city boston bridge butter_flower cactus child_swimming couple elk family fisher foxy geckos "
    "lady_liberty lake log_seaside monument native_american redwood roping rushmore shroom snow_leaves "
    "sunset_sparrow sunsetcolor swarm trolley turtle veggies woman"
)
_LIVE = (
    "bikes building2 buildings caps carnivaldolls cemetry churchandcapitol coinsinfountain dancers flowersonih35 "
    "house lighthouse lighthouse2 manfishing monarch ocean paintedhouse parrots plane rapids sailing1 sailing2 "
    "sailing3 sailing4 statue stream studentsculpture woman womanhat"
)

CONTENTS = {
    "tid2013": tuple(f"I{number:02d}" for number in range(1, 26)),
    "kadid10k": tuple(f"I{number:02d}" for number in range(1, 82)),
    "qads": tuple(f"img{number:02d}" for number in range(1, 21)),
    "csiq": tuple(_CSIQ.split()),
    "live": tuple(_LIVE.split()),
}
"""Contents of each data set, as its reader names them."""


def generate(contents: tuple[str, ...]) -> dict[str, str]:
    """Every published file of one data set by name, as text."""
    files = {f"contents-{name}.csv": parts_csv("content", parts) for name, parts in content_draws(contents).items()}
    files["split.toml"] = "".join(f"draw{draw} = {DRAW_SEED + draw}\n" for draw in range(DRAWS))
    return files


def main() -> None:
    """Write the files beside this module."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for data_set, contents in CONTENTS.items():
        folder = Path(__file__).parent / data_set
        folder.mkdir(exist_ok=True)
        for name, text in generate(contents).items():
            (folder / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
