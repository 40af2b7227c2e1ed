"""Agreement with float32 on the contents of ``mini`` that calibration has not seen, and speed on PNG pairs."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import torch

from benchmarks.speed.harness import SpeedSetting
from benchmarks.speed.int8.backends import methods
from benchmarks.speed.scoring import pairs
from iqabench._util.devices import Machine
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.data.splits import split_of
from iqabench.scoring.engine import score_in_memory
from iqabench.stats.correlation import srcc, within_content

LAP = {"ckdn": 89, "lpips": 89, "dists": 16}
"""Pairs of a lap."""
SMALL = 6


def study(network: str, data: Path, rounds: int, more: Path | None = None, *, small: bool = False) -> dict[str, Any]:
    """Figures of every back end; of the one that is kept also on the images of ``more``, a manifest with labels."""
    begun = time.perf_counter()
    ready = methods(network)
    prepared = time.perf_counter() - begun
    rows = held_out().head(SMALL) if small else held_out()
    click.echo(f"{network}: ready after {prepared:.0f} s", err=True)
    scores = {name: scores_of(method, rows) for name, method in ready.items()}
    near = {name: agreement(one, scores["fp32"], rows) for name, one in scores.items() if name != "fp32"}
    click.echo(f"{network}: {near}", err=True)
    others: dict[str, float] | None = None
    if more is not None:
        frame = open_dataset("manifest", root=more).frame.assign(part="validate")
        frame = frame.head(SMALL) if small else frame
        others = agreement(*(scores_of(ready[name], frame) for name in ("torch", "fp32")), frame)
        click.echo(f"{network}: on {len(frame)} more images {others}", err=True)
    timed = pairs(SpeedSetting(data)).head(SMALL if small else LAP[network])
    laps: dict[str, list[float]] = {name: [] for name in ready}
    used: dict[str, list[float]] = {name: [] for name in ready}
    names = list(ready)
    for turn in range(rounds + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            started, before = time.perf_counter(), time.process_time()
            scores_of(ready[name], timed)
            if turn:  # the first round is not counted
                laps[name].append(len(timed) / (time.perf_counter() - started))
                used[name].append(1000 * (time.process_time() - before) / len(timed))
        click.echo(f"{network}: {laps} {used}", err=True)
    return {
        "threads": torch.get_num_threads(),
        "images": len(rows),
        "pairs": len(timed),
        "rounds": rounds,
        "seconds to make all ready": prepared,
        "agreement": near,
        **({} if others is None else {"agreement on more images": others | {"images": len(frame)}}),
        "images/s": {name: _spread(one) for name, one in laps.items()},
        "times fp32": {
            name: _spread([a / b for a, b in zip(one, laps["fp32"], strict=True)])
            for name, one in laps.items()
            if name != "fp32"
        },
        "CPU ms per image": {name: _spread(one) for name, one in used.items()},
        "times fp32 by CPU time": {
            name: _spread([b / a for a, b in zip(one, used["fp32"], strict=True)])
            for name, one in used.items()
            if name != "fp32"
        },
    }


def table(figures: dict[str, Any]) -> str:
    """The figures of :func:`study` by network, as a Markdown table."""
    head = (
        "network",
        "computed by",
        "CPU ms per image",
        "× fp32",
        "× fp32 by CPU time",
        "SRCC with fp32",
        "largest difference, of a range of",
    )
    more = ("ΔSRCC with labels, within contents", "pooled")
    lines = [f"| {' | '.join((*head, *more))} |", "|---" * len((*head, *more)) + "|"]
    for network, found in figures.items():
        if network in ("layers", "pt2e"):
            continue
        for name, spent in found["CPU ms per image"].items():
            cells = [network, name, _cell(spent, ".3g")]
            if name != "fp32":
                near = found["agreement"][name]
                changes = [
                    near[f"change of srcc with the labels, unseen, {kind}"] for kind in ("within content", "pooled")
                ]
                cells += [
                    _cell(found["times fp32"][name], ".2f"),
                    _cell(found["times fp32 by CPU time"][name], ".2f"),
                    f"{near['srcc with fp32, within content']:.5f}",
                    f"{near['largest difference']:.2g} of {near['range of scores']:.2g}",
                    *(f"{change:+.4f}" for change in changes),
                ]
            lines.append(f"| {' | '.join([*cells, *[''] * (len(head) + len(more) - len(cells))])} |")
    return "\n".join(lines)


def _cell(spread: dict[str, float], digits: str) -> str:
    return f"{spread['median']:{digits}} ({spread['min']:{digits}} to {spread['max']:{digits}})"


def scores_of(method: Any, rows: pd.DataFrame) -> np.ndarray:
    """Scores of ``rows`` by a method that is ready: it is taken as it is, whatever precision."""
    method.fused = lambda _: method
    found = score_in_memory(method, rows, parse_reference("degraded"), Machine())
    return np.array([found[key].score for key in rows["image_id"]], dtype=float)


def held_out() -> pd.DataFrame:
    """Rows of ``mini`` of contents that calibration has not seen; ``part`` says which ``mini`` scores."""
    dataset = open_dataset("mini")
    rows = split_of(dataset, "unseen").apply(dataset.frame)
    return rows[~rows["content"].isin(rows.loc[rows["part"] == "train", "content"])].reset_index(drop=True)


def agreement(scores: np.ndarray, exact: np.ndarray, rows: pd.DataFrame) -> dict[str, float]:
    """How near 8-bit scores are to those in float32, and what they change in SRCC with the labels."""
    content, mos = rows["content"].to_numpy(), rows["mos"].to_numpy(float)
    apart = scores - exact
    centred = np.concatenate([apart[content == one] - apart[content == one].mean() for one in np.unique(content)])
    found = {
        "srcc with fp32, within content": within_content(srcc, scores, exact, content).mean,
        "srcc with fp32, pooled": srcc(scores, exact),
        "largest difference": float(np.abs(apart).max()),
        "deviation within a content": float(centred.std()),
        "range of scores": float(np.ptp(exact)),
    }
    scored = (rows["part"] == "validate").to_numpy()
    for place, chosen in (("unseen", scored), ("all", scored | True)):
        inside = [within_content(srcc, one[chosen], mos[chosen], content[chosen]).mean for one in (scores, exact)]
        pooled = [srcc(one[chosen], mos[chosen]) for one in (scores, exact)]
        found[f"change of srcc with the labels, {place}, within content"] = abs(inside[0]) - abs(inside[1])
        found[f"change of srcc with the labels, {place}, pooled"] = abs(pooled[0]) - abs(pooled[1])
    return found


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}
