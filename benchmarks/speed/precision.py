"""What ``--precision bf16`` changes in CKDN's scores, with trained weights.

On the embedded data set (its labels are pseudo) and on the generated pictures (whose labels, if any, belong to
other pictures, so only the agreement of the two precisions is looked at).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.speed.harness import SpeedSetting
from benchmarks.speed.scoring import pairs
from benchmarks.speed.weights import our_ckdn


def precision(data: Path, device: str, contents: int) -> dict[str, Any]:
    """SRCC with the labels in both precisions, and how far their scores lie apart."""
    from iqabench.data.open import open_dataset
    from iqabench.stats.correlation import srcc, within_content

    found: dict[str, Any] = {}
    frames = {"mini": open_dataset("mini").frame, "generated": pairs(SpeedSetting(data, device), contents)}
    for name, frame in frames.items():
        for recipe in ("quick", "paper"):
            high, low = (_scores(frame, device, kind, recipe) for kind in ("fp32", "bf16"))
            content = frame["content"].to_numpy()
            figures = {
                "images": len(frame),
                "largest difference": float(np.abs(high - low).max()),
                "range of scores": float(np.ptp(high)),
                "srcc of fp32 and bf16, within content": within_content(srcc, low, high, content).mean,
                "srcc of fp32 and bf16, pooled": srcc(low, high),
            }
            if name == "mini":
                mos = frame["mos"].to_numpy(dtype=float)
                for kind, scores in (("fp32", high), ("bf16", low)):
                    figures[f"srcc with mos, {kind}, within content"] = within_content(srcc, scores, mos, content).mean
                    figures[f"srcc with mos, {kind}, pooled"] = srcc(scores, mos)
            found[f"{name}, {recipe} view"] = figures
    return found


def _scores(frame: pd.DataFrame, device: str, kind: str, recipe: str) -> np.ndarray:
    from iqabench._util.devices import Machine, choose_device
    from iqabench.data.references import parse_reference
    from iqabench.scoring.engine import score_in_memory

    machine = Machine(choose_device(device), kind)
    found = score_in_memory(our_ckdn(recipe), frame, parse_reference("degraded"), machine)
    return np.array([found[key].score for key in frame["image_id"]], dtype=float)
