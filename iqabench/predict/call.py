"""``iqabench.score``: a score from Python, the same number that ``iqabench score`` prints."""

from __future__ import annotations

import json
from typing import Any

from iqabench._util.caller import warn_caller
from iqabench._util.devices import Machine, choose_device
from iqabench._util.errors import DataError, MethodError, UserError
from iqabench._util.generators import kept_generators
from iqabench._util.progress import Overview
from iqabench.data.frames import manifest_frame
from iqabench.data.protocols.load import protocol_given
from iqabench.data.protocols.protocol import ScoringProtocol
from iqabench.methods.given import method_given
from iqabench.methods.registry import Registry
from iqabench.methods.settings import plain_settings
from iqabench.predict.loaded import LoadedMethod, prepare_methods
from iqabench.predict.memory import as_list, as_source, names_of
from iqabench.predict.pairs import Pairs
from iqabench.predict.score_pairs import score_pairs
from iqabench.scoring.batches import Source
from iqabench.scoring.tiles import parse_tiles
from iqabench.weights.fetch import cache_folder
from iqabench.weights.resolve import folder_in_use

KEPT = 4
"""Methods that stay in memory between calls."""
_ready: dict[str, LoadedMethod] = {}
"""They, the one used last at the end."""


def score(
    restored: Any,
    degraded: Any = None,
    method: Any = "ckdn",
    *,
    tiles: str | int = "auto",
    protocol: str | ScoringProtocol | None = None,
    device: str = "auto",
    precision: str = "fp32",
    batch_size: int = 8,
    **parameters: Any,
) -> float | list[float]:
    """Score restored images, shown what their restoration was given.

    Parameters
    ----------
    restored
        One image or many. An image is a path, the bytes of a file or an open one, a PIL image, a NumPy array
        ``(H, W, 3)`` or ``(H, W)``, or a tensor ``(3, H, W)`` or ``(H, W)``: ``uint8``, ``uint16``, or floats in
        [0, 1]; :mod:`iqabench.data.images` says how each becomes pixels. Many are a list, or an array or tensor with a
        fourth dimension in front.
    degraded
        Its input, of the same size or a whole number of times smaller (then it is upsampled, bicubic); one for each
        restored image, or one for all. None for methods that need none.
    method
        Name of a method (``iqabench list methods``), an object of :class:`iqabench.Method`, or a function or class with
        ``@iqabench.method`` above it.
    tiles
        ``auto``, ``off`` or a side in pixels: see :mod:`iqabench.scoring.tiles`.
    protocol
        Name or TOML file of the protocol to score by, such as ``sr-y-border4`` (``iqabench list protocols``), or the
        protocol itself. Default: RGB, whole images.
    device, precision, batch_size
        ``auto``, ``cpu``, ``cuda``, ...; ``fp32``, or ``bf16`` for networks; images at once.
    parameters
        Of the method, if it is not built already.

    Returns
    -------
    float or list of float
        One number for one image, a list for many. Which direction is better: ``iqabench list methods``. Floats are
        rounded to 8 bits first, so that an array has the score of the file that it would be saved to.

    Raises
    ------
    UserError
        If an image cannot be scored; the message names all that cannot. Pairs that do not seem to show the same scene
        give a warning, and so do images that had to be converted.

    Notes
    -----
    The process is left as it was found: random generators, settings of torch, streams and signals. No group of
    processes is joined, also inside a job of several.

    Examples
    --------
    >>> import iqabench, numpy
    >>> degraded = numpy.zeros((64, 64, 3), numpy.uint8)
    >>> restored = numpy.full((256, 256, 3), 26, numpy.uint8)
    >>> round(iqabench.score(restored, degraded, method="psnr"), 2)
    19.83

    Paths (``iqabench.score("restored.png", "degraded.png")``) and tensors, such as ``network(low)`` ``(N, 3, 4h, 4w)``
    beside ``low`` ``(N, 3, h, w)``, are given just so.
    """
    images, single = as_list(restored)
    inputs = inputs_for(images, degraded)
    if not images:
        return []
    machine = Machine(choose_device(device), precision, batch_size)
    if isinstance(method, str):
        ready = _kept(method, parameters)
    else:
        given = method_given(method, parameters)
        ready = LoadedMethod(given.info.name, given)
    rules = protocol_given(protocol)
    with kept_generators(), Overview(quiet=True) as overview:
        tiling = parse_tiles(str(tiles))
        pair_scores = score_pairs(pairs_in_memory(images, inputs), [ready], machine, tiling, overview, rules)
    if pair_scores.interrupted:
        raise KeyboardInterrupt
    if pair_scores.problems:
        raise DataError("\n".join(pair_scores.problems))
    for message in (*pair_scores.warnings, *pair_scores.conversions):
        warn_caller(message)
    scores = pair_scores.scores[ready.name].tolist()
    return scores[0] if single else scores


def inputs_for(images: list[Any], degraded: Any) -> list[Any]:
    """What is shown beside each of ``images``: one for each, or one for all. Raises DataError for another number."""
    inputs = [None] * len(images) if degraded is None else as_list(degraded)[0]
    if len(inputs) == 1:
        inputs = inputs * len(images)
    if len(inputs) != len(images):
        raise DataError(
            f"{len(images)} restored images and {len(inputs)} degraded ones; give one for each, or one for all"
        )
    return inputs


def pairs_in_memory(images: list[Any], inputs: list[Any]) -> Pairs:
    """Manifest rows; an input that is given for several images becomes one reference."""
    shown: dict[int, Source] = {}
    for one, name in zip(inputs, names_of(len(inputs), "degraded"), strict=True):
        if one is not None and id(one) not in shown:
            shown[id(one)] = as_source(one, name)
    rows = [
        {"image_id": name, "image": as_source(image, name), "degraded": shown.get(id(given))}
        for image, name, given in zip(images, names_of(len(images), "restored"), inputs, strict=True)
    ]
    return Pairs(manifest_frame(rows))


def build(name: str, parameters: dict[str, Any]) -> LoadedMethod:
    """The method called ``name``, ready to score.

    Raises
    ------
    UserError
        If there is none, or it cannot be had.
    """
    with kept_generators(), Overview(quiet=True) as overview:
        found = prepare_methods([name], Registry(), {name: parameters}, None, overview)
    if found.problems:
        raise UserError(found.problems[0])
    return found.ready[0]


def _kept(name: str, parameters: dict[str, Any]) -> LoadedMethod:
    """The method as :func:`build` makes it, kept as long as neither settings nor weights on disk change."""
    try:
        settings = plain_settings(parameters)
    except MethodError as error:
        raise MethodError(f"{name}: {error}") from error
    key = json.dumps([name, settings, _weight_files()], sort_keys=True)
    ready = _ready.pop(key, None) or build(name, parameters)
    _ready[key] = ready
    while len(_ready) > KEPT:
        _ready.pop(next(iter(_ready)))
    return ready


def _weight_files() -> list[tuple[str, int, int]]:
    """The files from which weights are read, with size and time of change: others may lie there by the next call."""
    found = []
    for folder in (folder_in_use(), cache_folder()):
        for path in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ():
            status = path.stat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
    return found
