"""Making one content: its pristine crop, degraded inputs, restored images and metric values. What exists is kept.

Runs in processes of its own; every file appears whole or not at all.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

from iqabench._util.files import UNFINISHED, write_atomically
from iqabench.data.images import read_image
from iqabench.methods.registry import Registry
from iqabench.synthesis.degradations import degrade, to_8bit
from iqabench.synthesis.photographs import Content
from iqabench.synthesis.plan import Runner, SynthesisPlan, check_finite
from iqabench.synthesis.registry import RestorerRegistry

MEASURED = "measured"
SAVE: dict[str, dict[str, Any]] = {
    "png": {"format": "PNG", "compress_level": 6},
    "webp": {"format": "WEBP", "lossless": True, "quality": 80, "method": 6},
}
"""Both lossless. For WebP quality is the encoder's effort: at 100 it takes ten times as long to save one per cent."""


@dataclass(frozen=True)
class SynthesisInputs:
    """What a process needs to make contents."""

    out: Path
    plan: SynthesisPlan
    plugins: tuple[Path, ...]
    weights: Path | None


def measured_file(out: Path, content: str) -> Path:
    """Where the metric values of a content are kept."""
    return out / MEASURED / f"{content}.csv"


def is_finished(out: Path, plan: SynthesisPlan, content: Content) -> bool:
    """True if all files of a content exist and its metric values cover exactly its images."""
    path = measured_file(out, content.name)
    rows = plan.rows(content)
    if not path.is_file() or not all(
        (out / name).is_file() for r in rows for name in (r.image, r.degraded, r.pristine)
    ):
        return False
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        columns = set(plan.recipe.labels.methods)
        return [line["image"] for line in table] == [r.image for r in rows] and columns <= set(table.fieldnames or ())


class ContentSynthesizer:
    """Makes contents, one after the other, with the metrics loaded once."""

    def __init__(self, inputs: SynthesisInputs) -> None:
        import torch

        from iqabench.weights import set_folder

        # The order of sums, and with it the last bit, depends on the number of threads.
        torch.set_num_threads(1)
        if inputs.weights is not None:
            set_folder(inputs.weights)
        self._shop = inputs
        self._restorers = RestorerRegistry(inputs.plugins)
        registry = Registry(inputs.plugins)
        self._methods = {name: registry.get(name).create() for name in inputs.plan.recipe.labels.methods}

    def make(self, content: Content, wait: bool) -> bool:
        """Write what is missing of one content.

        Several runs may work on one folder: False, with nothing done, if another has this content in hand and
        ``wait`` is False.
        """
        path = measured_file(self._shop.out, content.name).with_suffix(".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(path, blocking=wait):
                if not is_finished(self._shop.out, self._shop.plan, content):
                    self._make(content)
        except Timeout:
            return False
        return True

    def _make(self, content: Content) -> None:
        out, plan = self._shop.out, self._shop.plan
        runner = Runner(plan.recipe, self._restorers, plan.seed, content.index)
        rows = plan.rows(content)
        pristine = content.pixels()
        _clear(out, content)
        for row in rows:
            if not (out / row.pristine).exists():
                write_image(out / row.pristine, pristine, row.suffix)
            if not (out / row.degraded).exists():
                given = degrade(pristine, row.algorithm.degradation, plan.seed, content.index)
                write_image(out / row.degraded, given, row.suffix)
            if not (out / row.image).exists():
                given = read_image(out / row.degraded).astype(np.float32) / 255
                restored = to_8bit(runner.restore(row.algorithm, given) * 255.0)
                write_image(out / row.image, restored, row.suffix)
        self._measure(content, [row.image for row in rows], pristine)

    def _measure(self, content: Content, images: list[str], pristine: np.ndarray) -> None:
        import torch

        with torch.inference_mode():
            shown = as_tensor(pristine)
            prepared = {name: method.prepare(shown) for name, method in self._methods.items()}
            lines: list[dict[str, Any]] = []
            for image in images:
                # One image at a time: batching would make the last digits depend on the batch.
                restored = as_tensor(read_image(self._shop.out / image))
                values = {n: float(m.score(restored, prepared[n]).item()) for n, m in self._methods.items()}
                check_finite(values, image)
                lines.append({"image": image, "content": content.name} | {n: repr(v) for n, v in values.items()})
        text = io.StringIO()
        table = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
        write_atomically(measured_file(self._shop.out, content.name), text.getvalue())


def _clear(out: Path, content: Content) -> None:
    """Delete half-written files of a content that a killed process left."""
    for folder in ("pristine", "degraded", "restored"):
        for part in (out / folder).glob(f".{content.name}*{UNFINISHED}"):
            part.unlink(missing_ok=True)


def as_tensor(image: np.ndarray) -> Any:
    """(h,w,3) uint8 -> (1,3,h,w) float32 tensor in 0..1."""
    import torch

    return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 255


def write_image(path: Path, image: np.ndarray, kind: str) -> None:
    """Write (h,w,3) uint8 RGB losslessly, in one step so that an interruption leaves no half file."""
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, **SAVE[kind])
    write_atomically(path, encoded.getvalue())
