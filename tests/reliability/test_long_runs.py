"""Long runs keep their memory and their file handles; the campaign does the full length."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.reliability.harness.footprint import Footprint, Sample
from tests.reliability.harness.long import long_scoring

GROWTH = 40.0
"""MiB that memory may grow by per 10,000 images, by the line through the samples; a picture kept is 0.75 KiB here."""


@pytest.mark.slow
def test_scoring_keeps_its_memory_and_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A pause after each of 125 batches, so that a fast machine can be looked at often enough, too.
    monkeypatch.setenv("LOGGED_SECONDS", "0.02")
    footprint, told, rows = long_scoring(tmp_path, contents=25, algorithms=40)
    assert rows == 2 * (1000 + 1)
    assert "2 runs computed, 0 already there; 2,000 images scored" in told
    settled = footprint.settled()
    assert len(settled) >= 5
    assert max(one.files for one in settled) - min(one.files for one in settled) <= 4
    assert max(one.memory for one in settled) - min(one.memory for one in settled) < GROWTH


def test_a_leak_is_seen() -> None:
    leaking = Footprint(1.0, tuple(Sample(n, 300 + n / 100, 20 + n // 100) for n in range(0, 2000, 50)))
    assert leaking.growth() > GROWTH
    assert leaking.as_dict()["growth_mib_per_10000"] == 100.0


def test_what_was_skipped_tried_again_and_kept_is_told_at_the_end(
    iqabench,
    manifest: Path,
    tmp_path: Path,  # type: ignore[no-untyped-def]
) -> None:
    plugin = tmp_path / "picky.py"
    plugin.write_text(
        "from iqabench import method\n"
        "@method('picky', lower_is_better=True)\n"
        "def picky(restored, reference):\n"
        "    if len(restored) > 1:\n"
        "        raise MemoryError('one at a time')\n"
        "    return (restored - reference).abs().mean((1, 2, 3))\n"
    )
    split = tmp_path / "split"
    split.mkdir()
    for name, letter in (("content", "c"), ("algorithm", "a")):
        parts = "".join(f"{letter}{i},{'train' if i < 2 else 'validate'}\n" for i in range(6))
        (split / f"{name}s.csv").write_text(f"{name},part\n{parts}")
    words = ["run", "--methods", "picky", "--plugin", plugin, "--dataset", "manifest", "--root", manifest]
    words += ["--split", split, "--no-anchors", "--results", tmp_path / "r"]
    damaged = manifest.parent / "c4-a3.png"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:900])
    first = iqabench(*words)
    assert first.returncode == 2
    assert "1 run computed, 0 already there; 15 images scored" in first.stderr
    assert re.search(
        r"tried again: picky \(degraded\): the images of \d+ batches .*MemoryError: one at a time", first.stderr
    )
    assert "skipped by picky (degraded): 1 of 16 images" in first.stderr
    assert re.search(r"c4-a3\.png: .*truncated", first.stderr)
    again = iqabench(*words)
    assert again.returncode == 2
    assert "0 images scored, 15 kept from before an interruption" in again.stderr
    assert "tried again: picky (degraded): images that had no score before (1)" in again.stderr
