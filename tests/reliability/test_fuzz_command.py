"""Dozens of damaged files through the real command: exit code 0 or 2, one message, no traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz_guard import INPUTS
from fuzz_images import valid_images
from fuzz_mutations import EDITS, LARGE
from manifests import Command, write_manifest

TRIES = 12 if INPUTS else 1
TABLE = "image,degraded,content,algorithm,mos\n"


def damage(data: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        data = chance.choice(EDITS)(data, chance.randint(0, LARGE), chance.randint(0, LARGE))
    return data


def commands(folder: Path, seed: int) -> Iterator[list[str | Path]]:
    """Damage one file of each kind, and name the command that reads it."""
    manifest = write_manifest(folder, contents=2, algorithms=2)
    (folder / "odd.csv").write_bytes(damage(manifest.read_bytes(), seed))
    yield ["data", "check", "--dataset", "manifest", "--root", folder / "odd.csv"]
    (folder / "odd.png").write_bytes(damage(valid_images()[seed % len(valid_images())], seed))
    yield ["score", folder / "odd.png", "--method", "sharpness"]
    (folder / "odd.toml").write_bytes(damage(b'title = "t"\nrows = [{label = "a", method = "psnr"}]\n', seed))
    yield ["reproduce", folder / "odd.toml", "--dry-run"]
    (folder / "split").mkdir()
    (folder / "split" / "contents.csv").write_bytes(damage(b"content,part\nc0,train\nc1,validate\n", seed))
    words = ["run", "--methods", "psnr", "--dataset", "manifest", "--root", manifest, "--split", folder / "split"]
    yield [*words, "--results", folder / "results", "--draws", "100"]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(TRIES))
def test_the_command_survives(iqabench: Command, tmp_path: Path, seed: int) -> None:
    for words in commands(tmp_path, seed):
        done = iqabench(*words)
        assert done.returncode in (0, 2), (words, done.stderr)
        assert "Traceback" not in done.stderr, (words, done.stderr)
        assert "\x1b" not in done.stdout + done.stderr
        if done.returncode == 2 and words[0] != "data":
            assert done.stderr.strip(), words
