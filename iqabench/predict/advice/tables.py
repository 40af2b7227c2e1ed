"""An answer for people, a table for each data set, and the same for programs."""

from __future__ import annotations

from typing import Any

from iqabench._util.text import agreeing, counted, split_named
from iqabench.predict.advice.advise import Advice, Candidate
from iqabench.predict.advice.evidence import CHANCE, Evidence
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.stats.pairwise import LEAST_CONTENTS

STANDINGS = {"best": "best", "level": "level", "open": "open", "worse": "apart", "untested": "untested"}


def to_table(advice: Advice) -> Table:
    """The candidates of one data set, with the answer above and its evidence below."""
    evidence = advice.evidence
    columns = (
        Column("rank", "#", numeric=True, needed=True),
        Column("metric", "metric", heading=True, needed=True),
        Column("value", evidence.statistic, 1, 4, numeric=True, needed=True),
        Column("standing", "to the best", needed=True),
        Column("ms_per_image", "ms/image", -1, 1, numeric=True),
        Column("licence", "licence"),
        Column("learnt_from", "learnt from"),
    )
    rows = [Row(_cells(place, one)) for place, one in enumerate(advice.candidates, start=1)]
    return Table(columns, rows, title=answer(advice), footer=_footer(advice))


def answer(advice: Advice) -> str:
    """The answer in a sentence or two."""
    evidence = advice.evidence
    kind = "people" if evidence.label_kind == "human" else "PSEUDO labels (metrics, no people)"
    by = f", by protocol {evidence.protocol.partition(' ')[0]}" if evidence.protocol else ""
    where = f"On {evidence.dataset}, {split_named(evidence.split)}{by}"
    if not advice.candidates:
        return f"{where}: no metric fits."
    best = advice.candidates[0]
    if len(advice.candidates) == 1:
        return f"{where}: {best.row.label} alone fits; it agrees with {kind} to {_figure(best)}."
    if best.standing == "best" and any(one.standing == "untested" for one in advice.candidates):
        few = f"{counted(evidence.contents, 'content')} {agreeing(evidence.contents, 'are')} too few for a test"
        return (
            f"{where}: nothing can be told apart, {few} (at least {LEAST_CONTENTS}); highest is {best.row.label}, "
            f"{_figure(best)}."
        )
    if not advice.anything_apart and not advice.open:
        return (
            f"{where}: nothing can be told apart. All {len(advice.candidates)} metrics that fit may agree with {kind} "
            f"alike; choose by cost and licence. Highest is {best.row.label}, {_figure(best)}."
        )
    level = [one.row.label for one in advice.level]
    rest = ", told apart from all others"
    if level:
        rest = f"; {', '.join(level)} may be as good (not told apart)"
    elif advice.open:
        rest = "; no other comes near it"
    return f"{where}: {best.row.label} agrees best with {kind}, {_figure(best)}{rest}."


def _cells(place: int, one: Candidate) -> list[Cell]:
    row = one.row
    beside = "" if row.low is None or row.high is None else f"[{row.low:z.2f}, {row.high:z.2f}]"
    cost = Cell("–") if row.ms_per_image is None else Cell(f"{row.ms_per_image:,.1f}", row.ms_per_image)
    return [
        Cell(str(place), place),
        Cell(row.label, row.label),
        Cell(f"{row.value:z.3f}", row.value, beside=beside),
        Cell(STANDINGS[one.standing], one.standing),
        cost,
        Cell(one.licence, one.licence),
        Cell(row.learnt_from or "–", row.learnt_from),
    ]


def _figure(one: Candidate) -> str:
    interval = "" if one.row.low is None else f" [{one.row.low:z.3f}, {one.row.high:z.3f}]"
    return f"{one.row.value:z.3f}{interval}"


def _footer(advice: Advice) -> list[str]:
    evidence = advice.evidence
    said = []
    if advice.candidates and not advice.beats_chance:
        said.append(
            f"Not even the best is sure to beat chance ({CHANCE[evidence.statistic]:g}): its interval holds it, or "
            "there is none."
        )
    if len(advice.candidates) > 1:
        compared = counted(len(advice.candidates) - 1, "comparison")
        said.append(
            "To the best: level is not told apart from it, apart is (Student's t on differences by content, "
            f"Holm-corrected for {compared} with the best, 5 %). Not told apart does not mean as good: more contents "
            "may tell."
        )
    if advice.open:
        said.append(
            f"Open: not told apart either, but with an interval that holds chance ({CHANCE[evidence.statistic]:g}) or "
            "lies below that of the best. Do not choose these for being level."
        )
    said.append(f"Evidence: {described(evidence)}.")
    if evidence.protocol:
        said.append(f"Scored by protocol {evidence.protocol}; figures by different protocols do not compare.")
    devices = sorted({one.row.device for one in advice.candidates if one.row.ms_per_image is not None})
    if devices:
        said.append(f"Cost: as stored, on {', '.join(devices)}, of images of that set; yours differ.")
    learnt = [one.row.label for one in advice.candidates if one.row.learnt_from]
    if learnt:
        said.append(f"These must be trained first ('iqabench score --train-on'): {', '.join(learnt)}.")
    return [*said, *_left_out(advice)]


def _left_out(advice: Advice) -> list[str]:
    return [f"Left out, {why}: {', '.join(labels)}." for why, labels in advice.refused.items()]


def nothing_fits(advice: Advice) -> list[str]:
    """Why no metric of an evidence fits."""
    return [answer(advice), *_left_out(advice)]


def described(evidence: Evidence) -> str:
    """What the figures rest on."""
    labels = "human judgements" if evidence.label_kind == "human" else "PSEUDO labels, computed by metrics"
    votes = "" if evidence.votes is None else f", {evidence.votes:,.0f} votes on {counted(evidence.pairs or 0, 'pair')}"
    digests = [f"data {evidence.fingerprint[:8]}", f"labels {evidence.labels_sha256[:8]}"]
    digests += [f"votes {evidence.votes_sha256[:8]}"] if evidence.votes_sha256 and evidence.votes is not None else []
    return (
        f"{labels} of {counted(evidence.images, 'image')} of {counted(evidence.contents, 'content')}{votes}; runs up "
        f"to {evidence.finished[:10]} ({', '.join(digests)})"
    )


def as_data(advice: Advice) -> dict[str, Any]:
    """Everything as plain data."""
    evidence = advice.evidence
    facts = evidence.model_dump(mode="json", exclude={"rows", "differences", "format", "version"})
    return {
        **facts,
        "answer": answer(advice),
        "anything_apart": advice.anything_apart,
        "candidates": [
            {**one.row.model_dump(mode="json"), "licence": one.licence, "standing": one.standing, "p": one.p}
            for one in advice.candidates
        ],
        "left_out": advice.refused,
    }
