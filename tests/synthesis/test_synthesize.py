"""``iqabench synthesize`` end to end, on small drawn photographs with cheap restorers and metrics."""

from __future__ import annotations

import signal
import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata
from synthesizing import RECIPE, files_of, read_rows

from iqabench.data.images import read_image
from iqabench.data.manifest import read_manifest
from iqabench.data.splits import load_split


def test_makes_a_data_set_that_the_toolkit_reads(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    outcome = synthesize(out)
    assert outcome.code == 0, outcome.err
    assert "5 contents, 5 algorithms, 14 restored images" in outcome.out
    dataset = read_manifest(out)
    assert dataset.card.label_kind == "pseudo"
    assert len(dataset.frame) == 4 * 3 + 1 * 2
    assert dataset.has_mos
    assert dataset.references_present() == ("degraded", "pristine")
    parts = load_split("made", out / "splits").apply(dataset.frame, for_training=True)
    assert parts["part"].value_counts().to_dict() == {"train": 12, "validate": 2}
    row = dataset.frame[dataset.frame["algorithm"] == "00_10"].iloc[0]
    assert read_image(row["image"]).shape == read_image(row["pristine"]).shape == (48, 48, 3)
    assert read_image(row["degraded"]).shape == (24, 24, 3)


def test_the_card_keeps_whatever_the_recipe_says_for_it(synthesize, tmp_path: Path) -> None:
    recipe = tmp_path / "odd.toml"
    said = 'taken = 2024-05-01\n"größe" = "a\\u007fb"\nshots = [{ iso = 100, at = 07:30:00 }]\nlabels = "mine"\n'
    recipe.write_text(f"{RECIPE}\n[card]\n{said}", encoding="utf-8")
    assert synthesize(tmp_path / "made", recipe=recipe).code == 0
    card = tomllib.loads((tmp_path / "made" / "card.toml").read_text(encoding="utf-8"))
    asked = tomllib.loads(said)
    assert {key: card[key] for key in ("taken", "größe", "shots")} == {k: v for k, v in asked.items() if k != "labels"}
    assert card["labels"]["shares"] == {"psnr": 0.5, "gmsd": 0.5}


def test_nothing_is_on_both_sides(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out, "--crops", "2", "--size", "32").code == 0
    rows = read_rows(out / "manifest.csv")
    contents = {r["content"]: r["part"] for r in read_rows(out / "splits" / "contents.csv")}
    algorithms = {r["algorithm"]: r["part"] for r in read_rows(out / "splits" / "algorithms.csv")}
    assert all(contents[r["content"]] == algorithms[r["algorithm"]] for r in rows)
    sides: dict[str, set[str]] = {}
    for row in rows:
        sides.setdefault(row["photo"], set()).add(contents[row["content"]])
    assert len(sides) == 5
    assert all(len(parts) == 1 for parts in sides.values())
    assert len(contents) == 10


def test_full_crossing(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out, "--cross").code == 0
    assert len(read_rows(out / "manifest.csv")) == 25


def test_labels_follow_from_the_stored_metric_values(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out).code == 0
    mos = {r["image"]: float(r["mos"]) for r in read_rows(out / "manifest.csv")}
    measured = read_rows(out / "metrics.csv")
    assert set(measured[0]) == {"image", "content", "psnr", "gmsd", "ssim"}
    quality = {}
    for content in {r["content"] for r in measured}:
        rows = [r for r in measured if r["content"] == content]
        psnr = rankdata([float(r["psnr"]) for r in rows])
        gmsd = rankdata([-float(r["gmsd"]) for r in rows])
        quality.update({r["image"]: (a - 0.5 + b - 0.5) / len(rows) for r, a, b in zip(rows, psnr, gmsd, strict=True)})
    images = sorted(mos)
    assert np.array_equal(rankdata([quality[i] for i in images]), rankdata([mos[i] for i in images]))
    assert 900 < min(mos.values()) < max(mos.values()) < 1900


def test_card_says_pseudo_and_states_the_choices(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out, "--seed", "7", "--name", "tiny").code == 0
    card = tomllib.loads((out / "card.toml").read_text(encoding="utf-8"))
    assert card["name"] == "tiny"
    assert card["label_kind"] == "pseudo"
    assert "PSEUDO" in card["description"]
    assert card["build"]["seed"] == 7
    assert card["labels"]["shares"] == {"psnr": 0.5, "gmsd": 0.5}
    assert {r["name"] for r in card["restorers"]} >= {"bicubic", "median", "warped-structure"}
    assert sorted(p["photo"] for p in card["photographs"]) == [f"scene{i}" for i in range(5)]


def test_same_seed_same_bytes_whatever_the_jobs(synthesize, tmp_path: Path) -> None:
    assert synthesize(tmp_path / "a" / "made").code == 0
    assert synthesize(tmp_path / "b" / "made", "--jobs", "2").code == 0
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_another_seed_gives_other_noise(synthesize, tmp_path: Path) -> None:
    assert synthesize(tmp_path / "a", "--cross").code == 0
    assert synthesize(tmp_path / "b", "--cross", "--seed", "1").code == 0
    first, second = (sorted((tmp_path / x / "degraded").glob("*_noise25.png")) for x in "ab")
    assert {p.read_bytes() for p in first}.isdisjoint({p.read_bytes() for p in second})


def test_goes_on_where_it_stopped(synthesize, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert synthesize(tmp_path / "whole" / "made").code == 0
    from iqabench._util import interruption
    from iqabench.synthesis import plan

    calls = 0
    restore = plan.Runner.restore

    def interrupted(self, algorithm, given):
        nonlocal calls
        calls += 1
        if calls == 5:
            signal.raise_signal(signal.SIGINT)
        return restore(self, algorithm, given)

    out = tmp_path / "again" / "made"
    monkeypatch.setattr(plan.Runner, "restore", interrupted)
    monkeypatch.setattr(interruption, "_received", [])
    # A test run in the background inherits an ignored SIGINT.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        outcome = synthesize(out)
    finally:
        signal.signal(signal.SIGINT, before)
    assert outcome.code == 130
    assert "continue with: iqabench synthesize" in outcome.err
    assert not (out / "manifest.csv").exists()
    kept = sorted((out / "restored").iterdir())
    assert len(kept) == 4
    assert synthesize(out).code == 0
    assert calls == 5 + 14 - 4
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "again")


def test_a_lost_file_is_made_again(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out).code == 0
    before = files_of(out)
    (out / "restored" / "A0001_03_00.png").unlink()
    (out / "degraded" / "A0001_noise25.png").unlink()
    (out / "measured" / "A0002.csv").unlink()
    (out / "restored" / ".A0002_00_00.png.4711.part").write_bytes(b"half")
    assert synthesize(out).code == 0
    assert files_of(out) == before


def test_another_order_does_not_mix_into_a_folder(synthesize, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out).code == 0
    outcome = synthesize(out, "--seed", "3")
    assert outcome.code == 2
    assert "its seed, contents differ" in outcome.err
    assert synthesize(out, "--seed", "3", "--fresh").code == 0
    assert synthesize(tmp_path / "other", "--seed", "3", "--name", "made").code == 0
    assert files_of(out) == files_of(tmp_path / "other")
