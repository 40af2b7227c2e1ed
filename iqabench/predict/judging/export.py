"""From images to a page of pairs."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from PIL import Image

from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench._util.progress import Overview
from iqabench.data.images import Pixels, read_image
from iqabench.predict.judging.choose import ChosenPair
from iqabench.predict.judging.controls import ControlNumbers, draw_controls, spoilt
from iqabench.predict.judging.page import render_judging
from iqabench.predict.judging.plan import Plan, PlanImage, PlanPair
from iqabench.stats.choices import count_choices

WEBP_SIDE = 16383
"""Pixels that a WebP may have on a side."""


@dataclass(frozen=True)
class Request:
    """What the page is to hold."""

    name: str
    """Of the page, without its ending: it names the folder of pictures."""
    choose: str
    seed: int
    controls: ControlNumbers
    most_bytes: int
    """Pictures of more bytes than this go to a folder beside the page."""
    methods: tuple[str, ...] = ()
    """Signatures of the metrics that chose the pairs."""


@dataclass
class _Pictures:
    """The pictures of a page, each once, without loss."""

    images: dict[str, PlanImage] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, pixels: Pixels, content: str, algorithm: str) -> str:
        """Keep one image; returns its key, which names nobody."""
        key = f"i{len(self.images)}"
        digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
        height, width = pixels.shape[:2]
        self.images[key] = PlanImage(content=content, algorithm=algorithm, width=width, height=height, sha256=digest)
        stream = io.BytesIO()
        kind = "WEBP" if max(height, width) <= WEBP_SIDE else "PNG"
        Image.fromarray(pixels).save(stream, kind, **({"lossless": True, "method": 2} if kind == "WEBP" else {}))
        self.files[key] = stream.getvalue()
        return key


@dataclass(frozen=True)
class Exported:
    """What is to be written: the same images and wishes give the same page."""

    plan: Plan
    page: bytes
    beside: dict[str, bytes]
    """Files of the folder beside the page; none if the pictures stand in it."""
    notes: tuple[str, ...]

    def write_pictures(self, folder: Path) -> None:
        """Write the files beside the page. Raises StorageError if one cannot be written."""
        for name, data in self.beside.items():
            write_atomically(folder / name, data)


def export_page(rows: pd.DataFrame, pairs: Sequence[ChosenPair], request: Request, overview: Overview) -> Exported:
    """Make the page, and the files of a folder beside it where its pictures are too large.

    Raises
    ------
    DataError
        If an image cannot be read, or the two of a pair differ in size.
    """
    random = np.random.default_rng(request.seed)
    shown = sorted({place for pair in pairs for place in (pair.a, pair.b)})
    drawn = draw_controls(pairs, shown, request.controls, random)
    pictures = _Pictures()
    records = rows.reset_index(drop=True).to_dict("records")
    bar = overview.add("pictures for the page", len(shown) + len(drawn.obvious))
    keys: dict[int, str] = {}
    planned: list[PlanPair] = []
    given: dict[str, str] = {}
    for place in shown:
        record = records[place]
        keys[place] = pictures.add(read_image(record["image"]), record["content"], record["algorithm"])
        if record["degraded"] is not None and record["content"] not in given:
            given[record["content"]] = pictures.add(read_image(record["degraded"]), record["content"], "")
        overview.advance(bar, 1)
    _require_sizes(pairs, records, keys, pictures.images)
    for pair in pairs:
        planned.append(PlanPair(id=f"p{len(planned)}", kind="pair", a=keys[pair.a], b=keys[pair.b], why=pair.why))
    for kind, places in (("repeat", drawn.repeats), ("swapped", drawn.swapped)):
        for place in places:
            first = planned[place]
            planned.append(first.model_copy(update={"id": f"p{len(planned)}", "kind": kind, "of": first.id, "why": ""}))
    for place in drawn.obvious:
        worse = pictures.add(spoilt(read_image(records[place]["image"])), records[place]["content"], "")
        planned.append(PlanPair(id=f"p{len(planned)}", kind="obvious", a=keys[place], b=worse))
        overview.advance(bar, 1)
    overview.end(bar)
    return _made(planned, pictures, given, request)


def _made(pairs: Sequence[PlanPair], pictures: _Pictures, given: Mapping[str, str], request: Request) -> Exported:
    total = sum(len(data) for data in pictures.files.values())
    beside = total > request.most_bytes
    folder = f"{request.name}-images" if beside else ""
    plan = Plan(
        choose=request.choose,
        seed=request.seed,
        methods=request.methods,
        images=pictures.images,
        given=dict(given),
        pairs=tuple(pairs),
        folder=folder,
    ).signed()
    addresses = {key: _address(key, data, folder) for key, data in pictures.files.items()}
    files = {f"{key}{_ending(data)}": data for key, data in pictures.files.items()} if beside else {}
    return Exported(plan, render_judging(plan, addresses, total).encode(), files, tuple(_notes(plan)))


def _notes(plan: Plan) -> list[str]:
    images = plan.images
    counts = count_choices(
        (images[pair.a].algorithm, images[pair.b].algorithm, "similar") for pair in plan.pairs if pair.kind == "pair"
    )
    parts = counts.parts()
    if len(parts) == 1:
        return []
    groups = "; ".join(", ".join(part) for part in parts)
    return [f"no pair compares algorithms of different groups, so they get no common scale: {groups}; raise --pairs"]


def _address(key: str, data: bytes, folder: str) -> str:
    if folder:
        return f"{quote(folder)}/{key}{_ending(data)}"
    kind = _ending(data).removeprefix(".")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _ending(data: bytes) -> str:
    return ".png" if data.startswith(b"\x89PNG") else ".webp"


def _require_sizes(
    pairs: Sequence[ChosenPair],
    records: Sequence[Mapping[Hashable, Any]],
    keys: Mapping[int, str],
    images: Mapping[str, PlanImage],
) -> None:
    for pair in pairs:
        one, other = images[keys[pair.a]], images[keys[pair.b]]
        if (one.width, one.height) != (other.width, other.height):
            raise DataError(
                f"{records[pair.a]['image']} has {one.width} x {one.height} pixels, {records[pair.b]['image']} "
                f"{other.width} x {other.height}: nobody can compare them side by side; resize one, or leave it out"
            )
