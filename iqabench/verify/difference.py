"""Why two rows differ: all that made their scores, side by side, and how far the scores of each image are apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from iqabench.data.protocols.load import protocol_words
from iqabench.results.model import RunResult
from iqabench.results.signature import signature, written
from iqabench.stats.correlation import srcc
from iqabench.verify.find import Stored

NOTHING = "none"


@dataclass(frozen=True)
class Unlike:
    """One thing that is not the same of two rows."""

    topic: str
    first: str
    second: str
    rounding: bool = False
    """True of what changes the last digits of a score only."""


@dataclass(frozen=True)
class ImageSummary:
    """How far the scores of two rows are apart, image by image; the second minus the first."""

    shared: int
    """Images that both have scored."""
    alone: tuple[int, int]
    """Images that the first, the second alone has scored."""
    equal: int
    """Shared images with the very same score."""
    mean: float
    spread: float
    """Standard deviation of the differences."""
    largest: float
    """The difference that is furthest from 0, and of which image."""
    image: str
    correlation: float
    """SRCC of the scores over the shared images; NaN where it is undefined."""


@dataclass(frozen=True)
class RowDifference:
    """Two rows side by side."""

    first: str
    """Its signature."""
    second: str
    same_run: bool
    unlike: list[Unlike]
    images: ImageSummary
    one_scale: bool
    """True if the rows are of one method, so that differences of their scores mean something."""


def difference(first: Stored, second: Stored) -> RowDifference:
    """Compare two stored rows."""
    (one_set, one), (other_set, other) = first, second
    rows = [
        *_identity(one.meta, other.meta),
        *_cards(one_set.card, other_set.card),
        *_provenance(one.meta, other.meta),
    ]
    return RowDifference(
        signature(one.meta),
        signature(other.meta),
        one.meta.get("run_id") == other.meta.get("run_id"),
        [row for row in rows if row.first != row.second],
        _images(one, other),
        one.method == other.method,
    )


def _identity(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Unlike]:
    first, second = one["identity"], other["identity"]
    for topic, name in (("method", "method"), ("version of the method", "version")):
        yield Unlike(topic, str(first[name]), str(second[name]))
    yield _row("code", [_code(identity) for identity in (first, second)])
    yield from _parts("setting", first["settings"], second["settings"])
    yield from _parts("weights", first["weights"], second["weights"])
    yield Unlike("shown", str(first["reference"]), str(second["reference"]))
    yield _row("protocol", [_protocol(identity) for identity in (first, second)])
    yield from _parts("rule", *({name: one.get(name) for name in _RULES} for one in (first, second)))
    yield Unlike("data set", str(first["dataset"]), str(second["dataset"]))
    yield Unlike("state of data and labels", str(first["fingerprint"]), str(second["fingerprint"]))
    yield _row("split", [_split(meta) for meta in (one, other)])
    yield _row("precision", [_precision(identity) for identity in (first, second)])
    trained = [dict(meta.get("training") or {}) for meta in (one, other)]
    yield from _parts("training", *({name: part.get(name) for name in _TRAINING} for part in trained))
    yield Unlike("epoch", str(first["selection"]), str(second["selection"]))


_RULES = ("upsampling", "pixels", "tiles")
_TRAINING = ("dataset", "split_name", "seed", "recipe", "epochs", "start", "fingerprint", "split", "id")


def _row(topic: str, pair: list[str], *, rounding: bool = False) -> Unlike:
    first, second = pair
    return Unlike(topic, first, second, rounding)


def _parts(topic: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Unlike]:
    for name in dict.fromkeys((*first, *second)):
        values = [written(part[name]) if part.get(name) is not None else NOTHING for part in (first, second)]
        yield _row(f"{topic} {name}", values)


def _code(identity: Mapping[str, Any]) -> str:
    code = identity.get("code")
    return f"{code['source']}, SHA-256 {code['sha256']}" if code else "part of iqabench"


def _protocol(identity: Mapping[str, Any]) -> str:
    name, rules = protocol_words(identity)
    return f"{name} ({rules})" if name else "none named (RGB, whole images)"


def _split(meta: Mapping[str, Any]) -> str:
    return f"{(meta.get('split') or {}).get('name')} (digest {meta['identity']['split']})"


def _precision(identity: Mapping[str, Any]) -> str:
    calibrated = f" calibrated on {identity['calibration']}" if identity.get("calibration") else ""
    return f"{identity['precision']}{calibrated}{' with TF32' if identity.get('tf32') else ''}"


def _cards(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Unlike]:
    named = {"kind of labels": "label_kind", "version of the labels": "label_version", "labels": "labels_sha256"}
    for topic, name in named.items():
        yield _row(topic, [str(card.get(name) or NOTHING) for card in (first, second)])


def _provenance(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Unlike]:
    for topic, name in (("device", "device"), ("images at once", "batch_size")):
        yield Unlike(topic, str(one.get(name)), str(other.get(name)), rounding=True)
    versions = [meta.get("versions") or {} for meta in (one, other)]
    for name in sorted({*versions[0], *versions[1]}):
        yield _row(name, [str(part.get(name, NOTHING)) for part in versions], rounding=True)
    yield _row("commit", [_commit(meta.get("git") or {}) for meta in (one, other)], rounding=True)


def _commit(git: Mapping[str, Any]) -> str:
    return f"{str(git.get('commit') or 'unknown')[:12]}{' with changes' if git.get('dirty') else ''}"


def _images(one: RunResult, other: RunResult) -> ImageSummary:
    scores = [run.scores.set_index("image_id")["score"].dropna() for run in (one, other)]
    shared = scores[0].index.intersection(scores[1].index)
    first, second = (part.loc[shared].to_numpy(dtype=np.float64) for part in scores)
    apart = second - first
    at = int(np.abs(apart).argmax()) if len(shared) else -1
    return ImageSummary(
        len(shared),
        (len(scores[0]) - len(shared), len(scores[1]) - len(shared)),
        int((apart == 0).sum()),
        float(apart.mean()) if len(shared) else float("nan"),
        float(apart.std()) if len(shared) else float("nan"),
        float(apart[at]) if len(shared) else float("nan"),
        str(shared[at]) if len(shared) else "",
        float(srcc(first, second)),
    )
