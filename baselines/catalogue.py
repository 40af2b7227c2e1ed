"""The built-in metrics, declared without importing torch: what each is, needs and cites."""

from __future__ import annotations

from baselines import citations
from iqabench.contract import MethodEntry, MethodInfo, declare

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


def _lpips(
    name: str, trunk: str, build: str, weights: tuple[str, str], minimum_size: int, *aliases: str
) -> MethodEntry:
    return declare(
        MethodInfo(
            name=name,
            lower_is_better=True,
            summary=f"Learned perceptual image patch similarity, v0.1 heads on {trunk} features.",
            citation=citations.LPIPS,
            weights=weights,
            trained_on=("BAPPS",),
            minimum_size=minimum_size,
            table2=name == "lpips",
        ),
        build,
        *aliases,
    )


LPIPS = _lpips("lpips", "AlexNet", "baselines.lpips:Lpips", ("alexnet-features", "lpips-heads-alex"), 31, "lpips-alex")
LPIPS_VGG = _lpips("lpips-vgg", "VGG16", "baselines.lpips:LpipsVgg", ("vgg16-features", "lpips-heads-vgg"), 16)
LPIPS_SQUEEZE = _lpips(
    "lpips-squeeze",
    "SqueezeNet 1.1",
    "baselines.lpips:LpipsSqueeze",
    ("squeezenet-features", "lpips-heads-squeeze"),
    17,
)
