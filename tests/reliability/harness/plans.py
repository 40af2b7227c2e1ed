"""The small plans that are disturbed, and what an undisturbed run of each leaves behind."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.reliability.harness.faults import Fault
from tests.reliability.harness.nursery import Child, Ended, Nursery
from tests.support.tiny_plan import tiny_plan

TESTS = Path(__file__).parents[2]
TINY_NETWORK = TESTS / "plugins" / "tiny_network.py"
LOGGED = TESTS / "plugins" / "logged.py"
CHEAP = TESTS / "support" / "cheap_methods.py"

TIMES = {"started", "finished", "seconds", "ms_per_image", "git"}
"""Keys of JSON records that may differ between two runs of the same thing."""

TABLE = tiny_plan(
    'label = "Tiny network"\nmethod = "tiny-network"\nreference = "none"',
    'label = "Trained with x4"\nmethod = "cheap"\nreference = "lr-x4"',
    head="retrainable = true",
)


@dataclass(frozen=True)
class Plan:
    """A command to disturb; ``words`` makes its arguments for a results folder."""

    name: str
    words: Callable[[Path], tuple[str, ...]]


@dataclass(frozen=True)
class Truth:
    """What an undisturbed run of a plan came to."""

    state: dict[str, Any]
    """Every file, see :func:`state`."""
    printed: Any
    """The table on standard output, as plain data without times; None if there is none."""
    seconds: float
    changes: int
    """Changes on disk (see :mod:`tests.reliability.harness.faults`)."""
    largest: int
    """Bytes of the largest file."""


def write_data(folder: Path, contents: int = 6, algorithms: int = 6, size: int = 48) -> Path:
    """A manifest of small pictures of noise, each algorithm with its own share of error; training needs its card."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    rows = []
    for content in range(contents):
        pristine = generator.integers(0, 256, (size, size, 3)).astype(np.float32)
        degraded = (pristine + generator.normal(0, 40, pristine.shape)).clip(0, 255)
        for name, pixels in (("h", pristine), ("d", degraded)):
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"c{content:03d}-{name}.png")
        for algorithm in range(algorithms):
            share = algorithm / algorithms
            pixels = (share * degraded + (1 - share) * pristine).astype(np.uint8)
            name = f"c{content:03d}-a{algorithm:03d}.png"
            Image.fromarray(pixels).save(folder / name)
            mos = 1800 - 800 * share + generator.normal(0, 20)
            references = [f"c{content:03d}-d.png", f"c{content:03d}-h.png"]
            rows.append([name, *references, f"c{content:03d}", f"a{algorithm:03d}", f"{mos:.4f}"])
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "degraded", "pristine", "content", "algorithm", "mos"])
        writer.writerows(rows)
    (folder / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\nlabel_kind = 'pseudo'\n")
    return path


def make_plans(manifest: Path, folder: Path) -> dict[str, Plan]:
    """Scoring (two metrics, two references), training (with its best epoch) and reproduce, on ``manifest``."""
    table = folder / "tiny.toml"
    table.write_text(TABLE)
    data = ("--dataset", "manifest", "--root", str(manifest), "--device", "cpu", "--format", "json")
    tiny = ("--plugin", str(TINY_NETWORK))

    def score(results: Path) -> tuple[str, ...]:
        words = ("run", "--methods", "psnr,ssim", "--references", "degraded,pristine", "--batch-size", "2")
        return (*words, *data, "--draws", "100", "--results", str(results))

    def train(results: Path) -> tuple[str, ...]:
        words = ("run", "--methods", "tiny-network", *tiny, "--no-anchors", "--best")
        return (*words, *data, "--set", "tiny-network.epochs=6", "--draws", "100", "--results", str(results))

    def reproduce(results: Path) -> tuple[str, ...]:
        words = ("reproduce", str(table), *tiny, "--plugin", str(CHEAP), "--retrain", "--recipe", "quick")
        return (*words, *data, "--results", str(results))

    return {one.__name__: Plan(one.__name__, one) for one in (score, train, reproduce)}


def state(results: Path) -> dict[str, Any]:
    """Everything below ``results`` but locks: bytes of a file, or the plain data of a JSON record without its times."""
    found: dict[str, Any] = {}
    for path in sorted(results.rglob("*")):
        if path.is_file() and path.name != ".lock":
            record = path.suffix == ".json"
            found[str(path.relative_to(results))] = (
                timeless(json.loads(path.read_text())) if record else path.read_bytes()
            )
    return found


def undisturbed(nursery: Nursery, plan: Plan, folder: Path) -> Truth:
    """Run ``plan`` without any fault, in a results folder of its own below ``folder``."""
    results, tally = fresh(folder / f"{plan.name}-truth"), folder / "tally"
    counted: Fault = {"kind": "count", "watch": str(results), "tally": str(tally)}
    (ended,) = nursery.run(Child(plan.words(results), fault=counted))
    assert ended.code == 0, ended.err
    files = state(results)
    largest = max(path.stat().st_size for path in results.rglob("*") if path.is_file())
    return Truth(files, printed(ended), ended.seconds, int(tally.read_text()), largest)


def printed(ended: Ended) -> Any:
    """What a child printed as JSON, without times; None if it printed nothing."""
    return timeless(json.loads(ended.out)) if ended.out else None


def timeless(record: Any) -> Any:
    """``record`` without what two runs of the same thing may differ in."""
    if isinstance(record, dict):
        return {key: timeless(value) for key, value in record.items() if key not in TIMES}
    return [timeless(one) for one in record] if isinstance(record, list) else record


def fresh(folder: Path) -> Path:
    """``folder``, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
