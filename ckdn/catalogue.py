"""Declarations of CKDN and its variants; importing this imports no torch."""

from __future__ import annotations

from ckdn.variants import VARIANTS
from iqabench.methods.contract import MethodEntry, MethodInfo, Paradigm, declare

CITATION = """@inproceedings{zheng2021ckdn,
  title     = {Learning Conditional Knowledge Distillation for Degraded-Reference Image Quality Assessment},
  author    = {Zheng, Heliang and Yang, Huan and Fu, Jianlong and Zha, Zheng-Jun and Luo, Jiebo},
  booktitle = {Proceedings of the IEEE/CVF International Conference on Computer Vision (ICCV)},
  year      = {2021}
}"""


def _declare(name: str, build: str, *paradigms: Paradigm) -> MethodEntry:
    variant = VARIANTS[name]
    info = MethodInfo(
        name=name,
        version="2",
        paradigms=paradigms,
        summary=variant.summary[0].upper() + variant.summary[1:],
        citation=CITATION,
        weights=("vgg16-features" if variant.architecture.blocks == "vgg" else "resnet50-stem-layer2",),
        trainable=True,
        training_references=variant.training_references,
        minimum_size=32,
        table2=name == "ckdn",
        ready="ckdn-shipped" if name == "ckdn" else "",
    )
    return declare(info, f"ckdn.method:{build}")


CKDN = _declare("ckdn", "CKDN", Paradigm.DR, Paradigm.FR)
CKDN_NR = _declare("ckdn-nr", "ckdn_nr", Paradigm.NR)
CKDN_FR = _declare("ckdn-fr", "ckdn_fr", Paradigm.FR, Paradigm.DR)
CKDN_PLAIN = _declare("ckdn-plain", "ckdn_plain", Paradigm.DR, Paradigm.FR)
CKDN_AUGMENT = _declare("ckdn-augment", "ckdn_augment", Paradigm.DR, Paradigm.FR)
CKDN_HALLUCINATE = _declare("ckdn-hallucinate", "ckdn_hallucinate", Paradigm.DR, Paradigm.FR)
CKDN_VANILLA = _declare("ckdn-vanilla", "ckdn_vanilla", Paradigm.DR, Paradigm.FR)
CKDN_SHARED = _declare("ckdn-shared", "ckdn_shared", Paradigm.DR, Paradigm.FR)
CKDN_VGG = _declare("ckdn-vgg", "ckdn_vgg", Paradigm.DR, Paradigm.FR)
CKDN_36 = _declare("ckdn-36", "ckdn_36", Paradigm.DR, Paradigm.FR)
CKDN_18 = _declare("ckdn-18", "ckdn_18", Paradigm.DR, Paradigm.FR)

CKDN_RELEASED = declare(
    MethodInfo(
        name="ckdn-released",
        version="2",
        paradigms=(Paradigm.DR, Paradigm.FR),
        summary="CKDN with the authors' released weights, converted from their checkpoint",
        citation=CITATION,
        weights=("ckdn-released",),
        trained_on=("pipal",),
        minimum_size=32,
    ),
    "ckdn.released:ReleasedCKDN",
)

CKDN_SHIPPED = declare(
    MethodInfo(
        name="ckdn-shipped",
        version="2",
        # Not FR: its head has learned from degraded references alone, and fails the checks of a full-reference metric.
        paradigms=(Paradigm.DR,),
        summary="CKDN with the weights of this package: no training, no download",
        citation=CITATION,
        trained_on=("synthesized",),
        minimum_size=32,
    ),
    "ckdn.shipped:ShippedCKDN",
)
