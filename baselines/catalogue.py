"""The built-in metrics, declared without importing torch: what each is, needs and cites."""

from __future__ import annotations

from baselines import citations
from iqabench.contract import MethodInfo, declare

PSNR = declare(
    MethodInfo(
        name="psnr",
        summary="Peak signal-to-noise ratio of RGB, in dB; 100 dB for identical images.",
        citation=citations.PSNR,
        anchor=True,
        table2=True,
    ),
    "baselines.psnr:Psnr",
)

PSNR_Y = declare(
    MethodInfo(
        name="psnr-y",
        summary="Peak signal-to-noise ratio of BT.601 luma, in dB, borders kept.",
        citation=citations.PSNR,
    ),
    "baselines.psnr:PsnrY",
)

SSIM = declare(
    MethodInfo(
        name="ssim",
        summary="Structural similarity of RGB, 11x11 Gaussian window, large images shrunk first.",
        citation=citations.SSIM,
        minimum_size=11,
        anchor=True,
        table2=True,
    ),
    "baselines.ssim:Ssim",
)

SSIM_Y = declare(
    MethodInfo(
        name="ssim-y",
        summary="Structural similarity of BT.601 luma, 11x11 Gaussian window, large images shrunk first.",
        citation=citations.SSIM,
        minimum_size=11,
    ),
    "baselines.ssim:SsimY",
)
