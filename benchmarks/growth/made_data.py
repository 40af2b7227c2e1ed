"""Made data of any size: tiny pictures with their manifest, and stored runs as ``iqabench run`` leaves them.

The pictures are noise and the scores are drawn, so that no figure of quality means anything: what they cost to read,
check and judge is what real ones cost. Both are the same for the same numbers, and kept where they lie already.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from iqabench.data.images import PIXELS, UPSAMPLING
from iqabench.results.model import LABEL_COLUMNS
from iqabench.results.store import SCHEMA, Judgements, RunFolder, ScoreRow, digest, split_folder, write_labels

SIDE = 16
PER_CONTENT = 100
"""Restored images of one content: about as many as in PIPAL (116)."""
CATEGORIES = 4
FINGERPRINT = "0" * 32
DATASET, SPLIT = "grown", "all"
WHOLE = "whole"
"""Empty file that is written last: what lies beside it is complete."""


def content_of(row: int) -> str:
    """Name of the content of a row, counted from 0."""
    return f"c{row // PER_CONTENT:05}"


def write_pictures(folder: Path, rows: int) -> Path:
    """``rows`` restored pictures, one pristine picture for each content, and a manifest without labels."""
    if (folder / WHOLE).is_file():
        return folder
    draw = np.random.default_rng(rows)
    with _new(folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "pristine", "content", "algorithm", "category"])
        pristine = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
        for row in range(rows):
            content, algorithm = content_of(row), row % PER_CONTENT
            if algorithm == 0:
                pristine = draw.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
                Image.fromarray(pristine).save(_new(folder / "pristine" / f"{content}.png"))
            noise = draw.integers(0, 8 + algorithm, pristine.shape, dtype=np.uint8)
            Image.fromarray(pristine ^ noise).save(_new(folder / content / f"a{algorithm:02}.png"))
            words = [f"{content}/a{algorithm:02}.png", f"pristine/{content}.png", content]
            writer.writerow([*words, f"a{algorithm:02}", f"k{algorithm % CATEGORIES}"])
    (folder / WHOLE).touch()
    return folder


def write_results(root: Path, rows: int, methods: int) -> Path:
    """Complete runs of ``methods`` methods on ``rows`` labelled images; two methods in three rank much alike."""
    if (root / WHOLE).is_file():
        return root
    draw = np.random.default_rng([rows, methods])
    contents = [content_of(row) for row in range(rows)]
    ids = [f"{content}/a{row % PER_CONTENT:02}" for row, content in enumerate(contents)]
    mos = draw.normal(1400, 100, rows).round(2)
    algorithms = [f"a{row % PER_CONTENT:02}" for row in range(rows)]
    labels = pd.DataFrame(
        {
            "image_id": ids,
            "image": [f"{name}.png" for name in ids],
            "content": contents,
            "algorithm": algorithms,
            "category": [f"k{row % PER_CONTENT % CATEGORIES}" for row in range(rows)],
            "task": "",
            "mos": mos,
        }
    )[list(LABEL_COLUMNS)]
    top = split_folder(root, DATASET, SPLIT)
    card = {"name": DATASET, "split": SPLIT, "label_kind": "human", "mos_higher_is_better": True, "scored": rows}
    write_labels(top, FINGERPRINT, Judgements(labels), card)
    for number in range(methods):
        noise = 60 + 20 * (number % 3) + number / 4
        scores = ((mos - 1400) + draw.normal(0, noise, rows)) / 100
        _write_run(top, f"m{number:03}", ids, scores)
    (root / WHOLE).touch()
    return root


def _write_run(top: Path, method: str, ids: list[str], scores: np.ndarray) -> None:
    identity = {
        **{"schema": SCHEMA, "method": method, "version": "1", "code": None, "settings": {}, "weights": {}},
        **{"training": None, "selection": "none", "reference": "pristine", "dataset": DATASET},
        **{"fingerprint": FINGERPRINT, "split": SPLIT, "precision": "fp32", "tf32": False, "tiles": "whole"},
        **{"pixels": PIXELS, "upsampling": UPSAMPLING},
    }
    run_id = digest(identity)
    folder = RunFolder(top / method / "pristine" / run_id)
    folder.append(ScoreRow(name, score) for name, score in zip(ids, scores.tolist(), strict=True))
    folder.finish(
        {
            **{"schema": SCHEMA, "run_id": run_id, "identity": identity, "status": "complete"},
            **{"fingerprint": FINGERPRINT, "dataset": DATASET, "parameters": {}, "reference": "pristine"},
            "method": {"name": method, "version": "1", "lower_is_better": False, "paradigms": ["FR"]},
            **{"paradigm": "FR", "selection": "none", "training": None, "precision": "fp32", "notes": []},
            **{"n_expected": len(ids), "n_scored": len(ids), "finished": "2026-01-01T00:00:00+00:00"},
        }
    )


def _new(file: Path) -> Path:
    """``file``, whose folder is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
