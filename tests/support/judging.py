"""Pages of pairs, and judges with known preferences who answer them as the page would save it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage import data as photographs

from iqabench._util.progress import Overview
from iqabench.predict.judging.choose import choose_at_random
from iqabench.predict.judging.controls import ControlNumbers
from iqabench.predict.judging.export import Request, export_page
from iqabench.predict.judging.material import images_to_judge
from iqabench.predict.judging.plan import Plan, read_plan

ALGORITHMS = ("amber", "birch", "cedar", "daisy", "elder", "fern", "grass", "hazel")
"""From the best to the worst."""
TRUTH = {name: -float(place) for place, name in enumerate(ALGORITHMS)}
SIDE = 32


def write_restored(folder: Path, contents: int = 4, algorithms: tuple[str, ...] = ALGORITHMS) -> Path:
    """``restored/ALGORITHM/cN.png``, each algorithm more blurred than the one before, and ``given/cN.png``."""
    photograph = photographs.astronaut()
    (folder / "given").mkdir(parents=True)
    for content in range(contents):
        crop = Image.fromarray(photograph[40 * content : 40 * content + SIDE, 200 : 200 + SIDE])
        crop.resize((SIDE // 4, SIDE // 4)).save(folder / "given" / f"c{content}.png")
        for level, name in enumerate(algorithms):
            place = folder / "restored" / name
            place.mkdir(parents=True, exist_ok=True)
            crop.filter(ImageFilter.GaussianBlur(0.25 * level)).save(place / f"c{content}.png")
    return folder


def write_page(folder: Path, pairs: int = 50, seed: int = 0, name: str = "page.html", **more: Any) -> Path:
    """A page of random pairs of :func:`write_restored`."""
    found = images_to_judge([str(folder / "restored")], str(folder / "given"))
    chosen = choose_at_random(found.rows, pairs, np.random.default_rng(seed))
    page = folder / name
    request = Request(page.stem, "random", seed, ControlNumbers(3, 3, 6), more.get("most_bytes", 10_000_000))
    exported = export_page(found.rows, chosen, request, Overview(quiet=True))
    exported.write_pictures(folder / f"{page.stem}-images")
    page.write_bytes(exported.page)
    return page


def answers(plan: Plan, judge: str, seed: int, noise: float = 0.1, lies: bool = False, **more: Any) -> dict[str, Any]:
    """The file that the page would save: right but for ``noise``, or always the worse one of a judge who lies."""
    random = np.random.default_rng(seed)
    sides: dict[str, str] = {}
    said: dict[str, str] = {}
    rows = []
    for number, pair in enumerate(plan.pairs[: more.get("first", len(plan.pairs))]):
        left = str(random.choice(["a", "b"]))
        if pair.of:
            left = sides[pair.of] if pair.kind == "repeat" else {"a": "b", "b": "a"}[sides[pair.of]]
        sides[pair.id] = left
        gap = 9.0 if pair.kind == "obvious" else _gap(plan, pair.a, pair.b)
        choice = "a" if gap > 0 else "b"
        if abs(gap) == 1 and random.random() < 0.5:
            choice = "similar"
        if random.random() < noise:
            choice = str(random.choice(["a", "b", "similar"]))
        choice = {"a": "b", "b": "a"}.get(choice, choice) if lies else choice
        said[pair.id] = choice
        at = f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}.000Z"
        rows.append({"pair": pair.id, "left": left, "choice": choice, "seconds": 1.5, "at": at})
    return {
        "format": "judging-choices",
        "version": 1,
        "page": plan.digest,
        "judge": judge,
        "session": more.get("session", f"s-{judge}"),
        "started": "2026-01-01T00:00:00.000Z",
        "saved": "2026-01-01T01:00:00.000Z",
        "complete": True,
        "answers": rows,
    }


def _gap(plan: Plan, a: str, b: str) -> float:
    return TRUTH[plan.images[a].algorithm] - TRUTH[plan.images[b].algorithm]


def save(folder: Path, said: Mapping[str, Any], name: str) -> Path:
    """Write a file of choices."""
    path = folder / name
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def plan_of(page: Path) -> Plan:
    """The plan of a page."""
    return read_plan(page)[0]


def in_node(page: Path, code: str) -> Any:
    """What ``code`` prints as JSON; it has ``plan``, ``Session`` and ``orderFor`` of the page's own script."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node to run the page's script")
    text = page.read_text(encoding="utf-8")
    script = text.rsplit("<script>", 1)[1].split("</script>")[0]
    plan = text.split('<script type="application/json" id="plan">')[1].split("</script>")[0]
    program = f"{script}\nconst plan = JSON.parse({json.dumps(plan)});\n{code}"
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
