"""``iqabench.evaluate``: what ``iqabench run`` does, from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from iqabench._util.devices import Machine, choose_device
from iqabench._util.errors import UserError
from iqabench._util.generators import kept_generators
from iqabench._util.progress import Overview
from iqabench.methods.given import files_given, names_given, words
from iqabench.methods.registry import Registry
from iqabench.render.leaderboards import lay_out, render
from iqabench.render.notebook import to_notebook
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.store import load_results
from iqabench.runs.evaluation import EvaluationRequest, Planned, compute, plan_evaluation
from iqabench.stats.grouping import training_seed
from iqabench.stats.leaderboard import leaderboards

LABELS = ("image_id", "content", "algorithm", "category", "mos")


@dataclass(frozen=True)
class Scores:
    """The scores and the leaderboard of an evaluation, with what went wrong; a notebook shows the leaderboard.

    Attributes
    ----------
    frame
        One row for each method, reference, split, seed and restored image: columns ``dataset, split, method,
        reference, selection, seed, image_id, content, algorithm, category, mos, score, error``. ``seed`` is missing
        where nothing was trained, ``score`` where ``error`` says why.
    leaderboard
        One row for each method, best first, with every statistic: :func:`iqabench.leaderboard` of these runs.
    problems
        What could not be computed, and why. The other methods have their rows.
    notes
        What should be known of the data, its split and the training.
    """

    frame: pd.DataFrame
    leaderboard: pd.DataFrame
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    def table(self, style: str = "text") -> str:
        """The leaderboard as the command prints it: ``text``, ``markdown``, ``latex``, ``csv`` or ``json``."""
        return render(self._boards(), style)

    def _boards(self) -> list[pd.DataFrame]:
        names = ["dataset", "split", "fingerprint", "protocol", "protocol_rules"]
        return [frame for _, frame in self.leaderboard.groupby(names, sort=False)]

    def _repr_html_(self) -> str:
        return to_notebook([lay_out(frame) for frame in self._boards()], self.problems)

    def __str__(self) -> str:
        return self.table()


def evaluate(
    method: str | Iterable[str],
    dataset: str = "mini",
    *,
    root: str | Path | None = None,
    split: str | None = None,
    references: str | Iterable[str] = (),
    protocol: str | Path | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: int | Iterable[int] = 0,
    train_on: str = "",
    plugins: str | Path | Iterable[str | Path] = (),
    results: str | Path = "runs",
    device: str = "auto",
    precision: str = "fp32",
    batch_size: int = 8,
    quiet: bool = False,
) -> Scores:
    """Train methods where needed, score a data set, and compare the scores with its labels.

    What is in ``results`` already is not computed again; ``iqabench run`` finds it, too.

    Parameters
    ----------
    method
        Name of a method, or several (``iqabench.list_methods()``). A method of your own lies in a file of ``plugins``.
    dataset, root
        As ``--dataset`` and ``--root`` of ``iqabench run``: ``"mini"`` lies in the package; readers of others may
        come from :func:`iqabench.dataset`.
    split
        Name or folder; default: the data set's own.
    references
        What is shown: ``none``, ``degraded``, ``pristine``, ``lr-x4``, ... Default: each method's own.
    protocol
        Name or TOML file of the protocol to score by (docs/protocols.md); default: RGB, whole images.
    settings
        Constructor arguments by method: ``{"ssim": {"downsample": False}}``.
    seeds
        Of training: one, or several.
    train_on
        ``NAME[:ROOT]`` of another data set to train on.
    plugins
        Python files with methods and data sets of your own.
    results
        Folder that scores and trained models are kept in.
    device, precision, batch_size
        ``auto``, ``cpu``, ``cuda``, ...; ``fp32``, or ``bf16`` for networks; images at once.
    quiet
        Show no progress.

    Returns
    -------
    Scores
        ``frame`` has one row for each image, ``leaderboard`` one for each method.

    Raises
    ------
    UserError
        If the data set, split or method cannot be had, a method is not given by its name, or nothing could be
        computed.

    Examples
    --------
    >>> import iqabench
    >>> scores = iqabench.evaluate("psnr", "mini", results=getfixture("tmp_path"), quiet=True)
    >>> scores.frame["score"].size
    88
    >>> scores.leaderboard["method"].tolist()
    ['psnr']
    """
    files = files_given(plugins)
    request = EvaluationRequest(
        methods=names_given(method, files),
        dataset=dataset,
        root=None if root is None else Path(root),
        splits=(split,),
        references=words("references", references),
        protocol=None if protocol is None else str(protocol),
        settings=settings or {},
        seeds=_seeds(seeds),
        train_on=train_on,
        anchors=False,
        results=Path(results),
    )
    notes: list[str] = []
    with kept_generators():
        machine = Machine(choose_device(device), precision, batch_size)
        planned = plan_evaluation(request, Registry(files), machine, notes.append)
        summary = compute(planned, Overview(quiet=quiet))
    problems = (*planned.problems, *summary.problems)
    if not summary.folders:
        raise UserError("\n".join(problems) or "there is no method to evaluate")
    folders = {folder.path for folder in summary.folders}
    sets = _sets(planned, folders)
    boards = leaderboards(sets, folders)
    return Scores(_frame(sets, folders), pd.concat(boards, ignore_index=True), problems, tuple(notes))


def leaderboard(results: str | Path = "runs", dataset: str | None = None, split: str | None = None) -> pd.DataFrame:
    """The leaderboard of a results folder: one row for each method, best first.

    Parameters
    ----------
    results
        Folder of ``iqabench run`` or :func:`evaluate`.
    dataset, split
        Only these; default: all, one below the other.

    Returns
    -------
    DataFrame
        :data:`iqabench.stats.leaderboard.COLUMNS`; ``rank`` counts anew for each data set, split and protocol.

    Raises
    ------
    UserError
        If there is no such result, or ``results`` is no folder's name.

    Examples
    --------
    >>> import iqabench
    >>> folder = getfixture("tmp_path")
    >>> _ = iqabench.evaluate(["psnr", "ssim"], results=folder, quiet=True)
    >>> iqabench.leaderboard(folder)[["rank", "method"]].values.tolist()
    [[1, 'psnr'], [2, 'ssim']]
    """
    if not isinstance(results, str | PathLike):
        raise UserError(
            f"leaderboard takes the folder that results lie in, not a {type(results).__name__}; "
            "the leaderboard of what evaluate(...) returned is its attribute leaderboard"
        )
    return pd.concat(leaderboards(load_results(Path(results), dataset, split)), ignore_index=True)


def _seeds(given: int | Iterable[int]) -> tuple[int, ...]:
    try:
        return tuple(index(one) for one in (given if isinstance(given, Iterable) else (given,)))
    except TypeError as error:
        raise UserError(f"seeds={given!r}: give a whole number, or a list of them, such as [0, 1, 2]") from error


def _sets(planned: Planned, folders: set[Path]) -> list[ResultSet]:
    """The results on each split, all their runs among them: a test of a difference is corrected for all."""
    found: list[ResultSet] = []
    for name in dict.fromkeys(one.run.split_name for one in planned.runs):
        run = planned.runs[0].run
        sets = load_results(run.results, run.dataset.card.name, name)
        found += [one for one in sets if any(one_run.path in folders for one_run in one.runs)]
    return found


def _frame(sets: list[ResultSet], folders: set[Path]) -> pd.DataFrame:
    parts = [_rows(one, run) for one in sets for run in one.runs if run.path in folders]
    return pd.concat(parts, ignore_index=True)


def _rows(results: ResultSet, run: RunResult) -> pd.DataFrame:
    labels = results.labels[list(LABELS)]
    rows = labels.merge(run.scores, on="image_id", how="left")
    facts = {
        "dataset": results.dataset,
        "split": results.split,
        "method": run.method,
        "reference": run.meta["reference"],
        "selection": run.meta["selection"],
        "seed": pd.array([training_seed(run)] * len(rows), dtype="Int64"),
    }
    for place, (name, value) in enumerate(facts.items()):
        rows.insert(place, name, value)
    return rows
