"""The systems of the paper's ablations (Tables 3 to 7), each by its name; importing this imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ckdn.architecture import Architecture

Pretraining = Literal["none", "absolute", "relative"]
Objective = Literal["none", "degraded", "pristine", "augmented", "conditional", "vanilla", "hallucinated"]
"""What the second stage minimises.

``none``: score R alone; ``degraded``: Eq. 2; ``pristine``: Eq. 3; ``augmented``: Eq. 2 + Eq. 3, one
network; ``conditional``: Eq. 4; ``vanilla``: Eq. 4 with a teacher that shares nothing;
``hallucinated``: Eq. 2 with a generated reference that is drawn to H.
"""

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

    @property
    def training_references(self) -> tuple[str, ...]:
        """References that training needs."""
        return REFERENCES[self.objective]


_ALL = (
    Variant("ckdn", "Tables 2, 3, 5, 6", "conditional knowledge distillation from pristine to degraded references"),
    Variant(
        "ckdn-nr",
        "Tables 12, 13",
        "CKDN's backbone without any reference",
        objective="none",
        architecture=Architecture(reference=False),
    ),
    Variant("ckdn-fr", "Tables 3, 8, 12, 13", "CKDN trained and shown pristine references", objective="pristine"),
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
