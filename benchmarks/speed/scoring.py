"""The scoring rows: our engine and the peers' own interfaces on the same PNG pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmarks.speed.harness import Contender, Lap, SpeedRow, SpeedSetting, Target, Work

if TYPE_CHECKING:
    import pandas as pd

CONTENTS = 1
"""Contents per lap: 89 pairs, 10 distinct degraded references."""
SMALL_IMAGES = 2
SHARED = 89 / 10
"""Restored images per distinct degraded reference of the generated data."""
CKDN_GFLOP = 6.01 + 2.60 / SHARED
"""QSE 2.60, CSP 3.40, head 0.01 per restored image; DTE 2.60 per reference."""
LPIPS_GFLOP = 2.22 * (1 + 1 / SHARED)
"""AlexNet's five convolutions at 288x288, per restored image and per reference."""


def pairs(setting: SpeedSetting, contents: int = CONTENTS) -> pd.DataFrame:
    """Manifest rows of the first contents of the generated data (categories 00 to 05)."""
    from iqabench.data.open import open_dataset

    frame = open_dataset("pipal", setting.data).frame
    chosen = frame[frame["content"].isin(sorted(frame["content"].unique())[:contents])]
    return chosen.head(SMALL_IMAGES) if setting.small else chosen


def ours(
    setting: SpeedSetting,
    method: str,
    precision: str = "fp32",
    batch_size: int = 8,
    contents: int = CONTENTS,
) -> Work:
    """Our engine: plan, decode, prepare and score, all of it in every lap."""
    from iqabench._util.process import configure_threads

    configure_threads()  # as the command does, before torch is imported
    from iqabench._util.devices import Machine, choose_device
    from iqabench.data.references import parse_reference
    from iqabench.methods.registry import Registry
    from iqabench.scoring.engine import score_in_memory

    rows = pairs(setting, contents)
    if method == "ckdn":
        from benchmarks.speed.weights import our_ckdn

        built = our_ckdn()
    else:
        built = Registry(()).get(method).create()
    machine = Machine(choose_device(setting.device), precision, batch_size)
    reference = parse_reference("degraded")

    def lap() -> Lap:
        found = score_in_memory(built, rows, reference, machine)
        return Lap(len(rows), {key: float("nan") if one.score is None else one.score for key, one in found.items()})

    return lap


def pyiqa(setting: SpeedSetting, metric: str, **options: Any) -> Work:
    """``pyiqa`` through its own interface: one call per pair of files, as its documentation shows."""
    import torch

    from benchmarks.speed.weights import pyiqa_metric

    score = pyiqa_metric(metric, torch.device(setting.device), **options)
    return _pair_by_pair(pairs(setting), lambda image, shown: float(score(image, shown)))


def piq_ssim(setting: SpeedSetting) -> Work:
    """The function of ``piq`` on tensors of one pair, decoded by Pillow as torchvision's ``to_tensor`` takes them."""
    import piq
    from PIL import Image
    from torchvision.transforms.functional import to_tensor

    def score(image: str, shown: str) -> float:
        one, other = (to_tensor(Image.open(path)).unsqueeze(0).to(setting.device) for path in (image, shown))
        return float(piq.ssim(one, other, data_range=1.0))

    return _pair_by_pair(pairs(setting), score)


def decoding(setting: SpeedSetting, threads: int) -> Work:
    """Reading every restored image and every distinct reference once, and nothing else."""
    from concurrent.futures import ThreadPoolExecutor

    from iqabench.data.images import content_digest, read_image

    rows = pairs(setting)
    references = {content_digest(path): path for path in rows["degraded"]}
    files = [*rows["image"], *references.values()]
    pool = ThreadPoolExecutor(threads)

    def lap() -> Lap:
        for _ in pool.map(read_image, files):
            pass
        return Lap(len(rows))

    return lap


def _pair_by_pair(rows: pd.DataFrame, score: Callable[[str, str], float]) -> Work:
    def lap() -> Lap:
        triples = zip(rows["image_id"], rows["image"], rows["degraded"], strict=True)
        return Lap(len(rows), {key: score(image, shown) for key, image, shown in triples})

    return lap


def _ours(name: str, **options: Any) -> Contender:
    return Contender(name, "benchmarks.speed.scoring:ours", options)


def _pyiqa(name: str, **options: Any) -> Contender:
    return Contender(name, "benchmarks.speed.scoring:pyiqa", options, needs=("pyiqa",))


ROWS: Sequence[SpeedRow] = (
    SpeedRow(
        "ckdn",
        "CKDN scoring from PNG pairs",
        (
            _ours("iqabench fp32", method="ckdn"),
            _ours("iqabench bf16", method="ckdn", precision="bf16"),
            _ours("iqabench int8", method="ckdn", precision="int8"),
            _pyiqa("pyiqa", metric="ckdn"),
            _pyiqa("pyiqa, our resize", metric="ckdn", our_view=True),
        ),
        (
            Target("iqabench fp32", "pyiqa", 3),
            Target("iqabench fp32", "pyiqa, our resize", 3, within=1e-4),
            Target("iqabench bf16", "pyiqa", 6),
            Target("iqabench int8", "pyiqa", 6),
        ),
        limit="arithmetic",
        gflop=CKDN_GFLOP,
    ),
    SpeedRow(
        "lpips",
        "LPIPS (AlexNet) scoring from PNG pairs",
        (
            _ours("iqabench fp32", method="lpips"),
            _ours("iqabench bf16", method="lpips", precision="bf16"),
            _ours("iqabench int8", method="lpips", precision="int8"),
            _pyiqa("pyiqa", metric="lpips"),
        ),
        (Target("iqabench fp32", "pyiqa", 3, within=1e-4), Target("iqabench int8", "pyiqa", 5)),
        limit="arithmetic, then decoding",
        gflop=LPIPS_GFLOP,
    ),
    SpeedRow(
        "ssim",
        "SSIM scoring from PNG pairs",
        (
            _ours("iqabench", method="ssim"),
            _pyiqa("pyiqa", metric="ssim"),
            Contender("piq", "benchmarks.speed.scoring:piq_ssim"),
        ),
        (Target("iqabench", "pyiqa", 10), Target("iqabench", "piq", 1.5, within=1e-5)),
        limit="memory",
    ),
    SpeedRow(
        "psnr",
        "PSNR scoring from PNG pairs",
        (
            _ours("iqabench", method="psnr"),
            _pyiqa("pyiqa", metric="psnr", eps=0.0),
            Contender("decoding alone, 2 threads", "benchmarks.speed.scoring:decoding", {"threads": 2}),
        ),
        (Target("iqabench", "pyiqa", 3, within=1e-3),),
        limit="decoding",
    ),
    SpeedRow(
        "defaults",
        "Two defaults of Linux, CKDN fp32",
        (
            _ours("iqabench, both settled", method="ckdn"),
            replace(_ours("threads wait long", method="ckdn"), environment={"GOMP_SPINCOUNT": "300000"}),
            replace(_ours("memory given back", method="ckdn"), environment={"MALLOC_MMAP_MAX_": "65536"}),
            replace(_ours("threads pinned", method="ckdn"), environment={"OMP_PROC_BIND": "spread"}),
        ),
        limit="how busy the machine is",
    ),
)
