"""Reads a signature, or a stored run, back in plain sentences: what made a score, and what differs here."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iqabench._util.errors import UserError, WeightsError
from iqabench._util.text import counted
from iqabench.data.images.formats import PIXELS
from iqabench.data.protocols.load import protocol_words, shipped_protocols
from iqabench.data.protocols.protocol import REFUSED
from iqabench.methods.contract import MethodEntry
from iqabench.methods.registry import Registry
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.provenance import differences, library_versions
from iqabench.results.signature import (
    Shortened,
    Signature,
    TrainingPart,
    parse_signature,
    signature,
    weights_digest,
    written,
)
from iqabench.results.store import TRAINED_FOLDER, folder_name
from iqabench.verify.find import by_digits, runs_named
from iqabench.weights.table import TABLE

REFERENCES = {
    "none": "it is shown the restored image alone",
    "degraded": "it is shown the degraded image beside the restored one",
    "pristine": "it is shown the pristine image beside the restored one",
}
SELECTIONS = {"last": "last epoch", "best": "epoch that validated best on the set reported (optimistic)"}


@dataclass(frozen=True)
class Fact:
    """One sentence on one topic."""

    topic: str
    sentence: str


@dataclass(frozen=True)
class Explained:
    """A signature, the run behind it if it was found, and what it says."""

    signature: str
    run: RunResult | None
    facts: list[Fact]


def explain(word: str, sets: list[ResultSet], registry: Registry) -> list[Explained]:
    """Explain a signature, a run id or its first digits, or ``METHOD[@REFERENCE[@SELECTION]]``.

    A signature is explained also without its run; the others must be among ``sets``, each run that is meant.

    Raises
    ------
    UserError
        If ``word`` is a broken signature, or no run of it is there.
    """
    word = word.strip()
    if "|" in word:
        found = by_digits(parse_signature(word).run, sets)
        results, run = found[0] if found else (None, None)
        return [_explain(word, results, run, registry)]
    return [_explain(signature(run.meta), one, run, registry) for one, run in runs_named(word, sets)]


def _explain(line: str, results: ResultSet | None, run: RunResult | None, registry: Registry) -> Explained:
    parsed = parse_signature(line)
    meta = run.meta if run is not None else {}
    try:
        entry: MethodEntry | None = registry.called(str(parsed.method))
    except UserError:
        entry = None
    facts = [
        *_warning(meta, line),
        *_method(parsed, entry),
        *_code(parsed, meta, entry),
        *_settings(parsed, meta, entry),
        *_weights(parsed, meta, entry),
        *_shown(parsed, meta),
        *_protocol(parsed, meta),
        *_arithmetic(parsed),
        *_data(meta, results),
        *_training(parsed, meta, run),
        *_software(parsed, meta),
        *_run(parsed, meta, run),
    ]
    return Explained(line, run, facts)


def _warning(meta: Mapping[str, Any], line: str) -> Iterator[Fact]:
    if meta and line != signature(meta):
        yield Fact("WARNING", f"this is not the run's own signature, which is: {signature(meta)}.")


def _method(parsed: Signature, entry: MethodEntry | None) -> Iterator[Fact]:
    if entry is None:
        here = "it is not installed here (--plugin FILE reads a plugin)"
    elif entry.info.version == parsed.version:
        here = entry.info.summary or "the version that is installed here"
    else:
        here = f"version {entry.info.version} is installed here: its scores may differ"
    yield Fact("method", f"{parsed.method}, version {parsed.version}: {here.rstrip('.')}.")


def _code(parsed: Signature, meta: Mapping[str, Any], entry: MethodEntry | None) -> Iterator[Fact]:
    if parsed.code is None:
        return
    recorded = (meta.get("identity") or {}).get("code") or {}
    named = f"{recorded['source']}, SHA-256 {recorded['sha256']}" if recorded else f"SHA-256 begins {parsed.code}"
    code = entry.code() if entry is not None else None
    here = "it is not here" if code is None else f"the code here is {_same(code['sha256'].startswith(parsed.code))}"
    yield Fact("code", f"from outside of iqabench: {named}; {here}.")


def _same(same: bool) -> str:
    return "the same" if same else "another"


def _settings(parsed: Signature, meta: Mapping[str, Any], entry: MethodEntry | None) -> Iterator[Fact]:
    settings = dict(meta["parameters"]) if meta.get("parameters") else dict(parsed.settings)
    if parsed.settings_digest is not None and not settings:
        yield Fact("settings", f"too many to be named (digest {parsed.settings_digest}); the run says them.")
        return
    if not settings:
        yield Fact("settings", "none.")
        return
    try:
        parameters = inspect.signature(entry.builder()).parameters if entry is not None else None
    except Exception:  # importing a method may fail in any way
        parameters = None
    for name, value in settings.items():
        yield Fact("setting", f"{name} = {written(value)} ({_default(name, value, parameters)}).")


def _default(name: str, value: Any, parameters: Mapping[str, inspect.Parameter] | None) -> str:
    if parameters is None:
        return "whether it is the default cannot be known here"
    if name not in parameters:
        return "stated by the method itself"
    default = parameters[name].default
    if default is inspect.Parameter.empty:
        return "it has no default"
    if isinstance(value, Shortened):
        return f"the default is {written(default)}"
    return "the default" if default == value else f"the default is {written(default)}"


def _weights(parsed: Signature, meta: Mapping[str, Any], entry: MethodEntry | None) -> Iterator[Fact]:
    recorded: Mapping[str, str] = (meta.get("identity") or {}).get("weights") or {}
    if parsed.weights is None:
        yield Fact("weights", "no pretrained weights.")
        return
    settings = meta.get("parameters") or {}
    here = _weights_here(recorded or (entry.info.weights if entry is not None else ()), entry, settings)
    if not recorded:
        known = {name: digest for name, digest in here.items() if digest is not None}
        if known and len(known) == len(here):
            verdict = f"{', '.join(known)} here are {_same(weights_digest(known) == parsed.weights)}"
        else:
            verdict = "they are not all here, so which they were cannot be known"
        yield Fact("weights", f"pretrained weights of digest {parsed.weights}; {verdict}.")
    for name, digest in recorded.items():
        found = here.get(name)
        said = "not here" if found is None else f"here are {_same(found == digest)}"
        yield Fact("weights", f"{name}, SHA-256 {digest}; {said}.")


def _weights_here(
    names: Iterable[str], entry: MethodEntry | None, settings: Mapping[str, Any]
) -> dict[str, str | None]:
    """Digests of the weights that lie on this machine; nothing is fetched."""
    from iqabench.weights import load_with_origin, locate

    found: dict[str, str | None] = {}
    for name in names:
        if name not in TABLE:
            # A file that comes with the method, or with its plugin.
            found[name] = _own_weights(entry, settings).get(name)
            continue
        try:
            found[name] = load_with_origin(name)[1].sha256 if locate(name) is not None else None
        except (UserError, WeightsError):
            found[name] = None
    return found


def _own_weights(entry: MethodEntry | None, settings: Mapping[str, Any]) -> dict[str, str | None]:
    """What the method here, made as it was, has read or begins its training with.

    Nothing if it cannot be made, or might fetch files by itself.
    """
    if entry is None or ":" in entry.info.name:
        return {}
    taken = entry.parameter_names()
    try:
        method = entry.create(**{name: value for name, value in settings.items() if name in taken})
        begun = method.starting_weights() if entry.info.trainable else {}
    except UserError:
        return {}
    return {**begun, **method.weights_used}


def _shown(parsed: Signature, meta: Mapping[str, Any]) -> Iterator[Fact]:
    reference = str(parsed.reference)
    shown = REFERENCES.get(reference, f"it is shown {reference}, made from the pristine image")
    if parsed.reference is None:
        shown = "what it is shown is not said"
    enlarges = parsed.upsampling not in (None, REFUSED)
    enlarged = f"; a smaller one is enlarged by {parsed.upsampling} first" if enlarges else ""
    yield Fact("reference", f"{shown}{enlarged if reference != 'none' else ''}.")
    rules = (meta.get("identity") or {}).get("pixels")
    if not rules:
        yield Fact("pixels", f"{_UNKNOWN}.")
    elif str(rules) != PIXELS:
        yield Fact("pixels", "colour, depth or orientation of some images are read otherwise here: scores may differ.")


def _protocol(parsed: Signature, meta: Mapping[str, Any]) -> Iterator[Fact]:
    if parsed.protocol is None:
        yield Fact("protocol", "none named: RGB, whole images, no border cut off.")
        return
    name, rules = protocol_words(meta.get("identity") or {})
    known = shipped_protocols().get(str(parsed.protocol.name))
    if not name and known is not None and known.digest.startswith(parsed.protocol.digest):
        name, rules = known.name, f"digest {parsed.protocol.digest}: {known.words}"
    yield Fact("protocol", f"{name} ({rules})." if name else f"{parsed.protocol}; what it says, the run says.")


_UNKNOWN = "the signature alone does not say; the run does"


def _arithmetic(parsed: Signature) -> Iterator[Fact]:
    side, _, above = str(parsed.tiles).partition("-above-")
    larger = f"images above {int(above):,} pixels" if above.isdigit() else "larger images"
    tiled = f"{larger} are scored as the mean of tiles of at most {side} pixels a side"
    rule = "images are scored whole" if parsed.tiles == "whole" else tiled
    calibrated = ", calibrated on the training part of mini" if parsed.precision == "int8" else ""
    tf32 = "with" if parsed.tf32 else "without"
    yield Fact("arithmetic", f"{parsed.precision}{calibrated}, {tf32} TF32; {rule}.")


def _data(meta: Mapping[str, Any], results: ResultSet | None) -> Iterator[Fact]:
    if results is None:
        yield Fact("data", f"{_UNKNOWN}.")
        return
    kind = {"pseudo": "PSEUDO, not human judgements", "human": "human judgements"}.get(
        str(results.card.get("label_kind")), "none"
    )
    split = meta.get("split") or {}
    yield Fact(
        "data",
        f"{results.dataset} (fingerprint {results.fingerprint}), split {results.split} (digest {split.get('digest')}), "
        f"{meta.get('n_scored')} of {meta.get('n_expected')} images scored; labels: {kind}.",
    )


def _training(parsed: Signature, meta: Mapping[str, Any], run: RunResult | None) -> Iterator[Fact]:
    part = parsed.trained
    if part is None:
        yield Fact("training", "not trained by iqabench.")
        return
    if not isinstance(part, TrainingPart):
        yield Fact("training", f"trained: {part}.")
        return
    chosen = SELECTIONS.get(str(part.selection), str(part.selection))
    sentence = f"trained on {part.dataset}, split {part.split}, seed {part.seed}, {chosen}"
    training = meta.get("training")
    if training is None or run is None:
        yield Fact("training", f"{sentence}; recipe, epochs and start: {_UNKNOWN}.")
        return
    kept = _kept(run, training)
    for one in training.get("joined") or ():
        within = "its contents" if one["label_scope"] == "content" else "the set"
        yield Fact(
            "learnt from",
            f"{one['dataset']} (fingerprint {one['fingerprint']}), split {one['split_name']}: {one['rows']} images "
            f"with {one['label_kind']} labels, ranked within {within}.",
        )
    epochs = "" if training.get("epochs") is None else f", {training['epochs']} epochs"
    yield Fact(
        "training",
        f"{sentence}; {training.get('rows')} images with {training.get('label_kind')} labels, recipe "
        f"{training.get('recipe') or 'of its own'}{epochs}, start {training.get('start') or 'not recorded'}; model "
        f"{training.get('id')} is {'' if kept else 'not '}in {TRAINED_FOLDER}/ of the results.",
    )


def _kept(run: RunResult, training: Mapping[str, Any]) -> bool:
    if run.path is None:
        return False
    root: Path = run.path.parents[4]
    return (root / TRAINED_FOLDER / folder_name(run.method) / folder_name(str(training.get("id")))).is_dir()


_NAMED = ("iqabench", "python", "torch", "numpy")
"""Versions that are said; of the others those that differ here."""


def _software(parsed: Signature, meta: Mapping[str, Any]) -> Iterator[Fact]:
    here = library_versions()
    versions = meta.get("versions") or {}
    if not versions:
        same = "the same as here" if parsed.iqabench == here.get("iqabench") else f"here {here.get('iqabench')}"
        yield Fact("software", f"iqabench {parsed.iqabench} ({same}); other libraries and the machine: {_UNKNOWN}.")
        return
    named = [f"{name} {versions[name]}" for name in _NAMED if name in versions]
    more = len(versions) - len(named)
    listed = ", ".join(named) + (f" and {counted(more, 'more version')} in run.json" if more else "")
    git = meta.get("git") or {}
    commit = f"; commit {git['commit'][:12]}{', with changes' if git.get('dirty') else ''}" if git.get("commit") else ""
    yield Fact("software", f"{listed}{commit}; device {meta.get('device')}.")
    other = differences(versions)
    yield Fact("here", f"{'other versions: ' + ', '.join(other) if other else 'the same library versions'}.")


def _run(parsed: Signature, meta: Mapping[str, Any], run: RunResult | None) -> Iterator[Fact]:
    digest = "a digest of all of the above with data, labels, split and pixel rules"
    if run is None:
        yield Fact("run", f"its id begins {parsed.run}, {digest}; it is not among the results here.")
        return
    yield Fact("run", f"{meta['run_id']}, {digest}; {meta.get('status')}, finished {meta.get('finished')}: {run.path}.")
