"""``iqabench.score_table``: folders or lists of images, several methods, one table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from iqabench._util.devices import Machine, choose_device
from iqabench._util.errors import DataError, UserError
from iqabench._util.generators import kept_generators
from iqabench._util.progress import Overview
from iqabench.data.frames import manifest_frame
from iqabench.data.protocols.load import protocol_given
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.methods.base import Method
from iqabench.methods.given import files_given, method_given, words
from iqabench.methods.registry import Registry
from iqabench.predict import tables
from iqabench.predict.loaded import LoadedMethod, Preparation, prepare_methods
from iqabench.predict.memory import as_list, as_source, names_of
from iqabench.predict.pairs import Pairs, pair_images
from iqabench.predict.ranks import rank_algorithms
from iqabench.predict.score_pairs import PairScores, score_pairs
from iqabench.render.notebook import to_notebook
from iqabench.scoring.tiles import parse_tiles


@dataclass(frozen=True)
class ScoreTable:
    """Scores of one's own images; a notebook shows it as a table.

    Attributes
    ----------
    frame
        One row for each image, best first by the first method: ``image, content, algorithm``, for each method its score
        and ``METHOD_rank`` within the content, the files, ``METHOD_signature`` and ``error``. With pristine images a
        method's columns are ``METHOD@degraded`` and ``METHOD@pristine``.
    algorithms
        Mean rank of each algorithm by each method, None unless there are several that restored the same contents.
    better
        1 for each column of scores whose higher values are better, -1 where lower are.
    problems, warnings, notes
        What could not be scored and why, what may be wrong, and how images were converted.
    """

    frame: pd.DataFrame
    algorithms: pd.DataFrame | None
    better: dict[str, int]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    _scores: PairScores = field(repr=False)

    def table(self, style: str = "text") -> str:
        """What the command prints: ``text``, ``markdown``, ``csv`` or ``json``."""
        write = {
            "text": tables.to_text,
            "markdown": tables.to_markdown,
            "csv": tables.to_csv,
            "json": tables.to_json,
        }.get(style)
        if write is None:
            raise UserError(f"style={style!r}; use text, markdown, csv or json")
        return write(self._scores)

    def _repr_html_(self) -> str:
        return to_notebook(tables.lay_out(self._scores), [*self.problems, *self.warnings])

    def __str__(self) -> str:
        return self.table()


def score_table(
    restored: Any,
    degraded: Any = None,
    methods: Any = "ckdn",
    *,
    pristine: Any = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    plugins: str | Path | Iterable[str | Path] = (),
    tiles: str | int = "auto",
    protocol: str | ScoringProtocol | None = None,
    device: str = "auto",
    precision: str = "fp32",
    batch_size: int = 8,
    quiet: bool = False,
) -> ScoreTable:
    """Score many images with several methods, as ``iqabench score`` does.

    Parameters
    ----------
    restored, degraded, pristine
        A file, a folder or a pattern each, matched by name, or a CSV of pairs as ``restored`` alone; or lists of images
        of any kind that :func:`iqabench.score` takes, one degraded (and pristine) image for each restored one or one
        for all.
    methods
        Names, one or several, or objects of :class:`iqabench.Method`, or a list of both.
    settings
        Constructor arguments by method: ``{"ssim": {"downsample": False}}``.
    plugins
        Python files with methods of your own.
    tiles, protocol, device, precision, batch_size
        As in :func:`iqabench.score`.
    quiet
        Show no progress.

    Returns
    -------
    ScoreTable
        ``frame`` has a row for each image. What could not be scored is named in ``problems``, the rest is there.

    Raises
    ------
    UserError
        If nothing can be scored: a method is unknown, none can be had, or no images belong together.

    Examples
    --------
    >>> import iqabench, numpy
    >>> degraded = numpy.zeros((16, 16, 3), numpy.uint8)
    >>> restored = [numpy.full((64, 64, 3), value, numpy.uint8) for value in (26, 13)]
    >>> scores = iqabench.score_table(restored, degraded, ["psnr", "sharpness"], quiet=True)
    >>> scores.frame[["image", "psnr_rank"]].values.tolist()
    [['restored[1]', 1.0], ['restored[0]', 2.0]]
    """
    if _is_word(restored):
        pairs = pair_images(*(None if one is None else _word(one) for one in (restored, degraded, pristine)))  # type: ignore[arg-type]
    else:
        pairs = _pairs(restored, {"degraded": degraded, "pristine": pristine})
    rules = protocol_given(protocol)
    with kept_generators(), Overview(quiet=quiet) as overview:
        prepared = _prepared(methods, Registry(files_given(plugins)), settings or {}, overview)
        if not prepared.ready:
            raise UserError("\n".join(prepared.problems) or "methods names none")
        machine = Machine(choose_device(device), precision, batch_size)
        scores = score_pairs(pairs, prepared.ready, machine, parse_tiles(str(tiles)), overview, rules)
    if scores.interrupted:
        raise KeyboardInterrupt
    scores.problems += prepared.problems
    ranks = rank_algorithms(scores.frame, scores.scores, scores.columns)
    return ScoreTable(
        tables.tidy(scores).reset_index(drop=True),
        None if ranks is None else ranks.frame,
        {column.name: column.sign for column in scores.columns},
        tuple(scores.problems),
        tuple(scores.warnings),
        tuple(scores.notes),
        scores,
    )


def _is_word(given: Any) -> bool:
    return isinstance(given, str | os.PathLike)


def _word(given: Any) -> str:
    if not _is_word(given):
        raise DataError(
            f"restored is a path and another argument a {type(given).__name__}: give paths for all, or lists for all"
        )
    return str(os.fspath(given))


def _prepared(
    methods: Any, registry: Registry, settings: Mapping[str, Mapping[str, Any]], overview: Overview
) -> Preparation:
    listed = list(methods) if isinstance(methods, list | tuple) else [methods]
    names = words("methods", [one for one in listed if isinstance(one, str)])
    found = prepare_methods(names, registry, settings, None, overview)
    for one in listed:
        if not isinstance(one, str):
            made: Method = method_given(one, {})
            found.ready.append(LoadedMethod(made.info.name, made))
    return found


def _pairs(restored: Any, partners: Mapping[str, Any]) -> Pairs:
    """Images in lists; those that share a degraded (or else a pristine) image are one content."""
    images, _ = as_list(restored)
    given = {what: _spread(what, one, len(images)) for what, one in partners.items() if one is not None}
    sources = {what: _sources(what, listed) for what, listed in given.items()}
    rows = []
    for number, name in enumerate(_names(images)):
        row: dict[str, object] = {"image_id": name, "image": as_source(images[number], name), "content": name}
        shown = {what: listed[number] for what, listed in sources.items()}
        if shown:
            row["content"] = Path(str(next(iter(shown.values())))).name
        rows.append(row | shown)
    if not rows:
        raise DataError("no restored image is given")
    return Pairs(manifest_frame(rows))


def _names(images: list[Any]) -> list[str]:
    """Files by their names, or where these are not different by their paths; other images by their places."""
    if all(_is_word(one) for one in images):
        for names in ([Path(one).name for one in images], [str(one) for one in images]):
            if len(set(names)) == len(images):
                return names
    return list(names_of(len(images), "restored"))


def _spread(what: str, given: Any, count: int) -> list[Any]:
    listed = as_list(given)[0]
    if len(listed) not in (1, count):
        raise DataError(f"{count} restored images and {len(listed)} {what} ones; give one for each, or one for all")
    return listed if len(listed) == count else listed * count


def _sources(what: str, listed: list[Any]) -> list[Any]:
    """An image that is given for several becomes one source."""
    made: dict[int, Any] = {}
    for one, name in zip(listed, names_of(len(listed), what), strict=True):
        if id(one) not in made:
            made[id(one)] = as_source(one, name)
    return [made[id(one)] for one in listed]
