"""Three pictures of ``mini``, and contents made of them, for what fine-tuning asks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from benchmarks.shipped.contents import Made, TaughtContent, bicubic
from iqabench.data.images import Pixels
from iqabench.data.mini import mini_folder


@pytest.fixture(scope="module")
def pristine() -> list[Pixels]:
    files = sorted((mini_folder() / "pristine").iterdir())[:3]
    return [np.array(Image.open(one).convert("RGB"))[:96, :96] for one in files]


@pytest.fixture(scope="module")
def contents(pristine: list[Pixels]) -> list[TaughtContent]:
    """Each picture shown as its ×3 bicubic copy, with five blends towards it as restorations."""
    found = []
    for number, one in enumerate(pristine):
        shown = bicubic(one, 3)
        shares = np.linspace(0, 1, 5)
        blends = [(share * one + (1 - share) * shown).round().astype(np.uint8) for share in shares]
        judged = np.stack([1 - shares, 2 - shares], 1)
        found.append(TaughtContent(f"c{number}", one, [Made(shown, blends, judged)]))
    return found
