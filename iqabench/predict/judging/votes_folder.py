"""What people chose as a data set of votes, which ``--dataset votes`` reads."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import tomli_w
from PIL import Image

from iqabench._util.errors import DataError, UserError
from iqabench._util.files import write_atomically
from iqabench._util.progress import Overview
from iqabench._util.text import counted
from iqabench.data.base import Card
from iqabench.data.cards import CARD_FILE, read_card, slug
from iqabench.data.images import Pixels, load_image
from iqabench.data.votes import CHOICE_FILE, CHOICE_FILE_COLUMNS, DEGRADED_FOLDER, VOTE_FILE, VOTE_FILE_COLUMNS
from iqabench.predict.judging.plan import Plan, PlanImage
from iqabench.predict.judging.verdict import Verdict

JUDGE_FILE = "judges.csv"
JUDGE_COLUMNS = ("judge", "answered", "obvious", "right", "repeats", "same", "decided", "left", "left_out")


def require_free(folder: Path, plan: Plan) -> None:
    """Raise UserError if ``folder`` holds something else than an earlier import of the same page, which is replaced."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / JUDGE_FILE).is_file():
        raise UserError(f"--out {folder}: there is something already; name a new folder, or remove that one")
    if read_card(folder, Card(slug(folder.name))).label_version != plan.digest[:12]:
        raise UserError(f"--out {folder}: holds what people said of another page; name a new folder")


def write_votes(verdict: Verdict, pictures: Mapping[str, str], page: Path, out: Path, overview: Overview) -> None:
    """Write ``images/ALGORITHM/CONTENT.png``, ``votes.csv``, ``choices.csv``, ``judges.csv`` and ``card.toml``.

    ``votes.csv`` counts a *similar* as half a vote for each image; ``choices.csv`` keeps all three answers of each
    judge. ``pictures`` are data addresses by key, or paths beside ``page``.

    Raises
    ------
    DataError
        If a picture is missing or not the one that was shown.
    """
    plan = verdict.plan
    wanted = {key: image for key, image in plan.images.items() if image.algorithm or key in plan.given.values()}
    bar = overview.add("pictures of the data set", len(wanted))
    for key, image in wanted.items():
        pixels = _pixels(key, image, plan, pictures, page)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        folder = image.algorithm or DEGRADED_FOLDER
        write_atomically(out / "images" / folder / f"{image.content}.png", stream.getvalue())
        overview.advance(bar, 1)
    overview.end(bar)
    write_atomically(out / JUDGE_FILE, _csv(JUDGE_COLUMNS, _judges(verdict)))
    write_atomically(out / CHOICE_FILE, _csv(CHOICE_FILE_COLUMNS, _choices(verdict)))
    write_atomically(out / CARD_FILE, tomli_w.dumps(_card(verdict, out)))
    write_atomically(out / VOTE_FILE, _csv(VOTE_FILE_COLUMNS, _votes(verdict)))


def _pixels(key: str, image: PlanImage, plan: Plan, pictures: Mapping[str, str], page: Path) -> Pixels:
    if plan.folder:
        files = sorted((page.parent / plan.folder).glob(f"{key}.*"))
        if not files:
            raise DataError(f"{page.parent / plan.folder}: picture {key} is missing; keep the folder beside the page")
        pixels, _ = load_image(files[0])
    else:
        try:
            data = base64.b64decode(pictures[key].partition(",")[2], validate=True)
        except (KeyError, ValueError) as error:
            raise DataError(f"{page}: picture {key} is missing or broken; take the page as it was written") from error
        pixels, _ = load_image(data, f"{page}, picture {key}")
    if hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest() != image.sha256:
        raise DataError(f"{page}: picture {key} is not the one that was shown; take the page as it was written")
    return pixels


def _votes(verdict: Verdict) -> Iterable[tuple[object, ...]]:
    half = {"a": (1.0, 0.0), "b": (0.0, 1.0), "similar": (0.5, 0.5)}
    votes: dict[tuple[str, str, str], list[float]] = {}
    for one in verdict.choices:
        cast = votes.setdefault((one.content, one.first, one.second), [0.0, 0.0])
        for side, vote in enumerate(half[one.choice]):
            cast[side] += vote
    for (content, first, second), cast in sorted(votes.items()):
        yield content, first, second, *(f"{vote:g}" for vote in cast)


def _choices(verdict: Verdict) -> Iterable[tuple[object, ...]]:
    for one in sorted(verdict.choices, key=lambda one: (one.judge, one.content, one.first, one.second)):
        yield _no_formula(one.judge), one.content, one.first, one.second, one.choice


def _judges(verdict: Verdict) -> Iterable[tuple[object, ...]]:
    for judge in verdict.judges:
        kept = judge.controls
        told = (kept.obvious, kept.right, kept.repeats, kept.same, kept.decided, kept.left)
        yield _no_formula(judge.name), judge.answered, *told, judge.left_out


def _no_formula(name: str) -> str:
    """A judge's own word, which a spreadsheet must not run."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _card(verdict: Verdict, out: Path) -> dict[str, object]:
    said = Counter(one.choice for one in verdict.choices)
    return {
        "name": slug(out.name),
        "label_kind": "human",
        "label_version": verdict.plan.digest[:12],
        "description": (
            f"{counted(len(verdict.choices), 'choice')} ({said['similar']} 'similar', half a vote for each image) "
            f"of {counted(len(verdict.believed), 'judge')}, on page {verdict.plan.digest}; pairs: {verdict.plan.choose}"
        ),
    }


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()
