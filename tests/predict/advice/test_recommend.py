"""``iqabench recommend`` on results with a known answer, where nothing can be told apart, and on one's own images."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from inprocess import run_here
from judging import write_restored
from manifests import write_manifest

import iqabench
from benchmarks import EVIDENCE
from benchmarks.make_evidence import RESULTS, made
from iqabench.methods.registry import Registry
from iqabench.predict.advice.advise import Wishes, advise
from iqabench.predict.advice.evidence import Evidence, evidence_of, read_evidence
from iqabench.predict.advice.licences import is_commercial, licence_of
from iqabench.predict.advice.tables import answer
from iqabench.results.model import ResultSet, RunResult
from iqabench.results.store import find_results
from iqabench.stats.assessment import assess
from iqabench.stats.comparison import compare_rows
from iqabench.stats.significance import holm

RANGE = re.compile(r"(\d+)(?:–(\d+))?")
METHODS = {"psnr": "DR", "ssim": "DR", "sharpness": "NR", "gmsd": "FR"}


def results(noise: dict[str, float], contents: int = 12, **more: Any) -> ResultSet:
    """Runs of metrics that know the MOS but for some noise; two categories of PIPAL, six algorithms each."""
    random = np.random.default_rng(3)
    labels = pd.DataFrame(
        [
            (f"c{content}_{category}_{one}", "", f"c{content}", f"{category}_{one}", category, "", random.normal())
            for content in range(contents)
            for category in ("03", "04")
            for one in range(6)
        ],
        columns=["image_id", "image", "content", "algorithm", "category", "task", "mos"],
    )
    runs = [
        RunResult(
            {
                "method": {"name": name, "lower_is_better": False, "paradigms": [METHODS[name]]},
                "run_id": f"{number:016d}",
                "reference": {"NR": "none", "DR": "degraded", "FR": "pristine"}[METHODS[name]],
                "paradigm": METHODS[name],
                "selection": "none",
                "status": "complete",
                "ms_per_image": 10.0 * 10**number,
                "device": "cpu",
                "finished": "2026-01-01T00:00:00",
            },
            pd.DataFrame(
                {
                    "image_id": labels["image_id"],
                    "score": labels["mos"] * more.get("sign", 1) + random.normal(scale=spread, size=len(labels)),
                    "error": "",
                }
            ),
        )
        for number, (name, spread) in enumerate(noise.items())
    ]
    card = {"name": "pipal", "label_kind": "human", "mos_higher_is_better": True}
    return ResultSet("pipal", "s", "f" * 32, card, labels, None, runs)


def asked(found: ResultSet, wishes: Wishes, task: str = "any") -> Any:
    evidence = evidence_of(found, task)
    assert evidence is not None
    return advise(evidence, wishes, Registry())


def test_the_best_is_found_with_those_that_are_level() -> None:
    found = results({"psnr": 0.3, "ssim": 0.31, "sharpness": 3.0, "gmsd": 0.01})
    advice = asked(found, Wishes(have=("input",)))
    assert {one.row.method: one.standing for one in advice.candidates} == {
        "psnr": "best",
        "ssim": "level",
        "sharpness": "worse",
    }
    assert advice.refused == {"needs the pristine image": ["gmsd@pristine"]}
    assert advice.anything_apart
    assert "psnr@degraded agrees best with people" in answer(advice)
    assert "ssim@degraded may be as good (not told apart)" in answer(advice)


def test_the_test_is_that_of_compare() -> None:
    found = results({"psnr": 0.3, "ssim": 0.6, "sharpness": 3.0})
    evidence = evidence_of(found)
    assert evidence is not None
    names = [row.method for row in evidence.rows]
    for one in evidence.differences:
        compared = compare_rows(assess(found), names[one.a], names[one.b]).found
        assert one.difference == pytest.approx(compared.difference)
        assert one.p == pytest.approx(compared.p)
        assert one.p_adjusted == pytest.approx(compared.p_adjusted)


def test_only_comparisons_with_the_best_are_corrected_for() -> None:
    advice = asked(results({"psnr": 0.3, "ssim": 0.6, "sharpness": 3.0}), Wishes())
    alone = [advice.evidence.between(0, place).p for place in (1, 2)]
    assert [one.p for one in advice.candidates] == [
        None,
        *(pytest.approx(p) for p in holm([float(p or 0) for p in alone])),
    ]
    wider = results({"psnr": 0.3, "ssim": 0.6, "sharpness": 3.0, "gmsd": 2.0})
    told = {one.row.method: one.p for one in asked(wider, Wishes()).candidates}
    assert told == {one.row.method: pytest.approx(one.p) for one in advice.candidates}


def test_not_told_apart_is_not_as_good(shipped: Evidence) -> None:
    """PSNR agrees with fewer than half of the votes, and ten contents alone do not tell it from the best."""
    advice = advise(shipped, Wishes(task="sr"), Registry())
    best = advice.candidates[0].row
    for one in advice.level:
        assert (one.row.high or 0) >= (best.low or 0)
        assert (one.row.low or 0) > 0.5
    said = answer(advice)
    for label in ("psnr@degraded", "dists@degraded", "niqe@none"):
        assert label not in said
    assert {one.standing for one in advice.candidates if one.row.value < 0.5} <= {"open", "worse"}


def test_protocols_are_not_mixed(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, contents=8, algorithms=8)
    evaluate = partial(
        iqabench.evaluate, ["psnr", "ssim"], "manifest", root=manifest, results=tmp_path / "r", quiet=True
    )
    evaluate()
    evaluate(protocol="sr-y-border4")
    plain, luma = filter(None, map(evidence_of, find_results(tmp_path / "r")))
    assert sorted(row.label for row in plain.rows) == ["psnr@degraded", "ssim@degraded"]
    assert sorted(row.label for row in luma.rows) == ["psnr@degraded@sr-y-border4", "ssim@degraded@sr-y-border4"]
    assert plain.protocol == ""
    assert luma.protocol.startswith("sr-y-border4 (")
    done = run_here("recommend", "--pseudo", "--results", tmp_path / "r")
    assert "by protocol sr-y-border4:" in " ".join(done.stdout.split()), done.stderr


def test_where_no_metric_fits_it_is_an_error_that_says_why(tmp_path: Path) -> None:
    done = run_here("recommend", "--max-cost", "0.0001", "--results", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no metric fits" in done.stderr
    assert "takes more than 0.0001 ms" in done.stderr


def test_where_nothing_can_be_told_apart_it_says_so() -> None:
    advice = asked(results({"psnr": 2.0, "ssim": 2.0, "sharpness": 2.0}), Wishes())
    assert not advice.anything_apart
    assert "nothing can be told apart" in answer(advice)
    few = asked(results({"psnr": 0.1, "ssim": 3.0}, contents=4), Wishes())
    assert [one.standing for one in few.candidates] == ["best", "untested"]
    assert "4 contents are too few for a test" in answer(few)
    chance = asked(results({"psnr": 0.5}, sign=-1), Wishes())
    assert not chance.beats_chance


def test_what_is_at_hand_cost_and_licence_choose() -> None:
    found = results({"psnr": 0.3, "ssim": 0.3, "sharpness": 0.3, "gmsd": 0.3})
    names = {
        words: {one.row.method for one in asked(found, Wishes(have=words)).candidates}
        for words in (("nothing",), ("input",), ("pristine",), ("input", "pristine"))
    }
    assert list(names.values()) == [
        {"sharpness"},
        {"psnr", "ssim", "sharpness"},
        {"sharpness", "gmsd"},
        {"psnr", "ssim", "sharpness", "gmsd"},
    ]
    cheap = asked(found, Wishes(have=("input", "pristine"), max_cost=100))
    assert {one.row.method for one in cheap.candidates} == {"psnr", "ssim"}
    assert set(cheap.refused) == {"takes more than 100 ms"}
    assert "no metric fits" in answer(asked(found, Wishes(max_cost=0.1)))


def test_a_task_is_its_images_alone() -> None:
    found = results({"psnr": 0.3, "ssim": 0.3})
    for task, images in (("sr", 0), ("gan-based", 72), ("denoising", 72), ("any", 144), ("deblurring", 0)):
        evidence = evidence_of(found, task)
        assert (0 if evidence is None else evidence.images) == images
    labelled = replace(found, labels=found.labels.assign(task="SR"))
    evidence = evidence_of(labelled, "super-resolution")
    assert evidence is not None
    assert evidence.images == 144


def test_licences() -> None:
    registry = Registry()
    assert licence_of("psnr", registry) == "MIT"
    assert is_commercial(licence_of("lpips", registry))
    assert not is_commercial(licence_of("ckdn-released", registry))
    assert not is_commercial(licence_of("pyiqa:musiq", registry))
    assert not is_commercial("PolyForm Noncommercial 1.0.0")
    assert is_commercial("MIT, BSD-3-Clause (torchvision); MIT (Keras)")


@pytest.fixture(scope="module")
def shipped() -> Evidence:
    return read_evidence(EVIDENCE / "sr-votes.json")


def test_the_shipped_evidence_is_that_of_the_leaderboard(shipped: Evidence) -> None:
    """The votes are not in the repository; the leaderboard that was computed with them is."""
    text = (RESULTS / "sr-votes" / "leaderboard.md").read_text(encoding="utf-8")
    cells = [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [row.method for row in shipped.rows] == [row[1].replace("\\", "") for row in cells]
    for row, told in zip(shipped.rows, cells, strict=True):
        value, low, high = (float(one) for one in re.findall(r"\d\.\d{4}", told[5]))
        assert (round(row.value, 4), round(row.low or 0, 4), round(row.high or 0, 4)) == (value, low, high)
        assert row.signature in text
    level = {place for first, last in RANGE.findall(cells[0][4]) for place in range(int(first), int(last or first) + 1)}
    found = {j + 1 for j in range(1, len(shipped.rows)) if (shipped.between(0, j).p_adjusted or 0) >= 0.05} | {1}
    assert found == level
    card = json.loads(next((RESULTS / "sr-votes").glob("all/labels/*/card.json")).read_text())
    assert (shipped.votes_sha256, shipped.labels_sha256) == (card["votes_sha256"], card["labels_sha256"])
    assert (shipped.votes, shipped.pairs, shipped.contents, shipped.label_kind) == (900, 60, 10, "human")


def test_the_shipped_evidence_is_what_the_command_makes(shipped: Evidence) -> None:
    data = os.environ.get("IQABENCH_TEST_DATA")
    if not data:
        pytest.skip("needs the votes: set IQABENCH_TEST_DATA")
    again = made(Path(data) / "sr-votes")
    assert again.model_dump() == shipped.model_dump()


def test_the_command_answers_from_what_is_shipped(tmp_path: Path) -> None:
    done = run_here("recommend", "--task", "sr", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    flat = " ".join(done.stdout.split())
    for word in (
        "lr-fidelity+sharpness@degraded agrees best with people",
        "900 votes on 60 pairs",
        "human judgements",
        "votes 406d4753",
    ):
        assert word in flat
    done = run_here(
        "recommend",
        "--task",
        "sr",
        "--have",
        "nothing",
        "--max-cost",
        50,
        "--licence",
        "commercial",
        "--format",
        "json",
    )
    (told,) = json.loads(done.stdout)["answers"]
    assert [one["method"] for one in told["candidates"]] == ["sharpness"]
    assert set(told["left_out"]) == {"takes more than 50 ms", "needs the input"}
    done = run_here("recommend", "--task", "deblurring", "--results", tmp_path)
    assert (done.returncode, "tasks with results are: sr" in done.stderr) == (2, True)


def test_pseudo_labels_are_used_when_asked_and_named() -> None:
    left = run_here("recommend", "--task", "any", "--results", RESULTS)
    assert "PSEUDO" not in left.stdout.replace("mini (PSEUDO labels", "")
    assert "labelled by metrics and not by people: mini" in " ".join(left.stderr.split())
    taken = run_here("recommend", "--task", "any", "--pseudo", "--results", RESULTS, "--format", "json")
    kinds = [one["label_kind"] for one in json.loads(taken.stdout)["answers"]]
    assert kinds[0] == "human"
    assert "pseudo" in kinds
    assert all(
        "PSEUDO" in one["answer"] for one in json.loads(taken.stdout)["answers"] if one["label_kind"] == "pseudo"
    )


def test_where_metrics_disagree_on_ones_own_images(tmp_path: Path) -> None:
    """Blur: sharpness and PSNR to the small input turn the order round; PSNR agrees with itself."""
    folder = write_restored(tmp_path)
    words = ("recommend", "--task", "sr", "--on", folder / "restored", "--degraded", folder / "given")
    done = run_here(*words, "--methods", "sharpness,psnr,ssim", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["disagreement"]
    assert len(told["metrics"]) == 3
    assert told["metrics"][0]["srcc"] == min(one["srcc"] for one in told["metrics"])
    assert list(told["contents"].values()) == sorted(told["contents"].values())
    assert set(told["contents"]) == {"c0", "c1", "c2", "c3"}
    text = run_here(*words, "--methods", "sharpness,psnr").stdout
    assert "Most disagreement, of 4 contents" in text
    assert "name two or more" in run_here(*words, "--methods", "psnr").stderr
    assert run_here("recommend", "--methods", "psnr").returncode == 2
    assert run_here("recommend", "--have", "votes").returncode == 2
