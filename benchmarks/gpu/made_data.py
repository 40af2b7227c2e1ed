"""Makes data of PIPAL's shape and size on the spot: noise in place of photographs, saved as PIPAL's own format (BMP).

No photograph is needed and no figure of quality means anything on them; what they cost to read, move and score is
what PIPAL costs.
"""

from __future__ import annotations

import time

import numpy as np
from PIL import Image

from benchmarks.gpu.parts import Task
from benchmarks.speed.data import CONTENTS, VARIANTS, write_data
from iqabench.checks.samples import pristine

SIDE = 320
"""Of the pictures that contents of 288 pixels are cropped from."""
AT_ONCE = 25
"""Contents between two looks at the clock."""


def run(task: Task) -> None:
    """Write the contents to the setting's folder and keep how many there are."""
    wanted = 1 if task.setting.small else CONTENTS
    data = task.setting.data
    photographs = data / "photographs"
    photographs.mkdir(parents=True, exist_ok=True)
    for index in range(wanted):
        picture = pristine(SIDE, seed=index)[0].permute(1, 2, 0).mul(255).round().numpy().astype(np.uint8)
        Image.fromarray(picture).save(photographs / f"{index:03d}.bmp")
    started = time.perf_counter()
    for contents in [*range(AT_ONCE, wanted, AT_ONCE), wanted]:
        if task.left < 0:
            return
        write_data(photographs, data, contents, suffix="bmp")
        task.keep(
            "made",
            {
                "contents": contents,
                "whole": contents == CONTENTS,
                "images": contents * sum(VARIANTS.values()),
                "seconds": round(time.perf_counter() - started, 2),
            },
        )
