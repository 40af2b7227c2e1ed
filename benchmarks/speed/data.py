"""Makes data of PIPAL's shape from real photographs: same names, sizes and counts, other pictures.

``python -m benchmarks.speed.data PHOTOGRAPHS OUT`` crops 288x288 contents from the photographs and writes
``Train_Ref/A0001.png``, ``Train_Dist/A0001_bb_cc.png``, ``Train_Degraded/ref_A0001_bb_cc.png`` and
``Train_Label/A0001.txt``. The pictures of categories 00 to 05 are interpolated, blurred, sharpened, noisy or
smoothed versions of their input; no figure of quality means anything on them. Labels are copied from
``--labels`` (PIPAL's own ``Train_Label``) where given, else drawn.

Which degraded references are equal byte by byte is not published; here ten differ per content (PIPAL's three
scales, two kernels, three noise levels, two mixtures), and equal ones are hard links.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from shutil import copyfile

import click
import numpy as np
from PIL import Image, ImageFilter

VARIANTS = {"00": 12, "01": 16, "02": 10, "03": 24, "04": 13, "05": 14, "06": 27}
"""Restored images per content in each of PIPAL's categories: 116 in all."""
SIDE = 288
CONTENTS = 200
PHOTOGRAPH_SUFFIXES = (".png", ".jpg", ".bmp")

_INPUTS = {
    "00": ("x2", "x3", "x4"),
    "01": ("x2", "x3", "x4"),
    "02": ("kernel2", "kernel3"),
    "03": ("x4",),
    "04": ("noise15", "noise25", "noise50"),
    "05": ("x3+noise15", "x4+noise25"),
    "06": ("x2",),
}


def write_data(photographs: Path, out: Path, contents: int, labels: Path | None = None, suffix: str = "png") -> None:
    """Write ``contents`` contents below ``out``; those already there are kept."""
    for folder in ("Train_Ref", "Train_Dist", "Train_Degraded", "Train_Label"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    names = sorted(path.stem for path in labels.glob("*.txt")) if labels else _published_contents()
    crops = list(_crops(photographs, contents))
    with ProcessPoolExecutor(max_workers=min(len(crops), len(os.sched_getaffinity(0)))) as pool:
        write = partial(_write_content, photographs=photographs, out=out, labels=labels, suffix=suffix)
        for _ in pool.map(write, names[:contents], crops):
            pass


def _published_contents() -> list[str]:
    """PIPAL's own names, which have gaps."""
    lines = (Path(__file__).parent.parent / "splits/pipal/contents-draw0.csv").read_text(encoding="utf-8").splitlines()
    return sorted(line.split(",")[0] for line in lines[1:])


def _crops(photographs: Path, contents: int) -> Iterator[tuple[str, int, int]]:
    """File, left and top of each content: every photograph once before any is cropped a second time."""
    sizes = []
    for path in sorted(path for path in photographs.rglob("*") if path.suffix.lower() in PHOTOGRAPH_SUFFIXES):
        with Image.open(path) as image:
            if min(image.size) >= SIDE:
                sizes.append((path.relative_to(photographs).as_posix(), *image.size))
    if not sizes:
        raise click.UsageError(f"{photographs}: no photograph of at least {SIDE}x{SIDE} pixels")
    draw = np.random.RandomState(0)
    for index in range(contents):
        name, width, height = sizes[index % len(sizes)]
        yield name, int(draw.randint(width - SIDE + 1)), int(draw.randint(height - SIDE + 1))


def _write_content(
    content: str, crop: tuple[str, int, int], *, photographs: Path, out: Path, labels: Path | None, suffix: str
) -> None:
    label_file = out / "Train_Label" / f"{content}.txt"
    if label_file.is_file():
        return
    name, left, top = crop
    with Image.open(photographs / name) as image:
        pristine = image.convert("RGB").crop((left, top, left + SIDE, top + SIDE))
    pristine.save(out / "Train_Ref" / f"{content}.{suffix}")
    draw = np.random.RandomState(int(content[1:]))
    lines = []
    made: dict[str, tuple[Image.Image, Path]] = {}
    for category, count in VARIANTS.items():
        for variant in range(count):
            kind = _INPUTS[category][variant % len(_INPUTS[category])]
            reference = out / "Train_Degraded" / f"ref_{content}_{category}_{variant:02d}.{suffix}"
            if kind in made:
                reference.unlink(missing_ok=True)
                os.link(made[kind][1], reference)
            else:
                degraded = degrade(pristine, kind, draw)
                degraded.save(reference)
                made[kind] = (degraded, reference)
            restored = restore(made[kind][0], variant)
            restored.save(out / "Train_Dist" / f"{content}_{category}_{variant:02d}.{suffix}")
            lines.append(f"{content}_{category}_{variant:02d}.bmp,{draw.uniform(950, 1850):.4f}\n")
    if labels is not None:
        copyfile(labels / label_file.name, label_file)
    else:
        label_file.write_text("".join(lines), encoding="utf-8")


def degrade(image: Image.Image, kind: str, draw: np.random.RandomState) -> Image.Image:
    """One input of a restoration: ``x4`` (bicubic down and up), ``kernel2`` (blur), ``noise25``, or some with ``+``."""
    for step in kind.split("+"):
        if step.startswith("x"):
            small = image.resize((SIDE // int(step[1:]),) * 2, Image.Resampling.BICUBIC)
            image = small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        elif step.startswith("kernel"):
            image = image.filter(ImageFilter.GaussianBlur(int(step[6:])))
        else:
            noisy = np.array(image) + draw.standard_normal((SIDE, SIDE, 3)) * int(step[5:])
            image = Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    return image


def restore(image: Image.Image, variant: int) -> Image.Image:
    """A cheap stand-in for restoration number ``variant``: sharpening, smoothing or compression of its input."""
    strength = variant // 3
    if variant % 3 == 0:
        return image.filter(ImageFilter.UnsharpMask(radius=1 + strength / 2, percent=60 + 15 * strength))
    if variant % 3 == 1:
        return image.filter(ImageFilter.GaussianBlur(0.7 + strength / 6))
    smoothed = image.filter(ImageFilter.MedianFilter(3))
    return Image.blend(image, smoothed, min(1.0, 0.2 + strength / 10))


def require_data(folder: Path) -> Path:
    """``folder``, if it holds such data; click's UsageError otherwise, which says how they are made."""
    if not (folder / "Train_Label").is_dir():
        raise click.UsageError(
            f"--data {folder}: no generated data; make them: python -m benchmarks.speed.data PHOTOGRAPHS {folder}"
        )
    return folder


@click.command()
@click.argument("photographs", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--contents", default=CONTENTS, show_default=True, type=click.IntRange(1, CONTENTS))
@click.option("--labels", type=click.Path(path_type=Path, exists=True, file_okay=False), help="PIPAL's Train_Label.")
@click.option("--format", "suffix", type=click.Choice(["png", "bmp"]), default="png", show_default=True)
def main(photographs: Path, out: Path, contents: int, labels: Path | None, suffix: str) -> None:
    """Write data of PIPAL's shape to OUT, cropped from the PHOTOGRAPHS."""
    write_data(photographs, out, contents, labels, suffix)


if __name__ == "__main__":
    main()
