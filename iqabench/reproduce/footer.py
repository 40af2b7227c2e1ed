"""The sentences below a reproduced table: on what, how, what is missing and how to finish it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from iqabench._util.text import counted, split_named
from iqabench.render.footer import PSEUDO, STARTS, TURNED
from iqabench.render.table import Unbroken
from iqabench.reproduce.table import FAILED, LEFT_OUT, MISSING, OK, PARTIAL, PaperTable
from iqabench.results.provenance import other_libraries
from iqabench.stats.table import BY_NAME


def footer(
    table: PaperTable, command: str = "", compare: bool = True, intervals: bool = True, differences: bool = True
) -> list[str]:
    """Sentences, not escaped, that a reader needs before believing the table.

    ``command`` finishes a table that is not finished; ``compare`` (the paper's figures), ``intervals`` and
    ``differences`` say if those are shown.
    """
    frame = table.frame
    return [
        *_measured(table),
        *_labels(table),
        *_statistics(frame),
        *(_intervals(table) if intervals else []),
        *(_paper(table, differences) if compare and (frame["paper"] != "").any() else []),
        *_training(frame),
        *_seeds(table),
        *_best(table),
        *(_retraining(frame) if table.plan.retrainable else []),
        *table.plan.notes,
        *table.source.remarks,
        *_run_notes(frame),
        *_other_libraries(frame),
        *_left_out(frame),
        *_failed(frame),
        *_missing(table, command),
        *table.clashes,
        *table.problems,
    ]


def signatures(table: PaperTable) -> list[str]:
    """The signatures of all runs behind the table, each once, in the order of the rows."""
    cells = (cell.split("; ") for cell in table.frame["signatures"])
    return [line for line in dict.fromkeys(line for cell in cells for line in cell) if line]


def _other_libraries(frame: pd.DataFrame) -> list[str]:
    cells = zip(frame["method"], frame["libraries"], strict=True)
    runs = [(str(method), one) for method, cell in cells for one in str(cell).split("; ")]
    return other_libraries([method for method, _ in runs], [one for _, one in runs])


def caption(table: PaperTable) -> list[str]:
    """What not even a figure may leave out: data, labels, intervals, training, seeds and selection."""
    return [
        *_measured(table),
        *_labels(table),
        *(sentence.replace("Brackets", "Whiskers") for sentence in _intervals(table)),
        *_training(table.frame),
        *_seeds(table),
    ]


def title(table: PaperTable) -> str:
    """``Table 2: Comparison with previous work``."""
    plan = table.plan
    return f"{plan.paper or plan.name}: {plan.title}"


def _measured(table: PaperTable) -> list[str]:
    used = table.frame[table.frame["split"] != ""]
    sentences = []
    for (split, images, contents), _ in used.groupby(["split", "images", "contents"], sort=False):
        sentences.append(f"Measured on {table.source.name}, {split_named(str(split))}: {_amount(images, contents)}.")
    return sentences


def _amount(images: Any, contents: Any) -> str:
    return f"{counted(int(images), 'image')} of {counted(int(contents), 'content')}"


def _labels(table: PaperTable) -> list[str]:
    kind = table.source.card.label_kind
    if kind == "pseudo":
        said = PSEUDO
    elif kind == "human":
        said = "Labels: human judgements."
    else:
        return ["Labels: none."]
    return [said, *[TURNED] * (not table.source.card.mos_higher_is_better)]


def _statistics(frame: pd.DataFrame) -> list[str]:
    done = frame[frame["status"].isin([OK, PARTIAL])]
    parts = []
    for statistic, group in done.groupby("statistic", sort=False):
        counted = sorted(set(group["pairs"].dropna()))
        pairs = " to ".join(f"{number:,}" for number in dict.fromkeys([*counted[:1], *counted[-1:]]))
        parts.append(BY_NAME[str(statistic)].meaning.format(pairs=pairs))
    return [f"Figures: {'; '.join(parts)}."] if parts else []


def _paper(table: PaperTable, differences: bool) -> list[str]:
    plan = table.plan
    if table.source.name != plan.dataset:
        what = "the difference" if differences else "a comparison"
        return [
            f"Paper: {plan.paper} as printed, measured on {plan.dataset}; on {table.source.name} {what} says nothing "
            "of how well it is reproduced."
        ]
    if plan.dataset != "pipal":
        return [f"Paper: {plan.paper} as printed."]
    return [
        f"Paper: {plan.paper} as printed, CKDN at its best of 30 epochs on the set reported, here the last epoch. The "
        "paper's 25 validation contents were never published: the contents here are another draw."
    ]


def _intervals(table: PaperTable) -> list[str]:
    known = table.frame[table.frame["low"].notna()]
    if known.empty:
        return []
    without = table.frame[table.frame["ours"].notna() & table.frame["low"].isna()]
    lacking = f"; none for: {_names(without, 'row')}" if len(without) else ""
    return [f"Brackets: 95 % interval, Student's t over contents{lacking}."]


def _seeds(table: PaperTable) -> list[str]:
    if not (table.frame["trained_on"] != "").any():
        return []
    named = ", ".join(map(str, table.shown.seeds))
    if len(table.shown.seeds) < 2 or not (table.frame["seeds"] > 1).any():
        return [f"Training seed: {named}."]
    return [f"Trained methods: mean ± standard deviation over the seeds {named}, in brackets how many if not all."]


def _training(frame: pd.DataFrame) -> list[str]:
    trained = frame[frame["trained_on"] != ""]
    if trained.empty:
        return ["Selection: nothing shown here is trained."] if frame["status"].isin([OK, PARTIAL]).any() else []
    sentences = []
    for (data, recipe, start), group in trained.groupby(["trained_on", "recipe", "start"], sort=False):
        begun = STARTS.get(str(start), "start not recorded")
        sentences.append(f"Trained on {data}, recipe {recipe}, {begun}, last epoch: {_names(group, 'method')}.")
    return sentences


def _best(table: PaperTable) -> list[str]:
    if not table.shown.best:
        return []
    return ["Best epoch: the one that scores best on the very set reported, an optimistic choice; it is not marked."]


def _retraining(frame: pd.DataFrame) -> list[str]:
    if not frame["reference"].str.contains("-").any():
        return []
    if frame["retrained"].any():
        return ["Made references: a model was trained with each of them in the place of the degraded image."]
    return ["Made references: shown to the model trained with the degraded images; --retrain trains one for each."]


def _run_notes(frame: pd.DataFrame) -> list[str]:
    sentences = [
        f"{_names(group, 'method')}: {notes}."
        for notes, group in frame[frame["run_notes"] != ""].groupby("run_notes", sort=False)
    ]
    for note, group in frame[frame["note"] != ""].groupby("note", sort=False):
        sentences.append(f"{_names(group, 'row')}: {note}.")
    return sentences


def _left_out(frame: pd.DataFrame) -> list[str]:
    return _by_reason(frame[frame["status"] == LEFT_OUT], "Left out")


def _failed(frame: pd.DataFrame) -> list[str]:
    return _by_reason(frame[frame["status"] == FAILED], "Failed")


def _by_reason(frame: pd.DataFrame, what: str) -> list[str]:
    sentences = []
    for reason, group in frame.groupby("reason", sort=False):
        columns = list(dict.fromkeys(frame["column"]))
        whole = [row for row, cells in group.groupby("row", sort=False) if len(cells) == len(columns)]
        single = [
            f"{row} ({column})"
            for row, column in zip(group["row"], group["column"], strict=True)
            if row not in set(whole)
        ]
        sentences.append(f"{what}: {', '.join([*map(str, whole), *single])}: {str(reason).rstrip('.')}.")
    return sentences


def _missing(table: PaperTable, command: str) -> list[str]:
    frame = table.frame[table.frame["status"].isin([MISSING, PARTIAL])]
    if frame.empty:
        return []
    finish = f" Finish with: {command}" if command else ""
    halves = sorted({reason for reason in frame["reason"] if reason and reason != "not computed yet"})
    told = f" ({'; '.join(halves)})" if halves else ""
    marked = f"{len(frame)} of {counted(len(table.frame), 'cell')}, marked '{MISSING}' or by their count of seeds"
    return [Unbroken(f"Missing: {marked}{told}.{finish}")]


def _names(frame: pd.DataFrame, column: str) -> str:
    return ", ".join(dict.fromkeys(str(name) for name in frame[column]))
