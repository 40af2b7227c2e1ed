"""The card of the data set: what it is, every choice made, and whose photographs it shows."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from benchmarks.mini import labels, metrics
from benchmarks.mini.degradations import DEGRADATIONS
from benchmarks.mini.packages import PACKAGES
from benchmarks.mini.photographs import PHOTOGRAPHS, SIZE, STRIDE, Content

VERSION = "1.0"
LABEL_VERSION = "1.0"

DESCRIPTION = """\
A small data set in the layout of PIPAL that travels with the toolkit: real photographs, real degradations, \
real restorers, GAN-based ones among them. Its labels are PSEUDO labels: no person rated these images. They \
are an ensemble of full-reference metrics against the pristine image, put on PIPAL's Elo scale. Good for \
learning the toolkit, for tests and for demonstrations; no ranking of metrics obtained here says anything \
about human judgement, and metrics that enter the labels (LPIPS, DISTS, MS-SSIM against the pristine image) \
agree with them by construction."""

CITATION = """\
@misc{iqabench-mini,
  title = {mini: a pseudo-labelled sample of image restoration results},
  note = {Data set embedded in iqabench, version 1.0. Photographs: see the card.},
}"""

LABEL_RECIPE = """\
Each metric is computed between restored and pristine image at full size, standardised (z-score) within its \
content over all algorithms, and summed with the weights below (negative: lower is better). The sums of all \
images are ranked together and mapped to the quantiles of PIPAL's Elo scores (categories 00-05 of the \
training part) by linear interpolation: rank r of n takes the quantile (r - 0.5) / n."""


def _value(value: object) -> str:
    """A TOML value; JSON's strings, numbers, booleans and lists of them are valid TOML."""
    return json.dumps(value, ensure_ascii=False)


def _table(header: str, values: dict[str, object]) -> list[str]:
    return ["", header, *(f"{key} = {_value(value)}" for key, value in values.items())]


def write_card(path: Path, contents: list[Content], seed: int, images: int) -> None:
    """Write the card as TOML."""
    top: dict[str, object] = {
        "name": "mini",
        "version": VERSION,
        "label_kind": "pseudo",
        "label_version": LABEL_VERSION,
        "mos_higher_is_better": True,
        "mos_range": [900.0, 1900.0],
        "contents": len(contents),
        "images": images,
        "size": SIZE,
        "licence": "CC-BY-2.0 where a photograph by a Flickr author is shown, else public domain, CC0-1.0 "
        "or no known copyright restrictions: see photographs. Labels, tables and derived images add no "
        "further restriction.",
        "description": DESCRIPTION,
        "citation": CITATION,
        "image_format": "lossless WebP, 8-bit RGB",
        "degraded_rule": "Degraded images are stored at their own resolution; where smaller than the "
        "pristine image they are upsampled to its size by Pillow's bicubic resize of the 8-bit image.",
        "reproducibility": "Deterministic given the packages below on one kind of processor; another one may "
        "change single grey levels of network outputs and the last decimals of labels.",
    }
    build: dict[str, object] = {
        "seed": seed,
        "noise_seeding": "numpy default_rng([seed, content index from 0, degradation index from 0]); "
        "algorithms given the same degradation share the file; grey photographs get grey noise",
        "grey_rule": "a grey input gives a grey result: the mean of the channels that the restorer returned",
        "crop_rule": f"{SIZE}x{SIZE} px, non-overlapping within a photograph, on a grid of {STRIDE} px: "
        "the set with the largest sum of the square root of the gradient magnitude of luma; full resolution",
        "split_rule": "unseen contents and unseen algorithms: train = train contents x train algorithms, "
        "validate = validate contents x validate algorithms; all crops of a photograph are on one side",
        "psnr_networks": "trained with L1 on Kodak24 and the BSD100 test photographs, none of which "
        "is in this data set",
    }
    lines = [f"{key} = {_value(value)}" for key, value in top.items()]
    lines += _table("[build]", build)
    lines += _table("[build.versions]", {name: version(name) for name in _VERSIONED})
    lines += _table("[degradations]", {d.name: d.description for d in DEGRADATIONS.values()})
    lines += _table(
        "[labels]",
        {
            "recipe": LABEL_RECIPE,
            "lpips": "LPIPS v0.1, AlexNet (heads of the package lpips, torchvision's AlexNet)",
            "dists": "DISTS (weights of the package DISTS-pytorch 0.1, torchvision's VGG16)",
            "ms_ssim": "MS-SSIM of piq, 11x11 window, first four scales renormalised",
            "ms_ssim_scale_weights": list(metrics.MS_SSIM_WEIGHTS),
            "pipal_quantiles": list(labels.PIPAL_QUANTILES),
        },
    )
    lines += _table("[labels.weights]", dict(labels.WEIGHTS))
    for package in PACKAGES:
        fields = ("project", "version", "filename", "sha256", "licence")
        lines += _table("[[packages]]", {field: getattr(package, field) for field in fields})
    for photo in PHOTOGRAPHS:
        lines += _table(
            "[[photographs]]",
            {
                "photo": photo.name,
                "licence": photo.licence,
                "author": photo.author,
                "source": photo.source,
                "statement": photo.statement,
                "carried_by": f"{photo.package} {version(photo.package)}",
                "part": photo.part,
                "changes": "cropped; degraded and restored as the manifest says",
                "contents": [c.name for c in contents if c.photograph is photo],
                "crops_top_left": [[c.top, c.left] for c in contents if c.photograph is photo],
            },
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


_VERSIONED = ("ncnn", "numpy", "pillow", "scipy", "scikit-image", "scikit-learn", "torch", "lpips", "piq")
