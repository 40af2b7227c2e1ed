"""With pristine images the column that is shown them leads, and a tie of the best names them all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from iqabench._util.devices import Machine
from iqabench._util.progress import Overview
from iqabench.methods.registry import Registry
from iqabench.predict.loaded import prepare_methods
from iqabench.predict.page.context import _leaders, _some
from iqabench.predict.pairs import pair_images
from iqabench.predict.score_pairs import PairScores, score_pairs


def scored(place: Path, *names: str, pristine: bool = True) -> PairScores:
    generator = np.random.default_rng(0)
    for folder, side in (("restored", 32), ("degraded", 32), ("pristine", 32)):
        (place / folder).mkdir()
        for name in ("a", "b", "c", "d"):
            pixels = generator.integers(0, 255, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / folder / f"{name}.png")
    for name in ("a", "b", "c", "d"):  # plain upscales: as near to the degraded image as can be
        (place / "restored" / f"{name}.png").write_bytes((place / "degraded" / f"{name}.png").read_bytes())
    folders = [str(place / "restored"), str(place / "degraded"), str(place / "pristine") if pristine else None]
    prepared = prepare_methods(names, Registry(), {}, None, Overview(quiet=True))
    return score_pairs(pair_images(*folders), prepared.ready, Machine(), None, Overview(quiet=True))


def test_what_is_shown_the_pristine_image_leads(tmp_path: Path) -> None:
    found = scored(tmp_path, "psnr", "sharpness")
    assert [one.name for one in found.columns] == ["psnr@pristine", "psnr@degraded", "sharpness"]
    assert len(_leaders(found)) == 1
    assert any(note.startswith("psnr@degraded: nearness to the degraded image is no quality") for note in found.notes)


def test_a_tie_of_the_best_names_them_all_or_how_many(tmp_path: Path) -> None:
    tied = _leaders(scored(tmp_path, "psnr", pristine=False))
    assert sorted(tied) == ["a.png", "b.png", "c.png", "d.png"]
    assert _some(tied) == f"{tied[0]} and 3 others"
    assert _some(["a", "b", "c"]) == "a, b and c"
    assert _some(["a"]) == "a"
