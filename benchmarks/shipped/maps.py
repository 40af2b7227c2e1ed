"""Step 3: embeddings and features of every image, computed once, since the layers before them are not trained.

Features are what the score head sees: CSP's output, averaged. They are kept for 3 x 3 parts of the image, whose
mean is the whole image's, so that the head can be trained on parts, as training on crops does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional

from ckdn.model import Network
from ckdn.preprocess import NATIVE
from iqabench.data.images import read_image, upsample

PARTS = 3
BATCH = 8
KINDS = ("none", "degraded", "pristine")
"""What R is shown beside: CSP sees E2(R) alone, E1(D) - E2(R), or E1(H) - E2(R)."""


def images(paths: list[str], height: int, width: int) -> Tensor:
    """Decode to normalised ``(N, 3, height, width)``; smaller ones are upsampled as the toolkit does everywhere."""
    pixels = [read_image(path) for path in paths]
    sized = [one if one.shape[:2] == (height, width) else upsample(one, height, width) for one in pixels]
    stacked = torch.from_numpy(np.stack(sized)).permute(0, 3, 1, 2).contiguous().float().div_(255)
    return NATIVE(stacked, "restored").to(memory_format=torch.channels_last)


@torch.inference_mode()
def embed(module: nn.Module, paths: list[str], height: int, width: int) -> Tensor:
    """Embeddings ``(N, 256, height/4, width/4)`` in half precision."""
    found = []
    for at in range(0, len(paths), BATCH):
        with torch.autocast("cpu", torch.bfloat16):
            found.append(module(images(paths[at : at + BATCH], height, width)).half())
    return torch.cat(found)


def restored_maps(rows: pd.DataFrame, network: Network, cache: Path) -> Path:
    """E2(R) of one content's rows, in ``cache``, in their order."""
    file = cache / f"{rows['content'].iloc[0]}.npy"
    if not file.exists():
        height, width = read_image(rows["image"].iloc[0]).shape[:2]
        cache.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".part.npy")
        np.save(temporary, embed(network.qse, list(rows["image"]), height, width).numpy())
        temporary.replace(file)
    return file


def embedded_references(rows: pd.DataFrame, network: Network, kind: str) -> tuple[Tensor, list[int]]:
    """E1 of each distinct reference of one content's rows, at the size of its images, and which one is each row's."""
    height, width = read_image(rows["image"].iloc[0]).shape[:2]
    distinct = list(dict.fromkeys(rows[kind]))
    return embed(network.dte, distinct, height, width), [distinct.index(path) for path in rows[kind]]


@torch.inference_mode()
def pooled(csp: nn.Module, maps: Tensor, parts: int = PARTS) -> Tensor:
    """Averages of CSP's output over ``parts`` x ``parts`` parts: ``(N, parts * parts, 512)``."""
    found = []
    for at in range(0, len(maps), BATCH):
        part = maps[at : at + BATCH].float().to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            seen = csp(part)
        found.append(functional.adaptive_avg_pool2d(seen.float(), parts).flatten(2).transpose(1, 2))
    return torch.cat(found)


@torch.inference_mode()
def seen_by_csp(
    frame: pd.DataFrame, network: Network, cache: Path, kind: str, description: str
) -> Iterator[tuple[np.ndarray, Tensor]]:
    """Content by content the places of its rows in ``frame`` and what CSP sees of them, ``(rows, 256, h, w)``."""
    groups = frame.groupby("content", sort=True).indices.values()
    for places in track([np.asarray(one) for one in groups], description=description):
        rows = frame.iloc[places]
        restored = torch.from_numpy(np.load(restored_maps(rows, network, cache)))
        if kind == "none":
            yield places, restored
            continue
        references, of_row = embedded_references(rows, network, kind)
        yield places, network.difference(restored.float(), references.float()[of_row])


def features(frame: pd.DataFrame, network: Network, cache: Path, kind: str, parts: int = PARTS) -> np.ndarray:
    """Features of every row of ``frame``, shown ``kind``: ``(rows, parts * parts, 512)`` float32."""
    network = network.eval().to(memory_format=torch.channels_last)
    found = np.zeros((len(frame), parts * parts, 512), np.float32)
    for places, seen in seen_by_csp(frame, network, cache, kind, f"features, shown {kind}"):
        found[places] = pooled(network.csp, seen, parts).numpy()
    return found


def sampled(
    frame: pd.DataFrame, network: Network, cache: Path, kind: str, every: int = 10, batch: int = 20
) -> Iterator[Tensor]:
    """Batches of what CSP sees of one row in ``every`` of each content, contents mixed; the same each time."""
    picked = []
    for number, (_, seen) in enumerate(seen_by_csp(frame, network, cache, kind, f"statistics, shown {kind}")):
        picked.append(seen[number % every :: every].half())
    mixed = torch.cat(picked)
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(mixed)))
    for at in range(0, len(order) - batch + 1, batch):
        yield mixed[order[at : at + batch]].float().to(memory_format=torch.channels_last)
