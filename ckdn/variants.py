"""CKDN and the systems of the paper's ablations (Tables 3 to 7), declared as methods without importing torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ckdn.architecture import Architecture
from iqabench import MethodInfo, Paradigm
from iqabench.methods.contract import MethodEntry, declare

CITATION = """@inproceedings{zheng2021ckdn,
  title     = {Learning Conditional Knowledge Distillation for Degraded-Reference Image Quality Assessment},
  author    = {Zheng, Heliang and Yang, Huan and Fu, Jianlong and Zha, Zheng-Jun and Luo, Jiebo},
  booktitle = {Proceedings of the IEEE/CVF International Conference on Computer Vision (ICCV)},
  year      = {2021}
}"""

MAP_SHOWS = "what each place takes from the score (before its sigmoid); below 0: what it adds"

Pretraining = Literal["none", "absolute", "relative"]
Objective = Literal["none", "degraded", "pristine", "augmented", "conditional", "vanilla", "hallucinated"]
"""What the second stage minimises.

``none``: score R alone; ``degraded``: Eq. 2; ``pristine``: Eq. 3; ``augmented``: Eq. 2 + Eq. 3, one
network; ``conditional``: Eq. 4; ``vanilla``: Eq. 4 with a teacher that shares nothing;
``hallucinated``: Eq. 2 with a generated reference that is drawn to H.
"""

MAIN_SETTINGS = (
    {"recipe": "paper", "pretraining": "relative", "pretraining_epochs": 10},
    {"recipe": "released", "pretraining": "relative", "pretraining_epochs": 10},
    {"recipe": "quick", "pretraining": "relative", "pretraining_epochs": 15},
)
"""Pre-training of CKDN by recipe; with any other a run is one of Table 7's ablations."""

REFERENCES: dict[Objective, tuple[str, ...]] = {
    "none": (),
    "degraded": ("degraded",),
    "pristine": ("pristine",),
    "augmented": ("degraded", "pristine"),
    "conditional": ("degraded", "pristine"),
    "vanilla": ("degraded", "pristine"),
    "hallucinated": ("degraded", "pristine"),
}
"""References that training by each objective needs."""


@dataclass(frozen=True)
class Variant:
    """One system. ``table`` says where the paper reports it."""

    name: str
    table: str
    summary: str
    objective: Objective = "conditional"
    pretraining: Pretraining = "relative"
    architecture: Architecture = field(default_factory=Architecture)
    paradigms: tuple[Paradigm, ...] = (Paradigm.DR, Paradigm.FR)
    ablation: bool = True
    """False for the systems that the paper compares across paradigms."""

    @property
    def training_references(self) -> tuple[str, ...]:
        """References that training needs."""
        return REFERENCES[self.objective]


_ALL = (
    Variant(
        "ckdn",
        "Tables 2, 3, 5, 6",
        "conditional knowledge distillation from pristine to degraded references",
        ablation=False,
    ),
    Variant(
        "ckdn-nr",
        "Tables 12, 13",
        "CKDN's backbone without any reference",
        objective="none",
        architecture=Architecture(reference=False),
        paradigms=(Paradigm.NR,),
        ablation=False,
    ),
    Variant(
        "ckdn-fr",
        "Tables 3, 8, 12, 13",
        "CKDN trained and shown pristine references",
        objective="pristine",
        paradigms=(Paradigm.FR, Paradigm.DR),
        ablation=False,
    ),
    Variant(
        "ckdn-plain",
        "Tables 3, 4, 6",
        "CKDN without distillation and pre-training",
        objective="degraded",
        pretraining="none",
    ),
    Variant("ckdn-augment", "Table 6", "pristine references as further training data", objective="augmented"),
    Variant(
        "ckdn-hallucinate",
        "Table 6",
        "reference restored from the degraded image by a small generator",
        objective="hallucinated",
        architecture=Architecture(generator=True),
    ),
    Variant(
        "ckdn-vanilla",
        "Table 6",
        "distillation from a separate full-reference teacher",
        objective="vanilla",
        architecture=Architecture(teacher=True),
    ),
    Variant("ckdn-shared", "Table 5", "one embedding for both images", architecture=Architecture(shared=True)),
    Variant(
        "ckdn-vgg",
        "Table 4",
        "VGG blocks, without distillation and pre-training",
        objective="degraded",
        pretraining="none",
        architecture=Architecture(blocks="vgg"),
    ),
    Variant("ckdn-36", "Table 5", "embeddings pooled to 36×36", architecture=Architecture(pool=2)),
    Variant("ckdn-18", "Table 5", "embeddings pooled to 18×18", architecture=Architecture(pool=4)),
)

VARIANTS = {variant.name: variant for variant in _ALL}


def _declare(name: str, build: str) -> MethodEntry:
    variant = VARIANTS[name]
    info = MethodInfo(
        name=name,
        version="2",
        paradigms=variant.paradigms,
        summary=variant.summary[0].upper() + variant.summary[1:],
        citation=CITATION,
        weights=("vgg16-features" if variant.architecture.blocks == "vgg" else "resnet50-stem-layer2",),
        trainable=True,
        differentiable=True,
        training_references=variant.training_references,
        minimum_size=32,
        int8=name == "ckdn",
        ready=("ckdn-released", "ckdn-shipped") if name == "ckdn" else (),
        ablation=variant.ablation,
        main_settings=MAIN_SETTINGS if name == "ckdn" else (),
    )
    return declare(info, f"ckdn.method:{build}")


CKDN = _declare("ckdn", "CKDN")
CKDN_NR = _declare("ckdn-nr", "ckdn_nr")
CKDN_FR = _declare("ckdn-fr", "ckdn_fr")
CKDN_PLAIN = _declare("ckdn-plain", "ckdn_plain")
CKDN_AUGMENT = _declare("ckdn-augment", "ckdn_augment")
CKDN_HALLUCINATE = _declare("ckdn-hallucinate", "ckdn_hallucinate")
CKDN_VANILLA = _declare("ckdn-vanilla", "ckdn_vanilla")
CKDN_SHARED = _declare("ckdn-shared", "ckdn_shared")
CKDN_VGG = _declare("ckdn-vgg", "ckdn_vgg")
CKDN_36 = _declare("ckdn-36", "ckdn_36")
CKDN_18 = _declare("ckdn-18", "ckdn_18")

CKDN_SHIPPED = declare(
    MethodInfo(
        name="ckdn-shipped",
        version="3",
        # Not FR: its head has learned from degraded references alone, and fails the checks of a full-reference metric.
        paradigms=(Paradigm.DR,),
        summary="CKDN with the weights of this package: no training, no download",
        citation=CITATION,
        trained_on=("synthesized",),
        differentiable=True,
        limits=(
            "scores of different contents do not compare: rank restorations of the same content",
            "learnt from photographs, enlarged 2 to 4 times, denoised or deblurred",
            "invented texture, noise that was enlarged with the picture, faint noise and checkerboards and at times "
            "squares of one colour (nearest neighbour) may score too well",
        ),
        within_content=True,
        scales=(2, 4),
        minimum_size=32,
        int8=True,
    ),
    "ckdn.shipped:ShippedCKDN",
)
