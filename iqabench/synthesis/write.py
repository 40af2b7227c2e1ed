"""The tables and the card of a synthesized data set."""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from iqabench._util.files import write_atomically
from iqabench.methods.contract import MethodInfo
from iqabench.methods.registry import Registry
from iqabench.synthesis.contract import CATEGORIES, RestorerEntry
from iqabench.synthesis.labels import PIPAL_QUANTILES, combine, to_elo
from iqabench.synthesis.photographs import Content
from iqabench.synthesis.plan import SynthesisPlan
from iqabench.synthesis.recipe import SynthesisRecipe
from iqabench.synthesis.registry import RestorerRegistry
from iqabench.synthesis.work import measured_file

VERSIONED = ("iqabench", "numpy", "pillow", "scipy", "torch", "scikit-image", "scikit-learn", "piq", "lpips", "ncnn")

DESCRIPTION = """\
Made from pristine photographs by 'iqabench synthesize': real photographs, made degradations, real restorers and \
imitated failures. Its labels are PSEUDO labels: no person rated these images. They are an ensemble of full-reference \
metrics against the pristine image, put on PIPAL's Elo scale; metrics that enter the labels agree with them by \
construction when they are shown the pristine image."""

RULES = {
    "rank": "The values of each metric are replaced by (rank - 0.5) / n within the content",
    "zscore": "The values of each metric are standardised (z-score) within the content",
}


def read_measured(out: Path, finished: Iterable[Content]) -> pd.DataFrame:
    """Raw metric values of finished contents, one line per restored image."""
    return pd.concat([pd.read_csv(measured_file(out, content.name)) for content in finished], ignore_index=True)


def write_tables(out: Path, plan: SynthesisPlan, finished: list[Content], methods: Registry) -> None:
    """``manifest.csv``, ``metrics.csv``, ``algorithms.csv`` and ``splits/`` of the contents that are finished."""
    measured = read_measured(out, finished)
    labels = plan.recipe.labels
    shares = {name: share * methods.get(name).info.sign for name, share in labels.metrics.items()}
    mos = dict(zip(measured["image"], to_elo(combine(measured, shares, labels.rule)), strict=True))
    rows = [row for content in finished for row in plan.rows(content)]
    table = [
        {
            "image": row.image,
            "degraded": row.degraded,
            "pristine": row.pristine,
            "content": row.content.name,
            "algorithm": row.algorithm.code,
            "category": row.algorithm.category,
            "task": row.algorithm.task,
            "mos": f"{mos[row.image]:.4f}",
            "photo": row.content.photograph.name,
        }
        for row in rows
    ]
    _write_csv(out / "metrics.csv", measured)
    _write_csv(out / "manifest.csv", pd.DataFrame(table).sort_values("image"))
    _write_csv(
        out / "algorithms.csv",
        pd.DataFrame(
            {
                "algorithm": a.code,
                "category": a.category,
                "category_name": CATEGORIES[a.category][0],
                "task": a.task,
                "name": a.name,
                "description": a.description,
                "degradation": a.degradation,
            }
            for a in plan.recipe.algorithms
        ),
    )
    contents = pd.DataFrame({"content": [c.name for c in finished], "part": [c.photograph.part for c in finished]})
    _write_csv(out / "splits" / "contents.csv", contents)
    algorithms = plan.recipe.algorithms
    parts = pd.DataFrame({"algorithm": [a.code for a in algorithms], "part": [a.part for a in algorithms]})
    _write_csv(out / "splits" / "algorithms.csv", parts)


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n")
    write_atomically(path, text.getvalue())


