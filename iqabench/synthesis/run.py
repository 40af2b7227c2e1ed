"""From photographs to a data set on disk: the whole command, resumable, in one process or several."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from iqabench._util import interruption, progress
from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench._util.text import counted
from iqabench._util.workers import worker_context
from iqabench.data.cards import slug
from iqabench.data.splits import PARTS
from iqabench.methods.registry import Registry
from iqabench.results.store import digest
from iqabench.synthesis.photographs import Content, choose_contents
from iqabench.synthesis.plan import SynthesisPlan, with_plugins, without_unavailable
from iqabench.synthesis.recipe import SynthesisRecipe
from iqabench.synthesis.registry import RestorerRegistry
from iqabench.synthesis.work import MEASURED, ContentSynthesizer, SynthesisInputs, is_finished
from iqabench.synthesis.write import write_card, write_tables

STATE_FILE = "synthesis.json"
MADE = ("pristine", "degraded", "restored", "splits", MEASURED)
MADE_FILES = ("manifest.csv", "metrics.csv", "algorithms.csv", "card.toml", STATE_FILE)
INTERRUPTED = 130


@dataclass(frozen=True)
class SynthesisRequest:
    """What the user asked for."""

    photos: tuple[Path, ...]
    out: Path
    recipe: SynthesisRecipe
    seed: int = 2021
    contents: int | None = None
    """Largest number of contents; None for all."""
    crops: int = 1
    """Largest number of crops per photograph."""
    validate_share: float = 0.2
    cross: bool = False
    jobs: int = 1
    without: tuple[str, ...] = ()
    plugins: tuple[Path, ...] = ()
    weights: Path | None = None
    fresh: bool = False
    name: str = ""
    manifest_every: int = 10
    """The tables are written again whenever so many more contents are finished."""


def synthesize(order: SynthesisRequest) -> SynthesisPlan:
    """Make the data set; what is there already is kept. Returns what was made.

    Raises
    ------
    UserError
        For bad photographs, recipes, plugins, weights, or an output folder that holds something else.
    """
    restorers, methods = RestorerRegistry(order.plugins), Registry(order.plugins)
    recipe, notes = without_unavailable(with_plugins(order.recipe, restorers), restorers, order.without)
    for name in recipe.labels.methods:
        methods.get(name)
    with progress.Overview() as overview:
        for note in notes:
            overview.say(note)
        contents, small = choose_contents(
            order.photos,
            recipe,
            crops=order.crops,
            limit=order.contents,
            share=order.validate_share,
            seed=order.seed,
        )
        for note in small:
            overview.say(note)
        plan = SynthesisPlan(recipe, tuple(contents), order.seed, order.cross)
        _claim(order, plan, restorers)
        finished = _make_all(order, plan, overview, lambda done: _write(order, plan, done, restorers, methods, notes))
        _write(order, plan, finished, restorers, methods, notes)
    return plan


def _write(
    order: SynthesisRequest,
    plan: SynthesisPlan,
    finished: list[Content],
    restorers: RestorerRegistry,
    methods: Registry,
    notes: list[str],
) -> None:
    name = order.name or slug(order.out.resolve().name)
    write_tables(order.out, plan, finished, methods)
    write_card(order.out / "card.toml", name, plan, finished, restorers, methods, notes)


def _claim(order: SynthesisRequest, plan: SynthesisPlan, restorers: RestorerRegistry) -> None:
    """Make sure that the output folder is empty or holds the same data set, and write down which it is."""
    out, path = order.out, order.out / STATE_FILE
    if order.fresh:
        for folder in MADE:
            shutil.rmtree(out / folder, ignore_errors=True)
        for file in MADE_FILES:
            (out / file).unlink(missing_ok=True)
    facts = _facts(plan, restorers)
    if path.is_file():
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"{path} is damaged ({error}); start over with --fresh") from error
        differing = [key for key, value in facts.items() if not isinstance(known, dict) or known.get(key) != value]
        if differing:
            raise DataError(
                f"{out} holds another data set: its {', '.join(differing)} differ; choose another --out, or start over "
                "with --fresh"
            )
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} exists and was not made by this command; choose another --out")
    write_atomically(path, json.dumps(facts, indent=1) + "\n")


def _facts(plan: SynthesisPlan, restorers: RestorerRegistry) -> dict[str, Any]:
    """What decides about the files, but for the versions of the packages."""
    recipe = plan.recipe
    used = sorted({step.restorer for a in recipe.algorithms for step in a.all_steps})
    return {
        "recipe": digest({**recipe.model_dump(mode="json", exclude={"photos", "card"}), "photos": {}, "card": {}}),
        "restorers": {name: restorers.get(name).info.version for name in used},
        "seed": plan.seed,
        "crossing": plan.cross,
        "contents": [[c.name, c.photograph.digest, c.photograph.part, c.top, c.left] for c in plan.contents],
    }


def _make_all(order: SynthesisRequest, plan: SynthesisPlan, overview: progress.Overview, write: Any) -> list[Content]:
    """Make what is missing; returns all contents, finished, in order."""
    finished = {c.name for c in plan.contents if is_finished(order.out, plan, c)}
    missing = [c for c in plan.contents if c.name not in finished]
    total = sum(len(plan.rows(c)) for c in plan.contents)
    kept = sum(len(plan.rows(c)) for c in plan.contents if c.name in finished)
    task = overview.add("images", total, completed=kept)
    overview.begin(task, f"{len(finished)} of {counted(len(plan.contents), 'content')} are there")
    inputs = SynthesisInputs(order.out, plan, order.plugins, order.weights)
    for content in _made(inputs, missing, order.jobs):
        finished.add(content.name)
        overview.advance(task, len(plan.rows(content)), f"{len(finished)} of {counted(len(plan.contents), 'content')}")
        if len(finished) % order.manifest_every == 0:
            done = [c for c in plan.contents if is_finished(order.out, plan, c)]
            if len({c.photograph.part for c in done}) == len(PARTS):
                write(done)
    overview.end(task)
    return list(plan.contents)


def _made(inputs: SynthesisInputs, contents: list[Content], jobs: int) -> Iterator[Content]:
    """Contents as they are finished, by this run or by another that works on the same folder."""
    if not contents:
        return
    # Also where processes of their own do the work: weights are then fetched once, and what is wrong is said here.
    synthesizer = ContentSynthesizer(inputs)
    if jobs == 1:
        elsewhere = []
        for content in contents:
            if synthesizer.make(content, wait=False):
                yield content
            else:
                elsewhere.append(content)
        for content in elsewhere:
            synthesizer.make(content, wait=True)
            yield content
        return
    context = worker_context(ContentSynthesizer.__module__)
    pool = ProcessPoolExecutor(min(jobs, len(contents)), context, _start, (inputs,))
    try:
        for wait in (False, True):
            with interruption.spared():
                waiting = {pool.submit(_make_one, content, wait): content for content in contents}
            contents = []
            for future in as_completed(waiting):
                if future.result():
                    yield waiting[future]
                else:
                    contents.append(waiting[future])
    except BrokenProcessPool as error:
        raise DataError(
            "a working process ended unexpectedly, perhaps for lack of memory; start the command again with fewer "
            "--jobs: it goes on where it stopped"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_synthesizer: ContentSynthesizer | None = None


def _start(inputs: SynthesisInputs) -> None:
    """Prepare a working process."""
    global _synthesizer
    # Files appear whole or not at all, so an interrupted process may end at once, without a traceback.
    signal.signal(signal.SIGINT, _end)
    interruption.unspared()
    threading.Thread(target=_follow_parent, daemon=True).start()
    _synthesizer = ContentSynthesizer(inputs)


def _follow_parent() -> None:
    """End this process when its parent ends, even if the parent is killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(INTERRUPTED)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def _make_one(content: Content, wait: bool) -> bool:
    assert _synthesizer is not None
    return _synthesizer.make(content, wait)
