"""Scores as the NTIRE challenges on image quality take them: ``output.txt`` and ``readme.txt`` in one archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from iqabench._util.errors import DataError
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.signature import signature_of_run
from iqabench.stats.alignment import training_sets

OUTPUT, README = "output.txt", "readme.txt"
OWN_DATA = ("pipal", "pipal-ntire")
"""Data sets that the challenge gives: whoever learns from others says so."""
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
"""The same scores give the same archive, whenever it is written."""


def submission(results: ResultSet, run: RunResult) -> bytes:
    """The archive of one run.

    ``output.txt`` has a line ``A0001_00_00.bmp,0.8123`` for each image, by name; scores of a method whose lower scores
    mean better images are negated, so that higher is better in every submission.

    Raises
    ------
    DataError
        If an image has no score.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((OUTPUT, _output(results, run)), (README, _readme(run))):
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DATE), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _output(results: ResultSet, run: RunResult) -> str:
    scores = dict(zip(run.scores["image_id"], run.scores["score"], strict=True))
    lines, missing = [], []
    for image_id, image in zip(results.labels["image_id"], results.labels["image"], strict=True):
        score = scores.get(image_id)
        if score is None or score != score:  # NaN: no score
            missing.append(image_id)
            continue
        lines.append(f"{PurePosixPath(image).name or f'{image_id}.bmp'},{run.sign * score!r}\n")
    if missing:
        raise DataError(
            f"{run.method}: {len(missing)} of {len(results.labels)} images have no score, the first is {missing[0]}; "
            "the challenge takes all or none: run it again"
        )
    return "".join(sorted(lines))


def _readme(run: RunResult) -> str:
    meta = run.meta
    seconds = (meta.get("ms_per_image") or 0.0) / 1000
    learnt = [*meta["method"].get("trained_on", []), *training_sets(run)]
    extra = any(name.lower() not in OWN_DATA for name in learnt) or bool(meta.get("weights"))
    return (
        f"runtime per image [s] : {seconds:.4f}\n"
        f"CPU[1] / GPU[0] : {int(meta.get('device') == 'cpu')}\n"
        f"Extra Data [1] / No Extra Data [0] : {int(extra)}\n"
        f"Other description : {run.method}, by iqabench; {signature_of_run(meta)}\n"
    )
