"""Scoring a whole PIPAL from the decoded cache: nothing is decoded, so that the GPU is what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.harness import Contender, Lap, SecondsTarget, SpeedRow, SpeedSetting, Work

IMAGES = 23_200
CACHE_GIB = 32.0


def from_cache(
    setting: SpeedSetting, precision: str, batch_size: int = 64, workers: int = 16, images: int = IMAGES
) -> Work:
    """Score ``images`` rows, those of the generated data again and again; the first lap fills the cache."""
    from iqabench._util.process import configure_threads

    configure_threads()
    import pandas as pd

    from benchmarks.speed.scoring import pairs
    from benchmarks.speed.weights import our_ckdn
    from iqabench._util.devices import Machine, choose_device
    from iqabench.data.references import parse_reference
    from iqabench.scoring.engine import score_in_memory

    once = pairs(setting, contents=IMAGES)
    wanted = len(once) if setting.small else images
    # A content of its own for each turn, so that no reference is prepared for more rows than PIPAL has.
    turns = [
        once.assign(image_id=f"{turn}/" + once["image_id"], content=f"{turn}/" + once["content"])
        for turn in range(-(-wanted // len(once)))
    ]
    rows = pd.concat(turns, ignore_index=True).head(wanted)
    method, reference = our_ckdn("quick"), parse_reference("degraded")
    cache = Path(setting.data) / "decoded"
    machine = Machine(choose_device(setting.device), precision, batch_size, workers, cache, CACHE_GIB)

    def lap() -> Lap:
        found = score_in_memory(method, rows, reference, machine)
        return Lap(len(rows), {key: float("nan") if one.score is None else one.score for key, one in found.items()})

    return lap


ROWS: Sequence[SpeedRow] = (
    SpeedRow(
        "scoring-whole",
        "CKDN scoring of 23,200 pairs from the decoded cache",
        (Contender("iqabench bf16", "benchmarks.speed.cached:from_cache", {"precision": "bf16"}),),
        (SecondsTarget("iqabench bf16", 5),),
        limit="host work for each batch",
        device="cuda",
    ),
)
