"""Rows that time whole commands: start-up, several methods in one run, and memory over a whole data set."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.harness import Contender, Lap, PeakTarget, SecondsTarget, SpeedRow, SpeedSetting, Target, Work

LIGHT = ("psnr", "psnr-y", "ssim-y", "gmsd")
"""Four methods whose arithmetic costs no more than decoding: what they can share is most of the work."""
USUAL = ("psnr", "ssim", "lpips", "ms-ssim")
"""Four methods as a paper reports them; their own arithmetic, which no run can share, is most of the work."""
PIPAL_IMAGES = 23_200
SMALL_ROWS = 6


def command(setting: SpeedSetting, words: Sequence[str]) -> Work:
    """One start of ``iqabench WORDS``, to its end."""

    def lap() -> Lap:
        _run(words)
        return Lap(1)

    return lap


def first_score(setting: SpeedSetting, words: Sequence[str]) -> Work:
    """From the start of ``iqabench WORDS`` to the first score on disk; the command is ended there."""

    def lap() -> Lap:
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "iqabench", *words, "--results", folder],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while not any(file.stat().st_size for file in Path(folder).rglob("scores*.csv")):
                if process.poll() is not None:
                    raise RuntimeError(f"iqabench {' '.join(words)} ended without a score")
                time.sleep(0.005)
            seconds = time.perf_counter() - started
            process.terminate()
            process.wait()
        return Lap(1, seconds=seconds)

    return lap


def several_methods(
    setting: SpeedSetting, methods: Sequence[str], apart: bool = False, images: int | None = None
) -> Work:
    """``methods`` over ``images`` rows of the generated data, in one command or one each; rows repeat if need be."""
    chosen = [[name] for name in methods] if apart else [list(methods)]

    def lap() -> Lap:
        with tempfile.TemporaryDirectory() as folder:
            manifest = setting.data / f"{Path(folder).name}.csv"  # a manifest names images below its own folder
            count = write_manifest(setting, manifest, images)
            for names in chosen:
                words = ["run", "--dataset", "manifest", "--root", str(manifest), "--references", "degraded"]
                words += ["--methods", ",".join(names), "--no-anchors", "--device", setting.device]
                _run([*words, "--results", str(Path(folder) / "results")])
            manifest.unlink()
            shutil.rmtree(manifest.with_suffix(""), ignore_errors=True)
            done = list((Path(folder) / "results").rglob("scores.csv"))
            if len(done) != len(methods):
                raise RuntimeError(f"{len(done)} of {len(methods)} methods scored")
        return Lap(count)

    return lap


def write_manifest(setting: SpeedSetting, path: Path, images: int | None) -> int:
    """A manifest of the generated data's first ``images`` rows, without MOS, so that every row is scored."""
    from iqabench.data.open import open_dataset

    frame = open_dataset("pipal", setting.data).frame
    wanted = SMALL_ROWS if setting.small else images or len(frame)
    columns = ["image", "degraded", "content", "algorithm"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image_id", *columns])
        for index in range(wanted):
            turn, place = divmod(index, len(frame))
            row = frame.iloc[place]
            files = [_file_of_turn(setting, path, turn, Path(row[column])) for column in columns[:2]]
            writer.writerow([f"{turn}/{row['image_id']}", *files, f"{turn}/{row['content']}", row["algorithm"]])
    return wanted


def _file_of_turn(setting: SpeedSetting, manifest: Path, turn: int, file: Path) -> Path:
    """``file`` relative to the data; in a later turn another name of it, since no image may be listed twice."""
    name = file.relative_to(setting.data)
    if turn == 0:
        return name
    link = manifest.with_suffix("") / str(turn) / name
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.hardlink_to(file)
    return link.relative_to(setting.data)


def _run(words: Sequence[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "iqabench", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"iqabench {' '.join(words)}: {done.stderr}")


def _several(name: str, methods: Sequence[str], **options: object) -> Contender:
    return Contender(name, "benchmarks.speed.commands:several_methods", {"methods": methods, **options})


def _start(name: str, *words: str, build: str = "command") -> Contender:
    return Contender(name, f"benchmarks.speed.commands:{build}", {"words": words})


ROWS: Sequence[SpeedRow] = (
    SpeedRow(
        "startup",
        "Start-up of a command",
        (
            _start("--help", "--help"),
            _start("list methods", "list", "methods"),
            _start("run, to the first score on mini", "run", "--methods", "lpips", build="first_score"),
        ),
        (
            SecondsTarget("--help", 0.3),
            SecondsTarget("list methods", 0.3),
            SecondsTarget("run, to the first score on mini", 4.0),
        ),
        unit="starts/s",
        limit="imports",
    ),
    SpeedRow(
        "four-light",
        f"Four methods in one run ({', '.join(LIGHT)})",
        (_several("one run", LIGHT), _several("four runs apart", LIGHT, apart=True)),
        (Target("one run", "four runs apart", 1 / 0.75),),
        limit="decoding and start-up, which one run does once",
    ),
    SpeedRow(
        "four-usual",
        f"Four methods in one run ({', '.join(USUAL)})",
        (_several("one run", USUAL), _several("four runs apart", USUAL, apart=True)),
        limit="each method's own arithmetic",
    ),
    SpeedRow(
        "memory",
        "Memory of a run (psnr), by size of the data set",
        (
            _several("2,900 images", ["psnr"], images=PIPAL_IMAGES // 8),
            _several("23,200 images", ["psnr"], images=PIPAL_IMAGES),
        ),
        (PeakTarget("23,200 images", 1536),),
        limit="the libraries' own code and the batches in flight",
    ),
)
