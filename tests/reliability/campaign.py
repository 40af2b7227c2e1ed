"""The full campaign against crashes: ``uv run python -m tests.reliability.campaign``.

Kills, stops, full disks, crowds, interrupted trainings and long runs, many more than the tests have time for. It
stops at the first thing that is lost or differs; if all is well it writes its counts, which docs/reliability.md quotes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from iqabench.results.provenance import git_state, library_versions, now
from tests.reliability.harness.cold import kill_cold
from tests.reliability.harness.crowd import crowd
from tests.reliability.harness.disks import UnavailableError
from tests.reliability.harness.killing import WAYS, kill
from tests.reliability.harness.long import long_scoring, long_training
from tests.reliability.harness.nursery import Child, Nursery
from tests.reliability.harness.plans import Plan, Truth, fresh, make_plans, state, undisturbed, write_data
from tests.reliability.harness.starving import fill_real_disk, starve
from tests.reliability.harness.stopping import stop

DEFAULT_OUTPUT = Path("results") / "reliability" / "crash.json"


def main() -> None:
    """Run the parts that are asked for and keep their counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60, help="of each of the three plans (default: 60)")
    parser.add_argument("--cold", type=int, default=4, help="kills of each plan from the start of Python on")
    parser.add_argument("--stops", type=int, default=12, help="signals to each plan")
    parser.add_argument("--full", type=int, default=8, help="moments at which the disk is full, for each plan")
    parser.add_argument("--crowds", type=int, default=3, help="rounds of ten processes")
    parser.add_argument("--images", type=int, default=23_200, help="length of the long run (PIPAL has 23,200)")
    parser.add_argument("--steps", type=int, default=5_000, help="length of the long training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    choices = parser.parse_args()
    started = time.monotonic()
    counts: dict[str, Any] = {"date": now(), "git": git_state(), "versions": library_versions(), "seed": choices.seed}
    with tempfile.TemporaryDirectory(prefix="iqabench-campaign-") as place:
        folder = Path(place)
        nursery = Nursery(folder)
        manifest = write_data(folder / "data")
        plans = make_plans(manifest, folder)
        truths = {name: undisturbed(nursery, plan, folder) for name, plan in plans.items()}
        for name, plan in plans.items():
            counts[name] = _disturb(nursery, plan, truths[name], folder, choices)
        crowds = [crowd(nursery, manifest, folder, 10, seed) for seed in range(choices.crowds)]
        counts["crowds"] = _say("crowds", dict(sum(crowds, Counter())))
        counts["twice"] = _say("twice", _twice(nursery, plans["train"], folder))
        counts["long"] = _long(folder, choices)
    counts["minutes"] = round((time.monotonic() - started) / 60, 1)
    choices.output.parent.mkdir(parents=True, exist_ok=True)
    choices.output.write_text(json.dumps(counts, indent=1) + "\n")
    print(f"{choices.output}: written, after {counts['minutes']} minutes")


def _disturb(
    nursery: Nursery, plan: Plan, truth: Truth, folder: Path, choices: argparse.Namespace
) -> dict[str, int | str]:
    kills = kill(nursery, plan, truth, folder, choices.kills, choices.seed)
    found: dict[str, int | str] = {f"killed at a {way}": kills[way] for way in WAYS}
    found["brought to the end after kills"] = kills["finished"]
    _say(plan.name, found)
    found["killed from the start of Python on"] = choices.cold
    found["of these, after the first write"] = kill_cold(nursery, plan, truth, folder, choices.cold, choices.seed)
    _say(plan.name, found)
    found |= stop(nursery, plan, truth, folder, choices.stops, choices.seed)
    _say(plan.name, found)
    for number in range(choices.full):
        starve(nursery, plan, truth, folder, number / choices.full)
    found["full disks, injected"] = choices.full
    if plan.name == "score":
        try:
            found["full disks, real"] = fill_real_disk(nursery, plan, truth, folder, step=2)
        except UnavailableError as error:
            found["full disks, real"] = f"none: {error}"
    return _say(plan.name, found)


def _twice(nursery: Nursery, plan: Plan, folder: Path) -> dict[str, int]:
    """The same training twice, ``--deterministic``: the same bytes in every file."""
    found = []
    for name in ("one", "two"):
        results = fresh(folder / name)
        assert nursery.run(Child((*plan.words(results), "--deterministic")))[0].code == 0
        found.append(state(results))
    assert found[0] == found[1]
    return {"files compared": len(found[0])}


def _long(folder: Path, choices: argparse.Namespace) -> dict[str, Any]:
    algorithms = 116
    scoring, told, rows = long_scoring(folder / "long-scoring", choices.images // algorithms, algorithms)
    found: dict[str, Any] = {"scoring": {"rows": rows, **scoring.as_dict(), "summary": told.splitlines()[-2]}}
    _say("long scoring", found["scoring"])
    training, told, steps = long_training(folder / "long-training", choices.steps)
    assert steps >= choices.steps
    found["training"] = {"steps": steps, **training.as_dict(), "summary": told.splitlines()[-2]}
    _say("long training", found["training"])
    return found


def _say(part: str, found: dict[str, Any]) -> dict[str, Any]:
    print(f"{part}: {found}", flush=True)
    return found


if __name__ == "__main__":
    main()