def write_card(
    path: Path,
    name: str,
    plan: SynthesisPlan,
    finished: list[Content],
    restorers: RestorerRegistry,
    methods: Registry,
    notes: list[str],
) -> None:
    """``card.toml``: what the data set is and every choice made."""
    recipe = plan.recipe
    top: dict[str, Any] = {
        "name": name,
        "version": recipe.version,
        "label_kind": "pseudo",
        "label_version": "1.0",
        "mos_higher_is_better": True,
        "mos_range": [900.0, 1900.0],
        "contents": len(finished),
        "contents_planned": len(plan.contents),
        "images": sum(len(plan.rows(content)) for content in finished),
        "size": recipe.size,
        "licence": "that of the photographs; labels, tables and derived images add no further restriction",
        "description": DESCRIPTION,
        "image_format": f"lossless {'WebP' if recipe.format == 'webp' else 'PNG'}, 8-bit RGB",
        "degraded_rule": "Degraded images are stored at their own resolution; where smaller than the pristine image "
        "they are upsampled to its size by Pillow's bicubic resize of the 8-bit image.",
        "reproducibility": "Deterministic given the packages below on one kind of processor; another one may change "
        "single grey levels of network outputs and the last decimals of labels.",
    } | dict(recipe.card)
    build = {
        "recipe": recipe.name,
        "seed": plan.seed,
        "crossing": "every content x every algorithm"
        if plan.cross
        else "train contents x train algorithms and validate contents x validate algorithms only",
        "noise_seeding": "numpy default_rng([seed, content index from 0, index of the degradation]); algorithms given "
        "the same degradation share the file; grey photographs get grey noise",
        "random_failures": "numpy default_rng([seed, content index from 0, CRC-32 of the algorithm's code])",
        "grey_rule": "a grey input gives a grey result: the mean of the channels that the restorer returned",
        "crop_rule": f"{recipe.size}x{recipe.size} px, non-overlapping within a photograph, on a grid of "
        f"{recipe.stride} px: the set with the largest sum of the square root of the gradient magnitude of luma; full "
        "resolution",
        "split_rule": "unseen contents and unseen algorithms; all crops of a photograph are on one side",
        "settings": [f"{key} = {value}" for key, value in recipe.settings.items()],
        "left_out": notes,
    }
    versions = {package: found for package in VERSIONED if (found := _version(package))}
    labels = _label_facts(plan) | {
        "shares": dict(recipe.labels.metrics),
        "methods": {name: _method(methods.get(name).info) for name in recipe.labels.methods},
    }
    facts: dict[str, Any] = top | {
        "build": {key: value for key, value in build.items() if value != []} | {"versions": versions},
        "degradations": {d.name: d.description for d in recipe.degradations().values()},
        "labels": labels,
        "restorers": [_restorer(restorers.get(name)) for name in sorted(_restorers_of(recipe))],
        "photographs": _photographs(recipe, finished),
    }
    write_atomically(path, tomli_w.dumps(facts))


def _restorers_of(recipe: SynthesisRecipe) -> set[str]:
    return {step.restorer for algorithm in recipe.algorithms for step in algorithm.all_steps}


def _restorer(entry: RestorerEntry) -> dict[str, str]:
    facts = {
        "name": entry.info.name,
        "summary": entry.info.summary,
        "version": entry.info.version,
        "weights": entry.info.origin,
        "trained_on": entry.info.trained_on,
        "source": Path(entry.source).name,
    }
    return {key: value for key, value in facts.items() if value}


def _photographs(recipe: SynthesisRecipe, finished: list[Content]) -> list[dict[str, Any]]:
    photos = {content.photograph.name: content.photograph for content in finished}
    crops = {name: [content for content in finished if content.photograph.name == name] for name in photos}
    return [
        {
            "photo": name,
            **(recipe.photos[name].facts if name in recipe.photos else {}),
            "blake2b": photo.digest,
            "part": photo.part,
            "contents": [content.name for content in crops[name]],
            "crops_top_left": [[content.top, content.left] for content in crops[name]],
        }
        for name, photo in photos.items()
    ]


def _method(info: MethodInfo) -> str:
    """A metric in words, for the card."""
    direction = "lower" if info.lower_is_better else "higher"
    return f"{info.summary} {direction} is better; version {info.version}; weights: {', '.join(info.weights) or 'none'}"


def _label_facts(plan: SynthesisPlan) -> dict[str, Any]:
    labels = plan.recipe.labels
    return {
        "recipe": "Each metric is computed between restored and pristine image at full size. "
        f"{RULES[labels.rule]}, over the content's images in this data set, turned so that higher is better, and "
        "summed with the shares below. The sums of all images are ranked together and mapped to the quantiles of "
        "PIPAL's Elo scores (categories 00-05 of the training part) by linear interpolation: rank r of n takes the "
        "quantile (r - 0.5) / n.",
        "stored_beside": "metrics.csv holds the raw values of " + ", ".join(labels.methods),
        "pipal_quantiles": list(PIPAL_QUANTILES),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
