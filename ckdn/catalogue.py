"""Declarations of CKDN and its variants; importing this imports no torch."""

from __future__ import annotations

from iqabench.contract import MethodInfo, Paradigm, declare

CITATION = """@inproceedings{zheng2021ckdn,
  title     = {Learning Conditional Knowledge Distillation for Degraded-Reference Image Quality Assessment},
  author    = {Zheng, Heliang and Yang, Huan and Fu, Jianlong and Zha, Zheng-Jun and Luo, Jiebo},
  booktitle = {Proceedings of the IEEE/CVF International Conference on Computer Vision (ICCV)},
  year      = {2021}
}"""
