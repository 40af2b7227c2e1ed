"""Many processes with overlapping plans on one results folder."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.reliability.harness.nursery import Child, Ended, Nursery
from tests.reliability.harness.plans import CHEAP, LOGGED, TINY_NETWORK, fresh, printed, state

METHODS = ("logged-mae", "logged-mse", "logged-max", "psnr", "tiny-network", "cheap")
SCORED = 9
"""Images that the split of the small manifest scores."""


def crowd(nursery: Nursery, manifest: Path, folder: Path, processes: int, seed: int) -> Counter[str]:
    """Let ``processes`` run, at once, some of :data:`METHODS` each, in an order of its own.

    Asserts that files and tables are those of one process that ran all, that every image was scored once by every
    method, and that every model was trained once. Returns counts of what happened.
    """
    chance = random.Random(seed)
    alone, together = fresh(folder / "alone"), fresh(folder / "together")
    (first,) = nursery.run(_child(manifest, alone, METHODS, folder))
    assert first.code == 0, first.err
    asked = [chance.sample(METHODS, chance.randint(3, len(METHODS))) for _ in range(processes - 1)] + [list(METHODS)]
    trainings, scorings = folder / "trainings", folder / "scorings"
    for log in (trainings, scorings):
        log.unlink(missing_ok=True)
    ended = nursery.run(*(_child(manifest, together, methods, folder) for methods in asked))
    for one in ended:
        assert one.code == 0, one.err
    assert printed(ended[-1]) == printed(first), "another table than that of one process"
    truth, found = state(alone), state(together)
    assert sorted(found) == sorted(truth)
    for name, content in found.items():
        assert content == truth[name], f"{name} differs from that of one process"
    images = Counter[str]()
    for line in scorings.read_text().splitlines():
        name, count = line.split()
        images[name] += int(count)
    wanted = {name for methods in asked for name in methods}
    assert images == {name: SCORED for name in wanted if name.startswith("logged")}, "an image was scored twice"
    assert len(trainings.read_text().splitlines()) == 1, "a model was trained twice"
    return Counter(
        processes=processes,
        runs=len(wanted),
        asked=sum(map(len, asked)),
        waited=sum(_waited(one) for one in ended),
    )


def _child(manifest: Path, results: Path, methods: list[str] | tuple[str, ...], folder: Path) -> Child:
    plugins = [word for plugin in (LOGGED, CHEAP, TINY_NETWORK) for word in ("--plugin", str(plugin))]
    words = ["run", "--methods", ",".join(methods), "--dataset", "manifest", "--root", str(manifest), *plugins]
    words += ["--no-anchors", "--format", "json", "--draws", "100", "--device", "cpu", "--batch-size", "2"]
    environment = {
        "LOGGED_TO": str(folder / "scorings"),
        "LOGGED_SECONDS": "0.05",
        "CHEAP_LOG": str(folder / "trainings"),
    }
    return Child((*words, "--results", str(results)), environment=environment)


def _waited(ended: Ended) -> bool:
    return "another process is at it; waiting" in ended.err
