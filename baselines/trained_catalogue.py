"""Declarations of the methods that are trained on the split; imports no torch."""

from __future__ import annotations

from baselines import citations
from iqabench.methods.contract import MethodInfo, Paradigm, declare

NR = (Paradigm.NR,)
REFERENCE = (Paradigm.DR, Paradigm.FR)

DIQAM = declare(
    MethodInfo(
        name="diqam",
        paradigms=NR,
        summary="Patch-based network with learned patch weights (WaDIQaM-NR), trained on the split",
        citation="""@article{bosse2018diqam,
  author = {Bosse, Sebastian and Maniry, Dominique and M{\\"u}ller, Klaus-Robert
            and Wiegand, Thomas and Samek, Wojciech},
  title = {Deep Neural Networks for No-Reference and Full-Reference Image Quality Assessment},
  journal = {IEEE Transactions on Image Processing},
  volume = {27},
  number = {1},
  pages = {206--219},
  year = {2018}
}""",
        trainable=True,
        minimum_size=32,
        table2=True,
    ),
    "baselines.diqam:Diqam",
)

NIMA = declare(
    MethodInfo(
        name="nima",
        version="2",
        paradigms=NR,
        summary="Mean of a predicted distribution of opinions over ten bins, trained on the split",
        citation="""@article{talebi2018nima,
  author = {Talebi, Hossein and Milanfar, Peyman},
  title = {{NIMA}: Neural Image Assessment},
  journal = {IEEE Transactions on Image Processing},
  volume = {27},
  number = {8},
  pages = {3998--4011},
  year = {2018}
}""",
        trainable=True,
        minimum_size=32,
        table2=True,
    ),
    "baselines.nima:Nima",
)

MEON = declare(
    MethodInfo(
        name="meon",
        paradigms=NR,
        summary="Names the category of the restoration, then scores the image by it; trained on the split",
        citation="""@article{ma2018meon,
  author = {Ma, Kede and Liu, Wentao and Zhang, Kai and Duanmu, Zhengfang and Wang, Zhou and Zuo, Wangmeng},
  title = {End-to-End Blind Image Quality Assessment Using Deep Neural Networks},
  journal = {IEEE Transactions on Image Processing},
  volume = {27},
  number = {3},
  pages = {1202--1213},
  year = {2018}
}""",
        trainable=True,
        minimum_size=171,
        table2=True,
    ),
    "baselines.meon:Meon",
)

HALL_IQA = declare(
    MethodInfo(
        name="hall-iqa",
        paradigms=NR,
        summary="Compares the image with a hallucinated reference, trained on the split",
        citation="""@inproceedings{lin2018hallucinated,
  author = {Lin, Kwan-Yee and Wang, Guanxiang},
  title = {Hallucinated-{IQA}: No-Reference Image Quality Assessment via Adversarial Learning},
  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},
  pages = {732--741},
  year = {2018}
}""",
        weights=("vgg16-features",),
        trainable=True,
        training_references=("pristine",),
        minimum_size=64,
        table2=True,
    ),
    "baselines.hall_iqa:HallIqa",
)

PIEAPP = declare(
    MethodInfo(
        name="pieapp",
        paradigms=REFERENCE,
        lower_is_better=True,
        summary="Perceptual error of patches learned from pairwise preference, trained on the split",
        citation="""@inproceedings{prashnani2018pieapp,
  author = {Prashnani, Ekta and Cai, Hong and Mostofi, Yasamin and Sen, Pradeep},
  title = {{PieAPP}: Perceptual Image-Error Assessment through Pairwise Preference},
  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},
  pages = {1808--1817},
  year = {2018}
}""",
        trainable=True,
        training_references=("degraded",),
        minimum_size=64,
        table2=True,
    ),
    "baselines.pieapp:PieApp",
)

SWDN = declare(
    MethodInfo(
        name="swdn",
        paradigms=REFERENCE,
        lower_is_better=True,
        summary="Distance of deep features matched within a small window, heads trained on the split",
        citation="""@article{gu2020swdn,
  author = {Gu, Jinjin and Cai, Haoming and Chen, Haoyu and Ye, Xiaoxing and Ren, Jimmy and Dong, Chao},
  title = {Image Quality Assessment for Perceptual Image Restoration: A New Dataset, Benchmark and Metric},
  journal = {arXiv preprint arXiv:2011.15002},
  year = {2020}
}""",
        weights=("alexnet-features",),
        trainable=True,
        training_references=("degraded",),
        minimum_size=32,
        table2=True,
    ),
    "baselines.swdn:Swdn",
)

LPIPS_TUNED = declare(
    MethodInfo(
        name="lpips-tuned",
        paradigms=REFERENCE,
        lower_is_better=True,
        summary="LPIPS whose published heads are trained further on the split",
        citation=citations.LPIPS,
        weights=("alexnet-features",),
        trained_on=("bapps",),
        trainable=True,
        training_references=("degraded",),
        minimum_size=32,
    ),
    "baselines.lpips_tuned:LpipsTuned",
)
